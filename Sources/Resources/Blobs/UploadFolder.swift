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
        /// Those of one caller, and those into one repository.
        package var share: Int
        /// Seconds without a byte after which an upload is given up.
        package var patience: Int
        /// The same for one that has no byte at all. Nothing that is younger is ever given up.
        package var emptyPatience: Int
        package init(
            size: Int = 64 << 30, count: Int = 4096, share: Int = 1024, patience: Int = 24 * 3600, emptyPatience: Int = 600
        ) {
            self.size = size
            self.count = count
            self.share = share
            self.patience = patience
            self.emptyPatience = min(emptyPatience, patience)
        }
    }

    package let limits: Limits
    let store: FileBlobStore
    private let folder: String
    private let state: Mutex<State>

    private struct State {
        var hashes: [String: RunningHash] = [:]
        /// By their identifiers.
        var uploads: [String: Entry] = [:]
        var lastSweep = 0

        func hasRoom(_ entry: Entry, _ limits: Limits) -> Bool {
            uploads.count < limits.count && uploads.values.count { $0.mark == entry.mark } < limits.share
                && (entry.owner == nil || uploads.values.count { $0.owner == entry.owner } < limits.share)
        }
    }

    private struct Entry {
        /// Of the repository.
        let mark: String
        /// Who began it; nil when that was before this process.
        let owner: String?
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
        state = Mutex(State())
        sweep()
    }

    /// Begins an upload; nil when there are too many: of this owner, in this repository, or at all.
    package func begin(in repository: String, for owner: String = "") throws -> Upload? {
        let id = UUID().uuidString.lowercased()
        let entry = Entry(mark: Self.mark(of: repository), owner: owner)
        sweepNowAndThen(every: state.withLock { $0.hasRoom(entry, limits) } ? 600 : 60)
        let isIn = state.withLock { state in
            guard state.hasRoom(entry, limits) else { return false }
            state.uploads[id] = entry
            return true
        }
        guard isIn else { return nil }
        let file: OpenFile
        do { file = try OpenFile(path(id, repository), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, for: "write") } catch {
            forget(id)
            throw error
        }
        _ = file.tryLock()
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
    ///
    /// - Parameter cutoff: Gives up those, too, that got no byte since then, unless they are very young.
    @discardableResult
    package func sweep(now: Int = time(nil), unusedSince cutoff: Int? = nil) -> Int {
        let known = state.withLock { Set($0.uploads.keys) }
        var left: [String: Entry] = [:]
        var removed = 0
        let youngest = now - limits.emptyPatience
        let oldest = max(now - limits.patience, min(cutoff ?? 0, youngest))
        let names = Folder.names(in: folder)
        for name in names {
            let path = folder + "/" + name
            var found = stat()
            guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG,
                found.st_mtim.tv_sec < (found.st_size == 0 ? max(youngest, oldest) : oldest),
                let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read"), file.tryLock(), unlink(path) == 0
            else {
                left[String(name.prefix(36))] = Entry(mark: String(name.dropFirst(37)), owner: nil)
                continue
            }
            removed += 1
        }
        state.withLock { state in
            // Those that began meanwhile stay.
            for id in known where left[id] == nil { state.uploads[id] = nil }
            state.uploads.merge(left.filter { !known.contains($0.key) }) { own, _ in own }
            state.lastSweep = now
            if state.hashes.count > limits.count { state.hashes = [:] }
        }
        return removed
    }

    private func sweepNowAndThen(every seconds: Int) {
        let now = time(nil)
        if state.withLock({ now - $0.lastSweep > seconds }) { sweep(now: now) }
    }

    func remember(_ hash: RunningHash?, of id: String) { state.withLock { $0.hashes[id] = hash } }

    func forget(_ id: String) {
        state.withLock { state in
            state.hashes[id] = nil
            state.uploads[id] = nil
        }
    }

    private func path(_ id: String, _ repository: String) -> String {
        folder + "/" + id + "-" + Self.mark(of: repository)
    }

    private static func mark(of repository: String) -> String { String(Digest.sha256(of: repository).hex.prefix(16)) }

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
