// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/signed-note#verifier-keys and https://c2sp.org/tlog-cosignature
import Base

import enum Crypto.Curve25519

/// The public key of a log or a witness with the name it signs notes under: `NAME+HASH+KEY` in one line.
package struct NoteKey: Hashable, Sendable, CustomStringConvertible {
    package enum Algorithm: UInt8, Sendable {
        /// Ed25519 over the note's text: logs.
        case ed25519 = 0x01
        /// Ed25519 over time and text: witnesses.
        case cosignature = 0x04
    }

    package let name: String
    package let algorithm: Algorithm
    /// 32 bytes (RFC 8032).
    package let publicKey: [UInt8]

    package static let textLimit = 1024

    package init(name: String, algorithm: Algorithm, publicKey: [UInt8]) throws(TransparencyError) {
        guard Self.isName(name) else { throw .badName(name) }
        guard publicKey.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil else {
            throw .unreadableKey(reason: "it is not an Ed25519 key of 32 bytes")
        }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
    }

    /// Reads one line; white space around it is ignored.
    package init(_ text: String) throws(TransparencyError) {
        guard text.utf8.count <= Self.textLimit else { throw .unreadableKey(reason: "it has more than \(Self.textLimit) bytes") }
        let line = text.trimmingWhitespace
        let parts = line.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .unreadableKey(reason: "there are no two plus signs") }
        guard let bytes = Base64.decode(parts[2]), let first = bytes.first else { throw .unreadableKey(reason: "the key is not base64") }
        guard let algorithm = Algorithm(rawValue: first) else {
            throw .unreadableKey(reason: "its algorithm is 0x\(Hex.encode([first])); 0x01 and 0x04 are known")
        }
        try self.init(name: String(parts[0]), algorithm: algorithm, publicKey: Array(bytes.dropFirst()))
        guard Hex.encode(hash) == parts[1] else {
            throw .unreadableKey(reason: "the hash should be \(Hex.encode(hash)), found \(parts[1].prefix(16)); a character is wrong")
        }
    }

    /// The log's id: SHA-256 over name, line feed, algorithm and key.
    package var id: [UInt8] { Digest.sha256(of: Array(name.utf8) + [0x0A, algorithm.rawValue] + publicKey).bytes }
    /// The first four bytes of the id, which stand in signatures.
    package var hash: [UInt8] { Array(id.prefix(4)) }
    /// The line.
    package var description: String { "\(name)+\(Hex.encode(hash))+\(Base64.encode([algorithm.rawValue] + publicKey))" }

    /// The key as a DER SubjectPublicKeyInfo (RFC 8410), which tools outside of the world of notes take.
    package var der: [UInt8] { [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00] + publicKey }

    /// Whether a text can name a key: not empty, no spaces, no plus sign, no control characters.
    package static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace && $0.properties.generalCategory != .control }
    }

    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return signature.count == 64 && key.isValidSignature(signature, for: message)
    }
}

extension StringProtocol {
    var trimmingWhitespace: String {
        var rest = Substring(self)
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
