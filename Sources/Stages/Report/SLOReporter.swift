// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Holds remediation clocks against the objectives of the catalog.
package struct SLOReporter: Sendable {
    let policy: SLOPolicy
    let now: Timestamp

    package init(policy: SLOPolicy, now: Timestamp) {
        self.policy = policy
        self.now = now
    }

    /// What ended since a moment, and everything that is open.
    package func report(
        _ clocks: [RemediationClock], since: Timestamp, images: [String] = [], coverage: SLOReport.Coverage
    ) -> SLOReport {
        let lines = clocks.filter { $0.ended.map { $0 >= since && $0 <= now } ?? Self.isWithoutEnd($0) }.map(line).sorted {
            Self.order($0).lexicographicallyPrecedes(Self.order($1))
        }
        let severities = Severity.allCases.map(\.rawValue)
        func rows(_ severity: String) -> [SLOReport.Line] {
            severity == "all" ? lines : lines.filter { $0.clock.severity.rawValue == severity }
        }
        let told = severities.filter { !rows($0).isEmpty } + ["all"]
        return SLOReport(
            generated: now, since: since, images: images, policy: policy, coverage: coverage,
            rows: told.map { name in
                SLOReport.Row(
                    severity: name, outcomes: Dictionary(rows(name).map { ($0.outcome.rawValue, 1) }, uniquingKeysWith: +))
            },
            measures: SLOReport.Measure.Step.allCases.flatMap { step in
                told.map { measure(step, $0, rows($0).map(\.clock).filter { $0.state == .remediated }) }
            }, lines: lines)
    }

    // What is settled without a day, and what was remediated at a moment that nobody recorded, is told as such and not dropped.
    private static func isWithoutEnd(_ clock: RemediationClock) -> Bool { clock.ended == nil }

    private static func order(_ line: SLOReport.Line) -> [String] {
        let outcomes: [SLOReport.Outcome] = [.overdue, .breached, .running, .waiting, .unmeasured, .within, .unlimited, .excluded]
        func digit(_ place: Int?) -> String { String(UnicodeScalar(UInt8(65 + (place ?? 20)))) }
        return [
            digit(outcomes.firstIndex(of: line.outcome)), digit(Severity.allCases.firstIndex(of: line.clock.severity)), line.clock.image,
            line.clock.advisory, line.clock.source.name, line.clock.exposed.tag,
        ]
    }

    // MARK: - One clock

    package func line(_ clock: RemediationClock) -> SLOReport.Line {
        guard clock.isMeasured else {
            var line = SLOReport.Line(clock: clock, outcome: .excluded)
            line.reason = clock.reason
            return line
        }
        let start = start(of: clock)
        var line = SLOReport.Line(clock: clock, outcome: .unlimited)
        line.start = start.moment
        let isOpen = clock.state != .remediated
        let end = isOpen ? ClockStep(ClockMoment(now, origin: "the moment of this report")) : clock.published
        line.seconds = ClockSpan(from: start, to: end)?.seconds
        if isOpen { (line.cause, line.causeDetail) = cause(of: clock, isLate: false) }
        guard let limit = limit(of: clock, from: start) else { return line }
        (line.limitDays, line.limitOrigin, line.deadline) = (limit.days, limit.origin, limit.deadline)
        guard let deadline = limit.deadline else {
            line.outcome = clock.state == .waiting && policy.start == .fix ? .waiting : .unmeasured
            line.reason = start.unknown
            return line
        }
        guard let at = end.at else {
            line.outcome = .unmeasured
            line.reason = end.unknown
            return line
        }
        let isLate = at > deadline
        line.outcome = isLate ? (isOpen ? .overdue : .breached) : (isOpen ? .running : .within)
        line.isCertain = isCertain(line.outcome, limit, start, end)
        // Nothing was waited for, and so nothing was kept.
        if !isLate, !isOpen, line.seconds == nil {
            line.outcome = .unmeasured
            line.reason = "\(policy.start.title) came after the build without it was published"
        }
        if line.outcome.isBreach { (line.cause, line.causeDetail) = cause(of: clock, isLate: true) }
        return line
    }

    private func start(of clock: RemediationClock) -> ClockStep {
        switch policy.start {
        case .disclosed: clock.disclosed
        case .seen: clock.seen
        case .fix: clock.state == .waiting ? ClockStep(unknown: "no fix is in the archive") : clock.fixed
        }
    }

    private struct Limit {
        var days: Int?
        var origin: String
        var deadline: Timestamp?
        /// A day that does not depend on when something began.
        var isFixed = false
    }

    // The earliest of those that hold; one whose beginning is not known is told without a day.
    private func limit(of clock: RemediationClock, from start: ClockStep) -> Limit? {
        var limits: [Limit] = []
        func after(_ days: Int) -> Timestamp? { start.at.map { Timestamp(seconds: $0.seconds + days * 86400) } }
        if let days = policy.days[clock.severity.rawValue] {
            limits.append(Limit(days: days, origin: clock.severity.rawValue, deadline: after(days)))
        }
        if let exploited = clock.exploited {
            if let days = policy.exploited.days { limits.append(Limit(days: days, origin: "exploited", deadline: after(days))) }
            if policy.exploited.dueDate, let due = exploited.due.flatMap({ Timestamp(date: $0) }) {
                // Until the end of the day, in UTC.
                limits.append(
                    Limit(origin: "the day that CISA set", deadline: Timestamp(seconds: due.seconds + 86_399), isFixed: true))
            }
        }
        return limits.filter { $0.deadline != nil }.min { ($0.deadline?.seconds ?? 0) < ($1.deadline?.seconds ?? 0) } ?? limits.first
    }

    // Whether it would be the same with the longest and with the shortest time that the bounds allow.
    private func isCertain(_ outcome: SLOReport.Outcome, _ limit: Limit, _ start: ClockStep, _ end: ClockStep) -> Bool {
        let days = (limit.days ?? 0) * 86400
        func deadline(_ start: Timestamp?) -> Timestamp? {
            limit.isFixed ? limit.deadline : start.map { Timestamp(seconds: $0.seconds + days) }
        }
        switch outcome {
        case .within, .running:
            guard let earliest = deadline(start.earliest), let latest = end.latest else { return false }
            return latest <= earliest
        default:
            guard let latest = deadline(start.latest), let earliest = end.earliest else { return false }
            return earliest > latest
        }
    }

    private func cause(of clock: RemediationClock, isLate: Bool) -> (RebuildObstacle.Cause, String) {
        if clock.state == .waiting { return (.noFix, clock.reason) }
        if let last = clock.obstacles.last { return (last.cause, "\(last.detail) (\(last.at))") }
        if clock.state == .remediated { return (.late, "no record says what it waited for") }
        return (.notRebuilt, "no record of a try to rebuild it since the fix")
    }

    // MARK: - Measures

    private func measure(_ step: SLOReport.Measure.Step, _ severity: String, _ clocks: [RemediationClock]) -> SLOReport.Measure {
        let spans = clocks.compactMap { clock in
            switch step {
            case .disclosedToFixed: ClockSpan(from: clock.disclosed, to: clock.fixed)
            case .fixedToSeen: ClockSpan(from: clock.fixed, to: clock.seen)
            case .seenToRebuilt: ClockSpan(from: clock.seen, to: clock.rebuilt)
            case .rebuiltToPublished: ClockSpan(from: clock.rebuilt, to: clock.published)
            case .fixedToPublished: ClockSpan(from: clock.fixed, to: clock.published)
            case .seenToPublished: ClockSpan(from: clock.seen, to: clock.published)
            case .publishedToDeployed: ClockSpan(from: clock.published, to: clock.deployed)
            }
        }
        let sorted = spans.map(\.seconds).sorted()
        var measure = SLOReport.Measure(
            step: step, severity: severity, measured: spans.count, bounded: spans.count { $0.bound != .exact },
            unmeasured: clocks.count - spans.count)
        measure.p50 = Self.percentile(50, of: sorted)
        measure.p90 = Self.percentile(90, of: sorted)
        measure.max = sorted.last
        return measure
    }

    /// By nearest rank.
    static func percentile(_ percent: Int, of sorted: [Int]) -> Int? {
        guard !sorted.isEmpty else { return nil }
        let rank = (sorted.count * percent + 99) / 100
        return sorted[min(sorted.count, max(1, rank)) - 1]
    }
}
