// SPDX-License-Identifier: Apache-2.0
// RFC 9580 section 7, Cleartext Signature Framework

/// The text of a file that is one cleartext-signed message and nothing else: the bytes whose signature a verifier checks.
///
/// Whoever verifies the file and whoever reads it must see the same text. So everything they could disagree about is refused:
/// text before or after, a second message, lines that are not dash-escaped, headers with a meaning; and white space at the
/// end of lines, which no signature covers, is removed.
package enum ClearsignedMessage {
    /// Signed bytes of a message, lines divided by line feeds. The signature itself is not checked here.
    package static func body(of bytes: [UInt8], limit: Int = 16 << 20) throws(DebianError) -> [UInt8] {
        guard bytes.count <= limit else { throw .tooLarge(what: "bytes in a signed message", limit: limit) }
        var lines = Lines(bytes: bytes)
        guard try lines.next()?.elementsEqual("-----BEGIN PGP SIGNED MESSAGE-----".utf8) == true else {
            throw .notClearsigned(line: 1, reason: "another first line")
        }
        while let header = try lines.next(), !header.isEmpty {
            // Only Hash is allowed here; other headers were used to hide text from one of two readers.
            guard header.starts(with: "Hash: ".utf8) else { throw .notClearsigned(line: lines.number, reason: "a header other than Hash") }
        }
        var body: [UInt8] = []
        body.reserveCapacity(bytes.count)
        while true {
            guard let line = try lines.next() else { throw .notClearsigned(line: lines.number, reason: "the end before the signature") }
            guard line.first == 0x2D else {
                body.append(contentsOf: line)
                body.append(0x0A)
                continue
            }
            if line.elementsEqual("-----BEGIN PGP SIGNATURE-----".utf8) { break }
            guard line.starts(with: "- ".utf8) else { throw .notClearsigned(line: lines.number, reason: "a dash that is not escaped") }
            body.append(contentsOf: line.dropFirst(2))
            body.append(0x0A)
        }
        try readSignature(&lines)
        return body
    }

    private static func readSignature(_ lines: inout Lines) throws(DebianError) {
        while true {
            guard let line = try lines.next() else {
                throw .notClearsigned(line: lines.number, reason: "the end inside the signature")
            }
            if line.first == 0x2D {
                guard line.elementsEqual("-----END PGP SIGNATURE-----".utf8) else {
                    throw .notClearsigned(line: lines.number, reason: "another mark inside the signature")
                }
                break
            }
        }
        while let line = try lines.next() {
            guard line.isEmpty else { throw .notClearsigned(line: lines.number, reason: "text behind the signature") }
        }
    }

    private struct Lines {
        let bytes: [UInt8]
        var position = 0
        var number = 0

        // Without the line end and the white space before it.
        mutating func next() throws(DebianError) -> ArraySlice<UInt8>? {
            guard position < bytes.count else { return nil }
            number += 1
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            var line = bytes[position..<end]
            position = end + 1
            // Readers cut longer lines at different places.
            guard line.count <= 8192 else { throw .notClearsigned(line: number, reason: "a line longer than 8192 bytes") }
            while let last = line.last, last == 0x20 || last == 0x09 || last == 0x0D { line.removeLast() }
            guard !line.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                throw .notClearsigned(line: number, reason: "a control character")
            }
            return line
        }
    }
}
