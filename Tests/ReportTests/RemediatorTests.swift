// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import TestKit
import Testing

@testable import Report

private let hour = 3600
private let day = 86_400
private let start = Timestamp(seconds: 1_795_000_000)

private func after(_ seconds: Int) -> Timestamp { Timestamp(seconds: start.seconds + seconds) }

private func finding(
    _ advisory: String = "CVE-2026-0001", fix: String? = "3.5.2-1", isInArchive: Bool? = true, severity: Severity = .high,
    triage: String? = nil
) -> AdvisoryFinding {
    var finding = SampleAssessment.finding(advisory, severity, fix: fix)
    finding.fixIsInArchive = fix == nil ? nil : isInArchive
    finding.triage = triage
    return finding
}

private func build(_ tag: String, _ version: String?, publishedAt seconds: Int?, hasLock: Bool = true) -> StreamHistory.Build {
    let published = seconds.map { ClockStep(ClockMoment(after($0), origin: "record")) } ?? ClockStep(unknown: "nobody recorded it")
    let rebuilt = seconds.map { ClockStep(ClockMoment(after($0 - 60), origin: "build")) } ?? ClockStep(unknown: "nobody recorded it")
    let sources: [String: Set<String>] = version.map { ["openssl": [$0], "zlib": ["1.3"]] } ?? ["zlib": ["1.3"]]
    return StreamHistory.Build(
        tag: tag, digest: "sha256:\(tag)", sources: hasLock ? sources : nil, rebuilt: rebuilt, published: published,
        deployed: ClockStep(unknown: "no log"))
}

private func seen(
    _ tag: String, at seconds: Int, _ findings: [AdvisoryFinding], feeds: String = "1", tellsAbsence: Bool = true
) -> StreamHistory.Observation {
    StreamHistory.Observation(
        image: "sha256:\(tag)", assessed: after(seconds), feeds: feeds, tellsAbsence: tellsAbsence, findings: findings, dataDate: nil)
}

private func clocks(
    _ builds: [StreamHistory.Build], _ observations: [StreamHistory.Observation], evidence: FixEvidence = FixEvidence()
) -> [RemediationClock] {
    Remediator(evidence: evidence).clocks(of: StreamHistory(image: "python:3.13", builds: builds, observations: observations))
}

@Suite struct RemediatorTests {
    let old = build("r1", "3.5.1-1", publishedAt: 0)
    let new = build("r2", "3.5.2-1", publishedAt: 10 * day)

    @Test func `a flaw that the next build has a fixed version for is remediated by it, at its publication`() throws {
        var evidence = FixEvidence()
        evidence.add("openssl", "3.5.2-1", ClockMoment(after(8 * day), .notAfter, origin: "signed index"))
        evidence.add("openssl", "3.5.2-1", ClockMoment(after(7 * day), .notBefore, origin: "changelog"))
        let found = clocks(
            [old, new], [seen("r1", at: 9 * day, [finding()]), seen("r2", at: 20 * day, [], feeds: "2")], evidence: evidence)
        let clock = try #require(found.first)
        #expect(found.count == 1)
        #expect(clock.state == .remediated)
        #expect(clock.exposed.tag == "r1")
        #expect(clock.remediedBy?.tag == "r2")
        #expect(clock.published.at == after(10 * day))
        #expect(clock.seen.at == after(9 * day))
        #expect(clock.rebuilt.at == after(10 * day - 60))
        // Assessed ten days later: that confirms it, and does not move it.
        #expect(clock.confirmed == after(20 * day))
        #expect(clock.fixed.moment == ClockMoment(after(8 * day), .notAfter, origin: "signed index"))
        #expect(clock.fixed.others.map(\.bound) == [.notBefore])
        #expect(clock.disclosed.moment == nil)
        #expect(clock.disclosed.unknown?.contains("no feed at hand dates it") == true)
        #expect(clock.deployed.moment == nil)
    }

    @Test func `a build that nobody assessed yet counts by its version, and is not confirmed`() throws {
        let clock = try #require(clocks([old, new], [seen("r1", at: day, [finding()])]).first)
        #expect(clock.state == .remediated)
        #expect(clock.confirmed == nil)
    }

    @Test func `a finding that the same version no longer has was changed by its feed`() throws {
        let same = build("r2", "3.5.1-1", publishedAt: 10 * day)
        let clock = try #require(clocks([old, same], [seen("r1", at: day, [finding()]), seen("r2", at: 11 * day, [], feeds: "2")]).first)
        #expect(clock.state == .withdrawn)
        #expect(clock.remediedBy == nil)
        #expect(clock.settled == after(11 * day))
        #expect(!clock.isMeasured)
    }

    @Test func `a finding that vanishes from the same bytes was changed by its feed`() throws {
        let clock = try #require(clocks([old], [seen("r1", at: day, [finding()]), seen("r1", at: 2 * day, [], feeds: "2")]).first)
        #expect(clock.state == .withdrawn)
        #expect(clock.settled == after(2 * day))
    }

    @Test func `what was withdrawn before a build was published was not remediated by it`() throws {
        let found = clocks(
            [old, new],
            [seen("r1", at: day, [finding()]), seen("r1", at: 2 * day, [], feeds: "2"), seen("r2", at: 11 * day, [], feeds: "3")])
        #expect(found.map(\.state) == [.withdrawn])
    }

    @Test func `an assessment without a needed feed takes nothing away`() throws {
        let blind = seen("r1", at: 2 * day, [], feeds: "none", tellsAbsence: false)
        let clock = try #require(clocks([old], [seen("r1", at: day, [finding()]), blind]).first)
        #expect(clock.state == .open)
    }

    @Test func `a feed that takes a finding away and gives it back leaves it open`() throws {
        let clock = try #require(
            clocks(
                [old], [seen("r1", at: day, [finding()]), seen("r1", at: 2 * day, [], feeds: "2"), seen("r1", at: 3 * day, [finding()])]
            ).first)
        #expect(clock.state == .open)
        #expect(clock.seen.at == after(day))
    }

    @Test(arguments: [("unimportant", RemediationClock.State.unimportant), ("no-dsa", .open)])
    func `a verdict of Debian is no remediation`(triage: String, state: RemediationClock.State) throws {
        let clock = try #require(
            clocks([old], [seen("r1", at: day, [finding()]), seen("r1", at: 2 * day, [finding(triage: triage)])]).first)
        #expect(clock.state == state)
        #expect(clock.remediedBy == nil)
        #expect(clock.settled == (state == .open ? nil : after(2 * day)))
    }

    @Test func `a package that is taken out ends its flaws`() throws {
        let without = build("r2", nil, publishedAt: 10 * day)
        let clock = try #require(clocks([old, without], [seen("r1", at: day, [finding(fix: nil)])]).first)
        #expect(clock.state == .remediated)
        #expect(clock.reason.contains("no longer in the image"))
        #expect(clock.fixed.moment == nil)
    }

    @Test func `another version without a known fix counts only by the same data`() throws {
        let before = seen("r1", at: day, [finding(fix: nil)])
        let other = try #require(clocks([old, new], [before, seen("r2", at: 11 * day, [], feeds: "2")]).first)
        #expect(other.state == .unclear)
        #expect(!other.isMeasured)
        let same = try #require(clocks([old, new], [before, seen("r2", at: 11 * day, [], feeds: "1")]).first)
        #expect(same.state == .remediated)
        #expect(same.fixed.moment == nil)
    }

    @Test func `a lock that cannot be read proves nothing`() throws {
        let unread = build("r2", nil, publishedAt: 10 * day, hasLock: false)
        #expect(clocks([old, unread], [seen("r1", at: day, [finding()])]).map(\.state) == [.open])
    }

    @Test func `a flaw that nobody has a fix for waits, and one that comes back is another clock`() throws {
        #expect(clocks([old], [seen("r1", at: day, [finding(fix: nil)])]).map(\.state) == [.waiting])
        #expect(clocks([old], [seen("r1", at: day, [finding(isInArchive: false)])]).map(\.state) == [.waiting])
        let again = build("r3", "3.5.1-1", publishedAt: 20 * day)
        let found = clocks([old, new, again], [seen("r1", at: day, [finding()]), seen("r3", at: 21 * day, [finding()])])
        #expect(found.map(\.state) == [.remediated, .open])
        #expect(found.map(\.exposed.tag) == ["r1", "r3"])
    }

    @Test func `a fixed version that no build ever lacked starts no clock`() {
        #expect(clocks([new], [seen("r2", at: 11 * day, [])]).isEmpty)
    }

    @Test func `disclosure comes from the feeds that date it, and KEV is a bound`() throws {
        var dated = finding()
        dated.published = "2026-10-01T00:00:00Z"
        dated.exploited = .init(added: "2026-10-05", due: "2026-10-26", isUsedByRansomware: false)
        let clock = try #require(clocks([old], [seen("r1", at: day, [dated])]).first)
        #expect(clock.disclosed.at == Timestamp(date: "2026-10-01"))
        #expect(clock.disclosed.moment?.bound == .exact)
        #expect(clock.disclosed.others.map(\.bound) == [.notAfter])
    }
}

@Suite struct SLOReporterTests {
    private static func clock(
        _ state: RemediationClock.State = .remediated, fixed: Int? = 0, bound: ClockMoment.Bound = .exact, seen: Int = hour,
        published: Int? = 2 * hour, severity: Severity = .high, exploited: AdvisoryFinding.Exploited? = nil
    ) -> RemediationClock {
        var finding = finding(severity: severity)
        finding.exploited = exploited
        func step(_ seconds: Int?, _ bound: ClockMoment.Bound = .exact) -> ClockStep {
            seconds.map { ClockStep(ClockMoment(after($0), bound, origin: "record")) } ?? ClockStep(unknown: "nobody recorded it")
        }
        return RemediationClock(
            image: "python:3.13", finding: finding, state: state, reason: "a reason", exposed: .init(tag: "r1", digest: "sha256:1"),
            disclosed: ClockStep(unknown: "no date"), fixed: step(fixed, bound), seen: step(seen), rebuilt: step(published),
            published: step(published), deployed: ClockStep(unknown: "no log"))
    }

    private static let policy = SLOPolicy(
        start: .fix, days: ["critical": 7, "high": 7], exploited: .init(days: 2, dueDate: true), basis: "own", origin: "test")
    private static let coverage = SLOReport.Coverage(streams: 1, builds: 2, unassessedBuilds: 0, undatedBuilds: 0, notes: [])

    private func line(_ clock: RemediationClock, now: Int = 8 * day, policy: SLOPolicy = Self.policy) -> SLOReport.Line {
        SLOReporter(policy: policy, now: after(now)).line(clock)
    }

    @Test func `what was published in time is within, and one second later is a breach`() {
        #expect(line(Self.clock(published: 7 * day)).outcome == .within)
        let late = line(Self.clock(published: 7 * day + 1))
        #expect(late.outcome == .breached)
        #expect(late.cause == .late)
        #expect(late.seconds == 7 * day + 1)
    }

    @Test func `an open flaw runs until its limit and is overdue then`() {
        let open = Self.clock(.open, published: nil)
        #expect(line(open, now: day).outcome == .running)
        let overdue = line(open)
        #expect(overdue.outcome == .overdue)
        #expect(overdue.cause == .notRebuilt)
        #expect(line(Self.clock(.waiting, fixed: nil, published: nil)).outcome == .waiting)
        #expect(line(Self.clock(.waiting, fixed: nil, published: nil)).cause == .noFix)
        #expect(line(Self.clock(severity: .low)).outcome == .unlimited)
        #expect(line(Self.clock(.withdrawn)).outcome == .excluded)
    }

    @Test func `a moment that nobody recorded is not measurable, never zero`() {
        for unknown in [Self.clock(fixed: nil), Self.clock(published: nil)] {
            let line = line(unknown)
            #expect(line.outcome == .unmeasured)
            #expect(line.seconds == nil)
            #expect(line.reason == "nobody recorded it")
        }
    }

    @Test func `a bound makes an outcome certain only where it holds at the other end as well`() {
        // The archive had it by then, perhaps for long.
        #expect(!line(Self.clock(bound: .notAfter)).isCertain)
        var bounded = Self.clock(bound: .notAfter)
        bounded.fixed.others = [ClockMoment(after(-day), .notBefore, origin: "changelog")]
        #expect(line(bounded).isCertain)
        #expect(line(Self.clock(bound: .notAfter, published: 9 * day)).isCertain)
        #expect(line(Self.clock()).isCertain)
    }

    @Test func `an exploited flaw has the earliest of its limits`() {
        let due = AdvisoryFinding.Exploited(added: "2026-01-01", due: start.dateText, isUsedByRansomware: false)
        #expect(line(Self.clock(published: 3 * day, exploited: due)).limitOrigin == "the day that CISA set")
        let undated = AdvisoryFinding.Exploited(added: "2026-01-01", due: nil, isUsedByRansomware: false)
        let line = line(Self.clock(published: 3 * day, exploited: undated))
        #expect(line.limitOrigin == "exploited")
        #expect(line.outcome == .breached)
    }

    @Test func `an obstacle on record is the cause of a breach`() {
        var clock = Self.clock(.open, published: nil)
        clock.obstacles = [RebuildObstacle(.testsFailed, detail: "survives a restart", at: after(day))]
        #expect(line(clock).cause == .testsFailed)
        #expect(line(clock).causeDetail?.hasPrefix("survives a restart") == true)
    }

    @Test func `percentiles are times that were measured, by nearest rank`() {
        #expect(SLOReporter.percentile(50, of: []) == nil)
        #expect(SLOReporter.percentile(50, of: [1, 2, 3, 4]) == 2)
        #expect(SLOReporter.percentile(90, of: Array(1...10)) == 9)
        #expect(SLOReporter.percentile(90, of: [5]) == 5)
        let clocks = (1...10).map { Self.clock(published: $0 * hour + hour) } + [Self.clock(fixed: nil)]
        let report = SLOReporter(policy: Self.policy, now: after(8 * day)).report(clocks, since: start, coverage: Self.coverage)
        let measure = report.measures.first { $0.step == .fixedToPublished && $0.severity == "all" }
        #expect(measure?.p50 == 6 * hour)
        #expect(measure?.p90 == 10 * hour)
        #expect(measure?.max == 11 * hour)
        #expect(measure?.measured == 10)
        #expect(measure?.unmeasured == 1)
        let deployed = report.measures.first { $0.step == .publishedToDeployed && $0.severity == "all" }
        #expect(deployed?.p50 == nil)
        #expect(deployed?.unmeasured == 11)
    }

    @Test func `a time whose end came first is left out`() {
        let report = SLOReporter(policy: Self.policy, now: after(8 * day))
            .report([Self.clock(seen: 5 * hour)], since: start, coverage: Self.coverage)
        let measure = report.measures.first { $0.step == .seenToPublished && $0.severity == "all" }
        #expect(measure?.measured == 0)
        #expect(measure?.unmeasured == 1)
        #expect(report.lines.map(\.outcome) == [.within])
    }

    @Test func `a report has what ended in its window and what is open`() {
        let clocks = [Self.clock(published: hour), Self.clock(published: 3 * day), Self.clock(.open, published: nil)]
        let report = SLOReporter(policy: Self.policy, now: after(8 * day)).report(clocks, since: after(day), coverage: Self.coverage)
        #expect(report.lines.map(\.outcome) == [.overdue, .within])
        #expect(report.all[.overdue] == 1)
        #expect(report.breaches.count == 1)
    }
}
