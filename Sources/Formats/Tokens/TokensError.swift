// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a token, a key or a password was refused. No case holds a secret.
package enum TokensError: Diagnosable, Equatable {
    /// Not three parts of base64url with a JSON header.
    case malformed(String)
    /// The algorithm is none we verify, or not one of the key's kind.
    case algorithm(String)
    /// No key of the issuer has the token's key identifier.
    case unknownKey(String)
    case badSignature
    /// A claim is absent or not what was expected.
    case claim(String, expected: String, found: String)
    case expired(at: Int)
    case notYetValid(from: Int)
    /// A document of keys cannot be read.
    case badKeySet(String)
    /// A password that may not be used.
    case weakPassword(String)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformed(let what):
            Diagnosis("tokens.malformed", .malformed, "expected a signed token, found \(what)", remedy: "ask the issuer for a new token")
        case .algorithm(let name):
            Diagnosis(
                "tokens.algorithm", .untrusted,
                "expected RS256, RS384, RS512, PS256, ES256, ES384, ES512 or EdDSA, found \(Self.shown(name))",
                remedy: "let the issuer sign with one of these")
        case .unknownKey(let key):
            Diagnosis(
                "tokens.unknown-key", .untrusted, "expected a token signed by a key of its issuer, found the key \(Self.shown(key))",
                remedy: "check that the issuer's keys are the ones this server was told")
        case .badSignature:
            Diagnosis(
                "tokens.bad-signature", .untrusted, "expected a token signed by its issuer, found another signature",
                remedy: "ask the issuer for a new token")
        case .claim(let name, let expected, let found):
            Diagnosis(
                "tokens.claim", .untrusted, "expected the claim \(name) to be \(expected), found \(Self.shown(found))",
                remedy: "ask the issuer for a token for this server, or correct what the configuration expects")
        case .expired(let time):
            Diagnosis(
                "tokens.expired", .untrusted, "expected a token that is valid now, found one that ended at \(Timestamp(seconds: time))",
                remedy: "ask for a new token; check the clock of this machine")
        case .notYetValid(let time):
            Diagnosis(
                "tokens.not-yet-valid", .untrusted,
                "expected a token that is valid now, found one that begins at \(Timestamp(seconds: time))",
                remedy: "check the clocks of this machine and of the issuer")
        case .badKeySet(let what):
            Diagnosis(
                "tokens.bad-key-set", .malformed, "expected a JSON Web Key Set, found \(what)",
                remedy: "check the address or file of the issuer's keys")
        case .weakPassword(let what):
            Diagnosis(
                "tokens.weak-password", .policy,
                "expected a password of \(PasswordHash.shortest) to \(PasswordHash.longest) bytes, found \(what)",
                remedy: "choose another, or let one be generated")
        }
    }

    private static func shown(_ text: String) -> String { text.count > 80 ? text.prefix(80) + "…" : text }
}
