// SPDX-License-Identifier: Apache-2.0
// https://fastcgi-archives.github.io/FastCGI_Specification.html

/// One FastCGI request in the responder role, without a body.
enum FastCGIProbe {
    /// The text of FCGI_STDOUT and FCGI_STDERR.
    static func request(_ parameters: [String: String], port: Int, milliseconds: Int) throws(ProbeFailure) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            block += length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
        guard block.count <= 0xFFFF else { throw ProbeFailure("expected at most 65535 bytes of parameters, found \(block.count)") }
        let socket = try ProbeSocket(stream: port, milliseconds: milliseconds)
        var message = record(1, [0, 1, 0, 0, 0, 0, 0, 0])  // FCGI_BEGIN_REQUEST: responder, close afterwards
        if !block.isEmpty { message += record(4, block) }
        message += record(4, []) + record(5, [])  // the ends of FCGI_PARAMS and FCGI_STDIN
        try socket.send(message)
        let bytes = try socket.receive { read($0).isEnded }
        let found = read(bytes)
        guard found.isEnded else { throw ProbeFailure("expected the end of a FastCGI request, found: \(Excerpt.of(found.text))") }
        return found.text
    }

    private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 0xFF), 0, 0] + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)] : [0x80 | UInt8(count >> 24 & 0x7F), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }

    private static func read(_ bytes: [UInt8]) -> (text: [UInt8], isEnded: Bool) {
        var text: [UInt8] = []
        var position = 0
        while position + 8 <= bytes.count {
            let size = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
            let end = position + 8 + size
            guard end <= bytes.count else { break }
            switch bytes[position + 1] {
            case 3: return (text, true)  // FCGI_END_REQUEST
            case 6, 7: text += bytes[(position + 8)..<end]
            default: break
            }
            position = end + Int(bytes[position + 6])
        }
        return (text, false)
    }
}
