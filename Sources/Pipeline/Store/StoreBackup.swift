// SPDX-License-Identifier: Apache-2.0
import Base
package import Blobs
import Foundation
package import Records

/// Copies a store that is in use into a folder that is a store again, and back.
///
/// The database is copied as it is at one moment, then every blob: what the copied records name was on the disk before them, and
/// nothing is collected meanwhile. The log comes after them: a release's entries are in it before the release is in the records.
/// Of the log the checkpoint is taken before the tiles it speaks of. Uploads, caches and keys stay behind. A backup into the same
/// folder again copies what is new; until it is whole, the folder is the earlier one.
package struct StoreBackup: Sendable {
    let source: String
    let target: String
    let way: FolderCopy.Way
    /// Is called when the records are copied and nothing else is.
    private let onSnapshot: @Sendable () throws -> Void

    package init(from source: String, to target: String, by way: FolderCopy.Way) {
        self.init(from: source, to: target, by: way, onSnapshot: {})
    }

    init(from source: String, to target: String, by way: FolderCopy.Way, onSnapshot: @escaping @Sendable () throws -> Void) {
        self.source = source
        self.target = target
        self.way = way
        self.onSnapshot = onSnapshot
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
        try records.snapshot(to: fresh)
        try onSnapshot()
        for digest in try FileBlobStore(folder: source, access: .readOnly).digests() {
            try Task.checkCancellation()
            summary.bytesWritten += try copy.copy(file: "blobs/sha256/" + digest.hex)
            summary.blobs += 1
        }
        if summary.blobs > 0 { try copy.sync("blobs/sha256") }
        for name in copy.names where !Self.leftOut.contains(name) {
            if copy.hasFolder(name) {
                summary.bytesWritten += try replace(folder: name)
            } else if copy.hasFile(name) {
                try? FileManager.default.removeItem(atPath: target + "/" + name)
                summary.bytesWritten += try copy.copy(file: name)
            }
        }
        // Last, and in one step: before it the folder is the earlier backup, with some blobs and entries of the log more.
        try replaceRecords(with: fresh)
        try copy.sync("")
        return summary
    }

    /// Copies a folder beside its earlier copy, which makes room when all of it is there.
    private func replace(folder name: String) throws -> Int {
        let (fresh, old) = (target + "/" + name + Self.freshSuffix, target + "/" + name + Self.oldSuffix)
        let path = target + "/" + name
        let files = FileManager.default
        // What an interrupted try left between the two steps below.
        if !files.fileExists(atPath: path), files.fileExists(atPath: old) { try move(old, to: path) }
        var written = 0
        for _ in 0..<Self.tries {
            try Task.checkCancellation()
            let before = state(of: name)
            try? files.removeItem(atPath: fresh)
            written = try copyAll(in: source + "/" + name, to: fresh)
            // It may name fewer entries than the tiles that followed, never more.
            if let checkpoint = before.checkpoint { try write(checkpoint, to: fresh + "/checkpoint") }
            if before.isQuiet, state(of: name) == before { break }
        }
        try FolderCopy(from: source, to: fresh, by: way).sync("")
        try? files.removeItem(atPath: old)
        if files.fileExists(atPath: path) { try move(path, to: old) }
        try move(fresh, to: path)
        try FolderCopy(from: source, to: target, by: way).sync("")
        try? files.removeItem(atPath: old)
        return written
    }

    private func copyAll(in folder: String, to target: String) throws -> Int {
        try create(target)
        let copy = FolderCopy(from: folder, to: target, by: way)
        var written = 0
        for name in copy.names {
            written += copy.hasFolder(name) ? try copy.copy(folder: name) : copy.hasFile(name) ? try copy.copy(file: name) : 0
        }
        return written
    }

    private static let freshSuffix = ".new"
    private static let oldSuffix = ".old"
    /// Copies of a log that is written to meanwhile; the last one is taken as it is.
    private static let tries = 20

    /// What a log's folder says of itself; of other folders nothing.
    private struct LogState: Equatable {
        var checkpoint: Data?
        var isQuiet: Bool
    }

    private func state(of name: String) -> LogState {
        let folder = source + "/" + name
        return LogState(
            checkpoint: FileManager.default.contents(atPath: folder + "/checkpoint"),
            isQuiet: !FileManager.default.fileExists(atPath: folder + "/pending"))
    }

    private func move(_ from: String, to: String) throws {
        guard rename(from, to) == 0 else { throw PipelineError.cannotUnpack(to, String(cString: strerror(errno))) }
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
        for name in copy.names where !Self.leftOut.contains(name) && !name.hasSuffix(Self.freshSuffix) {
            if name.hasSuffix(Self.oldSuffix), copy.hasFolder(name) {
                // The backup was interrupted when the earlier folder had gone and the new one had not come.
                let own = String(name.dropLast(Self.oldSuffix.count))
                if !copy.hasFolder(own) { summary.bytesWritten += try copyAll(in: source + "/" + name, to: target + "/" + own) }
                continue
            }
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
