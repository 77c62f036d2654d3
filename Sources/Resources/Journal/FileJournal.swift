// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import Synchronization

/// Appends JSON lines to a file, and begins a new one when it has grown to its limit.
package final class FileJournal: Sendable {
    package struct Limits: Sendable, Hashable {
        /// Bytes after which a file is full.
        package var size: Int
        /// Full files that are kept beside the present one.
        package var files: Int
        package init(size: Int = 32 << 20, files: Int = 16) {
            self.size = max(size, 4096)
            self.files = max(files, 1)
        }
    }

    /// The present file.
    package let path: String
    private let folder: String
    private let name: String
    private let limits: Limits
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32 = -1
        var size = 0
        var isDirty = false
        /// Tells the files of one second apart.
        var rotations = 0
    }
    private static let lineLimit = 64 << 10

    /// Opens `<folder>/<name>.jsonl`, making both when they are not there.
    package init(folder: String, name: String, limits: Limits = Limits()) throws(JournalError) {
        self.folder = folder
        self.name = name
        self.limits = limits
        path = "\(folder)/\(name).jsonl"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotWrite(path: folder, reason: error.localizedDescription)
        }
        state = Mutex(try Self.open(path))
    }

    deinit {
        state.withLock { state in
            fsync(state.descriptor)
            close(state.descriptor)
        }
    }

    /// Appends one line. When it returns, the kernel has it.
    package func append(_ entry: JSON, at time: Timestamp) throws(JournalError) {
        let line = entry.canonicalBytes + [0x0A]
        guard line.count <= Self.lineLimit else { throw .lineTooLong(path: path, limit: Self.lineLimit) }
        try state.withLock { (state: inout State) throws(JournalError) in
            if state.size + line.count > limits.size, state.size > 0 { try rotate(&state, at: time) }
            let written = line.withUnsafeBytes { Foundation.write(state.descriptor, $0.baseAddress, $0.count) }
            guard written == line.count else {
                // A full disk may have taken a part: what follows begins on a line of its own.
                let reason = written < 0 ? String(cString: strerror(errno)) : "no room on the disk"
                if written > 0 { ftruncate(state.descriptor, off_t(state.size)) }
                throw .cannotWrite(path: path, reason: reason)
            }
            state.size += written
            state.isDirty = true
        }
    }

    /// Makes what was appended durable. Cheap when nothing was.
    package func sync() throws(JournalError) {
        try state.withLock { (state: inout State) throws(JournalError) in
            guard state.isDirty else { return }
            guard fdatasync(state.descriptor) == 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
            state.isDirty = false
        }
    }

    /// The full files, oldest first.
    package func rotated() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(name + ".") && $0.hasSuffix(".jsonl") && $0 != name + ".jsonl" }.sorted().map {
            folder + "/" + $0
        }
    }

    private func rotate(_ state: inout State, at time: Timestamp) throws(JournalError) {
        fsync(state.descriptor)
        let stamp = time.description.filter { $0 != "-" && $0 != ":" }
        var target: String
        repeat {
            state.rotations += 1
            let number = String(state.rotations)
            target = "\(folder)/\(name).\(stamp)-\(String(repeating: "0", count: max(0, 4 - number.count)))\(number).jsonl"
        } while FileManager.default.fileExists(atPath: target)
        guard rename(path, target) == 0 else { throw .cannotWrite(path: target, reason: String(cString: strerror(errno))) }
        var fresh = try Self.open(path)
        fresh.rotations = state.rotations
        close(state.descriptor)
        state = fresh
        for old in rotated().dropLast(limits.files) { unlink(old) }
    }

    private static func open(_ path: String) throws(JournalError) -> State {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .cannotWrite(path: path, reason: "something that is not a file")
        }
        return State(descriptor: descriptor, size: Int(status.st_size))
    }
}
