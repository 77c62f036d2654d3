// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems

/// Words for the numbers of a comparison, shared by all its forms.
enum CompareWords {
    static func value(_ number: Int, _ measure: Comparison.Measure) -> String { measure.isBytes ? Size.text(number) : "\(number)" }

    /// `−92.4 %`, `+3.0 %`, `new`, or nothing.
    static func change(_ measure: Comparison.Measure) -> String {
        change(from: measure.from, to: measure.to, reduction: measure.reduction)
    }

    private static func change(from: Int, to: Int, reduction: Int?) -> String {
        if from == to { return "same" }
        guard let reduction else { return "new" }
        let tenths = abs(reduction)
        return "\(reduction > 0 ? "−" : "+")\(tenths / 10).\(tenths % 10) %"
    }

    /// `12`, `≥ 12`, `unknown`.
    static func value(_ number: Int, _ side: FindingChanges.Side) -> String {
        switch side.completeness.level {
        case .complete: "\(number)"
        case .atLeast: "≥ \(number)"
        case .unknown: number == 0 ? "unknown" : "unknown, seen \(number)"
        }
    }

    static func change(_ row: FindingChanges.Row, _ findings: FindingChanges) -> String {
        guard findings.from.completeness.level != .unknown, findings.to.completeness.level != .unknown else { return "unknown" }
        return change(from: row.from, to: row.to, reduction: row.reduction)
    }

    /// The rows that say something: the three numbers, and what there is of the rest.
    static func rows(_ findings: FindingChanges) -> [FindingChanges.Row] {
        let always = ["all", "important", "afterVEX"]
        return findings.rows.filter { $0.from > 0 || $0.to > 0 || always.contains($0.name) }
    }

    /// Which data the counts are from, and what they leave out.
    static func reserves(_ findings: FindingChanges) -> [String] {
        let data = findings.feeds.map { feed in
            "\(feed.name) "
                + ([feed.date.map { "of \($0)" }, feed.state == .current ? nil : feed.state.rawValue] as [String?])
                .compactMap(\.self).joined(separator: ", ")
        }
        var lines = ["data: \(data.joined(separator: "; "))"]
        let (old, new) = (findings.from.completeness, findings.to.completeness)
        lines += old.reasons.filter(new.reasons.contains).map { "both: \($0)" }
        lines += old.reasons.filter { !new.reasons.contains($0) }.map { "from: \($0)" }
        lines += new.reasons.filter { !old.reasons.contains($0) }.map { "to: \($0)" }
        if old.level == .unknown || new.level == .unknown {
            lines.append("part of an image could not be judged: nobody can say by how much the findings become less")
        } else if old.level == .atLeast || new.level == .atLeast {
            lines.append("the data is not whole: the numbers are lower bounds, and the change is that of what it shows")
        }
        return lines
    }

    static func entry(_ entry: FindingChanges.Entry) -> String {
        "\(entry.severity.rawValue)  \(entry.advisory)  \(entry.source.name) \(entry.source.version)  \(entry.action.rawValue)"
    }

    static func versions(_ change: Comparison.VersionChange) -> String {
        "\(change.from.joined(separator: ", ")) → \(change.to.joined(separator: ", "))"
    }

    static func limits(_ comparison: Comparison) -> [String] {
        [comparison.from, comparison.to].filter { $0.unread > 0 }.map {
            "\($0.unread) thing\($0.unread == 1 ? "" : "s") of \($0.reference) could not be read: its numbers are at least these; "
                + "`ashlar inspect` names them"
        }
    }
}

/// A comparison for a terminal.
struct CompareOutput {
    let comparison: Comparison

    var text: String {
        var lines = ["from  \(Self.side(comparison.from))", "to    \(Self.side(comparison.to))", ""]
        var table = Table(header: ["", "FROM", "TO", "CHANGE"])
        for measure in comparison.measures {
            table.rows.append([
                measure.title, CompareWords.value(measure.from, measure), CompareWords.value(measure.to, measure),
                CompareWords.change(measure),
            ])
        }
        if let findings = comparison.findings {
            for row in CompareWords.rows(findings) {
                table.rows.append([
                    row.title, CompareWords.value(row.from, findings.from), CompareWords.value(row.to, findings.to),
                    CompareWords.change(row, findings),
                ])
            }
        }
        lines += table.text.split(separator: "\n").map(String.init)
        if comparison.findings == nil { lines.append("Findings: not assessed") }
        for line in CompareWords.limits(comparison) { lines.append("note: \(line)") }
        lines += findings + packages + surface
        return lines.map(Terminal.clean).joined(separator: "\n")
    }

    private var findings: [String] {
        guard let findings = comparison.findings else { return [] }
        var lines = CompareWords.reserves(findings).map { "  ! " + $0 }
        lines.append("")
        lines.append("findings: \(findings.removed.count) go, \(findings.added.count) come, \(findings.unchanged) stay")
        for (mark, entries) in [("-", findings.removed), ("+", findings.added)] {
            lines += entries.prefix(20).map { "  \(mark) \(CompareWords.entry($0))" }
            if entries.count > 20 { lines.append("  \(mark) and \(entries.count - 20) more") }
        }
        return lines
    }

    private var packages: [String] {
        let changes = comparison.packages
        var lines = [
            "",
            "packages: \(changes.removed.count) go, \(changes.added.count) come, \(changes.changed.count) change version, "
                + "\(changes.unchanged) stay",
            "files: \(comparison.files.removed) go, \(comparison.files.added) come, \(comparison.files.changed) change, "
                + "\(comparison.files.unchanged) stay",
        ]
        lines += changes.removed.map { "  - \($0.ecosystem.rawValue)  \($0.name) \($0.version)" }
        lines += changes.added.map { "  + \($0.ecosystem.rawValue)  \($0.name) \($0.version)" }
        lines += changes.changed.map { "  ~ \($0.ecosystem.rawValue)  \($0.name) \(CompareWords.versions($0))" }
        return lines
    }

    private var surface: [String] {
        var lines: [String] = []
        for measure in comparison.measures {
            guard let change = comparison.surface[measure.name], !change.removed.isEmpty || !change.added.isEmpty else { continue }
            lines += ["", "\(measure.title): \(change.removed.count) go, \(change.added.count) come"]
            lines +=
                change.removed.prefix(20).map { "  - \($0)" }
                + (change.removed.count > 20 ? ["  - and \(change.removed.count - 20) more"] : [])
            lines +=
                change.added.prefix(20).map { "  + \($0)" } + (change.added.count > 20 ? ["  + and \(change.added.count - 20) more"] : [])
        }
        return lines
    }

    private static func side(_ side: Comparison.Side) -> String {
        [side.reference, side.platform, side.distribution, side.digest].compactMap(\.self).joined(separator: "  ")
    }
}
