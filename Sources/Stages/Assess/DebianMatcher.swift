// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Debian

/// Matches as Debian does: by source package and source version, in the rows of the release.
struct DebianMatcher {
    private let advisories: AdvisorySet
    private let tracker: TrackerIndex?
    private let feed: FeedFacts
    /// Source packages of which the feed has records that could not be read.
    private let refused: [String: Int]

    init(_ advisories: AdvisorySet) {
        self.advisories = advisories
        tracker = advisories.tracker
        feed = advisories.facts("debian")
        refused = Dictionary((advisories.tracker?.refused ?? []).map { ($0.package, 1) }, uniquingKeysWith: +)
    }

    func findings(of origin: Origin) -> MatchResult {
        guard let tracker else { return MatchResult(unseen: ["the feed \(feed.title) is missing"]) }
        guard let name = origin.ecosystem.release, let release = tracker.release(named: name) else {
            return MatchResult(unseen: [advisories.blindness(to: origin.ecosystem) ?? "no release is known"])
        }
        var result = MatchResult()
        if let count = refused[origin.source.name] {
            result.unseen.append("\(count) record\(count == 1 ? "" : "s") of \(feed.title) about \(origin.source.name) could not be read")
        }
        guard (try? DebianVersion(origin.source.version)) != nil else {
            result.unseen.append("`\(origin.source.version.prefix(80))` is no Debian version")
            return result
        }
        let match = tracker.match(source: origin.source.name, version: origin.source.version, release: release)
        var seen: Set<String> = []
        for (rows, status) in [(match.affected, AdvisoryFinding.Status.affected), (match.undetermined, .undetermined)] {
            for entry in rows.joined().compactMap({ tracker.entry(ofRow: $0) }) where seen.insert(entry.advisory).inserted {
                result.findings.append(finding(entry, status, origin))
            }
        }
        return result
    }

    private func finding(_ entry: TrackerEntry, _ status: AdvisoryFinding.Status, _ origin: Origin) -> AdvisoryFinding {
        var finding = AdvisoryFinding(
            advisory: entry.advisory, ecosystem: origin.ecosystem, source: origin.source, path: origin.path, status: status,
            range: range(entry), feed: feed.name)
        finding.fix = entry.fixed
        if let fixed = entry.fixed, let newest = entry.newest, let fix = try? DebianVersion(fixed), let has = try? DebianVersion(newest) {
            // Resolved in the tracker does not mean that the archive has it.
            finding.fixIsInArchive = has >= fix
        }
        finding.severity = Self.severity(entry.urgency)
        finding.severityOrigin = "urgency “\(entry.urgency.text)” of \(feed.title)"
        finding.triage = Self.triage(entry)
        finding.note = entry.note
        finding.summary = entry.summary
        if entry.scope != .unknown {
            finding.decision.inputs.append(
                Decision.Input("scope", entry.scope == .remote ? "remote" : "local", origin: feed.title))
        }
        return finding
    }

    private func range(_ entry: TrackerEntry) -> String {
        if entry.hasUnreadableFix { return "every version: the record names a fixed version that is none" }
        if entry.status == .undetermined { return "undetermined" }
        return entry.fixed.map { "before \($0)" } ?? "every version"
    }

    private static func triage(_ entry: TrackerEntry) -> String? {
        if entry.status == .undetermined { return "undetermined" }
        switch entry.urgency {
        case .unimportant: return "unimportant"
        case .endOfLife: return "end-of-life"
        default: break
        }
        return switch entry.triage {
        case .none: nil
        case .noAdvisory: "no-dsa"
        case .ignored: "ignored"
        case .postponed: "postponed"
        }
    }

    static func severity(_ urgency: TrackerEntry.Urgency) -> Severity {
        switch urgency {
        case .unimportant: .negligible
        case .low: .low
        case .medium: .medium
        case .high: .high
        case .notYetAssigned, .endOfLife, .unknown: .unknown
        }
    }
}
