// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Says whether counts are complete, lower bounds, or nothing at all.
struct CompletenessJudge {
    let advisories: AdvisorySet
    /// Of the packages in the image.
    let ecosystems: Set<Ecosystem>

    func judge(_ platforms: [PlatformAssessment]) -> Completeness {
        var level = Completeness.Level.complete
        var since: String?
        var reasons: [String] = []
        func lower(to other: Completeness.Level) { if level != .unknown { level = other } }
        let needed = Set(ecosystems.compactMap { AdvisorySet.feed(for: $0) })
        let blind = Set(ecosystems.compactMap { advisories.blindness(to: $0) })
        for name in needed.sorted() {
            let feed = advisories.facts(name)
            if let reason = Self.reason(feed) { reasons.append(reason) }
            switch feed.state {
            case .current: break
            case .missing, .damaged: lower(to: .unknown)
            case .stale, .snapshot, .partial:
                lower(to: .atLeast)
                // The oldest data decides.
                if let date = feed.date?.dateText { since = since.map { min($0, date) } ?? date }
            }
        }
        // These do not change how many there are, but what is known of them.
        for name in ["kev", "epss"] where !needed.contains(name) {
            if let reason = Self.reason(advisories.facts(name)) { reasons.append(reason) }
        }
        // Nor do these: what they settled is told with its source.
        reasons += advisories.feeds.filter { $0.name.hasPrefix(FeedFacts.statementsPrefix) }.compactMap(Self.reason)
        let all = platforms.flatMap(\.unseen)
        // As if a needed feed were missing: part of the image is dark, whatever was found in the rest.
        for reason in blind.sorted() {
            lower(to: .unknown)
            let packages = Self.count(all.filter { $0.reason == reason })
            reasons.append("\(reason): \(packages) package\(packages == 1 ? " was" : "s were") not judged")
        }
        let dim = all.filter { !blind.contains($0.reason) }
        let unseen = Set(dim.map(\.reason)).sorted()
        if !unseen.isEmpty {
            let packages = Self.count(dim)
            lower(to: isNothingSeen(platforms) ? .unknown : .atLeast)
            reasons.append(
                "\(packages) package\(packages == 1 ? "" : "s") could not be judged in full: \(unseen.prefix(3).joined(separator: "; "))")
        }
        let unread = platforms.flatMap { $0.unread ?? [] }
        if !unread.isEmpty {
            lower(to: platforms.allSatisfy(\.findings.isEmpty) ? .unknown : .atLeast)
            let first = unread.prefix(3).map { "/\($0.path): \($0.reason)" }.joined(separator: "; ")
            reasons.append("\(unread.count) thing\(unread.count == 1 ? "" : "s") in the image could not be read: \(first)")
        }
        if platforms.allSatisfy({ $0.componentCount == 0 }) {
            lower(to: .unknown)
            reasons.append("no packages were found in it")
        }
        return Completeness(level: level, since: since, reasons: reasons)
    }

    // Binary packages of one source stand in one line.
    private static func count(_ unseen: [PlatformAssessment.Unseen]) -> Int {
        Set(unseen.flatMap { $0.package.split(separator: ", ") }).count
    }

    private func isNothingSeen(_ platforms: [PlatformAssessment]) -> Bool {
        platforms.allSatisfy { $0.findings.isEmpty } && platforms.contains { !$0.unseen.isEmpty }
    }

    /// What is the matter with a feed, in one line; nil when nothing is.
    static func reason(_ feed: FeedFacts) -> String? {
        let date = feed.date.map { " of \($0.dateText)" } ?? ""
        let failure = feed.failure.map { "; the last try to fetch it failed: \($0)" } ?? ""
        return switch feed.state {
        case .current: failure.isEmpty ? nil : "\(feed.title)\(date)\(failure)"
        case .missing: "\(feed.title) is missing\(failure)"
        case .damaged: "\(feed.title) is damaged\(failure)"
        case .snapshot: "\(feed.title) is a snapshot\(date)\(failure)"
        case .stale: "\(feed.title) is old: its data is\(date)\(failure)"
        case .partial: "\(feed.title)\(date) is partial: \(feed.refused) records could not be read\(failure)"
        }
    }
}
