// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Sigstore

/// A report for people and for programs.
struct VerifyOutput {
    let reference: String
    let report: VerificationReport
    let keys: [VerificationKey]

    /// Every check with its evidence. What comes from outside moves no cursor.
    var text: String {
        var lines = ["\(report.isTrusted ? "verified" : "refused") \(reference)"]
        // Whoever reads no further has read why.
        lines += report.refusals.prefix(3).map { "  because  \($0)" }
        if report.refusals.count > 3 { lines.append("  because  … and \(report.refusals.count - 3) more reasons, below") }
        lines.append("  index  \(report.index?.description ?? "none")")
        for key in keys { lines.append("  key    \(key.fingerprint)") }
        for subject in report.subjects {
            lines += ["", "\(subject.title)  \(subject.subject?.description ?? "")"]
            for check in subject.checks { lines += Self.lines(check) }
        }
        lines += ["", "release"]
        for check in report.release { lines += Self.lines(check) }
        for note in report.ignored.prefix(100) { lines.append("not counted  \(note)") }
        for warning in report.warnings { lines.append("warning  \(warning)") }
        return lines.map(Table.clean).joined(separator: "\n")
    }

    private static func lines(_ check: CheckResult) -> [String] {
        let mark =
            switch check.outcome {
            case .passed: "ok"
            case .failed: "NO"
            case .skipped: "--"
            }
        let name = check.name + String(repeating: " ", count: max(1, 11 - check.name.count))
        let facts = check.outcome == .failed ? check.reasons : check.evidence
        return facts.enumerated().map { position, fact in
            position == 0 ? "  \(mark)  \(name)\(fact)" : "      " + String(repeating: " ", count: 11) + fact
        }
    }

    var json: JSON {
        [
            "reference": JSON(reference), "verified": .bool(report.isTrusted), "index": report.index.map { JSON($0.description) } ?? .null,
            "keys": JSON(keys.map(\.fingerprint.description)), "reasons": JSON(report.reasons), "warnings": JSON(report.warnings),
            "notCounted": JSON(report.ignored),
            "subjects": .array(
                report.subjects.map { subject in
                    [
                        "digest": subject.subject.map { JSON($0.description) } ?? .null, "title": JSON(subject.title),
                        "verified": .bool(subject.isTrusted), "signatures": JSON(subject.signatures.map(\.rawValue).sorted()),
                        "claims": .array(
                            subject.claims.map { claim in
                                ["type": JSON(claim.predicateType), "forms": JSON(claim.forms.map(\.rawValue).sorted())]
                            }),
                        "checks": .array(subject.checks.map(Self.json)),
                    ]
                }),
            "release": .array(report.release.map(Self.json)),
        ]
    }

    private static func json(_ check: CheckResult) -> JSON {
        [
            "name": JSON(check.name), "outcome": JSON(check.outcome.rawValue), "evidence": JSON(check.evidence),
            "reasons": JSON(check.reasons), "warnings": JSON(check.warnings),
        ]
    }
}
