// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts

/// Matches packages of language ecosystems by OSV's rules: listed versions, and ranges in the order of the ecosystem.
struct EcosystemMatcher {
    private let advisories: AdvisorySet

    init(_ advisories: AdvisorySet) { self.advisories = advisories }

    func findings(of origin: Origin) -> MatchResult {
        guard let name = AdvisorySet.feed(for: origin.ecosystem) else {
            return MatchResult(unseen: [advisories.blindness(to: origin.ecosystem) ?? "no feed is known"])
        }
        let feed = advisories.facts(name)
        guard let index = advisories.ecosystems[origin.ecosystem.name] else {
            return MatchResult(unseen: ["the feed \(feed.title) is missing"])
        }
        var result = MatchResult()
        guard let order = VersionOrder(ecosystem: origin.ecosystem.name) else {
            return MatchResult(unseen: ["the versions of \(origin.ecosystem) have no order here"])
        }
        if name == "osv-maven", !origin.source.name.contains(":") {
            return MatchResult(unseen: ["the archive does not say of which group it is, and advisories name groups"])
        }
        let records = index.records(about: origin.source.name)
        // Where nothing is known of a name, its version makes no difference.
        if !records.isEmpty, !order.isValid(origin.source.version) {
            result.unseen.append("`\(origin.source.version.prefix(80))` is no version of \(origin.ecosystem)")
        }
        for record in records {
            switch record.verdict(on: origin.source.version, by: order) {
            case .unaffected: continue
            case .unreadable(let reason): result.unseen.append("\(record.id): \(reason)")
            case .affected(let range, let fix): Self.add(finding(record, range, fix, origin, feed), to: &result.findings)
            }
        }
        return result
    }

    /// The databases that OSV collects write their own records about one flaw and name each other in them: it counts once.
    static func add(_ finding: AdvisoryFinding, to findings: inout [AdvisoryFinding]) {
        let names = Set([finding.advisory] + finding.aliases)
        // Two that were there may be the same by what the new one says.
        let same = findings.indices.filter { !names.isDisjoint(with: [findings[$0].advisory] + findings[$0].aliases) }
        guard !same.isEmpty else { return findings.append(finding) }
        var merged = finding
        for index in same.reversed() { merged = Self.merged(findings.remove(at: index), merged) }
        findings.insert(merged, at: same[0])
    }

    private static func merged(_ a: AdvisoryFinding, _ b: AdvisoryFinding) -> AdvisoryFinding {
        let names = Set([a.advisory, b.advisory] + a.aliases + b.aliases).sorted()
        var merged = a
        merged.advisory = names.first { $0.hasPrefix("CVE-") } ?? a.advisory
        merged.aliases = names.filter { $0 != merged.advisory }
        if b.status == .malicious { merged.status = .malicious }
        // The worse word counts; what nobody rated stands last.
        let worse = b.severity < a.severity ? b : a
        (merged.severity, merged.severityOrigin) = (worse.severity, worse.severityOrigin)
        (merged.vector, merged.score) = worse.vector == nil ? (a.vector ?? b.vector, a.score ?? b.score) : (worse.vector, worse.score)
        if merged.fix == nil { merged.fix = b.fix }
        if merged.summary.isEmpty { merged.summary = b.summary }
        merged.modified = [a.modified, b.modified].compactMap(\.self).max()
        merged.published = [a.published, b.published].compactMap(\.self).min()
        return merged
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
        finding.published = record.published
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
