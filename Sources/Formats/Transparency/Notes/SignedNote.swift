// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/signed-note
package import Base

/// A text with signatures under it.
package struct SignedNote: Hashable, Sendable {
    /// What is signed; ends in a line feed.
    package var text: [UInt8]
    package var signatures: [NoteSignature]

    package static let limit = 1 << 17
    /// More than any set of witnesses needs, few enough to check.
    package static let signatureLimit = 64
    private static let kind = "signed note"

    package init(text: [UInt8], signatures: [NoteSignature]) {
        self.text = text
        self.signatures = signatures
    }

    package init(reading bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= Self.limit else { throw .tooLarge(kind: Self.kind, limit: Self.limit, found: bytes.count) }
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }), String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed(kind: Self.kind, reason: "it is not UTF-8 text, or has control characters")
        }
        // The last empty line parts text and signatures.
        guard bytes.count >= 3,
            let gap = (1..<bytes.count).last(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A })
        else { throw .malformed(kind: Self.kind, reason: "there is no empty line before signatures") }
        text = Array(bytes[..<gap])
        signatures = try Self.signatures(Array(bytes[(gap + 1)...]))
        guard !signatures.isEmpty else { throw .malformed(kind: Self.kind, reason: "it has no signature") }
    }

    /// Reads signature lines alone, as witnesses answer them.
    package static func signatures(_ bytes: [UInt8]) throws(TransparencyError) -> [NoteSignature] {
        guard bytes.count <= limit else { throw .tooLarge(kind: "list of signatures", limit: limit, found: bytes.count) }
        guard bytes.isEmpty || bytes.last == 0x0A, let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(kind: "list of signatures", reason: "it is not UTF-8 text that ends in a line feed")
        }
        var signatures: [NoteSignature] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard signatures.count < signatureLimit else {
                throw .malformed(kind: "list of signatures", reason: "it has more than \(signatureLimit)")
            }
            signatures.append(try NoteSignature(line: line))
        }
        return signatures
    }

    package var bytes: [UInt8] { text + [0x0A] + Array(signatures.map { $0.line + "\n" }.joined().utf8) }

    /// What the note says of a key.
    package func check(by key: NoteKey) -> NoteCheck {
        var result = NoteCheck.absent
        for signature in signatures where signature.name == key.name && signature.keyHash == key.hash {
            guard let check = Self.check(signature.signature, of: text, by: key) else { return .bad }
            result = check
        }
        return result
    }

    private static func check(_ signature: [UInt8], of text: [UInt8], by key: NoteKey) -> NoteCheck? {
        switch key.algorithm {
        case .ed25519: return key.isValid(signature, for: text) ? .good(at: nil) : nil
        case .cosignature:
            guard signature.count == 72 else { return nil }
            let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard time <= UInt64(Int64.max), key.isValid(Array(signature.dropFirst(8)), for: Cosignature.message(of: text, at: Int(time)))
            else { return nil }
            return .good(at: Timestamp(seconds: Int(time)))
        }
    }
}

/// What a note's signatures say of one key.
package enum NoteCheck: Hashable, Sendable {
    /// The key signed the text; witnesses also say when.
    case good(at: Timestamp?)
    /// There is a signature in the key's name, and it is not by the key.
    case bad
    case absent
}

/// `— NAME BASE64`: four bytes of the key's hash, then the signature.
package struct NoteSignature: Hashable, Sendable {
    package var name: String
    package var keyHash: [UInt8]
    package var signature: [UInt8]

    package init(name: String, keyHash: [UInt8], signature: [UInt8]) {
        self.name = name
        self.keyHash = keyHash
        self.signature = signature
    }

    package init(by key: NoteKey, signature: [UInt8]) { self.init(name: key.name, keyHash: key.hash, signature: signature) }

    init(line: some StringProtocol) throws(TransparencyError) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\u{2014}", NoteKey.isName(parts[1]) else {
            throw .malformed(kind: "signature line", reason: "'\(line.prefix(60))' is not a dash, a name and base64")
        }
        guard let bytes = Base64.decode(parts[2]), (5...16384).contains(bytes.count) else {
            throw .malformed(kind: "signature line", reason: "the signature of \(parts[1].prefix(80)) is not base64 of 5 bytes or more")
        }
        self.init(name: String(parts[1]), keyHash: Array(bytes.prefix(4)), signature: Array(bytes.dropFirst(4)))
    }

    package var line: String { "\u{2014} \(name) \(Base64.encode(keyHash + signature))" }
}
