// SPDX-License-Identifier: Apache-2.0
import Base
import Sigstore

/// The keys were good when they signed: by a keyring that the offline root key signed, at the moment a witness of the log saw the
/// signature. What a statement says of its own time proves nothing, since whoever has the key writes it.
enum KeyCheck: VerificationCheck {
    static let name = "key"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        guard let keyring = policy.keyring else {
            return .skipped(name, "without --keyring nothing says when a key was good: a signature by it counts whenever it was made")
        }
        var result = CheckResult(name, evidence: keyring.evidence)
        var said: Set<String> = []
        for piece in exhibit.signed {
            if let evidence = piece.keyEvidence, said.insert(evidence).inserted { result.evidence.append(evidence) }
        }
        exhibit.judge(exhibit.outlived, by: policy, into: &result)
        return result
    }
}
