// SPDX-License-Identifier: Apache-2.0
// https://ossf.github.io/osv-schema/
import Base

/// What a record of OSV says of one package: which versions are affected.
package struct OSVRecord: Hashable, Sendable {
    package struct Event: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable, CaseIterable { case introduced, fixed, lastAffected = "last_affected", limit }
        package var kind: Kind
        package var version: String
        package init(_ kind: Kind, _ version: String) {
            self.kind = kind
            self.version = version
        }
    }
    package enum Verdict: Hashable, Sendable {
        case unaffected
        /// The versions that the record names, and the next one without the flaw.
        case affected(range: String, fix: String?)
        /// The record cannot be applied to this version.
        case unreadable(String)
    }

    /// `PYSEC-2026-1`, `MAL-2026-1`.
    package var id: String
    package var aliases: [String]
    package var summary: String
    package var modified: String
    package var published: String?
    /// A CVSS vector, the newest version of CVSS that there is.
    package var vector: String?
    package var versions: [String]
    /// Events of each range that is in the order of the ecosystem.
    package var ranges: [[Event]]
    /// It has ranges of commits only, which say nothing about a version.
    package var hasOnlyCommits: Bool

    package var isMalicious: Bool { id.hasPrefix("MAL-") }

    package init(id: String, aliases: [String] = [], versions: [String] = [], ranges: [[Event]] = []) {
        self.id = id
        self.aliases = aliases
        summary = ""
        modified = ""
        self.versions = versions
        self.ranges = ranges
        hasOnlyCommits = false
    }

    /// What an index stores: JSON of the parts of a record that are kept.
    init?(stored json: JSON) {
        guard let id = json["id"]?.string else { return nil }
        self.init(id: id)
        aliases = ((json["aliases"]?.array ?? []) + (json["upstream"]?.array ?? [])).compactMap(\.string)
        summary = json["summary"]?.string ?? ""
        modified = json["modified"]?.string ?? ""
        published = json["published"]?.string
        versions = (json["versions"]?.array ?? []).compactMap(\.string)
        let vectors = (json["severity"]?.array ?? []).compactMap { $0["score"]?.string }.filter { $0.hasPrefix("CVSS:") }
        vector = vectors.max()
        let all = json["ranges"]?.array ?? []
        ranges = all.filter { $0["type"]?.string != "GIT" }.map { range in
            (range["events"]?.array ?? []).flatMap { event in
                Event.Kind.allCases.compactMap { kind in event[kind.rawValue]?.string.map { Event(kind, $0) } }
            }
        }
        hasOnlyCommits = ranges.isEmpty && versions.isEmpty && !all.isEmpty
    }

    /// Whether a version is affected: it is listed, or lies in a range (OSV schema, "Evaluation").
    package func verdict(on version: String, by order: VersionOrder) -> Verdict {
        if versions.contains(where: { $0 == version || order.compare($0, version) == 0 }) {
            return .affected(range: "listed by name\(dated)", fix: fix(above: version, by: order))
        }
        if hasOnlyCommits { return .unreadable("names commits only, and no versions") }
        guard order.isValid(version) else {
            return ranges.isEmpty ? .unaffected : .unreadable("cannot be applied to the version `\(version.prefix(80))`")
        }
        var unreadable: String?
        for range in telling {
            if let bad = range.first(where: { $0.version != "0" && !($0.kind == .limit && $0.version == "*") && !order.isValid($0.version) }
            ) {
                unreadable = "names `\(bad.version.prefix(80))`, which is no version"
                continue
            }
            if Self.holds(range, version, order) {
                return .affected(range: Self.text(range) + dated, fix: fix(above: version, by: order))
            }
        }
        return unreadable.map { .unreadable($0) } ?? .unaffected
    }

    // Reports of malicious packages often say "everything" first and the versions later. Where a record says which versions,
    // that counts; the union would condemn the versions before the theft.
    private var telling: [[Event]] {
        guard isMalicious else { return ranges }
        let bounded = ranges.filter { $0.contains { $0.kind != .introduced } }
        return bounded.isEmpty && versions.isEmpty ? ranges : bounded
    }

    private var dated: String { isMalicious && !modified.isEmpty ? ", as of \(modified.prefix(10))" : "" }

    private static func holds(_ range: [Event], _ version: String, _ order: VersionOrder) -> Bool {
        // An event at the same version: the flaw ends before it begins again.
        let sorted = range.enumerated().sorted { a, b in
            let difference = compare(a.element.version, b.element.version, order)
            if difference != 0 { return difference < 0 }
            if (a.element.kind == .introduced) != (b.element.kind == .introduced) { return b.element.kind == .introduced }
            return a.offset < b.offset
        }.map(\.element)
        var isAffected = false
        for event in sorted {
            let difference = compare(version, event.version, order)
            switch event.kind {
            case .introduced: if difference >= 0 { isAffected = true }
            case .fixed: if difference >= 0 { isAffected = false }
            case .lastAffected: if difference > 0 { isAffected = false }
            case .limit: if event.version != "*", difference >= 0 { isAffected = false }
            }
        }
        return isAffected
    }

    // "0" stands before everything.
    private static func compare(_ a: String, _ b: String, _ order: VersionOrder) -> Int {
        if a == b { return 0 }
        if a == "0" { return -1 }
        if b == "0" { return 1 }
        return order.compare(a, b) ?? 0
    }

    private func fix(above version: String, by order: VersionOrder) -> String? {
        ranges.joined().filter { $0.kind == .fixed && (order.compare($0.version, version) ?? 0) > 0 }.map(\.version)
            .min { (order.compare($0, $1) ?? 0) < 0 }
    }

    private static func text(_ range: [Event]) -> String {
        range.compactMap { event in
            switch event.kind {
            case .introduced: event.version == "0" ? (range.count == 1 ? "every version" : nil) : "from \(event.version)"
            case .fixed: "before \(event.version)"
            case .lastAffected: "up to \(event.version)"
            case .limit: event.version == "*" ? nil : "before \(event.version)"
            }
        }.joined(separator: ", ")
    }
}
