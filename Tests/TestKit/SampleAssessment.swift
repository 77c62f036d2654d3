// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// An assessment with one finding of each kind, to be altered by a test.
package enum SampleAssessment {
    package static let now = Timestamp(seconds: 1_795_500_000)

    package static func feed(_ name: String, _ state: FeedFacts.State = .current, title: String? = nil) -> FeedFacts {
        var facts = FeedFacts(name: name, title: title ?? "the feed \(name)")
        facts.state = state
        facts.source = "https://feeds.example/\(name)"
        facts.digest = Digest.sha256(of: name).description
        if state != .missing { facts.date = Timestamp(seconds: now.seconds - 3600 * 30) }
        facts.dateOrigin = "its own word"
        facts.checked = now
        facts.records = 10
        return facts
    }

    package static let feeds = ["debian", "endoflife", "epss", "kev"].map { feed($0) }

    package static func finding(
        _ advisory: String, _ severity: Severity, source: String = "openssl", fix: String? = "3.5.2-1",
        status: AdvisoryFinding.Status = .affected
    ) -> AdvisoryFinding {
        var finding = AdvisoryFinding(
            advisory: advisory, ecosystem: .debian("trixie"), source: SourceVersion(name: source, version: "3.5.1-1"), path: .source,
            status: status, range: fix.map { "before \($0)" } ?? "every version", feed: "debian")
        finding.packages = [.init(name: "lib\(source)3t64", version: "3.5.1-1+b1"), .init(name: source, version: "3.5.1-1")]
        finding.severity = severity
        finding.severityOrigin = "urgency “\(severity.rawValue)” of the feed debian"
        finding.fix = fix
        finding.fixIsInArchive = fix == nil ? nil : true
        finding.summary = "a flaw in \(source)"
        finding.decision = Decision(
            action: severity <= .high ? .attend : .track, inputs: [.init("severity", severity.rawValue, origin: "the feed debian")])
        return finding
    }

    /// One with every member that a finding can have.
    package static var whole: AdvisoryFinding {
        var finding = finding("CVE-2026-0001", .critical)
        finding.aliases = ["DSA-1-1", "GHSA-aaaa-bbbb-cccc"]
        finding.score = 98
        finding.vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
        finding.triage = "no-dsa"
        finding.note = "Minor issue"
        finding.modified = "2026-10-01T00:00:00Z"
        finding.exploited = .init(added: "2026-10-01", due: "2026-10-22", isUsedByRansomware: true)
        finding.likelihood = .init(probability: 12_345, percentile: 99_000)
        finding.packages[0].locations = ["usr/lib/x"]
        return finding
    }

    package static func assessment(
        _ findings: [AdvisoryFinding] = [whole, finding("CVE-2026-0002", .high), finding("CVE-2026-0003", .low, source: "zlib", fix: nil)],
        level: Completeness.Level = .complete, feeds: [FeedFacts] = feeds, subject: String = "python:3.13", support: [SupportNote] = []
    ) -> Assessment {
        let reasons = level == .complete ? [] : ["the feed debian is a snapshot of 2026-11-20"]
        let platforms = ["linux/amd64", "linux/arm64"].map {
            PlatformAssessment(
                platform: $0, manifest: Digest.sha256(of: $0).description, componentCount: 12, findings: findings,
                unseen: level == .complete ? [] : [.init(package: "musl", reason: "no feed speaks of Alpine:3.20")])
        }
        return Assessment(
            subject: subject, digest: Digest.sha256(of: subject).description, assessed: now,
            completeness: Completeness(level: level, since: level == .complete ? nil : "2026-11-20", reasons: reasons), feeds: feeds,
            platforms: platforms, support: support)
    }
}
