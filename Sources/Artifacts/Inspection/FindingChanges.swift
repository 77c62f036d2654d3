// SPDX-License-Identifier: Apache-2.0
import Base

/// What moving from one image to another takes away of known flaws, and brings: both sides by one state of the feeds.
package struct FindingChanges: Hashable, Sendable, Codable {
    package struct Row: Hashable, Sendable, Codable {
        /// `all`, `important`, `afterVEX`, then severities of all, then `exploited`, `malicious`.
        package var name: String
        package var title: String
        package var from: Int
        package var to: Int
        /// By how much it becomes less, in tenths of a percent; nil when there was nothing, or when a side says nothing.
        package var reduction: Int?
    }
    package struct Side: Hashable, Sendable, Codable {
        package var completeness: Completeness
        /// The three numbers as they may be told.
        package var headline: String
    }
    /// A feed that speaks of what is in the images.
    package struct Feed: Hashable, Sendable, Codable {
        package var name: String
        package var title: String
        package var state: FeedFacts.State
        /// The day its data is from.
        package var date: String?
        package var digest: String?
    }
    package struct Entry: Hashable, Sendable, Codable {
        package var advisory: String
        package var source: SourceVersion
        package var ecosystem: String
        package var severity: Severity
        package var action: Decision.Action
        package var fix: String?
    }

    package var from: Side
    package var to: Side
    package var rows: [Row]
    package var feeds: [Feed]
    /// The oldest day of the data behind the counts; nil when there is none.
    package var asOf: String?
    /// Most urgent first.
    package var removed: [Entry]
    package var added: [Entry]
    package var unchanged: Int

    /// - Parameter feeds: the names of those that speak of what is in the two images.
    package init(from a: Assessment, to b: Assessment, feeds names: Set<String>) {
        from = Side(completeness: a.completeness, headline: a.headline)
        to = Side(completeness: b.completeness, headline: b.headline)
        feeds = a.feeds.filter { names.contains($0.name) }.map {
            Feed(name: $0.name, title: $0.title, state: $0.state, date: $0.date?.dateText, digest: $0.digest)
        }
        asOf = feeds.compactMap(\.date).min()
        let isTold = a.completeness.level != .unknown && b.completeness.level != .unknown
        rows = Self.kinds.map { kind in
            let (old, new) = (kind.count(a.counts), kind.count(b.counts))
            let reduction = isTold && old > 0 ? (old - new) * 1000 / old : nil
            return Row(name: kind.name, title: kind.title, from: old, to: new, reduction: reduction)
        }
        let (left, right) = (Self.counted(a), Self.counted(b))
        let (leftKeys, rightKeys) = (Set(left.map(Self.key)), Set(right.map(Self.key)))
        removed = Self.entries(left.filter { !rightKeys.contains(Self.key($0)) })
        added = Self.entries(right.filter { !leftKeys.contains(Self.key($0)) })
        unchanged = leftKeys.intersection(rightKeys).count
    }

    package subscript(row name: String) -> Row? { rows.first { $0.name == name } }

    private static let kinds: [(name: String, title: String, count: @Sendable (Counts) -> Int)] = [
        ("all", "Findings", { $0.all.total }),
        ("important", "Findings, without unimportant", { $0.withoutUnimportant.total }),
        ("afterVEX", "Findings, after VEX", { $0.afterVEX.total }),
        ("critical", "Findings, critical", { $0.all.critical }),
        ("high", "Findings, high", { $0.all.high }),
        ("medium", "Findings, medium", { $0.all.medium }),
        ("low", "Findings, low", { $0.all.low }),
        ("negligible", "Findings, negligible", { $0.all.negligible }),
        ("unknown", "Findings, not rated", { $0.all.unknown }),
        ("exploited", "Findings, exploited", { $0.exploited }),
        ("malicious", "Malicious packages", { $0.malicious }),
    ]

    // One version or another of a source with the same flaw is the same finding.
    private static func key(_ finding: AdvisoryFinding) -> [String] {
        [finding.advisory, finding.ecosystem.name, finding.source.name]
    }

    private static func counted(_ assessment: Assessment) -> [AdvisoryFinding] {
        assessment.platforms.flatMap(\.findings).filter { $0.status != .undetermined }
    }

    private static func entries(_ findings: [AdvisoryFinding]) -> [Entry] {
        var seen: Set<[String]> = []
        return findings.filter { seen.insert(key($0)).inserted }.map {
            Entry(
                advisory: $0.advisory, source: $0.source, ecosystem: $0.ecosystem.description, severity: $0.severity,
                action: $0.decision.action, fix: $0.fix)
        }
    }
}
