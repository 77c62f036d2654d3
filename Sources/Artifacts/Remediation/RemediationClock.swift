// SPDX-License-Identifier: Apache-2.0
package import Base

/// What became of one flaw in one image stream, step by step, each with the record that says so.
package struct RemediationClock: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// The current build has it, and the archive has a fix.
        case open
        /// The current build has it, and there is nothing to rebuild it with.
        case waiting
        /// A later build of the stream does not have it any more, for what is in that build.
        case remediated
        /// The same bytes are no longer said to have it: somebody changed the advisory. Nobody remediated anything.
        case withdrawn
        /// Debian sees no impact in its binaries.
        case unimportant
        /// Debian has not decided.
        case undetermined
        /// A statement settles it.
        case answered
        /// A later build is not said to have it, and nothing at hand tells why.
        case unclear
    }
    package struct Build: Hashable, Sendable, Codable {
        /// `3.13.5-r1`.
        package var tag: String
        package var digest: String
        package init(tag: String, digest: String) {
            self.tag = tag
            self.digest = digest
        }
    }

    /// `python:3.13`.
    package var image: String
    package var advisory: String
    package var aliases: [String]
    package var ecosystem: String
    /// The source package, and its version in the build that was exposed.
    package var source: SourceVersion
    package var severity: Severity
    package var severityOrigin: String
    package var exploited: AdvisoryFinding.Exploited?
    /// The first version without the flaw, as the newest assessment says.
    package var fix: String?
    package var state: State
    /// Why the state is what it is.
    package var reason: String
    /// The first build of the stream that is known to have had it.
    package var exposed: Build
    package var remediedBy: Build?
    /// When an assessment first saw that build without it; nil while it was not assessed since, or where nothing was remediated.
    package var confirmed: Timestamp?
    /// When an assessment first said what the state says, where that is no remediation.
    package var settled: Timestamp?

    package var disclosed: ClockStep
    package var fixed: ClockStep
    package var seen: ClockStep
    package var rebuilt: ClockStep
    package var published: ClockStep
    package var deployed: ClockStep
    /// What kept it from being rebuilt, newest last.
    package var obstacles: [RebuildObstacle]

    package init(
        image: String, finding: AdvisoryFinding, state: State, reason: String, exposed: Build, disclosed: ClockStep, fixed: ClockStep,
        seen: ClockStep, rebuilt: ClockStep, published: ClockStep, deployed: ClockStep, obstacles: [RebuildObstacle] = []
    ) {
        self.image = image
        advisory = finding.advisory
        aliases = finding.aliases
        ecosystem = finding.ecosystem.description
        source = finding.source
        severity = finding.severity
        severityOrigin = finding.severityOrigin
        exploited = finding.exploited
        fix = finding.fix
        self.state = state
        self.reason = reason
        self.exposed = exposed
        self.disclosed = disclosed
        self.fixed = fixed
        self.seen = seen
        self.rebuilt = rebuilt
        self.published = published
        self.deployed = deployed
        self.obstacles = obstacles
    }

    /// What a policy of time is about: flaws that are there or were taken away, and not those that turned out to be none.
    package var isMeasured: Bool { [.open, .waiting, .remediated].contains(state) }
    /// When it came to its end; nil while it runs.
    package var ended: Timestamp? { state == .remediated ? published.at : settled }
}

/// What kept a rebuild from being published.
package struct RebuildObstacle: Hashable, Sendable, Codable {
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        case noFix = "no-upstream-fix"
        case gateRefused = "gate-refused"
        case testsFailed = "tests-failed"
        case unresolved = "lock-unresolved"
        case frozen
        case pinned
        case coolingDown = "cooling-down"
        case inReview = "in-review"
        case notRebuilt = "not-rebuilt"
        /// It was rebuilt and published after the limit, and no record says what it waited for.
        case late
        case other
    }
    package var cause: Cause
    package var detail: String
    package var at: Timestamp
    package init(_ cause: Cause, detail: String, at: Timestamp) {
        self.cause = cause
        self.detail = detail
        self.at = at
    }

    package var title: String { Self.title(cause) }
    package static func title(_ cause: Cause) -> String {
        switch cause {
        case .noFix: "no upstream fix"
        case .gateRefused: "gate refused"
        case .testsFailed: "tests failed"
        case .unresolved: "lock cannot be resolved"
        case .frozen: "frozen"
        case .pinned: "pinned"
        case .coolingDown: "cooling down"
        case .inReview: "in review"
        case .notRebuilt: "not yet rebuilt"
        case .late: "rebuilt late"
        case .other: "another failure"
        }
    }
}
