// SPDX-License-Identifier: Apache-2.0
// RFC 9110 section 11.6.1, RFC 6750; https://distribution.github.io/distribution/spec/auth/token/

/// One way of authenticating that a server offers in `WWW-Authenticate`.
struct AuthenticationChallenge: Hashable, Sendable {
    /// In lower case: `basic`, `bearer`.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String]

    /// Reads all challenges of a header value; what is malformed ends the reading.
    static func parse(_ header: String) -> [AuthenticationChallenge] {
        guard header.utf8.count <= 8192 else { return [] }
        var challenges: [AuthenticationChallenge] = []
        var scanner = Scanner(bytes: Array(header.utf8))
        while let word = scanner.token() {
            // `name=` goes on with the last challenge; a word alone begins the next one.
            if scanner.skip(UInt8(ascii: "=")) {
                guard !challenges.isEmpty, let value = scanner.value() else { return challenges }
                challenges[challenges.count - 1].parameters[word.lowercased()] = value
            } else {
                challenges.append(AuthenticationChallenge(scheme: word.lowercased(), parameters: [:]))
            }
        }
        return challenges
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func token() -> String? {
            while position < bytes.count, [0x20, 0x09, 0x2C].contains(bytes[position]) { position += 1 }
            return word()
        }
        mutating func skip(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }
        mutating func value() -> String? {
            guard skip(0x22) else { return word() }
            var text: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == 0x22 { return String(decoding: text, as: UTF8.self) }
                if byte == 0x5C, position < bytes.count {
                    text.append(bytes[position])
                    position += 1
                } else {
                    text.append(byte)
                }
            }
            return nil
        }
        private mutating func word() -> String? {
            let start = position
            while position < bytes.count, ![0x20, 0x09, 0x2C, 0x3D, 0x22].contains(bytes[position]) { position += 1 }
            return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
        }
    }
}
