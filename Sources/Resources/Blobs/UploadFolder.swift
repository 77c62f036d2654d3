// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import Synchronization

/// Blobs that are on their way in: `<store>/uploads/<id>-<mark>`, one file each until it is finished, cancelled or given up.
///
/// The mark is made from the repository, so that an upload is found only through the repository it was begun in. Files outlive
/// the process: an upload goes on after a restart from the bytes that are there. What was hashed is remembered between
/// requests; a process that does not remember reads the file once more at the end.
package final class UploadFolder: Sendable {
    package struct Limits: Sendable {
        /// Bytes of one blob.
        package var size: Int
        /// Uploads at once.
        package var count: Int
        /// Seconds without a byte after which an upload is given up.
        package var patience: Int
        package init(size: Int = 64 << 30, count: Int = 4096, patience: Int = 24 * 3600) {
            self.size = size
            self.count = count
            self.patience = patience
        }
    }

    package let limits: Limits
    let store: FileBlobStore
    private let folder: String
    private let state: Mutex<State>

    private struct State {
        var hashes: [String: RunningHash] = [:]
        var count: Int
        var lastSweep: Int
    }

    /// What was hashed of an upload so far.
    struct RunningHash {
        var hasher = DigestHasher()
        var size = 0
    }

    /// Creates the folder. The store must be open for writing.
    package init(store: FileBlobStore, limits: Limits = Limits()) throws {
        self.store = store
        self.limits = limits
        folder = store.folder + "/uploads"
        try Folder.create(folder)
        state = Mutex(State(count: Folder.names(in: folder).count, lastSweep: 0))
        sweep()
    }

    /// Begins an upload; nil when there are too many.
    package func begin(in repository: String) throws -> Upload? {
        sweepNowAndThen()
        guard state.withLock({ $0.count < limits.count }) else { return nil }
        let id = UUID().uuidString.lowercased()
        let file = try OpenFile(path(id, repository), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, for: "write")
        _ = file.tryLock()
        state.withLock { $0.count += 1 }
        return Upload(id: id, file: file, folder: self, hash: RunningHash(), size: 0)
    }

    package enum Found: Sendable {
        case open(Upload)
        /// Another request is writing to it.
        case busy
        case unknown
    }

    /// Takes an upload up again, alone.
    package func resume(_ id: String, in repository: String) throws -> Found {
        guard Self.isID(id) else { return .unknown }
        let path = path(id, repository)
        guard let file = try OpenFile.forUpdating(path) else { return .unknown }
        guard file.tryLock() else { return .busy }
        // Whoever had it may have finished it meanwhile.
        guard try file.isAt(path) else { return .unknown }
        let size = try file.regularSize()
        let hash = state.withLock { $0.hashes.removeValue(forKey: id) }
        lseek(file.descriptor, 0, SEEK_END)
        return .open(
            Upload(id: id, file: file, folder: self, hash: hash?.size == size ? hash : size == 0 ? RunningHash() : nil, size: size))
    }

    /// The bytes that are there; nil when there is no such upload.
    package func size(of id: String, in repository: String) throws -> Int? {
        guard Self.isID(id) else { return nil }
        return try Folder.size(of: path(id, repository))
    }

    /// Removes files without a new byte for longer than the patience and that nobody is writing; says how many.
    @discardableResult
    package func sweep(now: Int = time(nil)) -> Int {
        var removed = 0
        let names = Folder.names(in: folder)
        for name in names {
            let path = folder + "/" + name
            var found = stat()
            guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG, now - found.st_mtim.tv_sec > limits.patience,
                let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read"), file.tryLock(), unlink(path) == 0
            else { continue }
            removed += 1
        }
        state.withLock { state in
            state.count = names.count - removed
            state.lastSweep = now
            if state.hashes.count > limits.count { state.hashes = [:] }
        }
        return removed
    }

    private func sweepNowAndThen() {
        let now = time(nil)
        if state.withLock({ now - $0.lastSweep > 600 }) { sweep(now: now) }
    }

    func remember(_ hash: RunningHash?, of id: String) { state.withLock { $0.hashes[id] = hash } }

    func forget(_ id: String) {
        state.withLock { state in
            state.hashes[id] = nil
            state.count = max(0, state.count - 1)
        }
    }

    private func path(_ id: String, _ repository: String) -> String {
        folder + "/" + id + "-" + Digest.sha256(of: repository).hex.prefix(16)
    }

    // Only what was made here ever becomes part of a path.
    private static func isID(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { index, byte in
                switch index {
                case 8, 13, 18, 23: byte == 0x2D
                default: (48...57).contains(byte) || (97...102).contains(byte)
                }
            }
    }
}
