// SPDX-License-Identifier: Apache-2.0

/// What kind of claim a statement makes: the URIs that cosign, scanners and policy engines compare literally.
package enum PredicateType {
    /// The signature of an image itself, in cosign's bundle format.
    package static let cosignSign = "https://sigstore.dev/cosign/sign/v1"
    package static let slsaProvenance = "https://slsa.dev/provenance/v1"
    package static let verificationSummary = "https://slsa.dev/verification_summary/v1"
    package static let spdx = "https://spdx.dev/Document"
    package static let cycloneDX = "https://cyclonedx.org/bom"
    /// Without a version: `cosign verify-attestation --type openvex` compares this text.
    package static let openVEX = "https://openvex.dev/ns"
    package static let vulnerabilities = "https://in-toto.io/attestation/vulns/v0.2"
    package static let cosignVulnerabilities = "https://cosign.sigstore.dev/attestation/vuln/v1"
    package static let testResult = "https://in-toto.io/attestation/test-result/v0.1"
    /// Says that somebody rebuilt the image and got the same.
    package static let simpleVerificationResult = "https://in-toto.io/attestation/svr/v0.1"
    /// Says that an image must not be used any more, or may be used again: docs/notify.md has its members.
    package static let revocation = "https://ashlar.dev/attestations/revocation/v1"

    /// Whether a newer statement of this type takes the place of older ones about the same subject. What an image was built from,
    /// what is in it and how its tests went does not change; what is known about it does.
    package static func isRenewed(_ type: String) -> Bool { [openVEX, vulnerabilities, cosignVulnerabilities, revocation].contains(type) }

    /// The word people type for a type: `spdx`; nil for others.
    package static func shortName(of type: String) -> String? { shortNames.first { $0.type == type }?.name }
    /// The type a word stands for; a URI stands for itself.
    package static func named(_ name: String) -> String? {
        name.contains("://") ? name : shortNames.first { $0.name == name }?.type
    }

    package static let shortNames: [(name: String, type: String)] = [
        ("signature", cosignSign), ("provenance", slsaProvenance), ("vsa", verificationSummary), ("spdx", spdx), ("cyclonedx", cycloneDX),
        ("openvex", openVEX), ("vulnerabilities", vulnerabilities), ("cosign-vulnerabilities", cosignVulnerabilities),
        ("test-result", testResult), ("svr", simpleVerificationResult), ("revocation", revocation),
    ]
}
