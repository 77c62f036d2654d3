// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc

/// A file descriptor that is closed when it is no longer referred to, and the few calls we make on it.
final class OpenFile: Sendable {
    let descriptor: Int32
    let path: String

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o644, for operation: String) throws(BlobsError) {
        let opened = retrying { open(path, flags | O_CLOEXEC, mode) }
        guard opened >= 0 else { throw .last(operation, path) }
        descriptor = opened
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens a file, following no link at its last name; nil when there is none.
    static func forReading(_ path: String) throws(BlobsError) -> OpenFile? { try ifThere(path, O_RDONLY, for: "read") }

    /// The same for reading and writing.
    static func forUpdating(_ path: String) throws(BlobsError) -> OpenFile? { try ifThere(path, O_RDWR, for: "write") }

    private static func ifThere(_ path: String, _ flags: Int32, for operation: String) throws(BlobsError) -> OpenFile? {
        let opened = retrying { open(path, flags | O_NOFOLLOW | O_CLOEXEC) }
        guard opened >= 0 else {
            guard errno != ENOENT else { return nil }
            throw .last(operation, path)
        }
        return OpenFile(descriptor: opened, path: path)
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    func status() throws(BlobsError) -> stat {
        var found = stat()
        guard fstat(descriptor, &found) == 0 else { throw .last("read", path) }
        return found
    }

    /// The size in bytes of a regular file; anything else is refused.
    func regularSize() throws(BlobsError) -> Int {
        let found = try status()
        guard found.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return Int(found.st_size)
    }

    /// Which file it is, whatever its name.
    func identity() throws(BlobsError) -> FileIdentity {
        let found = try status()
        return FileIdentity(device: UInt64(found.st_dev), number: UInt64(found.st_ino))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(BlobsError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = retrying { Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 30)) }
            guard written > 0 else { throw .last("write", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Hands every piece of the file to `body`, in pieces of at most 1 MiB.
    func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(BlobsError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
            guard count >= 0 else { throw .last("read", path) }
            guard count > 0 else { return }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    func digest() throws(BlobsError) -> Digest {
        var hasher = DigestHasher()
        try forEachPiece { hasher.update($0) }
        return hasher.finish()
    }

    /// The digest of the whole file, wherever its position is; the position is at the end afterwards.
    func digestFromStart() throws(BlobsError) -> Digest {
        try rewind()
        return try digest()
    }

    func wideDigestFromStart() throws(BlobsError) -> WideDigest {
        try rewind()
        var hasher = WideHasher()
        try forEachPiece { hasher.update($0) }
        return hasher.finish()
    }

    private func rewind() throws(BlobsError) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last("read", path) }
    }

    /// Returns when the bytes are on the disk.
    func sync() throws(BlobsError) {
        guard retrying({ Int(fsync(descriptor)) }) == 0 else { throw .last("write", path) }
    }

    /// Tells the system to begin writing what it holds of the file; only `sync` says whether that went well.
    // On Linux this advice starts the writing of dirty pages and drops clean ones; sync_file_range is not visible from Swift.
    func startWriting() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }

    /// The same for a part of the file: told once of each part, the system keeps what it then has written in memory.
    func startWriting(_ part: Range<Int>) { _ = posix_fadvise(descriptor, off_t(part.lowerBound), off_t(part.count), POSIX_FADV_DONTNEED) }

    /// Whether the file is what a name stands for now.
    func isAt(_ name: String) throws(BlobsError) -> Bool {
        let own = try status()
        var found = stat()
        return lstat(name, &found) == 0 && found.st_dev == own.st_dev && found.st_ino == own.st_ino
    }

    /// Takes the file's lock for this process if nobody has it.
    func tryLock() -> Bool { retrying { flock(descriptor, LOCK_EX | LOCK_NB) } == 0 }
}

/// One file among all files of the machine.
package struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
}

/// Repeats a call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Operations on names. Paths are as the operator gave them, so a relative store stays relative.
enum Folder {
    /// Creates the folder and those above it that are missing.
    static func create(_ path: String) throws(BlobsError) {
        var found = stat()
        if stat(path, &found) == 0 {
            guard found.st_mode & S_IFMT == S_IFDIR else { throw .failed(operation: "create", path: path, code: ENOTDIR) }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try create(String(path[..<slash])) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .last("create", path) }
    }

    /// Makes renames inside the folder durable.
    static func sync(_ path: String) throws(BlobsError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY, for: "write").sync()
    }

    static func rename(_ old: String, to new: String) throws(BlobsError) {
        guard Glibc.rename(old, new) == 0 else { throw .last("write", new) }
    }

    /// Names in the folder without `.` and `..`; empty when it does not exist.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The size of a regular file, following no link; nil when there is none.
    static func size(of path: String) throws(BlobsError) -> Int? {
        var found = stat()
        guard lstat(path, &found) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .last("read", path)
        }
        guard found.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return Int(found.st_size)
    }
}
