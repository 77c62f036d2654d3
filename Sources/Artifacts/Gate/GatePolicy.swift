// SPDX-License-Identifier: Apache-2.0
package import Base

/// What `catalog/gate.yaml` says: which findings an image may have and still be published.
package struct GatePolicy: Hashable, Sendable, Codable {
    /// What a refusal does to a build.
    package enum Enforcement: String, Hashable, Sendable, Codable, CaseIterable {
        /// It is told.
        case report
        /// The image is not published.
        case publish
    }
    package enum Allowance: String, Hashable, Sendable, Codable, CaseIterable { case refuse, allow }
    /// Which of the three numbers is held against the limits.
    package enum Counted: String, Hashable, Sendable, Codable, CaseIterable {
        case all
        case withoutUnimportant = "without-unimportant"
        case afterVEX = "after-vex"
    }
    package enum Exploited: String, Hashable, Sendable, Codable, CaseIterable {
        case refuse
        /// Only when the day has passed that CISA has set for it.
        case overdue
        case allow
    }
    /// What is done about something that the rules of Check forbid.
    package enum Hardening: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nothing, whatever a recipe excepts.
        case refuse
        /// What a recipe excepts with a reason is accepted.
        case excepted
        case allow
    }
    package enum Unused: String, Hashable, Sendable, Codable, CaseIterable { case report, refuse }

    /// Days in which what can be repaired must be, by severity.
    package struct Age: Hashable, Sendable, Codable {
        package var days: [String: Int]
        /// Whose days they are: `fedramp`, `own`.
        package var origin: String
        package init(days: [String: Int], origin: String) {
            self.days = days
            self.origin = origin
        }
        package static let none = Age(days: [:], origin: "none")

        /// Days that others prescribe; the names are what `preset` says.
        package static let presets: [(name: String, days: [String: Int], summary: String)] = [
            ("fedramp", ["critical": 30, "high": 30, "medium": 90, "low": 180], "FedRAMP Rev5, from discovery"),
            ("bod-19-02", ["critical": 15, "high": 30], "CISA Binding Operational Directive 19-02"),
            (
                "hardened-images", ["critical": 7, "high": 7, "medium": 30, "low": 30],
                "what Docker's policy for hardened images asks: 7 days, 30 for medium and low"
            ),
        ]
    }

    package struct EndOfLife: Hashable, Sendable, Codable {
        package var past: Allowance
        /// Days before the end from which on it is refused; 0 refuses only what has ended.
        package var daysAhead: Int
        package init(past: Allowance = .refuse, daysAhead: Int = 0) {
            self.past = past
            self.daysAhead = daysAhead
        }
    }

    package struct Licences: Hashable, Sendable, Codable {
        /// Identifiers of SPDX, or beginnings that end in a star; empty allows all that is not denied.
        package var allow: [String]
        package var deny: [String]
        /// What is done about a package whose licence nobody could tell.
        package var unknown: Allowance
        package init(allow: [String] = [], deny: [String] = [], unknown: Allowance = .allow) {
            self.allow = allow
            self.deny = deny
            self.unknown = unknown
        }
        package var asks: Bool { !allow.isEmpty || !deny.isEmpty || unknown == .refuse }
    }

    package var enforce: Enforcement
    /// Whether an image gets in of which not everything could be seen.
    package var incomplete: Allowance
    package var counted: Counted
    /// Whether only what a package in the archive repairs counts for `severities` and `age`.
    package var fixableOnly: Bool
    /// The largest number that is allowed, by severity; others may be any number.
    package var severities: [String: Int]
    package var age: Age
    package var exploited: Exploited
    package var malicious: Allowance
    package var endOfLife: EndOfLife
    package var secrets: Hardening
    package var shells: Hardening
    package var packageManagers: Hardening
    package var setuid: Hardening
    package var licences: Licences
    package var unusedExceptions: Unused
    package var exceptions: [GateException]
    /// `catalog/gate.yaml`, or that there is none.
    package var origin: String

    /// What holds where the file says nothing, and all there is without one.
    package static let standard = GatePolicy(
        enforce: .report, incomplete: .refuse, counted: .afterVEX, fixableOnly: true, severities: ["critical": 0, "high": 0], age: .none,
        exploited: .refuse, malicious: .refuse, endOfLife: EndOfLife(), secrets: .excepted, shells: .excepted, packageManagers: .excepted,
        setuid: .excepted, licences: Licences(), unusedExceptions: .report, exceptions: [],
        origin: "the default (there is no \(GatePolicy.fileName) in the catalog)")
    package static let fileName = "gate.yaml"

    package func hardening(_ rule: GateRuleName) -> Hardening {
        switch rule {
        case .secrets: secrets
        case .shells: shells
        case .packageManagers: packageManagers
        case .setuid: setuid
        default: .allow
        }
    }
}

/// What the gate passes over, for a time and with somebody's name on it.
package struct GateException: Hashable, Sendable, Codable {
    package var rule: GateRuleName
    /// What it covers; of those that are said, all must agree.
    package var advisory: String?
    package var package: String?
    package var licence: String?
    package var path: String?
    /// A pattern of image names: `python:*`.
    package var image: String?
    package var owner: String
    package var reason: String
    /// The last day on which it counts: `2026-12-31`.
    package var expires: String
    /// `catalog/gate.yaml:12:5`.
    package var place: String

    package init(rule: GateRuleName, owner: String, reason: String, expires: String, place: String) {
        self.rule = rule
        self.owner = owner
        self.reason = reason
        self.expires = expires
        self.place = place
    }

    /// It counts until the end of its last day, in UTC.
    package func hasExpired(at now: Timestamp) -> Bool {
        guard let day = Timestamp(date: expires) else { return true }
        return now.seconds >= day.seconds + 86400
    }

    /// Whether it is about an image called so.
    package func concerns(_ name: String) -> Bool { image.map { Self.matches(name, $0) } ?? true }

    /// `severity CVE-2026-1 in openssl of python:*`.
    package var title: String {
        var text = rule.rawValue
        if let advisory { text += " \(advisory)" }
        if let package { text += " in \(package)" }
        if let licence { text += " under \(licence)" }
        if let path { text += " at \(path)" }
        if let image { text += " of \(image)" }
        return text
    }

    // A star stands for any number of characters.
    package static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return name == pattern }
        guard name.utf8.count >= first.utf8.count + last.utf8.count, name.hasPrefix(first), name.hasSuffix(last) else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
