// SPDX-License-Identifier: Apache-2.0

/// What makes an assessment end badly: which findings are too much, and what is asked of the data. Exit codes and test reports follow it
/// alike.
package struct AssessmentRule: Hashable, Sendable {
    package enum Data: Hashable, Sendable {
        /// Where findings are asked for, something must have been seen.
        case seen
        /// Whole and fresh.
        case complete
    }
    /// Nil where no finding is too much.
    package var limit: FindingLimit?
    package var data: Data
    package init(limit: FindingLimit?, data: Data = .seen) {
        self.limit = limit
        self.data = data
    }

    /// What could not be seen may be just what is asked for.
    package func refusesData(of assessment: Assessment) -> Bool {
        switch data {
        case .complete: assessment.completeness.level != .complete
        case .seen: limit != nil && assessment.completeness.level == .unknown
        }
    }

    /// Each finding that is listed, and how it stands; nil where no finding is too much.
    package func findings(of assessment: Assessment) -> [(shared: SharedFinding, standing: FindingLimit.Standing?)] {
        SharedFinding.all(of: assessment.platforms, by: .occurrence).map { ($0, limit?.standing(of: $0.finding)) }
    }
}

/// From which finding on it is too much: a decision, or a severity.
package struct FindingLimit: Hashable, Sendable {
    package enum Bound: Hashable, Sendable {
        case action(Decision.Action)
        case severity(Severity)
    }
    /// What is done about a finding that nobody rated, where a severity is asked for: it may be as bad as any.
    package enum Unrated: String, Hashable, Sendable, CaseIterable { case refuse, allow }
    package enum Standing: String, Hashable, Sendable, CaseIterable {
        case below
        /// Somebody said that it does not matter here.
        case answered
        /// Nobody rated it, and that is allowed.
        case unratedAllowed = "unrated-allowed"
        /// Nobody rated it: it may reach the limit, and so it counts.
        case unrated
        case reached

        package var fails: Bool { self == .unrated || self == .reached }
    }

    package var bound: Bound
    package var unrated: Unrated

    package static let words = Decision.Action.allCases.map(\.rawValue) + ["critical", "high", "medium", "low"]

    package init(_ bound: Bound, unrated: Unrated = .refuse) {
        self.bound = bound
        self.unrated = unrated
    }

    package init?(_ word: String, unrated: Unrated = .refuse) {
        guard Self.words.contains(word) else { return nil }
        if let action = Decision.Action(rawValue: word) {
            self.init(.action(action), unrated: unrated)
        } else if let severity = Severity(rawValue: word) {
            self.init(.severity(severity), unrated: unrated)
        } else {
            return nil
        }
    }

    package func standing(of finding: AdvisoryFinding) -> Standing {
        // Of these nobody says that the package has them.
        guard finding.status != .undetermined else { return .below }
        if finding.answer?.settles == true { return .answered }
        switch bound {
        case .action(let limit): return Self.order(finding.decision.action) <= Self.order(limit) ? .reached : .below
        case .severity(let limit):
            guard finding.severity == .unknown else { return finding.severity <= limit ? .reached : .below }
            return unrated == .refuse ? .unrated : .unratedAllowed
        }
    }

    private static func order(_ action: Decision.Action) -> Int { Decision.Action.allCases.firstIndex(of: action) ?? 0 }
}
