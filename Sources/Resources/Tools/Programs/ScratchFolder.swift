// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A private temporary folder, mode 0700, that is gone after `remove()`.
package struct ScratchFolder: Sendable {
    package let path: String

    /// Makes a new empty folder below `parent`.
    package init(in parent: String, named prefix: String) throws(ToolsError) {
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.flatMap { mkdtemp($0) } != nil }
        let name = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard made else { throw .file(path: name, errno: errno) }
        path = name
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

    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
