// SPDX-License-Identifier: Apache-2.0
import Sigstore

/// Every kind of claim that is required is there, signed by one of the keys and about this very digest.
enum ClaimsCheck: VerificationCheck {
    static let name = "claims"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        let claims = exhibit.claims
        let required = policy.required.types(forPlatform: exhibit.file.isPlatform)
        var result = CheckResult(
            name,
            evidence: claims.map { claim in
                let forms = claim.forms.map(\.rawValue).sorted().joined(separator: ", ")
                return "\(shown(claim.predicateType)): \(forms)"
            })
        for type in required where !claims.contains(where: { $0.predicateType == type }) {
            // `NameCheck` refuses the image, and says why; that these are missing follows from it.
            if exhibit.isOfAnotherName, exhibit.misnamed.contains(where: { $0.predicateType == type }) { continue }
            let isSetAside = (exhibit.outlived + exhibit.unlogged).contains { $0.piece.predicateType == type }
            result.reasons.append(
                isSetAside ? "no claim of type \(type) signed by the key counts" : "there is no claim of type \(type) signed by the key")
        }
        if claims.isEmpty, result.reasons.isEmpty {
            result = .skipped(name, required.isEmpty ? "none is required, none was found" : "all that were found are for another image")
        }
        return result
    }

    private static func shown(_ type: String) -> String {
        PredicateType.shortName(of: type).map { "\($0) (\(type))" } ?? String(type.prefix(200))
    }
}
