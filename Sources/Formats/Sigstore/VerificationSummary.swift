// SPDX-License-Identifier: Apache-2.0
// https://slsa.dev/spec/v1.2/verification_summary
package import Base

/// That a verifier found an artifact to meet a policy, and at which level: the SLSA Verification Summary v1 predicate.
package struct VerificationSummary: Hashable, Sendable, Codable {
    package var verifier: VerifierIdentity
    package var timeVerified: Timestamp
    /// What people call the artifact when they fetch it; readers compare it with what they meant.
    package var resourceUri: String
    package var policy: ResourceDescriptor
    /// The attestations that were looked at.
    package var inputAttestations: [ResourceDescriptor]?
    package var verificationResult: Outcome
    /// `SLSA_BUILD_LEVEL_1`; at most one of each track.
    package var verifiedLevels: [String]
    package var slsaVersion: String?

    package enum Outcome: String, Hashable, Sendable, Codable {
        case passed = "PASSED"
        case failed = "FAILED"
    }

    package struct VerifierIdentity: Hashable, Sendable, Codable {
        /// A URI.
        package var id: String
        package var version: [String: String]?
        package init(id: String, version: [String: String]? = nil) {
            self.id = id
            self.version = version
        }
    }

    /// A failed verification has no level but `FAILED`, as the specification demands.
    package init(
        verifier: VerifierIdentity, timeVerified: Timestamp, resourceUri: String, policy: ResourceDescriptor,
        inputAttestations: [ResourceDescriptor], outcome: Outcome, levels: [String]
    ) {
        self.verifier = verifier
        self.timeVerified = timeVerified
        self.resourceUri = resourceUri
        self.policy = policy
        self.inputAttestations = inputAttestations.isEmpty ? nil : inputAttestations
        verificationResult = outcome
        verifiedLevels = outcome == .passed ? levels : ["FAILED"]
        slsaVersion = "1.2"
    }

    /// The predicate of a statement of type `PredicateType.verificationSummary`.
    package func predicate() throws -> JSON { try CanonicalJSON.value(of: self) }
}
