// SPDX-License-Identifier: Apache-2.0
import Advisories
package import Artifacts
import Debian

/// What an advisory says of one source package, whatever image it may be in: which versions it touches.
package struct AdvisoryTarget: Sendable {
    package enum Touch: Hashable, Sendable {
        case no
        /// The versions that the advisory names, and the first without the flaw.
        case yes(range: String, fix: String?)
        /// Debian has no verdict, or nobody can tell whether this version is meant.
        case unclear(String)
    }
    private enum Rule: Sendable {
        case debian(TrackerEntry, fixed: DebianVersion?)
        case records(OSVRecord, VersionOrder)
    }
    package let advisory: String
    package let ecosystem: Ecosystem
    package let source: String
    package let feed: String
    package let isMalicious: Bool
    private let rule: Rule

    init(_ entry: TrackerEntry) {
        advisory = entry.advisory
        ecosystem = .debian(entry.release)
        source = entry.source
        feed = "debian"
        isMalicious = false
        rule = .debian(entry, fixed: entry.fixed.flatMap { try? DebianVersion($0) })
    }

    init(_ record: OSVRecord, of source: String, in ecosystem: Ecosystem, feed: String, order: VersionOrder) {
        advisory = record.id
        self.ecosystem = ecosystem
        self.source = source
        self.feed = feed
        isMalicious = record.isMalicious
        rule = .records(record, order)
    }

    package func touch(_ version: String) -> Touch {
        switch rule {
        case .debian(let entry, let fixed):
            if entry.status == .undetermined { return .unclear("Debian has no verdict yet") }
            guard let fixed else { return .yes(range: "every version", fix: nil) }
            guard let installed = try? DebianVersion(version) else { return .unclear("`\(version.prefix(80))` is no Debian version") }
            return installed < fixed ? .yes(range: "before \(fixed)", fix: fixed.description) : .no
        case .records(let record, let order):
            return switch record.verdict(on: version, by: order) {
            case .unaffected: .no
            case .affected(let range, let fix): .yes(range: range, fix: fix)
            case .unreadable(let reason): .unclear(reason)
            }
        }
    }
}

/// Says what advisories are about, without looking at any image.
package struct AdvisoryReach: Sendable {
    private let advisories: AdvisorySet

    package init(_ advisories: AdvisorySet) { self.advisories = advisories }

    /// What an advisory of Debian's tracker is about.
    package func targets(of advisory: String) -> [AdvisoryTarget] {
        (advisories.tracker?.entries(about: advisory) ?? []).map { AdvisoryTarget($0) }
    }

    /// What records of OSV about packages that images hold are about.
    ///
    /// - Parameters:
    ///   - held: names of packages; only what is held can be found.
    ///   - isWanted: is told the names of a record, its own first, and whether it says that the package is malicious.
    package func targets(
        among held: [(ecosystem: Ecosystem, name: String)], where isWanted: (_ names: [String], _ isMalicious: Bool) -> Bool
    ) -> [AdvisoryTarget] {
        held.flatMap { held -> [AdvisoryTarget] in
            guard let index = advisories.ecosystems[held.ecosystem.name], let feed = AdvisorySet.feed(for: held.ecosystem),
                let order = VersionOrder(ecosystem: held.ecosystem.name)
            else { return [] }
            return index.records(about: held.name).filter { isWanted([$0.id] + $0.aliases, $0.isMalicious) }
                .map { AdvisoryTarget($0, of: held.name, in: held.ecosystem, feed: feed, order: order) }
        }
    }

    /// All names of an advisory that records about held packages know, its own among them.
    package func names(of advisory: String, among held: [(ecosystem: Ecosystem, name: String)]) -> Set<String> {
        var names: Set = [advisory]
        for held in held {
            for record in advisories.ecosystems[held.ecosystem.name]?.records(about: held.name) ?? [] {
                let own = [record.id] + record.aliases
                if own.contains(advisory) { names.formUnion(own) }
            }
        }
        return names
    }

    /// Ecosystems whose records are at hand.
    package var ecosystems: [String] { advisories.ecosystems.keys.sorted() }
}
