// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems

/// Words for the numbers of a comparison, shared by all its forms.
enum CompareWords {
    static func value(_ number: Int, _ measure: Comparison.Measure) -> String { measure.isBytes ? Size.text(number) : "\(number)" }

    /// `−92.4 %`, `+3.0 %`, `new`, or nothing.
    static func change(_ measure: Comparison.Measure) -> String {
        if measure.from == measure.to { return "same" }
        guard let reduction = measure.reduction else { return "new" }
        let tenths = abs(reduction)
        return "\(reduction > 0 ? "−" : "+")\(tenths / 10).\(tenths % 10) %"
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
        for row in comparison.findings?.rows ?? [] {
            table.rows.append(["Findings, \(row.severity)", "\(row.from)", "\(row.to)", ""])
        }
        lines += table.text.split(separator: "\n").map(String.init)
        if comparison.findings == nil { lines.append("Findings: not assessed") }
        for line in CompareWords.limits(comparison) { lines.append("note: \(line)") }
        lines += packages + surface
        return lines.map(Terminal.clean).joined(separator: "\n")
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
