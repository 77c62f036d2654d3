// SPDX-License-Identifier: Apache-2.0
import Base
import Glibc

/// Answers `file://` addresses from the disk, as a server would: 200 with the bytes, or 404.
enum LocalFiles {
    static func answer(_ request: WebRequest, at address: WebAddress, limit: Int) throws(TransportError) -> WebResponse {
        guard let (path, size) = try find(request, at: address) else { return WebResponse(status: 404) }
        guard size <= limit else { throw .tooLarge(address.shown, limit: limit) }
        let headers = ["content-length": String(size)]
        if request.method == "HEAD" { return WebResponse(status: 200, headers: headers) }
        return WebResponse(status: 200, headers: headers, body: try PartialFile.read(path, limit: limit))
    }

    static func copy(_ request: WebRequest, at address: WebAddress, toFile target: String, limit: Int) throws(TransportError) -> WebResponse
    {
        guard let (path, size) = try find(request, at: address) else { return WebResponse(status: 404) }
        guard size <= limit else { throw .tooLarge(address.shown, limit: limit) }
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        defer { close(source) }
        let partial = PartialFile(target)
        try partial.setValidator(nil)
        let writer = try PartialFile.Writer(target, appending: false)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var copied = 0
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            copied += count
            guard copied <= limit else { throw .tooLarge(address.shown, limit: limit) }
            try writer.write(buffer[0..<count])
        }
        return WebResponse(status: 200, headers: ["content-length": String(copied)])
    }

    /// The regular file an address means, and its size; nil when there is none.
    private static func find(_ request: WebRequest, at address: WebAddress) throws(TransportError) -> (path: String, size: Int)? {
        guard ["GET", "HEAD"].contains(request.method) else { throw .address(address.shown, reason: "the method \(request.method)") }
        let path = Percent.decoded(address.path)
        guard !path.split(separator: "/").contains(".."), !path.utf8.contains(0) else {
            throw .address(address.shown, reason: "a path with .. in it")
        }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .file(path: path, reason: String(cString: strerror(errno)))
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { return nil }
        return (path, Int(facts.st_size))
    }
}
