// SPDX-License-Identifier: Apache-2.0
import Base
package import Blobs
import Foundation
package import Records

/// Copies a store that is in use into a folder that is a store again, and back.
///
/// The database is copied as it is at one moment, then every blob: what the copied records name was on the disk before them, and
/// nothing is collected meanwhile. A checkpoint of the log is taken before the tiles it speaks of. Uploads, caches and keys stay
/// behind. A backup into the same folder again copies what is new.
package struct StoreBackup: Sendable {
    let source: String
    let target: String
    let way: FolderCopy.Way

    package init(from source: String, to target: String, by way: FolderCopy.Way) {
        self.source = source
        self.target = target
        self.way = way
    }

    package struct Summary: Hashable, Sendable {
        package var blobs = 0
        package var bytesWritten = 0
    }

    /// What can be made again, or is of one process.
    private static let leftOut: Set<String> = [
        "cache", "partial", "uploads", "damaged", "lock", "keep.lock", "records.sqlite", "records.sqlite-wal", "records.sqlite-shm",
        "blobs",
        "access", "signer.sock",
    ]

    package func run(records: RecordStore) async throws -> Summary {
        let copy = FolderCopy(from: source, to: target, by: way)
        var summary = Summary()
        try prepare()
        let fresh = target + "/records.sqlite.new"
        try? FileManager.default.removeItem(atPath: fresh)
        // The checkpoint first: it may name fewer entries than the tiles that follow, never more.
        let checkpoint = FileManager.default.contents(atPath: source + "/log/checkpoint")
        try records.snapshot(to: fresh)
        for digest in try FileBlobStore(folder: source, access: .readOnly).digests() {
            try Task.checkCancellation()
            summary.bytesWritten += try copy.copy(file: "blobs/sha256/" + digest.hex)
            summary.blobs += 1
        }
        if summary.blobs > 0 { try copy.sync("blobs/sha256") }
        for name in copy.names where !Self.leftOut.contains(name) {
            if copy.hasFolder(name) {
                try? FileManager.default.removeItem(atPath: target + "/" + name)
                summary.bytesWritten += try copy.copy(folder: name)
            } else if copy.hasFile(name) {
                try? FileManager.default.removeItem(atPath: target + "/" + name)
                summary.bytesWritten += try copy.copy(file: name)
            }
        }
        if let checkpoint { try write(checkpoint, to: target + "/log/checkpoint") }
        // Last, and in one step: before it the folder is the earlier backup, with some blobs more.
        try replaceRecords(with: fresh)
        try copy.sync("")
        return summary
    }

    private func prepare() throws {
        try create(target)
        let names = try list(target)
        guard names.isEmpty || names.contains("records.sqlite") || names.contains("records.sqlite.new") else {
            throw PipelineError.notABackup(path: target, reason: "it holds other things than a backup")
        }
    }

    private func replaceRecords(with fresh: String) throws {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: target + "/records.sqlite" + suffix) }
        guard rename(fresh, target + "/records.sqlite") == 0 else {
            throw PipelineError.cannotUnpack(target + "/records.sqlite", String(cString: strerror(errno)))
        }
    }

    /// Makes a store of a backup. The store's folder must not hold one; what is there of an interrupted try is gone on with.
    package func restore() async throws -> Summary {
        guard try list(source).contains("records.sqlite") else {
            throw PipelineError.notABackup(path: source, reason: "it holds no records.sqlite")
        }
        let names = FileManager.default.fileExists(atPath: target) ? try list(target) : []
        guard !names.contains("records.sqlite") else {
            throw PipelineError.storeExists(path: target)
        }
        try create(target)
        let copy = FolderCopy(from: source, to: target, by: way)
        var summary = Summary()
        for digest in try FileBlobStore(folder: source, access: .readOnly).digests() {
            try Task.checkCancellation()
            summary.bytesWritten += try copy.copy(file: "blobs/sha256/" + digest.hex)
            summary.blobs += 1
        }
        if summary.blobs > 0 { try copy.sync("blobs/sha256") }
        for name in copy.names where !Self.leftOut.contains(name) {
            summary.bytesWritten += copy.hasFolder(name) ? try copy.copy(folder: name) : copy.hasFile(name) ? try copy.copy(file: name) : 0
        }
        // The records come last: without them the folder is no store.
        summary.bytesWritten += try FolderCopy(from: source, to: target, by: .copy).copy(file: "records.sqlite")
        try copy.sync("")
        return summary
    }

    private func create(_ folder: String) throws {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw PipelineError.cannotUnpack(folder, error.localizedDescription)
        }
    }

    private func list(_ folder: String) throws -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw PipelineError.cannotRead(path: folder, reason: error.localizedDescription)
        }
    }

    private func write(_ data: Data, to path: String) throws {
        do { try data.write(to: URL(filePath: path), options: .atomic) } catch {
            throw PipelineError.cannotUnpack(path, error.localizedDescription)
        }
    }
}
