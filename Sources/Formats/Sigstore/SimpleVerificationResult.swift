// SPDX-License-Identifier: Apache-2.0
// https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
package import Base

/// Properties that a verifier found an artifact to have: the Simple Verification Result v0.1 predicate.
package struct SimpleVerificationResult: Hashable, Sendable, Codable {
    package var verifier: VerifierIdentity
    package var timeCreated: Timestamp
    /// `REPRODUCED`.
    package var properties: [String]

    package struct VerifierIdentity: Hashable, Sendable, Codable {
        /// A URI.
        package var id: String
        package init(id: String) { self.id = id }
    }

    package init(verifier: VerifierIdentity, timeCreated: Timestamp, properties: [String]) {
        self.verifier = verifier
        self.timeCreated = timeCreated
        self.properties = properties
    }
}
