// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A private temporary folder, mode 0700, that is gone after `remove()`.
///
/// It is locked for as long as this value lives, so that what a killed process left behind can be told from what is in use.
package struct ScratchFolder: Sendable {
    package let path: String
    private let lock: FolderLock?

    /// In every name, and in nobody else's.
    private static let mark = "-scratch-"
    /// Seconds after which a folder that nobody has locked is taken for a leftover.
    private static let patience = 3600

    /// Makes a new empty folder below `parent`.
    package init(in parent: String, named prefix: String) throws(ToolsError) {
        var template = Array("\(parent)/\(prefix)\(Self.mark)XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } != nil }
        let name = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard made else { throw .file(path: name, errno: errno) }
        path = name
        lock = FolderLock(name)
    }

    /// Removes what killed processes of this user left below a folder.
    package static func sweep(_ parent: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            let path = parent + "/" + name
            var facts = stat()
            guard name.hasPrefix("ashlar-"), name.contains(mark), lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR,
                facts.st_uid == geteuid(), time(nil) - facts.st_mtim.tv_sec > patience, FolderLock(path) != nil
            else { continue }
            remove(path)
        }
    }

    /// Runs `body` with a folder that is removed afterwards, whatever happened.
    package static func with<Result: Sendable>(
        in parent: String, named prefix: String, _ body: (ScratchFolder) async throws -> Result
    ) async throws -> Result {
        let folder = try ScratchFolder(in: parent, named: prefix)
        defer { folder.remove() }
        return try await body(folder)
    }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o600) throws(ToolsError) -> String {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file(path: file, errno: errno) }
        defer { close(descriptor) }
        fchmod(descriptor, mode)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: file, errno: errno) }
            rest = rest.dropFirst(count)
        }
        return file
    }

    /// Reads a file of at most `limit` bytes.
    package static func read(_ file: String, limit: Int) throws(ToolsError) -> [UInt8] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: file, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: file, errno: errno) }
            if count == 0 { return bytes }
            bytes += buffer[0..<count]
            guard bytes.count <= limit else { throw .tooLarge(what: file, limit: limit) }
        }
    }

    package func remove() { Self.remove(path) }

    // Only root removes what lies in a directory that may not be written to.
    private static func remove(_ path: String) {
        if geteuid() != 0, let enumerator = FileManager.default.enumerator(atPath: path) {
            chmod(path, 0o700)
            while let name = enumerator.nextObject() as? String {
                if enumerator.fileAttributes?[.type] as? FileAttributeType == .typeDirectory { chmod(path + "/" + name, 0o700) }
            }
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The lock of a folder; the kernel gives it back when the process ends, however it ends.
private final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Nil when somebody else has it, or when there is no such folder.
    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
