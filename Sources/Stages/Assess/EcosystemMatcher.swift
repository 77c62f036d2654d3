// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts

/// Matches packages of language ecosystems by OSV's rules: listed versions, and ranges in the order of the ecosystem.
struct EcosystemMatcher {
    private let advisories: AdvisorySet

    init(_ advisories: AdvisorySet) { self.advisories = advisories }

    func findings(of origin: Origin) -> MatchResult {
        guard let name = AdvisorySet.feed(for: origin.ecosystem) else {
            return MatchResult(unseen: ["no feed speaks of \(origin.ecosystem)"])
        }
        let feed = advisories.facts(name)
        guard let index = advisories.ecosystems[origin.ecosystem.name] else {
            return MatchResult(unseen: ["the feed \(feed.title) is missing"])
        }
        var result = MatchResult()
        guard let order = VersionOrder(ecosystem: origin.ecosystem.name) else {
            return MatchResult(unseen: ["the versions of \(origin.ecosystem) have no order here"])
        }
        if !order.isValid(origin.source.version) {
            result.unseen.append("`\(origin.source.version.prefix(80))` is no version of \(origin.ecosystem)")
        }
        for record in index.records(about: origin.source.name) {
            switch record.verdict(on: origin.source.version, by: order) {
            case .unaffected: continue
            case .unreadable(let reason): result.unseen.append("\(record.id): \(reason)")
            case .affected(let range, let fix): result.findings.append(finding(record, range, fix, origin, feed))
            }
        }
        return result
    }

    /// The first of a text, as much as of a description in Debian's tracker: a record may bring a megabyte.
    private static func short(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200)))
    }

    private func finding(_ record: OSVRecord, _ range: String, _ fix: String?, _ origin: Origin, _ feed: FeedFacts) -> AdvisoryFinding {
        // People and other feeds know a flaw by its CVE.
        let names = [record.id] + record.aliases
        let advisory = names.first { $0.hasPrefix("CVE-") } ?? record.id
        var finding = AdvisoryFinding(
            advisory: advisory, ecosystem: origin.ecosystem, source: origin.source, path: origin.path,
            status: record.isMalicious ? .malicious : .affected, range: range, feed: feed.name)
        finding.aliases = names.filter { $0 != advisory }
        finding.fix = fix
        finding.summary = Self.short(record.summary)
        finding.modified = record.modified
        if record.isMalicious {
            finding.severity = .critical
            finding.severityOrigin = "a malicious package"
        } else if let vector = record.vector, let score = try? CVSS.score(vector) {
            finding.vector = vector
            finding.score = score.tenths
            finding.severity = Severity(score.rating)
            finding.severityOrigin = vector
        }
        return finding
    }
}

extension Severity {
    init(_ rating: CVSS.Rating) {
        switch rating {
        case .none: self = .negligible
        case .low: self = .low
        case .medium: self = .medium
        case .high: self = .high
        case .critical: self = .critical
        }
    }
}
