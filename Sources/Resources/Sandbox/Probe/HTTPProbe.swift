// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc9112

/// One GET, read as far as a test needs it.
enum HTTPProbe {
    struct Found {
        let status: Int
        /// Head and body; of a chunked body the chunks joined.
        let answer: [UInt8]
    }

    static func get(_ path: String, port: Int, milliseconds: Int) throws(ProbeFailure) -> Found {
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw ProbeFailure("expected a path, found \(path)")
        }
        let socket = try ProbeSocket(stream: port, milliseconds: milliseconds)
        try socket.send(
            Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUser-Agent: ashlar\r\nAccept: */*\r\nConnection: close\r\n\r\n".utf8))
        let bytes = try socket.receive(until: isWhole)
        guard let head = head(of: bytes) else { throw ProbeFailure("expected an HTTP answer, found: \(Excerpt.of(bytes))") }
        let words = head.lines[0].split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            throw ProbeFailure("expected an HTTP answer, found: \(Excerpt.of(bytes))")
        }
        let body = bytes[head.length...]
        return Found(status: status, answer: bytes[..<head.length] + (isChunked(head.lines) ? joined(chunks: body) : Array(body)))
    }

    private static func head(of bytes: [UInt8]) -> (lines: [String], length: Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").map(String.init)
        return lines.isEmpty ? nil : (lines, end.upperBound)
    }

    /// The value of a header, in small letters.
    private static func value(_ name: String, in lines: [String]) -> String? {
        lines.dropFirst().first { $0.lowercased().hasPrefix(name + ":") }?.dropFirst(name.count + 1).lowercased().filter { $0 != " " }
    }
    private static func isChunked(_ lines: [String]) -> Bool { value("transfer-encoding", in: lines)?.hasSuffix("chunked") ?? false }

    /// Whether nothing more is to come; without a length only the end of the connection tells.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard let head = head(of: bytes) else { return false }
        if isChunked(head.lines) { return bytes[head.length...].suffix(5).elementsEqual(Array("0\r\n\r\n".utf8)) }
        if let length = value("content-length", in: head.lines).flatMap({ Int($0) }) { return bytes.count - head.length >= length }
        return false
    }

    private static func joined(chunks: ArraySlice<UInt8>) -> [UInt8] {
        var rest = chunks
        var body: [UInt8] = []
        while let newline = rest.firstIndex(of: 0x0A) {
            let text = String(decoding: rest[rest.startIndex..<newline], as: UTF8.self).prefix { $0.isHexDigit }
            guard let size = Int(text, radix: 16), size > 0, size <= rest.endIndex - newline - 1 else { break }
            body += rest[(newline + 1)..<(newline + 1 + size)]
            rest = rest[(newline + 1 + size)...].dropFirst(2)
        }
        return body
    }
}
