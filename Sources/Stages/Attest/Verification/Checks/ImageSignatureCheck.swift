// SPDX-License-Identifier: Apache-2.0
import Sigstore

/// One of the keys signed the manifest's digest, in the form for cosign 3, the form for cosign 2 and podman, or both.
///
/// An attestation is not a signature: whoever describes an image has not released it.
enum ImageSignatureCheck: VerificationCheck {
    static let name = "signature"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        let found = exhibit.signatures
        guard !found.isEmpty else {
            let keys = policy.keys.map { "\($0.fingerprint)" }.joined(separator: ", ")
            let isSetAside = (exhibit.outlived + exhibit.unlogged).contains { $0.piece.predicateType == nil }
            return CheckResult(
                name,
                reasons: [
                    isSetAside
                        ? "no signature of \(exhibit.subject) by the key \(keys) counts"
                        : "the key \(keys) did not sign \(exhibit.subject)"
                ])
        }
        var result = CheckResult(name, evidence: found.flatMap { piece in piece.evidence.map { "\(piece.piece.place): \($0)" } })
        for form in Verification.Form.allCases where !found.contains(where: { $0.piece.form == form }) {
            let readers = form == .bundle ? "as a bundle, which cosign 3 reads" : "in the legacy form, which cosign 2 and podman read"
            result.warnings.append("\(exhibit.file.title): there is no signature \(readers)")
        }
        return result
    }
}
