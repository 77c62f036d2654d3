// SPDX-License-Identifier: Apache-2.0
import Blobs
import Foundation
import Records

/// The store as a server opens it: for writing where that is possible, since rights decide who may; else for reading.
struct ServedStore {
    let records: RecordStore
    let blobs: FileBlobStore
    /// nil when the store cannot be written: the registry then takes no pushes.
    let uploads: UploadFolder?

    /// - Parameter mayBegin: whether a store that is not there yet is made.
    init(_ folder: String, mayBegin: Bool) throws {
        let exists = FileManager.default.fileExists(atPath: folder + "/records.sqlite")
        guard exists ? FileManager.default.isWritableFile(atPath: folder) : mayBegin else {
            records = try RecordStore(folder: folder, access: .readOnly)
            blobs = try FileBlobStore(folder: folder, access: .readOnly)
            uploads = nil
            return
        }
        records = try RecordStore(folder: folder, access: .serving)
        blobs = try FileBlobStore(folder: folder)
        uploads = try UploadFolder(store: blobs)
    }
}
