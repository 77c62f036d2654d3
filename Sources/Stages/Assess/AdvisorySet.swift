// SPDX-License-Identifier: Apache-2.0
package import Advisories
package import Artifacts

/// The advisories at hand, ready to be asked, and what is the matter with each feed.
package struct AdvisorySet: Sendable {
    package var tracker: TrackerIndex?
    /// By the ecosystem's name: `PyPI`, `npm`.
    package var ecosystems: [String: OSVIndex]
    package var exploited: CVETable?
    package var scores: CVETable?
    package var endOfLife: EndOfLifeFeed?
    /// What others say that their findings mean, in the order in which they are asked.
    package var statements: [ForeignStatements] = []
    /// Of every feed that there could be, the missing ones too; sorted by name.
    package var feeds: [FeedFacts]

    package init(
        tracker: TrackerIndex? = nil, ecosystems: [String: OSVIndex] = [:], exploited: CVETable? = nil, scores: CVETable? = nil,
        endOfLife: EndOfLifeFeed? = nil, feeds: [FeedFacts] = []
    ) {
        self.tracker = tracker
        self.ecosystems = ecosystems
        self.exploited = exploited
        self.scores = scores
        self.endOfLife = endOfLife
        self.feeds = feeds
    }

    /// The name of the feed that a package's advisories come from; nil when no feed speaks of its ecosystem.
    package static func feed(for ecosystem: Ecosystem) -> String? {
        switch ecosystem.name {
        case "Debian": "debian"
        case "PyPI", "npm", "Go", "Maven": "osv-" + ecosystem.name.lowercased()
        case "crates.io": "osv-crates"
        default: nil
        }
    }

    /// The names of the feeds that say something about packages of these ecosystems.
    package static func feeds(about ecosystems: some Sequence<Ecosystem>) -> Set<String> {
        Set(ecosystems.compactMap { feed(for: $0) }).union(["kev", "epss", "endoflife"])
    }

    /// Why no package of an ecosystem can be judged, whatever feeds are brought in; nil when they can.
    func blindness(to ecosystem: Ecosystem) -> String? {
        guard Self.feed(for: ecosystem) != nil else { return "no feed speaks of \(ecosystem)" }
        guard ecosystem.isDebian, let tracker else { return nil }
        guard let name = ecosystem.release, tracker.release(named: name) != nil else {
            return "\(facts("debian").title) has no release \(ecosystem.release ?? "without a name")"
        }
        return nil
    }

    func facts(_ name: String) -> FeedFacts {
        feeds.first { $0.name == name } ?? FeedFacts(name: name, title: name)
    }
}
