// SPDX-License-Identifier: Apache-2.0
import Artifacts
import OCI

/// What was signed was signed for the image that is meant: a good signature moved to another name is refused.
///
/// A signature in the bundle form has no name of its own; the legacy one and all claims have, and at least one of them must be
/// there. A build tag, which names a version, must lead to that version.
enum NameCheck: VerificationCheck {
    static let name = "name"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        var result = CheckResult(name)
        let names = Set(exhibit.signed.flatMap { $0.names(of: exhibit.subject) }).sorted()
        let foreign = Set(exhibit.misnamed.flatMap { $0.names(of: exhibit.subject) }).sorted()
        if !names.isEmpty {
            result.evidence.append("signed for \(list(names))" + (policy.name.isAny ? ", which is what the evidence says itself" : ""))
        } else if case .any = policy.name {
            if !exhibit.signed.isEmpty { result.warnings.append("\(exhibit.file.title): nothing that was signed names the image") }
        } else if foreign.isEmpty {
            if !exhibit.signed.isEmpty { result.reasons.append("nothing that was signed says that it is \(policy.name)") }
        } else {
            result.reasons.append("expected evidence of \(policy.name), found that of \(list(foreign))")
        }
        if !names.isEmpty, !foreign.isEmpty { result.warnings.append("\(exhibit.file.title): it is signed as \(list(foreign)) as well") }
        if result.evidence.isEmpty, result.reasons.isEmpty { result.isSkipped = true }
        return result
    }

    private static func list(_ names: [String]) -> String { names.map { "'\($0.prefix(255))'" }.joined(separator: ", ") }
}

extension ExpectedName: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "any image"
        case .exactly(let name), .repository(let name): "'\(name.prefix(255))'"
        }
    }
    var isAny: Bool { if case .any = self { true } else { false } }
}
