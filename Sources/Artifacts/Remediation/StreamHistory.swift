// SPDX-License-Identifier: Apache-2.0
package import Base

/// Everything recorded of one image stream that a remediation clock is read from.
package struct StreamHistory: Sendable {
    /// A build of the stream, as its release and its lock record it.
    package struct Build: Sendable {
        package var tag: String
        package var digest: String
        /// Versions of each source package on any platform; nil when the lock cannot be read.
        package var sources: [String: Set<String>]?
        package var rebuilt: ClockStep
        package var published: ClockStep
        package var deployed: ClockStep
        package init(
            tag: String, digest: String, sources: [String: Set<String>]?, rebuilt: ClockStep, published: ClockStep, deployed: ClockStep
        ) {
            self.tag = tag
            self.digest = digest
            self.sources = sources
            self.rebuilt = rebuilt
            self.published = published
            self.deployed = deployed
        }
    }
    /// What an assessment said of one build.
    package struct Observation: Sendable {
        package struct Key: Hashable, Sendable, Comparable {
            package var advisory: String
            package var source: String
            package var ecosystem: String
            package init(_ finding: AdvisoryFinding) {
                advisory = finding.advisory
                source = finding.source.name
                ecosystem = finding.ecosystem.description
            }
            package static func < (a: Key, b: Key) -> Bool {
                (a.advisory, a.source, a.ecosystem) < (b.advisory, b.source, b.ecosystem)
            }
        }
        package var image: String
        package var assessed: Timestamp
        /// Names the state of the feeds.
        package var feeds: String
        /// Whether what it does not have counts as not there.
        package var tellsAbsence: Bool
        package var findings: [Key: AdvisoryFinding]
        /// The moment of the data of the feed that the findings of Debian packages come from; nil for the shipped snapshot, whose day
        /// says only from when on data is missing.
        package var dataDate: Timestamp?

        package init(image: String, _ assessment: Assessment) {
            self.init(
                image: image, assessed: assessment.assessed, feeds: assessment.dataName,
                tellsAbsence: assessment.completeness.level != .unknown,
                findings: SharedFinding.all(of: assessment.platforms).map(\.finding),
                dataDate: assessment.feeds.first { $0.name == "debian" && $0.state != .snapshot }?.date)
        }
        package init(
            image: String, assessed: Timestamp, feeds: String, tellsAbsence: Bool, findings: [AdvisoryFinding], dataDate: Timestamp?
        ) {
            self.image = image
            self.assessed = assessed
            self.feeds = feeds
            self.tellsAbsence = tellsAbsence
            self.findings = Dictionary(findings.map { (Key($0), $0) }) { a, b in b.isWorse(than: a) ? b : a }
            self.dataDate = dataDate
        }
    }

    /// `python:3.13`.
    package var image: String
    /// In the order in which they were published, oldest first.
    package var builds: [Build]
    /// Oldest first.
    package var observations: [Observation]
    package var obstacles: [RebuildObstacle]
    package init(image: String, builds: [Build], observations: [Observation], obstacles: [RebuildObstacle] = []) {
        self.image = image
        self.builds = builds
        self.observations = observations
        self.obstacles = obstacles
    }
}

/// What says when the archive had versions of source packages: gathered from every build and feed of the store.
package struct FixEvidence: Sendable {
    package struct Entry: Hashable, Sendable {
        package var version: String
        package var moment: ClockMoment
        package init(version: String, moment: ClockMoment) {
            self.version = version
            self.moment = moment
        }
    }
    /// By source package.
    package private(set) var entries: [String: Set<Entry>] = [:]
    package init() {}

    package mutating func add(_ source: String, _ version: String, _ moment: ClockMoment) {
        entries[source, default: []].insert(Entry(version: version, moment: moment))
    }
}

extension Assessment {
    /// Names the data it was made from: two with the same differ only in what they are about.
    package var dataName: String { feeds.map { "\($0.name)=\($0.digest ?? $0.state.rawValue)" }.sorted().joined(separator: " ") }
}

extension AdvisoryFinding {
    /// Whether it is one of those that are left: decided, not unimportant, not answered.
    package var isLeft: Bool { status != .undetermined && !isUnimportant && answer?.settles != true }
    /// Whether there is something to rebuild with, as far as the feed says.
    package var hasFix: Bool { fix != nil && fixIsInArchive != false }
}
