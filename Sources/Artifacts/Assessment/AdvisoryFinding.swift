// SPDX-License-Identifier: Apache-2.0
package import Base

/// How bad a flaw is, worst first. `negligible` is what Debian calls unimportant.
package enum Severity: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case critical, high, medium, low, negligible, unknown
    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A flaw that an advisory says is in a package of the image, with everything that leads to saying so.
package struct AdvisoryFinding: Hashable, Sendable, Codable {
    package enum Status: String, Hashable, Sendable, Codable, CaseIterable { case affected, undetermined, malicious }
    /// How the flawed source came to be in the package.
    package enum Path: String, Hashable, Sendable, Codable, CaseIterable { case source, builtUsing = "built-using" }
    package struct Package: Hashable, Sendable, Codable {
        package var name: String
        package var version: String
        package var locations: [String]
        package init(name: String, version: String, locations: [String] = []) {
            self.name = name
            self.version = version
            self.locations = locations
        }
    }
    package struct Exploited: Hashable, Sendable, Codable {
        package var added: String
        package var due: String?
        package var isUsedByRansomware: Bool
        package init(added: String, due: String?, isUsedByRansomware: Bool) {
            self.added = added
            self.due = due
            self.isUsedByRansomware = isUsedByRansomware
        }
    }
    /// Both in hundred-thousandths.
    package struct Likelihood: Hashable, Sendable, Codable {
        package var probability: Int
        package var percentile: Int
        package init(probability: Int, percentile: Int) {
            self.probability = probability
            self.percentile = percentile
        }
    }

    /// `CVE-2026-1234`.
    package var advisory: String
    package var aliases: [String]
    package var ecosystem: Ecosystem
    package var source: SourceVersion
    /// Binary packages that were built from it, sorted.
    package var packages: [Package]
    package var path: Path
    package var status: Status
    /// The versions that the advisory names: `before 2.41-12+deb13u1`, `every version`.
    package var range: String
    /// The first version without the flaw; nil when there is none yet.
    package var fix: String?
    /// Whether the archive of the release has that version, as far as the feed says.
    package var fixIsInArchive: Bool?
    package var severity: Severity
    /// What the severity was taken from: `urgency high of the Debian security tracker`, a CVSS vector.
    package var severityOrigin: String
    /// In tenths, with its vector.
    package var score: Int?
    package var vector: String?
    /// Debian's word for what it does about it: `no-dsa`, `ignored`, `postponed`, `unimportant`, `end-of-life`, `undetermined`.
    package var triage: String?
    package var note: String?
    package var summary: String
    /// The feed that says so.
    package var feed: String
    /// When the record was last changed, where the feed says.
    package var modified: String?
    /// When the record was first published, where the feed says.
    package var published: String?
    package var exploited: Exploited?
    package var likelihood: Likelihood?
    package var decision: Decision
    /// The statement that answers it; nil while nobody has.
    package var answer: Answer?
    /// Statements about it that do not count, and why not; nil when there are none.
    package var passedOver: [String]?

    package init(
        advisory: String, ecosystem: Ecosystem, source: SourceVersion, path: Path, status: Status, range: String, feed: String
    ) {
        self.advisory = advisory
        aliases = []
        self.ecosystem = ecosystem
        self.source = source
        packages = []
        self.path = path
        self.status = status
        self.range = range
        severity = .unknown
        severityOrigin = "nobody has said"
        summary = ""
        self.feed = feed
        decision = Decision(action: .track, inputs: [])
    }

    /// Whether this one of two findings of the same flaw is what must be told of both.
    package func isWorse(than other: AdvisoryFinding) -> Bool {
        standing == other.standing ? severity < other.severity : standing < other.standing
    }
    private var standing: Int {
        if status == .undetermined { return 3 }
        if isUnimportant { return 2 }
        return answer?.settles == true ? 1 : 0
    }

    /// Debian ships nothing that it hurts.
    package var isUnimportant: Bool { triage == "unimportant" }
}

/// What a VEX statement says of a finding, whose statement it is, and why it may be believed.
package struct Answer: Hashable, Sendable, Codable {
    /// A piece of evidence, and how it fared on the published image.
    package struct Evidence: Hashable, Sendable, Codable {
        package var text: String
        /// `proved` by a machine, or `stated` by a person.
        package var outcome: String
        package var detail: String
        package init(text: String, outcome: String, detail: String) {
            self.text = text
            self.outcome = outcome
            self.detail = detail
        }
    }
    package var status: String
    package var justification: String?
    /// `the catalog (catalog/vex/systemd.yaml:3:5)`; of others the name of the source and its document.
    package var source: String
    package var impact: String?
    package var action: String?
    package var notes: String?
    package var author: String?
    package var timestamp: Timestamp?
    /// From when on it does not count; statements of others have no end.
    package var expires: Timestamp?
    /// Nil for statements of others: nobody here looked.
    package var evidence: [Evidence]?
    package init(status: String, justification: String?, source: String) {
        self.status = status
        self.justification = justification
        self.source = source
    }
    /// The flaw does not count any more.
    package var settles: Bool { status == "not_affected" || status == "fixed" }
}

/// What to do about a finding, in the words of SSVC, with everything that led to it.
package struct Decision: Hashable, Sendable, Codable {
    package enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        /// At once, whatever else is going on.
        case act
        /// Before the next regular update.
        case attend
        /// With the next regular update.
        case track
    }
    package struct Input: Hashable, Sendable, Codable {
        package var name: String
        package var value: String
        package var origin: String
        package init(_ name: String, _ value: String, origin: String) {
            self.name = name
            self.value = value
            self.origin = origin
        }
    }
    package var action: Action
    package var inputs: [Input]
    package init(action: Action, inputs: [Input]) {
        self.action = action
        self.inputs = inputs
    }
}
