// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why the gate says no, or what it wants known although it says yes.
package struct GateReason: Hashable, Sendable, Codable {
    package enum Level: String, Hashable, Sendable, Codable, CaseIterable { case refusal, warning }
    package enum Certainty: String, Hashable, Sendable, Codable, CaseIterable {
        case exact
        /// There may be more: the data is old, partial or a snapshot.
        case atLeast = "at-least"
        /// What it needs was not there.
        case unknown
    }
    package var rule: GateRuleName
    package var level: Level
    package var certainty: Certainty
    /// One sentence with the number.
    package var summary: String
    /// How many there are, and how many are allowed; nil where nothing is counted.
    package var found: Int?
    package var allowed: Int?
    /// The key of gate.yaml that says so: `severities.high`.
    package var setting: String
    /// Each thing that was counted, and what it was read from, one line each.
    package var inputs: [String]
    package var remedy: String

    package init(
        rule: GateRuleName, level: Level = .refusal, certainty: Certainty = .exact, summary: String, found: Int? = nil,
        allowed: Int? = nil, setting: String, inputs: [String] = [], remedy: String
    ) {
        self.rule = rule
        self.level = level
        self.certainty = certainty
        self.summary = summary
        self.found = found
        self.allowed = allowed
        self.setting = setting
        self.inputs = inputs
        self.remedy = remedy
    }
}

/// An exception that was used, with what it covered.
package struct GateExcuse: Hashable, Sendable, Codable {
    package var exception: GateException
    package var covered: [String]
    package init(exception: GateException, covered: [String]) {
        self.exception = exception
        self.covered = covered
    }
}

/// What the gate decides about one image, with everything that led to it.
package struct GateVerdict: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable { case publish, refuse }
    package var format: String
    /// `python:3.13`.
    package var subject: String
    package var digest: String?
    package var decided: Timestamp
    package var outcome: Outcome
    /// `catalog/gate.yaml`, or that there is none.
    package var policy: String
    package var enforce: GatePolicy.Enforcement
    /// All of them, refusals first, by rule.
    package var reasons: [GateReason]
    /// What was passed over.
    package var excused: [GateExcuse]
    /// The rules that were held against the image.
    package var rules: [GateRuleName]
    /// The three numbers as they may be told.
    package var headline: String
    package var completeness: Completeness
    package var counts: Counts
    package var feeds: [FeedFacts]

    package static let currentFormat = "ashlar/gate/v1"

    package init(
        of assessment: Assessment, decided: Timestamp, policy: GatePolicy, reasons: [GateReason], excused: [GateExcuse],
        rules: [GateRuleName]
    ) {
        format = Self.currentFormat
        subject = assessment.subject
        digest = assessment.digest
        self.decided = decided
        self.policy = policy.origin
        enforce = policy.enforce
        let order = GateRuleName.allCases
        self.reasons = reasons.enumerated().sorted { a, b in
            let first = (a.element.level == .refusal ? 0 : 1, order.firstIndex(of: a.element.rule) ?? 0, a.offset)
            let second = (b.element.level == .refusal ? 0 : 1, order.firstIndex(of: b.element.rule) ?? 0, b.offset)
            return first < second
        }.map(\.element)
        self.excused = excused
        self.rules = rules
        outcome = reasons.contains { $0.level == .refusal } ? .refuse : .publish
        headline = assessment.headline
        completeness = assessment.completeness
        counts = assessment.counts
        feeds = assessment.feeds
    }

    package var refusals: [GateReason] { reasons.filter { $0.level == .refusal } }
    package var warnings: [GateReason] { reasons.filter { $0.level == .warning } }
    /// It is refused for want of data alone: nothing bad was seen, and not everything could be.
    package var isRefusedForDataAlone: Bool {
        outcome == .refuse && refusals.allSatisfy { $0.rule == .incompleteData || $0.certainty == .unknown }
    }
}

/// What `ashlar gate --format json` writes: `docs/gate-report.schema.json`.
package struct GateReport: Hashable, Sendable, Codable {
    package var format: String
    package var verdicts: [GateVerdict]
    /// Exceptions that cover nothing in these images.
    package var exceptions: [GateReason]

    package static let currentFormat = "ashlar/gate-report/v1"

    package init(verdicts: [GateVerdict], exceptions: [GateReason]) {
        format = Self.currentFormat
        self.verdicts = verdicts
        self.exceptions = exceptions
    }
}
