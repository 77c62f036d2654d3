// SPDX-License-Identifier: Apache-2.0
package import Base

/// What is known to be wrong with an image, from which data, and how much of it could not be seen.
package struct Assessment: Hashable, Sendable, Codable {
    package var format: String
    /// `python:3.13`.
    package var subject: String
    /// Of the image index, or of the manifest.
    package var digest: String?
    package var assessed: Timestamp
    package var completeness: Completeness
    /// Sorted by name.
    package var feeds: [FeedFacts]
    package var counts: Counts
    package var platforms: [PlatformAssessment]
    /// Products in the image whose support has ended or will.
    package var support: [SupportNote]

    package static let currentFormat = "ashlar/assessment/v1"

    package init(
        subject: String, digest: String?, assessed: Timestamp, completeness: Completeness, feeds: [FeedFacts],
        platforms: [PlatformAssessment], support: [SupportNote]
    ) {
        format = Self.currentFormat
        self.subject = subject
        self.digest = digest
        self.assessed = assessed
        self.completeness = completeness
        self.feeds = feeds
        counts = Counts(of: SharedFinding.all(of: platforms).map(\.finding))
        self.platforms = platforms
        self.support = support
    }

    /// Whether nothing is left after VEX, as far as was seen; never where nothing could be seen.
    package var isSettled: Bool { counts.afterVEX.total == 0 && completeness.level != .unknown }

    /// Whether somebody who knows said which flaws are exploited.
    package var knowsExploited: Bool { feeds.contains { $0.name == "kev" && ![.missing, .damaged].contains($0.state) } }

    /// The three numbers as they may be told: never without what they leave out.
    package var headline: String { completeness.told(counts) }
}

package struct PlatformAssessment: Hashable, Sendable, Codable {
    package var platform: String
    package var manifest: String?
    package var componentCount: Int
    /// By action, severity, likelihood, advisory.
    package var findings: [AdvisoryFinding]
    /// Packages that no feed at hand speaks of, each with the reason.
    package var unseen: [Unseen]
    /// What of the image could not be read, and may hold more packages; nil where its contents are known from a lock.
    package var unread: [Unread]?
    package var counts: Counts
    package init(
        platform: String, manifest: String?, componentCount: Int, findings: [AdvisoryFinding], unseen: [Unseen], unread: [Unread]? = nil
    ) {
        self.platform = platform
        self.manifest = manifest
        self.componentCount = componentCount
        self.findings = findings
        self.unseen = unseen
        self.unread = unread
        counts = Counts(of: findings)
    }

    package struct Unseen: Hashable, Sendable, Codable {
        package var package: String
        package var reason: String
        package init(package: String, reason: String) {
            self.package = package
            self.reason = reason
        }
    }
}

/// Three numbers, always: all, without what Debian calls unimportant, and what VEX leaves of those. A finding is one advisory in one
/// source package, however many binary packages were built from it.
package struct Counts: Hashable, Sendable, Codable {
    package struct BySeverity: Hashable, Sendable, Codable {
        package var total = 0
        package var critical = 0
        package var high = 0
        package var medium = 0
        package var low = 0
        package var negligible = 0
        package var unknown = 0
        package init() {}
        mutating func add(_ severity: Severity) {
            total += 1
            switch severity {
            case .critical: critical += 1
            case .high: high += 1
            case .medium: medium += 1
            case .low: low += 1
            case .negligible: negligible += 1
            case .unknown: unknown += 1
            }
        }
    }
    package var all = BySeverity()
    package var withoutUnimportant = BySeverity()
    package var afterVEX = BySeverity()
    /// Without a verdict of Debian; in none of the three.
    package var undetermined = 0
    package var exploited = 0
    package var malicious = 0
    package var act = 0
    package var attend = 0
    package var track = 0

    package init(of findings: [AdvisoryFinding]) {
        for finding in findings {
            guard finding.status != .undetermined else {
                undetermined += 1
                continue
            }
            all.add(finding.severity)
            if finding.exploited != nil { exploited += 1 }
            if finding.status == .malicious { malicious += 1 }
            switch finding.decision.action {
            case .act: act += 1
            case .attend: attend += 1
            case .track: track += 1
            }
            guard !finding.isUnimportant else { continue }
            withoutUnimportant.add(finding.severity)
            if finding.answer?.settles != true { afterVEX.add(finding.severity) }
        }
    }
}

/// Whether the counts say everything, a lower bound, or nothing.
package struct Completeness: Hashable, Sendable, Codable {
    package enum Level: String, Hashable, Sendable, Codable, CaseIterable {
        /// Every needed feed was there, whole and fresh.
        case complete
        /// There is data, but it is old, partial or a snapshot: the counts are lower bounds.
        case atLeast = "at-least"
        /// A needed feed is missing: the counts say nothing.
        case unknown
    }
    package var level: Level
    /// The day since which data is missing; nil when complete.
    package var since: String?
    package var reasons: [String]
    package init(level: Level, since: String?, reasons: [String]) {
        self.level = level
        self.since = since
        self.reasons = reasons
    }

    package func told(_ counts: Counts) -> String {
        let numbers = "\(counts.all.total) / \(counts.withoutUnimportant.total) / \(counts.afterVEX.total)"
        return switch level {
        case .complete: numbers
        case .atLeast: "at least \(numbers), data incomplete" + (since.map { " since \($0)" } ?? "")
        case .unknown: counts.all.total == 0 ? "unknown" : "unknown, of which seen \(numbers)"
        }
    }
}

/// A product whose support has an end.
package struct SupportNote: Hashable, Sendable, Codable {
    package var product: String
    package var cycle: String
    package var ends: String?
    package var hasEnded: Bool
    /// Why nobody can tell whether it is supported; nil when somebody can.
    package var doubt: String?
    package init(product: String, cycle: String, ends: String?, hasEnded: Bool) {
        self.product = product
        self.cycle = cycle
        self.ends = ends
        self.hasEnded = hasEnded
    }

    /// One of which nothing is known.
    package static func unknown(_ product: String, _ cycle: String, because doubt: String) -> SupportNote {
        var note = SupportNote(product: product, cycle: cycle, ends: nil, hasEnded: false)
        note.doubt = doubt
        return note
    }
}

/// A feed as it was used: where it came from, how old it is, and what is the matter with it.
package struct FeedFacts: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case current, stale, snapshot, partial, missing, damaged
    }
    /// Before the name of a source of VEX statements: `vex-red-hat`.
    package static let statementsPrefix = "vex-"

    /// `debian`, `kev`.
    package var name: String
    package var title: String
    /// The address or file it was read from; no password in it. Empty when it is missing.
    package var source: String
    /// Of the document as it was received.
    package var digest: String?
    /// The moment its content is from: its own word, else when its publisher changed it, else when it was fetched.
    package var date: Timestamp?
    /// What the date was taken from.
    package var dateOrigin: String
    /// When somebody last asked for it and was answered.
    package var checked: Timestamp?
    package var state: State
    package var records: Int
    /// Records that could not be used.
    package var refused: Int
    /// Why the last try to fetch it failed; nil when it did not.
    package var failure: String?
    package init(name: String, title: String) {
        self.name = name
        self.title = title
        source = ""
        dateOrigin = ""
        state = .missing
        records = 0
        refused = 0
    }
}
