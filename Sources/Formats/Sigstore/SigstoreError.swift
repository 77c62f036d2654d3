// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a key or a signed document could not be read at all. A signature that is not good is a `SignatureCheck`, not an error.
package enum SigstoreError: Diagnosable, Equatable {
    case unreadableKey(reason: String)
    case malformedDocument(kind: String, reason: String)
    case documentTooLarge(kind: String, limit: Int, found: Int)
    case unknownMember(kind: String, member: String)
    case unsupported(kind: String, feature: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unreadableKey(let reason):
            Diagnosis(
                "sigstore.key", .malformed, "expected an ECDSA P-256 public key in PEM (BEGIN PUBLIC KEY): \(reason)",
                remedy: "give the file that `ashlar keys show` or `openssl pkey -pubout` writes")
        case .malformedDocument(let kind, let reason):
            Diagnosis(
                "sigstore.document", .malformed, "expected a \(kind): \(reason)",
                remedy: "fetch it again; if it stays so, ask who signed it to sign anew")
        case .documentTooLarge(let kind, let limit, let found):
            Diagnosis(
                "sigstore.document-too-large", .malformed, "expected a \(kind) of at most \(limit) bytes, found \(found)",
                remedy: "ask who made it for a smaller one; nothing was read of it")
        case .unknownMember(let kind, let member):
            Diagnosis(
                "sigstore.unknown-member", .malformed, "expected the members of a \(kind) and no others, found '\(member.prefix(80))'",
                remedy: "it was made for another version of the format; sign again in version 0.3")
        case .unsupported(let kind, let feature):
            Diagnosis(
                "sigstore.unsupported", .malformed, "expected a \(kind) signed with a key, found \(feature.prefix(80))",
                remedy: "sign with a key; other kinds of bundles can be checked with cosign")
        }
    }
}
