// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Testing

@testable import Commands

private let now = Timestamp(seconds: 1_795_000_000)

private func report(_ outcome: SLOReport.Outcome) -> SLOReport {
    var finding = AdvisoryFinding(
        advisory: "CVE-2026-0001", ecosystem: .debian("trixie"), source: SourceVersion(name: "openssl", version: "3.5.1-1|x"),
        path: .source,
        status: .affected, range: "", feed: "debian")
    finding.severity = .high
    let unknown = ClockStep(unknown: "nobody recorded it")
    let clock = RemediationClock(
        image: "python:3.13", finding: finding, state: .open, reason: "", exposed: .init(tag: "r1", digest: "sha256:1"), disclosed: unknown,
        fixed: ClockStep(ClockMoment(now, .notAfter, origin: "signed index")), seen: unknown, rebuilt: unknown, published: unknown,
        deployed: unknown)
    var line = SLOReport.Line(clock: clock, outcome: outcome, isCertain: false, limitOrigin: "high")
    line.limitDays = 7
    line.cause = .testsFailed
    line.causeDetail = "survives a restart"
    return SLOReport(
        generated: now, since: now, images: [], policy: .standard,
        coverage: .init(streams: 1, builds: 1, unassessedBuilds: 0, undatedBuilds: 0, notes: ["deployed: not known"]),
        rows: [.init(severity: "all", outcomes: [outcome.rawValue: 1])],
        measures: [.init(step: .fixedToPublished, severity: "all", measured: 0, bounded: 0, unmeasured: 1)], lines: [line])
}

@Suite struct RemediationOutputTests {
    @Test func `a breach is told with its cause, and what is not known in words`() {
        let table = SLOText(report: report(.overdue)).table
        for expected in [
            "breaches: 1", "tests failed: survives a restart", "7 d (high)", "past the limit and open, as far as is known", "not known",
            "deployed: not known",
        ] { #expect(table.contains(expected), "\(expected)") }
        let markdown = SLOText(report: report(.overdue)).markdown
        #expect(markdown.contains("## Breaches: 1"))
        #expect(markdown.contains("by 2026-") && markdown.contains("(signed index)"))
        #expect(markdown.contains("not known: nobody recorded it"))
        #expect(!markdown.contains("3.5.1-1|x"))
    }

    @Test func `a missed objective ends a checked report as a policy does`() {
        #expect(Failure.exitCode(SLORefusal.missed(report(.overdue)).diagnosis.kind) == 77)
        #expect(Failure.exitCode(BuildRefusal.single("a:1", "r1").diagnosis.kind) == 66)
    }

    @Test func `a changelog names what moved and what was not looked at`() {
        var platform = BuildChangelog.Platform(platform: "linux/amd64", presence: .both)
        platform.packages = [.init(.upgraded, name: "libssl3t64", source: "openssl", from: "1", to: "2", archive: "trixie-security")]
        platform.settings = [.init(name: "user", from: nil, to: "65532")]
        var other = platform
        other.platform = "linux/arm64"
        func side(_ tag: String) -> BuildChangelog.Side {
            .init(tag: tag, version: "1", digest: "sha256:1", published: ClockStep(unknown: "nobody recorded it"))
        }
        let changelog = BuildChangelog(
            image: "python:3.13", from: side("r1"), to: side("r2"), platforms: [platform, other], findings: nil,
            findingsNote: "findings are not known: r1 was never assessed")
        let table = ChangelogText(changelog: changelog).table
        for expected in [
            "^ libssl3t64 1 → 2, trixie-security", "user: not set → 65532", "files: not compared", "linux/amd64, linux/arm64",
            "findings are not known", "published not known: nobody recorded it",
        ] { #expect(table.contains(expected), "\(expected)") }
        #expect(ChangelogText(changelog: changelog).markdown.contains("## linux/amd64, linux/arm64"))
    }

    @Test func `a blast says that nobody knows who runs it`() {
        var image = BlastReport.Image(
            image: "python:3.13", builds: [.init(tag: "r1", digest: "sha256:1", isCurrent: true, platforms: ["linux/amd64"])],
            since: ClockStep(ClockMoment(now, origin: "record")), gone: ClockStep(unknown: "current"))
        image.what = ["openssl 3.5.1-1"]
        let blast = BlastReport(
            query: "CVE-2026-0001", meaning: "an advisory", aliases: [], generated: now, searched: 1, reserves: ["a feed is old"],
            images: [image])
        let table = BlastText(report: blast).table
        for expected in ["not gone", "none known", "not known", "who runs it is not known", "! a feed is old"] {
            #expect(table.contains(expected), "\(expected)")
        }
    }
}
