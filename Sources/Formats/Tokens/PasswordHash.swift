// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import CryptoExtras

/// What is kept of a password: PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2) with a salt of its own.
///
/// As text: `pbkdf2-sha256$600000$<salt>$<key>`, both base64. The text says the cost, so that it can be raised for new ones.
package struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
    private let rounds: Int
    private let salt: [UInt8]
    private let key: [UInt8]

    /// OWASP's number for this function.
    package static let defaultRounds = 600_000
    /// Bytes of UTF-8.
    package static let shortest = 12
    package static let longest = 256
    // A row that somebody else wrote must not stop the server.
    private static let acceptedRounds = 210_000...5_000_000
    private static let scheme = "pbkdf2-sha256"

    package init(
        of password: String, rounds: Int = defaultRounds, using generator: inout some RandomNumberGenerator
    ) throws(TokensError) {
        try Self.check(password)
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        guard let key = Self.derive(password, salt, rounds) else { throw .malformed("a number of rounds that is too low") }
        self.init(rounds: rounds, salt: salt, key: key)
    }

    private init(rounds: Int, salt: [UInt8], key: [UInt8]) {
        self.rounds = rounds
        self.salt = salt
        self.key = key
    }

    /// Reads what `description` writes; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.scheme, let rounds = Int(parts[1]), Self.acceptedRounds.contains(rounds),
            let salt = Base64.decode(parts[2]), (8...64).contains(salt.count), let key = Base64.decode(parts[3]), key.count == 32
        else { return nil }
        self.init(rounds: rounds, salt: salt, key: key)
    }

    /// Takes as long as making it did: a fraction of a second, on purpose.
    package func matches(_ password: String) -> Bool {
        guard password.utf8.count <= Self.longest, let other = Self.derive(password, salt, rounds) else { return false }
        return ConstantTime.equal(key, other)
    }

    package var description: String { "\(Self.scheme)$\(rounds)$\(Base64.encode(salt))$\(Base64.encode(key))" }

    /// Stands for the hash of an account that is not there, so that asking for one takes as long as a wrong password.
    package static let ofNobody = PasswordHash(
        rounds: defaultRounds, salt: Array(repeating: 0, count: 16), key: Array(repeating: 0, count: 32))

    /// Says why a password may not be used.
    package static func check(_ password: String) throws(TokensError) {
        guard (shortest...longest).contains(password.utf8.count) else { throw .weakPassword("\(password.utf8.count)") }
        guard password.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw .weakPassword("a control character")
        }
    }

    /// A password of 160 random bits, in groups that can be typed.
    package static func generatedPassword(using generator: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let letters = (0..<32).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
        return stride(from: 0, to: 32, by: 8).map { String(letters[$0..<($0 + 8)]) }.joined(separator: "-")
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ rounds: Int) -> [UInt8]? {
        guard
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: Array(password.utf8), salt: salt, using: .sha256, outputByteCount: 32, rounds: rounds)
        else { return nil }
        return key.withUnsafeBytes { Array($0) }
    }
}
