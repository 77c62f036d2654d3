// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Verdicts of the gate for people.
enum GateText {
    private static let inputLimit = 12

    static func text(_ verdicts: [GateVerdict], _ unused: [GateReason]) -> String {
        var lines: [String] = []
        if verdicts.count > 1 {
            var table = Table(header: ["IMAGE", "GATE", "ALL / IMPORTANT / AFTER VEX", "REFUSED BY"])
            table.rows = verdicts.map { verdict in
                [
                    verdict.subject, verdict.outcome.rawValue, verdict.headline,
                    unique(verdict.refusals.map(\.rule.rawValue)).joined(separator: ", "),
                ]
            }
            lines += table.text.split(separator: "\n").map(String.init)
            // What is true of many images is said once.
            lines += grouped(verdicts)
        } else {
            lines += verdicts.flatMap(one)
        }
        for reason in unused { lines += [""] + said(reason) }
        return lines.map(Terminal.clean).joined(separator: "\n")
    }

    private static func one(_ verdict: GateVerdict) -> [String] {
        var lines = [
            "\(verdict.subject)  \(verdict.digest ?? "")",
            "gate       \(verdict.outcome == .refuse ? "REFUSE" : "publish"), by \(verdict.policy)",
            "findings   \(verdict.headline)   (all / without Debian's unimportant / after VEX)",
            "data       " + dates(verdict.feeds),
            "asked      \(verdict.rules.map(\.rawValue).joined(separator: ", "))",
        ]
        for reason in verdict.reasons { lines += [""] + said(reason) }
        if !verdict.excused.isEmpty { lines += ["", "excepted"] + verdict.excused.flatMap(\.told).map { "    " + $0 } }
        return lines
    }

    private static func grouped(_ verdicts: [GateVerdict]) -> [String] {
        var order: [[String]] = []
        var groups: [[String]: (reason: GateReason, names: [String])] = [:]
        for verdict in verdicts {
            for reason in verdict.reasons {
                let key = [reason.rule.rawValue, reason.summary, reason.setting] + reason.inputs
                if groups[key] == nil { order.append(key) }
                groups[key, default: (reason, [])].names.append(verdict.subject)
            }
        }
        return order.compactMap { groups[$0] }.flatMap { group in
            ["", group.names.count == verdicts.count ? "all images" : group.names.joined(separator: ", ")] + said(group.reason)
        }
    }

    private static func said(_ reason: GateReason) -> [String] {
        var lines = ["\(reason.level == .refusal ? "refused" : "warning")  [\(reason.rule.rawValue)] \(reason.summary) (\(reason.setting))"]
        lines += reason.inputs.prefix(inputLimit).map { "    " + $0 }
        if reason.inputs.count > inputLimit { lines.append("    … and \(reason.inputs.count - inputLimit) more: see --format json") }
        return lines + ["    to do: \(reason.remedy)"]
    }

    private static func dates(_ feeds: [FeedFacts]) -> String {
        let known = feeds.filter { $0.state != .missing }.map { feed in
            "\(feed.name) \(feed.date?.dateText ?? "?")" + (feed.state == .current ? "" : " \(feed.state.rawValue)")
        }
        return known.isEmpty ? "no feeds" : known.joined(separator: ", ")
    }

    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }

    /// One line at the end of a build that the gate does not hold back.
    static func summary(_ verdicts: [GateVerdict]) -> String? {
        guard !verdicts.isEmpty else { return nil }
        let refused = verdicts.filter { $0.outcome == .refuse }
        guard !refused.isEmpty else { return "gate: \(verdicts.count) of \(verdicts.count) images may be published" }
        let rules = unique(refused.flatMap(\.refusals).map(\.rule.rawValue)).joined(separator: ", ")
        let names = refused.count == 1 ? refused.map(\.subject).joined() : "\(refused.count) of \(verdicts.count) images"
        return "gate: would refuse \(names) (\(rules)); it only reports, see `ashlar gate` and docs/gate.md"
    }
}
