// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Ecosystems

/// A comparison as a page of Markdown, for a change request. What comes from an image is written so that it stays text.
struct CompareMarkdown {
    let comparison: Comparison

    var text: String {
        let (from, to) = (comparison.from, comparison.to)
        var lines = ["# From \(Self.code(from.reference)) to \(Self.code(to.reference))", ""]
        lines += ["| | from | to | change |", "| --- | ---: | ---: | ---: |"]
        for (name, value) in [("Digest", \Comparison.Side.digest), ("Platform", \.platform), ("Distribution", \.distribution)] {
            lines.append("| \(name) | \(Self.code(from[keyPath: value] ?? "—")) | \(Self.code(to[keyPath: value] ?? "—")) | |")
        }
        for measure in comparison.measures {
            let values = [measure.from, measure.to].map { CompareWords.value($0, measure) }
            lines.append("| \(measure.title) | \(values[0]) | \(values[1]) | \(CompareWords.change(measure)) |")
        }
        if let findings = comparison.findings {
            for row in CompareWords.rows(findings) {
                let values = [CompareWords.value(row.from, findings.from), CompareWords.value(row.to, findings.to)]
                lines.append("| \(row.title) | \(values[0]) | \(values[1]) | \(CompareWords.change(row, findings)) |")
            }
            lines.append("")
            lines += CompareWords.reserves(findings).map { "- \(Self.plain($0))" }
        } else {
            lines += ["", "Findings: not assessed."]
        }
        for line in CompareWords.limits(comparison) { lines += ["", "> \(Self.plain(line))"] }
        if let findings = comparison.findings {
            lines += ["", "## Findings", ""]
            lines.append("\(findings.removed.count) go, \(findings.added.count) come, \(findings.unchanged) stay.")
            lines += list("Removed", findings.removed.map(CompareWords.entry)) + list("Added", findings.added.map(CompareWords.entry))
        }
        let changes = comparison.packages
        lines += ["", "## Packages", ""]
        lines.append(
            "\(changes.removed.count) go, \(changes.added.count) come, \(changes.changed.count) change version, \(changes.unchanged) stay.")
        lines += list("Removed", changes.removed.map { "\($0.name) \($0.version) (\($0.ecosystem.rawValue))" })
        lines += list("Added", changes.added.map { "\($0.name) \($0.version) (\($0.ecosystem.rawValue))" })
        lines += list("Changed", changes.changed.map { "\($0.name) \(CompareWords.versions($0)) (\($0.ecosystem.rawValue))" })
        lines += ["", "## Attack surface"]
        for measure in comparison.measures {
            guard let change = comparison.surface[measure.name] else { continue }
            lines += list("\(measure.title): removed", change.removed) + list("\(measure.title): added", change.added)
        }
        lines += ["", "## Files", ""]
        let files = comparison.files
        lines.append("\(files.removed) go, \(files.added) come, \(files.changed) change, \(files.unchanged) stay.")
        return lines.joined(separator: "\n")
    }

    private func list(_ title: String, _ items: [String]) -> [String] {
        guard !items.isEmpty else { return [] }
        let limit = 200
        return ["", "<details><summary>\(title) (\(items.count))</summary>", ""] + items.prefix(limit).map { "- \(Self.code($0))" }
            + (items.count > limit ? ["- and \(items.count - limit) more"] : []) + ["", "</details>"]
    }

    // Inside code nothing is markup but the mark itself, and a bar ends a cell.
    static func code(_ text: String) -> String {
        "`" + String(Terminal.clean(text).map { $0 == "`" ? "'" : $0 == "|" ? "¦" : $0 }) + "`"
    }
    static func plain(_ text: String) -> String {
        String(Terminal.clean(text).map { "<>|`*_[]&\\".contains($0) ? " " : $0 })
    }
}
