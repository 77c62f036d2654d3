// SPDX-License-Identifier: Apache-2.0
package import Base

/// A long-lived secret of an account: `ashlar_<12 letters and digits>_<64 hexadecimal digits>`.
///
/// The middle names the token and is no secret; the end is 256 random bits. The fixed beginning lets scanners find one that
/// leaked. A description shows the name only.
package struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// Names the token in lists, logs and commands.
    package let id: String
    private let secret: [UInt8]

    private static let prefix = "ashlar_"
    private static let idLength = 12
    private static let secretLength = 32

    package static func generate(using generator: inout some RandomNumberGenerator) -> AccessToken {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let id = (0..<idLength).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
        let secret = (0..<secretLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return AccessToken(id: String(id), secret: secret)
    }

    private init(id: String, secret: [UInt8]) {
        self.id = id
        self.secret = secret
    }

    /// Reads a token; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isIdentifier(String(parts[0])), parts[1].utf8.count == Self.secretLength * 2,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }), let secret = Hex.decode(parts[1])
        else { return nil }
        self.init(id: String(parts[0]), secret: secret)
    }

    /// Whether a text can name a token.
    package static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == idLength && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// The text that is handed out once and never kept.
    package var text: String { Self.prefix + id + "_" + Hex.encode(secret) }

    /// What is kept of it. Without salt or stretching: 256 random bits cannot be guessed.
    package var digest: Base.Digest { .sha256(of: secret) }

    /// Whether this is the token that was kept as `digest`.
    package func matches(_ digest: Base.Digest) -> Bool { ConstantTime.equal(self.digest.bytes, digest.bytes) }

    package var description: String { "the token \(id)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
