// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A log's folder: the few operations that a log is made of, each of which a test may let fail.
package struct LogFolder: Sendable {
    package let path: String
    private let interference: Interference?

    /// Called before every change of the disk. For tests: what it throws is the operation's failure, what it returns is how many
    /// bytes of a write still reach the file before the failure.
    package typealias Interference = @Sendable (DiskStep) throws -> Int?

    package init(_ path: String, interference: Interference? = nil) {
        self.path = path
        self.interference = interference
    }

    func path(_ name: some CustomStringConvertible) -> String { "\(path)/\(name)" }

    // MARK: - Reading

    /// A file's bytes; nil when there is none. Links are not followed at the last name.
    package func read(_ name: String, limit: Int) throws(LedgerError) -> [UInt8]? {
        let path = path(name)
        let descriptor = retrying { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .last("read", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .failed(operation: "read", path: path, code: EISDIR) }
        guard Int(status.st_size) <= limit else { throw .tooLarge(path: path, limit: limit) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                retrying { Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled) }
            }
            guard count >= 0 else { throw .last("read", path) }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    func exists(_ name: String) throws(LedgerError) -> Bool {
        var status = stat()
        let path = name.isEmpty ? path : path(name)
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw .last("read", path)
        }
        return true
    }

    /// The names of all files below a folder, sorted; links are not followed.
    func names(below folder: String) throws(LedgerError) -> [String] {
        var found: [String] = []
        var waiting = [folder]
        while let next = waiting.popLast() {
            guard let handle = opendir(path(next)) else {
                if errno == ENOENT { continue }
                throw .last("read", path(next))
            }
            defer { closedir(handle) }
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                var status = stat()
                guard lstat(path("\(next)/\(name)"), &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { waiting.append("\(next)/\(name)") } else { found.append("\(next)/\(name)") }
            }
        }
        return found.sorted()
    }

    // MARK: - Writing

    /// Makes the folders above a name.
    func createFolders(above name: String) throws {
        guard let slash = name.lastIndex(of: "/") else { return try createFolder("") }
        let folder = String(name[..<slash])
        if try exists(folder) { return }
        try createFolders(above: folder)
        try createFolder(folder)
    }

    private func createFolder(_ name: String) throws {
        let path = name.isEmpty ? path : path(name)
        if try exists(name) { return }
        _ = try interference?(.createFolder(name))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw LedgerError.last("create", path) }
        // The store's folder names the log's folder; folders inside are flushed with what is written into them.
        if name.isEmpty { try sync("..") }
    }

    /// Writes a new file; one that exists is an error with `EEXIST`. Not on the disk yet.
    func create(_ name: String, _ bytes: [UInt8]) throws {
        let allowed = try interference?(.write(name))
        let descriptor = try open(name, O_WRONLY | O_CREAT | O_EXCL, for: "write")
        defer { close(descriptor) }
        var rest = bytes[..<min(bytes.count, allowed ?? bytes.count)]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { buffer in retrying { Glibc.write(descriptor, buffer.baseAddress, buffer.count) } }
            guard written > 0 else { throw LedgerError.last("write", path(name)) }
            rest = rest.dropFirst(written)
        }
        if let allowed, allowed < bytes.count { throw LedgerError.full(path: path(name)) }
        // The system begins to write while the next file is filled.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Returns when a file's bytes, or a folder's names, are on the disk. The empty name is the log's folder.
    func sync(_ name: String) throws {
        _ = try interference?(.sync(name))
        let descriptor = try open(name, O_RDONLY, for: "write")
        defer { close(descriptor) }
        guard retrying({ Int(fsync(descriptor)) }) == 0 else { throw LedgerError.last("write", path(name)) }
    }

    /// Replaces a file in one step and returns when that is on the disk: a reader sees the old bytes or the new ones.
    func replace(_ name: String, _ bytes: [UInt8]) throws {
        let temporary = name + ".new"
        try remove(temporary)
        do {
            try create(temporary, bytes)
            try sync(temporary)
            _ = try interference?(.rename(name))
            guard rename(path(temporary), path(name)) == 0 else { throw LedgerError.last("write", path(name)) }
        } catch {
            unlink(path(temporary))
            throw error
        }
        try sync("")
    }

    /// Removes a file if it is there.
    func remove(_ name: String) throws {
        guard try exists(name) else { return }
        _ = try interference?(.remove(name))
        guard unlink(path(name)) == 0 || errno == ENOENT else { throw LedgerError.last("remove", path(name)) }
    }

    /// The lock of whoever appends; nil when another has it. It ends when the value goes.
    func tryLock() throws -> FolderLock? {
        try createFolder("")
        let descriptor = try open("lock", O_RDWR | O_CREAT, for: "lock")
        guard retrying({ Int(flock(descriptor, LOCK_EX | LOCK_NB)) }) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw LedgerError.last("lock", path("lock"), code: code) }
            return nil
        }
        return FolderLock(descriptor: descriptor)
    }

    private func open(_ name: String, _ flags: Int32, for operation: String) throws(LedgerError) -> Int32 {
        let path = name.isEmpty ? path : path(name)
        let descriptor = retrying { Glibc.open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0o644) }
        guard descriptor >= 0 else { throw .last(operation, path) }
        return descriptor
    }
}

/// A change of the disk, by the name in the log's folder.
package enum DiskStep: Hashable, Sendable {
    case createFolder(String)
    case write(String)
    case sync(String)
    case rename(String)
    case remove(String)
}

/// An exclusive lock of a folder, given back when the last reference goes, or by the kernel with the process.
final class FolderLock: Sendable {
    private let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }
    func release() { flock(descriptor, LOCK_UN) }
    deinit { close(descriptor) }
}

/// Repeats a call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
