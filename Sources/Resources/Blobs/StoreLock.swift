// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The lock of a store between processes: `<store>/lock`, which holds the owner's process id for people to read.
///
/// The kernel gives it back when the process ends, however it ends.
package enum StoreLock {
    /// What the lock is about.
    package enum Purpose: String, Sendable {
        /// Building and publishing.
        case write = "lock"
        /// Copying everything, or removing something: one of the two at a time.
        case keep = "keep.lock"
        /// Watching archives and feeds: one watcher a store.
        case watch = "watch.lock"
    }

    /// Runs `body` while holding the lock.
    ///
    /// When another process has it, `onWait` is called once with that process's id, and the lock is tried until `timeout`
    /// has passed (nil: for ever); then `BlobsError.locked` is thrown. Cancelling the task ends the wait.
    @discardableResult
    package static func whileHeld<Result>(
        store folder: String, for purpose: Purpose = .write, timeout: Duration? = nil, onWait: (_ holder: Int32?) -> Void = { _ in },
        _ body: () async throws -> Result
    ) async throws -> Result {
        try Folder.create(folder)
        let file = try OpenFile(folder + "/" + purpose.rawValue, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, for: "write")
        try await acquire(file, timeout: timeout, onWait: onWait)
        defer { release(file) }
        return try await body()
    }

    private static func acquire(_ file: OpenFile, timeout: Duration?, onWait: (Int32?) -> Void) async throws {
        let start = ContinuousClock.now
        var isFirst = true
        while !file.tryLock() {
            guard errno == EWOULDBLOCK else { throw BlobsError.last("lock", file.path) }
            let holder = owner(file)
            if let timeout, ContinuousClock.now - start >= timeout { throw BlobsError.locked(path: file.path, holder: holder) }
            if isFirst { onWait(holder) }
            isFirst = false
            try await Task.sleep(for: .milliseconds(50))
        }
        let text = "\(getpid())\n"
        ftruncate(file.descriptor, 0)
        _ = text.withCString { pwrite(file.descriptor, $0, text.utf8.count, 0) }
    }

    private static func release(_ file: OpenFile) {
        ftruncate(file.descriptor, 0)
        flock(file.descriptor, LOCK_UN)
    }

    private static func owner(_ file: OpenFile) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(file.descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
