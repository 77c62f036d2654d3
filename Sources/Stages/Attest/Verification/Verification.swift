// SPDX-License-Identifier: Apache-2.0
package import Base
package import Sigstore

/// What checking an image against a public key found. A "no" is a result, not an error.
package struct Verification: Hashable, Sendable {
    /// A signed claim that was found good.
    package struct Claim: Hashable, Sendable {
        package var predicateType: String
        package var statement: Statement
        /// Which forms of it are good.
        package var forms: Set<Form>
    }
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// A Sigstore bundle in a referrer: cosign 3.
        case bundle
        /// The `.sig` and `.att` tags: cosign 2, podman.
        case legacy
    }

    /// The manifest that was checked; nil when the reference named none.
    package var subject: Digest?
    /// The forms in which the key's signature of the image was found good.
    package var signatures: Set<Form>
    /// Good claims, sorted by type; signatures are not among them.
    package var claims: [Claim]
    /// What was checked, one line each.
    package var evidence: [String]
    /// Why the image is refused; empty when it is trusted.
    package var reasons: [String]
    /// What was found and not counted: other keys, broken evidence.
    package var ignored: [String]

    package var isTrusted: Bool { reasons.isEmpty }
    package var predicateTypes: [String] { claims.map(\.predicateType) }

    /// The subject as a value that may be used; nil when it was refused.
    package var verified: Verified<Digest>? {
        guard isTrusted, let subject else { return nil }
        return Verified(byVerifying: subject, evidence: evidence)
    }

    static func refused(_ subject: Digest?, reason: String) -> Verification {
        Verification(subject: subject, signatures: [], claims: [], evidence: [], reasons: [reason], ignored: [])
    }
}
