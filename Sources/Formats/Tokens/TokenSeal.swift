// SPDX-License-Identifier: Apache-2.0
package import Base
import Crypto

/// The key of one server for tokens that only it reads: HMAC-SHA256 (`HS256`) over the claims.
package struct TokenSeal: TokenVerifier, Sendable, CustomStringConvertible, CustomReflectable {
    package static let keySize = 32
    private static let algorithm = "HS256"
    private let key: SymmetricKey
    private let header: String

    /// Takes a key of 32 bytes; nil for another length.
    package init?(key: [UInt8]) {
        guard key.count == Self.keySize else { return nil }
        self.key = SymmetricKey(data: key)
        let keyID = Base.Digest.sha256(of: key).short
        header = Base64URL.encode(JSON.object(["alg": JSON(Self.algorithm), "typ": "JWT", "kid": JSON(keyID)]).canonicalBytes)
    }

    package static func generate(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<keySize).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The compact form of a token with these claims.
    package func seal(_ claims: JSON) -> String {
        let signed = header + "." + Base64URL.encode(claims.canonicalBytes)
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return signed + "." + Base64URL.encode(code)
    }

    package func verify(_ token: JSONWebToken) throws(TokensError) {
        guard token.algorithm == Self.algorithm else { throw .algorithm(token.algorithm) }
        guard HMAC<SHA256>.isValidAuthenticationCode(token.signature, authenticating: token.signed, using: key) else {
            throw .badSignature
        }
    }

    /// Whether a token has the look of one of these, whoever sealed it.
    package static func resembles(_ token: JSONWebToken) -> Bool { token.algorithm == algorithm }

    package var description: String { "the key for tokens" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
