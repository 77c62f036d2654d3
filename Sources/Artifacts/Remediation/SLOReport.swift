// SPDX-License-Identifier: Apache-2.0
package import Base

/// How long remediations took in a window of time, held against the objectives of the catalog.
package struct SLOReport: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// Published in time.
        case within
        /// Published after the limit.
        case breached
        /// Not published, and the limit has passed.
        case overdue
        /// Not published, and the limit has not passed.
        case running
        /// Its time has not begun, since there is no fix.
        case waiting
        /// The beginning or the end is not known, so nobody can say.
        case unmeasured
        /// No limit holds for its severity.
        case unlimited
        /// It turned out to be no flaw of the image: no time is counted.
        case excluded

        package var isBreach: Bool { self == .breached || self == .overdue }
        package var title: String {
            switch self {
            case .within: "within the limit"
            case .breached: "published after the limit"
            case .overdue: "past the limit and open"
            case .running: "running"
            case .waiting: "no fix yet"
            case .unmeasured: "not measurable"
            case .unlimited: "no limit"
            case .excluded: "no remediation"
            }
        }
    }
    package struct Line: Hashable, Sendable, Codable {
        package var clock: RemediationClock
        package var outcome: Outcome
        /// Whether the outcome holds whatever the bounds of its moments hide.
        package var isCertain: Bool
        package var limitDays: Int?
        /// `high`, `exploited`, `the day that CISA set`.
        package var limitOrigin: String
        package var start: ClockMoment?
        /// The last moment in time.
        package var deadline: Timestamp?
        /// From the start to publication, or until now where it is open; nil where an end is not known.
        package var seconds: Int?
        package var cause: RebuildObstacle.Cause?
        package var causeDetail: String?
        /// Where it is not measurable or is excluded: why.
        package var reason: String?
        package init(clock: RemediationClock, outcome: Outcome, isCertain: Bool = true, limitOrigin: String = "") {
            self.clock = clock
            self.outcome = outcome
            self.isCertain = isCertain
            self.limitOrigin = limitOrigin
        }
    }
    package struct Row: Hashable, Sendable, Codable {
        /// A severity, or `all`.
        package var severity: String
        /// How many lines have each outcome, by its word.
        package var outcomes: [String: Int]
        package init(severity: String, outcomes: [String: Int]) {
            self.severity = severity
            self.outcomes = outcomes
        }
        package subscript(outcome: Outcome) -> Int { outcomes[outcome.rawValue] ?? 0 }
    }
    /// Between two steps, in seconds. Percentiles are by nearest rank: each is the time of one remediation.
    package struct Measure: Hashable, Sendable, Codable {
        package enum Step: String, Hashable, Sendable, Codable, CaseIterable {
            case disclosedToFixed = "disclosed-to-fixed"
            case fixedToSeen = "fixed-to-seen"
            case seenToRebuilt = "seen-to-rebuilt"
            case rebuiltToPublished = "rebuilt-to-published"
            case fixedToPublished = "fixed-to-published"
            case seenToPublished = "seen-to-published"
            case publishedToDeployed = "published-to-deployed"

            package var title: String {
                switch self {
                case .disclosedToFixed: "disclosed to fixed in the archive"
                case .fixedToSeen: "fixed in the archive to seen here"
                case .seenToRebuilt: "seen here to rebuilt"
                case .rebuiltToPublished: "rebuilt to published"
                case .fixedToPublished: "fixed in the archive to published"
                case .seenToPublished: "seen here to published"
                case .publishedToDeployed: "published to deployed"
                }
            }
        }
        package var step: Step
        /// A severity, or `all`.
        package var severity: String
        /// Remediations that both ends are known of.
        package var measured: Int
        /// Of these, those whose time is a bound because a moment is.
        package var bounded: Int
        /// Remediations of which an end is not known, or came in another order.
        package var unmeasured: Int
        /// nil when nothing was measured.
        package var p50: Int?
        package var p90: Int?
        package var max: Int?
        package init(step: Step, severity: String, measured: Int, bounded: Int, unmeasured: Int) {
            self.step = step
            self.severity = severity
            self.measured = measured
            self.bounded = bounded
            self.unmeasured = unmeasured
        }
    }
    /// What the numbers are about, and what they leave out.
    package struct Coverage: Hashable, Sendable, Codable {
        package var streams: Int
        package var builds: Int
        package var unassessedBuilds: Int
        /// Builds whose moment of publication nobody recorded.
        package var undatedBuilds: Int
        package var notes: [String]
        package init(streams: Int, builds: Int, unassessedBuilds: Int, undatedBuilds: Int, notes: [String]) {
            self.streams = streams
            self.builds = builds
            self.unassessedBuilds = unassessedBuilds
            self.undatedBuilds = undatedBuilds
            self.notes = notes
        }
    }

    package var format: String
    package var generated: Timestamp
    package var since: Timestamp
    /// The patterns of names that were asked for; empty for every image.
    package var images: [String]
    package var policy: SLOPolicy
    package var coverage: Coverage
    /// By severity, `all` last.
    package var rows: [Row]
    package var measures: [Measure]
    /// What ended in the window and what is open, by outcome, severity, image, advisory.
    package var lines: [Line]

    package static let currentFormat = "ashlar/slo-report/v1"

    package init(
        generated: Timestamp, since: Timestamp, images: [String], policy: SLOPolicy, coverage: Coverage, rows: [Row],
        measures: [Measure], lines: [Line]
    ) {
        format = Self.currentFormat
        self.generated = generated
        self.since = since
        self.images = images
        self.policy = policy
        self.coverage = coverage
        self.rows = rows
        self.measures = measures
        self.lines = lines
    }

    package var breaches: [Line] { lines.filter(\.outcome.isBreach) }
    package var all: Row { rows.last ?? Row(severity: "all", outcomes: [:]) }
}

/// A length of time as people read it: `44 min`, `9 d 4 h`.
package enum Span {
    package static func text(_ seconds: Int) -> String {
        if seconds < 60 { return "\(seconds) s" }
        let minutes = seconds / 60
        if minutes < 60 { return "\(minutes) min" }
        let hours = minutes / 60
        if hours < 24 { return minutes % 60 == 0 ? "\(hours) h" : "\(hours) h \(minutes % 60) min" }
        return hours % 24 == 0 ? "\(hours / 24) d" : "\(hours / 24) d \(hours % 24) h"
    }
}
