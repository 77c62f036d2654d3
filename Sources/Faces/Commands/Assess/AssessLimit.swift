// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// What `--fail-on` names: a decision, or a severity.
enum AssessLimit {
    case action(Decision.Action)
    case severity(Severity)

    static let words = Decision.Action.allCases.map(\.rawValue) + ["critical", "high", "medium", "low"]

    init?(_ word: String) {
        if let action = Decision.Action(rawValue: word) {
            self = .action(action)
        } else if let severity = Severity(rawValue: word), Self.words.contains(word) {
            self = .severity(severity)
        } else {
            return nil
        }
    }

    /// Whether a finding is at least so urgent or so bad, and nobody answered it.
    func isReached(by finding: AdvisoryFinding) -> Bool {
        guard finding.status != .undetermined, finding.answer?.settles != true else { return false }
        switch self {
        case .action(let limit): return Self.order(finding.decision.action) <= Self.order(limit)
        case .severity(let limit): return finding.severity <= limit
        }
    }

    /// Actions that make a test of a JUnit file fail.
    static var failing: Set<String> { ["act", "attend"] }
    var failing: Set<String> {
        guard case .action(let limit) = self else { return Self.failing }
        return Set(Decision.Action.allCases.filter { Self.order($0) <= Self.order(limit) }.map(\.rawValue))
    }

    private static func order(_ action: Decision.Action) -> Int { Decision.Action.allCases.firstIndex(of: action) ?? 0 }
}

/// Why an assessment ends with another exit code than 0.
enum AssessRefusal: Diagnosable {
    case findings([String], limit: String)
    case incomplete([String])

    var diagnosis: Diagnosis {
        switch self {
        case .findings(let findings, let limit):
            Diagnosis(
                "assess.findings", .policy, "\(findings.count) finding\(findings.count == 1 ? "" : "s") reach `\(limit)` or more",
                remedy: "rebuild with the fixed packages where there are some: `ashlar resolve`, `ashlar build`",
                notes: Array(findings.prefix(50)))
        case .incomplete(let reasons):
            Diagnosis(
                "assess.incomplete", .unavailable, "the data of \(reasons.count) assessments is not whole and fresh",
                remedy: "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`", notes: reasons)
        }
    }
}
