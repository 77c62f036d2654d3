// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// One thing that the gate asks of an image. Adding one is adding a file and a line in `GateRules`.
protocol GateRule: Sendable {
    var name: GateRuleName { get }
    /// What it asks; empty when the policy does not care.
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion]
}

/// A number that is held against a limit, before exceptions.
struct GateQuestion: Sendable {
    /// One thing that was counted, with what exceptions are held against.
    struct Item: Sendable {
        /// For people: what it is, and who says so.
        var text: String
        /// Names of the advisory.
        var advisories: [String] = []
        /// Names of the packages.
        var packages: [String] = []
        var licences: [String] = []
        var path: String?
    }
    /// The key of gate.yaml.
    var setting: String
    var items: [Item]
    var allowed = 0
    /// What they are: `findings of severity high that a package in the archive repairs`.
    var things: String
    /// The same for one.
    var thing: String
    var certainty: GateReason.Certainty = .exact
    /// Why nothing, or only a lower bound, can be said.
    var doubts: [String] = []
    var remedy: String
    /// A warning is told, and refuses nothing.
    var level = GateReason.Level.refusal
}

/// The rules, in the order in which they are asked.
enum GateRules {
    static let all: [any GateRule] = [
        IncompleteDataRule(), MaliciousRule(), ExploitedRule(), SeverityRule(), AgeRule(), EndOfLifeRule(),
        HardeningGateRule(name: .secrets), HardeningGateRule(name: .shells), HardeningGateRule(name: .packageManagers),
        HardeningGateRule(name: .setuid), LicencesRule(),
    ]
}

extension AdvisoryFinding {
    /// The finding in one line, with what it was read from.
    func line(_ facts: FeedFacts?, _ more: String? = nil) -> String {
        var text = "\(advisory) in \(source.name) \(source.version)"
        let names = Set(packages.map(\.name)).subtracting([source.name]).sorted()
        if !names.isEmpty { text += " (\(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : ""))" }
        text += ": \(severity.rawValue), \(severityOrigin)"
        if let fix { text += "; repaired in \(fix)\(fixIsInArchive == false ? ", which the archive does not have yet" : "")" }
        if let more { text += "; " + more }
        let day = facts?.date.map { " of \($0.dateText)" } ?? ""
        return text + "; said by \(facts?.title ?? feed)\(day)"
    }

    func item(_ image: GateCase, _ more: String? = nil) -> GateQuestion.Item {
        GateQuestion.Item(
            text: line(image.feed(feed), more), advisories: [advisory] + aliases, packages: [source.name] + packages.map(\.name))
    }

    /// The archive has what repairs it, as far as the feed says.
    var isFixable: Bool { fix != nil && fixIsInArchive != false }
}

extension FeedFacts {
    /// What is the matter with it, in one line; nil when nothing is.
    var doubt: String? {
        let day = date.map { " of \($0.dateText)" } ?? ""
        return switch state {
        case .current: nil
        case .missing: "\(title) is missing"
        case .damaged: "\(title) is damaged"
        case .snapshot: "\(title) is a snapshot\(day)"
        case .stale: "\(title) is old: its data is\(day)"
        case .partial: "\(title)\(day) is partial: \(refused) records could not be read"
        }
    }
    var certainty: GateReason.Certainty {
        switch state {
        case .current: .exact
        case .missing, .damaged: .unknown
        case .stale, .snapshot, .partial: .atLeast
        }
    }
}

extension Completeness {
    var certainty: GateReason.Certainty {
        switch level {
        case .complete: .exact
        case .atLeast: .atLeast
        case .unknown: .unknown
        }
    }
}
