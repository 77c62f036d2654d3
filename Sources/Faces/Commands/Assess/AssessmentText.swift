// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// An assessment for people.
struct AssessmentText {
    let assessment: Assessment
    /// Whether findings that are only to be tracked are listed.
    let isFull: Bool

    var text: String {
        let counts = assessment.counts
        var lines = [
            "\(assessment.subject)  \(assessment.digest ?? "")",
            "findings   \(assessment.headline)   (all / without Debian's unimportant / after VEX)",
            "severity   \(Self.severities(counts.all))",
            "exploited  \(bounded("kev"))\(counts.exploited)\(Self.note(assessment.feeds, "kev"))"
                + (counts.malicious > 0 ? "   MALICIOUS \(counts.malicious)" : ""),
            "to do      act \(counts.act), attend \(counts.attend), track \(counts.track); without a verdict of Debian \(counts.undetermined)",
            "data       " + dates,
        ]
        lines += assessment.completeness.reasons.map { "  ! " + $0 }
        lines += assessment.support.map { "support    " + $0.told }
        for platform in assessment.platforms {
            lines.append("")
            lines.append("\(platform.platform)  \(platform.manifest ?? "")  \(platform.componentCount) packages")
            lines.append(table(platform))
            lines += Self.listed(platform.unseen.map { "  not judged: \($0.package): \($0.reason)" })
            lines += Self.listed((platform.unread ?? []).map { "  not read: layer \($0.layer + 1) /\($0.path): \($0.reason)" })
        }
        let meaning = TriageDoor.lines(assessment)
        if !meaning.isEmpty { lines += [""] + meaning }
        return lines.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.clean(String($0)) } }
            .map { $0.joined(separator: "\n") }.joined(separator: "\n")
    }

    private static func listed(_ lines: [String]) -> [String] {
        lines.prefix(20) + (lines.count > 20 ? ["  and \(lines.count - 20) more of these; see --format json"] : [])
    }

    private func bounded(_ feed: String) -> String {
        guard let facts = assessment.feeds.first(where: { $0.name == feed }) else { return "" }
        return facts.state == .missing || facts.state == .damaged ? "unknown, seen " : facts.state == .current ? "" : "at least "
    }

    static func note(_ feeds: [FeedFacts], _ name: String) -> String {
        guard let facts = feeds.first(where: { $0.name == name }), let date = facts.date else { return "" }
        return " (\(facts.state.rawValue) of \(date.dateText))"
    }

    private var dates: String {
        let known = assessment.feeds.filter { $0.state != .missing }.map { feed in
            "\(feed.name) \(feed.date?.dateText ?? "?")" + (feed.state == .current ? "" : " \(feed.state.rawValue)")
        }
        return known.isEmpty ? "no feeds" : known.joined(separator: ", ")
    }

    static func severities(_ counts: Counts.BySeverity) -> String {
        let parts = [
            ("critical", counts.critical), ("high", counts.high), ("medium", counts.medium), ("low", counts.low),
            ("negligible", counts.negligible), ("not rated", counts.unknown),
        ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    private func table(_ platform: PlatformAssessment) -> String {
        let shown = platform.findings.filter { isFull || $0.decision.action != .track }
        var table = Table(header: [
            "DO", "SEVERITY", "ADVISORY", "SOURCE", "INSTALLED", "AFFECTED", "FIX", "DEBIAN", "VEX", "EPSS", "PACKAGES",
        ])
        table.rows = shown.map { finding in
            [
                finding.decision.action.rawValue, finding.severity.rawValue + (finding.exploited == nil ? "" : " EXPLOITED"),
                finding.advisory, finding.source.name + (finding.path == .builtUsing ? " (copy)" : ""), finding.source.version,
                finding.range, (finding.fix ?? "none") + (finding.fixIsInArchive == false ? " (not in the archive)" : ""),
                finding.triage ?? "-", finding.answer?.status ?? "-",
                finding.likelihood.map { "\($0.probability / 1000).\($0.probability / 100 % 10) %" } ?? "-",
                finding.packages.map(\.name).joined(separator: " "),
            ]
        }
        let hidden = platform.findings.count - shown.count
        let rest = hidden > 0 ? "\(hidden) more that are only to be tracked: see --full" : ""
        if shown.isEmpty { return rest.isEmpty ? "no finding in the data at hand" : rest }
        return table.text + (rest.isEmpty ? "" : "\n" + rest)
    }

    static func overview(_ assessments: [Assessment]) -> String {
        var table = Table(header: ["IMAGE", "ALL / IMPORTANT / AFTER VEX", "ACT", "ATTEND", "EXPLOITED", "SEVERITY"])
        table.rows = assessments.map {
            [
                $0.subject, $0.headline, "\($0.counts.act)", "\($0.counts.attend)", "\($0.counts.exploited)", severities($0.counts.all),
            ]
        }
        let reasons = Set(assessments.flatMap(\.completeness.reasons)).sorted().map { "  ! " + Terminal.clean($0) }
        return ([table.text] + reasons).joined(separator: "\n")
    }
}
