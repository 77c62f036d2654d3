// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file that is being downloaded, and beside it `<path>.validator`: what the server called the version its bytes are of.
///
/// Without a validator the bytes cannot be told from those of an older version, so the download starts again.
struct PartialFile: Sendable {
    let path: String
    private var validatorPath: String { path + ".validator" }
    init(_ path: String) { self.path = path }

    var size: Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// A strong entity tag or a date, as the server wrote it.
    var validator: String? {
        guard let bytes = try? Self.read(validatorPath, limit: 1024) else { return nil }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// Remembers the version of the bytes that follow; nil forgets it.
    func setValidator(_ validator: String?) throws(TransportError) {
        guard let validator, validator.utf8.count <= 1024 else {
            unlink(validatorPath)
            return
        }
        let writer = try Writer(validatorPath, appending: false)
        try writer.write(Array(validator.utf8))
    }

    func discard() {
        unlink(path)
        unlink(validatorPath)
    }

    /// RFC 9110 section 13.1.5: a weak tag must not be used with If-Range.
    static func validator(of headers: [String: String]) -> String? {
        if let tag = headers["etag"], !tag.hasPrefix("W/"), tag.hasPrefix("\"") { return tag }
        return headers["last-modified"]
    }

    static func read(_ path: String, limit: Int) throws(TransportError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            bytes += buffer[0..<count]
            guard bytes.count <= limit else { throw .tooLarge("file://" + path, limit: limit) }
        }
    }

    /// Writes to a file that is closed when this goes.
    final class Writer: Sendable {
        private let descriptor: Int32
        private let path: String

        init(_ path: String, appending: Bool) throws(TransportError) {
            self.path = path
            descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC), 0o644)
            guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        }

        func write(_ bytes: some Collection<UInt8>) throws(TransportError) {
            let whole = Array(bytes)
            var start = 0
            while start < whole.count {
                let count = whole.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), whole.count - start) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
                start += count
            }
        }

        deinit { close(descriptor) }
    }
}
