// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A comparison as a picture of 1280 by 720 for a slide: two rows of stone for each measure, what goes by name, and what was not looked at.
///
/// Up to `stoneLimit` things are drawn as that many stones, which can be counted; more are a bar. Numbers stand at the end of each row, so
/// that the picture says the same in one colour. No script, no font of its own, nothing that is loaded.
struct ComparePicture {
    let comparison: Comparison

    private static let stoneLimit = 24
    private static let rowLimit = 10
    private static let sans = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
    private static let mono = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Noto Sans Mono', 'DejaVu Sans Mono', monospace"

    var svg: String {
        let rows = self.rows
        var body: [String] = head
        let top = 188
        let height = min(52, 460 / max(1, rows.count))
        for (position, one) in rows.enumerated() { body += row(one, at: top + position * height, height: height) }
        body += named + foot
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720" width="1280" height="720" role="img" aria-labelledby="t d">
            <title id="t">\(Self.escaped("From \(comparison.from.reference) to \(comparison.to.reference)"))</title>
            <desc id="d">\(Self.escaped(story))</desc>
            <style>
            text { font-family: \(Self.sans); fill: #15191c; font-variant-numeric: tabular-nums }
            .m { font-family: \(Self.mono) } .s { fill: #434a4e } .l { fill: #5a6165; font-size: 13px }
            .old { fill: #c4ccc8 } .new { fill: #1a4fa0 } .go { fill: #0d6651; font-weight: 700 } .come { fill: #9b1c1c; font-weight: 700 }
            .j { stroke: #d5d9d7; stroke-width: 1 }
            </style>
            <rect width="1280" height="720" fill="#f4f5f4"/>
            <rect x="48" y="152" width="808" height="508" fill="#ffffff" stroke="#d5d9d7"/>
            <rect x="856" y="152" width="376" height="508" fill="#ffffff" stroke="#d5d9d7"/>
            \(body.joined(separator: "\n"))
            </svg>
            """
    }

    private struct Row {
        var title: String
        /// Nil for what nobody can say: nothing is drawn for it.
        var numbers: (from: Int?, to: Int?)
        var words: (from: String, to: String)
        var isBytes: Bool
        var change: String
    }

    /// Findings when somebody looked, then the measures that say something: those with a number on either side.
    private var rows: [Row] {
        var rows: [Row] = []
        if let findings = comparison.findings, let all = findings[row: "all"] {
            func number(_ count: Int, _ side: FindingChanges.Side) -> Int? { side.completeness.level == .unknown ? nil : count }
            func word(_ count: Int, _ side: FindingChanges.Side) -> String {
                side.completeness.level == .unknown ? "unknown" : CompareWords.value(count, side)
            }
            rows.append(
                Row(
                    title: "Known findings", numbers: (number(all.from, findings.from), number(all.to, findings.to)),
                    words: (word(all.from, findings.from), word(all.to, findings.to)), isBytes: false,
                    change: CompareWords.change(all, findings)))
        }
        rows += comparison.measures.filter { $0.from > 0 || $0.to > 0 }.map { measure in
            Row(
                title: measure.title, numbers: (measure.from, measure.to),
                words: (CompareWords.value(measure.from, measure), CompareWords.value(measure.to, measure)), isBytes: measure.isBytes,
                change: CompareWords.change(measure))
        }
        return Array(rows.prefix(Self.rowLimit))
    }

    private var story: String {
        rows.map { "\($0.title): \($0.words.from) before, \($0.words.to) after." }.joined(separator: " ")
            + (comparison.findings == nil ? " Findings: not assessed." : "")
    }

    private var head: [String] {
        let (from, to) = (comparison.from, comparison.to)
        func detail(_ side: Comparison.Side) -> String {
            [side.distribution, side.platform, side.digest.map { String($0.prefix(19)) }].compactMap(\.self).joined(separator: " · ")
        }
        return [
            Self.text(48, 66, "What goes, what stays, what comes", size: 30, weight: 700, spacing: -0.6),
            "<rect x=\"48\" y=\"88\" width=\"14\" height=\"14\" rx=\"1\" class=\"old\"/>",
            Self.text(72, 100, Self.cut(from.reference, 60), size: 15, weight: 700),
            Self.text(72, 122, Self.cut(detail(from), 68), size: 13, kind: "m s"),
            "<rect x=\"640\" y=\"88\" width=\"14\" height=\"14\" rx=\"1\" class=\"new\"/>",
            Self.text(664, 100, Self.cut(to.reference, 60), size: 15, weight: 700),
            Self.text(664, 122, Self.cut(detail(to), 68), size: 13, kind: "m s"),
        ]
    }

    private func row(_ row: Row, at y: Int, height: Int) -> [String] {
        let (barX, barWidth, bar) = (288, 360, 12)
        let most = max(row.numbers.from ?? 0, row.numbers.to ?? 0, 1)
        var parts = [Self.text(72, y + 20, row.title, size: 15, weight: 700)]
        if y > 190 { parts.append("<line x1=\"72\" x2=\"832\" y1=\"\(y - 8)\" y2=\"\(y - 8)\" class=\"j\"/>") }
        for (value, word, kind, line) in [
            (row.numbers.from ?? 0, row.words.from, "old", y), (row.numbers.to ?? 0, row.words.to, "new", y + bar + 4),
        ] {
            if most <= Self.stoneLimit, !row.isBytes {
                for stone in 0..<value {
                    parts.append(
                        "<rect x=\"\(barX + stone * (bar + 2))\" y=\"\(line)\" width=\"\(bar)\" height=\"\(bar)\" rx=\"1\" class=\"\(kind)\"/>"
                    )
                }
            } else if value > 0 {
                let width = max(2, Int((Double(value) / Double(most) * Double(barWidth)).rounded()))
                parts.append("<rect x=\"\(barX)\" y=\"\(line)\" width=\"\(width)\" height=\"\(bar)\" rx=\"1\" class=\"\(kind)\"/>")
            }
            let weight = kind == "new" ? 700 : 400
            parts.append(Self.text(736, line + 11, word, size: 13, weight: weight, kind: kind == "new" ? "" : "s", end: true))
        }
        var direction = "s"
        if let old = row.numbers.from, let new = row.numbers.to, old != new { direction = old > new ? "go" : "come" }
        parts.append(Self.text(832, y + 19, row.change, size: 15, kind: direction, end: true))
        return parts
    }

    // Numbers alone persuade nobody: what goes, by name.
    private var named: [String] {
        var parts = [Self.text(880, 190, "Gone, by name", size: 18, weight: 700)]
        var y = 222
        for name in ["shells", "packageManagers", "setuid", "setgid", "capabilities", "tools", "secrets", "ports"] {
            guard let measure = comparison[measure: name], let change = comparison.surface[name], !change.removed.isEmpty, y < 560 else {
                continue
            }
            parts.append(Self.text(880, y, measure.title, size: 13, kind: "l"))
            y += 20
            for line in Self.wrapped(change.removed, width: 42, lines: 2) {
                parts.append(Self.text(880, y, line, size: 13, kind: "m"))
                y += 18
            }
            y += 12
        }
        if y == 222 {
            parts.append(Self.text(880, y, "Nothing of these: shells, package managers,", size: 13, kind: "s"))
            parts.append(Self.text(880, y + 18, "setuid files, capabilities, tools, secrets.", size: 13, kind: "s"))
        }
        let changes = comparison.packages
        parts.append("<line x1=\"880\" x2=\"1208\" y1=\"600\" y2=\"600\" class=\"j\"/>")
        parts.append(Self.text(880, 622, "Packages: \(changes.removed.count) go, \(changes.added.count) come,", size: 13, kind: "s"))
        parts.append(Self.text(880, 642, "\(changes.changed.count) change version, \(changes.unchanged) stay", size: 13, kind: "s"))
        return parts
    }

    private var foot: [String] {
        var words =
            comparison.findings.map { findings in
                let levels = [findings.from.completeness.level, findings.to.completeness.level]
                let bounds = levels.contains(.atLeast) ? ", lower bounds" : ""
                let reserve = levels.contains(.unknown) ? "; part of the images nobody can judge" : bounds
                return "Findings: data of \(findings.asOf ?? "no day")\(reserve)."
            } ?? "Findings: not assessed."
        let unread = comparison.from.unread + comparison.to.unread
        words +=
            unread == 0 ? " Everything in both images could be read." : " \(unread) things could not be read: numbers are at least these."
        return [
            Self.text(48, 690, Self.cut(words, 120), size: 13, kind: "s"),
            Self.text(1232, 690, "counted by ashlar compare", size: 13, kind: "s", end: true),
        ]
    }

    private static func text(
        _ x: Int, _ y: Int, _ words: String, size: Int, weight: Int = 400, kind: String = "", end: Bool = false, spacing: Double = 0
    ) -> String {
        let extra =
            (kind.isEmpty ? "" : " class=\"\(kind)\"") + (weight == 400 ? "" : " font-weight=\"\(weight)\"")
            + (end ? " text-anchor=\"end\"" : "") + (spacing == 0 ? "" : " letter-spacing=\"\(spacing)\"")
        return "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\"\(extra)>\(escaped(words))</text>"
    }

    // Two lines of names, and how many more there are.
    private static func wrapped(_ names: [String], width: Int, lines limit: Int) -> [String] {
        var lines = [""]
        for (position, name) in names.map({ cut($0, width - 8) }).enumerated() {
            let rest = names.count - position
            if lines[lines.count - 1].count + name.count + 1 > width - (lines.count == limit ? 10 : 0) {
                guard lines.count < limit else {
                    lines[lines.count - 1] += " +\(rest) more"
                    return lines
                }
                lines.append("")
            }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + name
        }
        return lines
    }

    private static func cut(_ text: String, _ count: Int) -> String { text.count <= count ? text : text.prefix(count - 1) + "…" }

    private static func escaped(_ text: String) -> String {
        var clean = ""
        for character in Terminal.clean(text) {
            switch character {
            case "&": clean += "&amp;"
            case "<": clean += "&lt;"
            case ">": clean += "&gt;"
            case "\"": clean += "&quot;"
            default: clean.append(character)
            }
        }
        return clean
    }
}
