// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// Findings with everything that leads to saying so: what, where, how bad, fixed where, answered how, decided why.
enum FindingTable {
    private static let columns: [Grid.Column] = [
        .init(key: "advisory", title: "Finding"), .init(key: "package", title: "Package"),
        .init(key: "severity", title: "Severity", isTight: true),
        .init(key: "epss", title: "EPSS", isNumeric: true, isTight: true), .init(key: "fix", title: "Fixed in"),
        .init(key: "decision", title: "Verdict"), .init(key: "state", title: "State", isShown: false),
        .init(key: "version", title: "Installed version", isShown: false), .init(key: "binaries", title: "Packages", isShown: false),
        .init(key: "range", title: "Affected versions", isShown: false),
        .init(key: "fixInArchive", title: "Fix in archive", isShown: false),
        .init(key: "severityBy", title: "Severity by", isShown: false), .init(key: "vector", title: "CVSS vector", isShown: false),
        .init(key: "kev", title: "In KEV since", isShown: false),
        .init(key: "percentile", title: "EPSS percentile", isNumeric: true, isShown: false),
        .init(key: "triage", title: "Triage", isShown: false), .init(key: "vex", title: "VEX", isShown: false),
        .init(key: "vexBy", title: "VEX by", isShown: false), .init(key: "platforms", title: "Platforms", isShown: false),
        .init(key: "summary", title: "Summary", isShown: false),
    ]

    /// Rows of the states and severities that the address chooses, in groups by state.
    static func grid(_ rows: [FindingRow], of subject: String, _ query: GridQuery) -> Grid {
        let chosen = rows.filter { isChosen($0, query) }
        let grouped = FindingRow.State.allCases.flatMap { state -> [Grid.Row] in
            let group = Grid.Group(key: state.rawValue, title: state.title, note: state.note)
            return chosen.filter { $0.state == state }.map { row in Grid.Row(cells: cells(row), group: group) }
        }
        return Grid(name: "findings", subject: subject, columns: columns, rows: grouped)
    }

    static func filters(_ rows: [FindingRow], _ query: GridQuery) -> Node {
        el("nav", .class("filters"), .label("Filters")) {
            chip("All", rows.count, query, "state", nil)
            for state in FindingRow.State.allCases {
                let count = rows.count { $0.state == state }
                if count > 0 { chip(state.title, count, query, "state", state.rawValue) }
            }
            let fixable = rows.count { $0.finding.fix != nil }
            if fixable > 0 { chip("Fix known", fixable, query, "fix", "known") }
            let exploited = rows.count { $0.finding.exploited != nil }
            if exploited > 0 { chip("In KEV", exploited, query, "kev", "yes") }
        }
    }

    private static func isChosen(_ row: FindingRow, _ query: GridQuery) -> Bool {
        let isInState =
            switch query["state"] {
            case nil: true
            case "important": row.state == .left || row.state == .answered
            case let state: row.state.rawValue == state
            }
        return isInState && (query["severity"].map { row.finding.severity.rawValue == $0 } ?? true)
            && (query["fix"] == nil || row.finding.fix != nil) && (query["kev"] == nil || row.finding.exploited != nil)
    }

    private static func cells(_ row: FindingRow) -> [Grid.Cell] {
        let finding = row.finding
        return [
            .init(
                JSON(finding.advisory),
                group {
                    el("a", .class("mono"), .href(.at("cves", finding.advisory)), text: finding.advisory)
                    el("span", .class("sub"), text: shortened(finding.summary, 150))
                }),
            .init(JSON(finding.source.name), package(row)),
            .init(
                JSON(finding.severity.rawValue), el("span", .title(finding.severityOrigin)) { Web.severity(finding.severity) },
                order: Severity.allCases.firstIndex(of: finding.severity)),
            .init(finding.likelihood.map { .number(Double($0.probability) / 100_000) } ?? .null, likelihood(finding)),
            .init(finding.fix.map { JSON($0) } ?? .null, fix(finding)),
            .init(
                JSON(finding.decision.action.rawValue), verdict(row),
                order: Decision.Action.allCases.firstIndex(of: finding.decision.action)),
            .init(row.state.rawValue), .init(finding.source.version),
            .init(JSON(finding.packages.map { "\($0.name)=\($0.version)" })), .init(finding.range),
            .init(finding.fixIsInArchive.map { .bool($0) } ?? .null), .init(finding.severityOrigin), .init(finding.vector),
            .init(finding.exploited?.added), .init(finding.likelihood.map { .number(Double($0.percentile) / 100_000) } ?? .null),
            .init(finding.triage), .init(finding.answer.map { [$0.status, $0.justification].compactMap(\.self).joined(separator: ": ") }),
            .init(finding.answer?.source), .init(JSON(row.platforms)), .init(finding.summary),
        ]
    }

    private static func package(_ row: FindingRow) -> Node {
        let finding = row.finding
        let names = finding.packages.map(\.name)
        return group {
            for (place, name) in names.prefix(3).enumerated() {
                if place > 0 { ", " }
                link(.at("packages", name), name)
            }
            if names.count > 3 { " and \(names.count - 3) more" }
            if names.isEmpty { finding.source.name }
            el("span", .class("sub mono"), text: finding.source.version)
            if !names.contains(finding.source.name) { el("span", .class("sub"), text: "source \(finding.source.name)") }
            if finding.path == .builtUsing { el("span", .class("sub"), text: "a copy of it was built in") }
        }
    }

    private static func likelihood(_ finding: AdvisoryFinding) -> Node {
        group {
            finding.likelihood.map { Readable.percent($0.probability) } ?? "no score"
            if let exploited = finding.exploited {
                el(
                    "span", .class("sub bad"),
                    text: "in KEV since \(Readable.day(exploited.added))" + (exploited.isUsedByRansomware ? ", used by ransomware" : ""))
            }
        }
    }

    private static func fix(_ finding: AdvisoryFinding) -> Node {
        guard let fix = finding.fix else { return el("span", .class("soft"), text: finding.isUnimportant ? "none planned" : "no fix yet") }
        return group {
            mono(fix)
            if let isThere = finding.fixIsInArchive {
                el("span", .class("sub"), text: isThere ? "in the archive" : "not in the archive yet")
            }
        }
    }

    /// The statement that answers it, Debian's word, and the decision with all that led to it.
    private static func verdict(_ row: FindingRow) -> Node {
        let finding = row.finding
        return group {
            if let answer = finding.answer {
                let words = answer.status.replacing("_", with: " ")
                state(
                    answer.settles ? "" : "watch", answer.settles ? "notaffected" : "asking",
                    words.prefix(1).uppercased() + words.dropFirst())
                el(
                    "span", .class("sub"),
                    text: [answer.justification?.replacing("_", with: " "), "says \(answer.source)"].compactMap(\.self).joined(
                        separator: ", "))
            } else if row.state == .unimportant {
                el("span", text: finding.note.map { shortened($0, 160) } ?? "Debian calls it unimportant")
            } else {
                state("", "affected", "Affected")
                if let triage = finding.triage { el("span", .class("sub"), text: "Debian: \(triage)") }
                if let note = finding.note, !note.isEmpty { el("span", .class("sub"), text: shortened(note, 160)) }
            }
            el("details") {
                el(
                    "summary",
                    text: finding.decision.action.rawValue.prefix(1).uppercased() + finding.decision.action.rawValue.dropFirst() + ", why")
                el("ul") {
                    for input in finding.decision.inputs { el("li", text: "\(input.name): \(input.value) (\(input.origin))") }
                    el("li", text: "affected: \(finding.range)")
                    el("li", text: "platforms: \(row.platforms.joined(separator: ", "))")
                }
            }
        }
    }

    static func shortened(_ text: String, _ limit: Int) -> String { text.count <= limit ? text : text.prefix(limit - 1) + "…" }
}

/// The feeds with their states, dates and sources.
enum FeedTable {
    static func node(_ feeds: [FeedFacts], at now: Timestamp) -> Node {
        el("div", .class("block scroll"), .with("role", "region"), .with("tabindex", "0"), .label("Feeds")) {
            el("table", .class("table rows"), .with("role", "table")) {
                el("thead") {
                    el("tr") { for title in ["Feed", "State", "Of", "Records", "Source"] { el("th", .with("scope", "col"), text: title) } }
                }
                el("tbody") {
                    for feed in feeds {
                        el("tr") {
                            el("td", .class("main"), text: feed.title)
                            el("td", .with("data-l", "State"), text: feed.state.rawValue)
                            el("td", .with("data-l", "Of")) {
                                if let date = feed.date {
                                    el("time", .with("datetime", date.description), text: Readable.day(date.dateText))
                                    el("span", .class("sub"), text: "\(Readable.age(of: date, at: now)) old, by \(feed.dateOrigin)")
                                } else {
                                    "–"
                                }
                            }
                            el(
                                "td", .with("data-l", "Records"),
                                text: "\(feed.records)" + (feed.refused > 0 ? ", \(feed.refused) refused" : ""))
                            el("td", .with("data-l", "Source")) {
                                feed.source.isEmpty ? "none" : feed.source
                                if let digest = feed.digest {
                                    el("span", .class("sub mono"), .title(digest), text: String(digest.prefix(19)) + "…")
                                }
                                if let failure = feed.failure { el("span", .class("sub bad"), text: failure) }
                            }
                        }
                    }
                }
            }
        }
    }
}
