// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import Records

/// The store as a server opens it: for writing where that is possible, since rights decide who may; else for reading. One that is
/// not there yet is made, empty.
struct ServedStore {
    let records: RecordStore
    let blobs: FileBlobStore
    /// nil when the store cannot be written: the registry then takes no pushes.
    let uploads: UploadFolder?

    /// - Parameter notice: Is told when a store was made: the folder may have been another one by mistake.
    init(_ folder: String, notice: (String) -> Void) throws {
        let exists = FileManager.default.fileExists(atPath: folder + "/records.sqlite")
        guard !exists || FileManager.default.isWritableFile(atPath: folder) else {
            records = try RecordStore(folder: folder, access: .readOnly)
            blobs = try FileBlobStore(folder: folder, access: .readOnly)
            uploads = nil
            return
        }
        do {
            // Blobs first: where records are, the rest of a store is as well.
            blobs = try FileBlobStore(folder: folder)
            records = try RecordStore(folder: folder, access: .serving)
            uploads = try UploadFolder(store: blobs)
        } catch let error as any Diagnosable where !exists {
            throw CommandError.noStore(folder, reason: error.diagnosis.summary)
        }
        if !exists {
            notice(
                "there was no store in \(URL(filePath: folder).path): an empty one was made, and nothing can be pulled until it is filled")
        }
    }
}
