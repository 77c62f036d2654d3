// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc9580#name-forming-ascii-armor
import Foundation

/// ASCII armour around OpenPGP packets.
enum Armor {
    /// Keyrings are small: Debian's with every release since 2015 has 56 KB.
    static let limit = 4 << 20

    /// The packets: what was inside the armour, or the bytes themselves when they are not armoured.
    static func binary(_ bytes: [UInt8], name: String) throws(ToolsError) -> [UInt8] {
        guard bytes.count <= limit else { throw .tooLarge(what: "keyring \(name)", limit: limit) }
        guard bytes.first == UInt8(ascii: "-") else { return bytes }
        var packets: [UInt8] = []
        var lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        var blocks = 0
        while let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }) {
            guard lines[begin].hasPrefix("-----BEGIN PGP PUBLIC KEY BLOCK-----") else {
                throw .keyringMalformed(name: name, reason: "armour that is not of public keys")
            }
            guard let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END PGP PUBLIC KEY BLOCK-----") }) else {
                throw .keyringMalformed(name: name, reason: "armour without an end")
            }
            // Headers end at an empty line; the checksum line starts with "=" and RFC 9580 tells readers to ignore it.
            let content = lines[(begin + 1)..<end].drop { !$0.allSatisfy(\.isWhitespace) }
            let text = content.filter { !$0.hasPrefix("=") }.joined().filter { !$0.isWhitespace }
            guard let decoded = Data(base64Encoded: text) else { throw .keyringMalformed(name: name, reason: "armour that is not base64") }
            packets += decoded
            lines = lines[(end + 1)...]
            blocks += 1
        }
        guard blocks > 0 else { throw .keyringMalformed(name: name, reason: "no public key block") }
        return packets
    }
}
