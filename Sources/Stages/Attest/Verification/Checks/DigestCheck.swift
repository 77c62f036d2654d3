// SPDX-License-Identifier: Apache-2.0

/// Everything that was read is what its digest says, and nothing that is pointed to is missing.
enum DigestCheck: VerificationCheck {
    static let name = "digest"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        let evidence = "\(exhibit.file.compared.count) manifests and blobs of \(exhibit.subject) and its evidence have their digests"
        return CheckResult(name, evidence: [evidence], reasons: exhibit.file.damage)
    }
}
