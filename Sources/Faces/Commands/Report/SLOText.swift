// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// A report on remediations for people. A number that nobody knows is a word.
struct SLOText {
    let report: SLOReport

    // MARK: - Terminal

    var table: String {
        var lines = head + [""]
        lines += outcomes
        lines += [""] + measureTable
        for (title, chosen) in sections where !chosen.isEmpty {
            var table = Table(header: ["SEVERITY", "ADVISORY", "IMAGE", "SOURCE", "TOOK", "LIMIT", "STATE", "WHY"])
            table.rows = chosen.map(Self.cells)
            lines += ["", "\(title): \(chosen.count)", table.text]
        }
        lines += [""] + notes.map { "  ! \(Terminal.clean($0))" }
        return lines.joined(separator: "\n")
    }

    private var head: [String] {
        [
            "remediation from \(report.since) to \(report.generated)"
                + (report.images.isEmpty ? "" : ", images \(Terminal.clean(report.images.joined(separator: ", ")))"),
            "objectives \(Terminal.clean(report.policy.origin)): \(report.policy.text) (\(report.policy.basis))",
        ]
    }

    private var outcomes: [String] {
        var table = Table(header: ["SEVERITY"] + SLOReport.Outcome.allCases.map { $0.title.uppercased() })
        table.rows = report.rows.map { row in [row.severity] + SLOReport.Outcome.allCases.map { "\(row[$0])" } }
        return [table.text]
    }

    private var told: [SLOReport.Measure] { report.measures.filter { $0.measured > 0 || $0.severity == "all" } }

    private var measureTable: [String] {
        var table = Table(header: ["STEP", "SEVERITY", "P50", "P90", "MAX", "MEASURED", "OF THESE BOUNDS", "NOT MEASURED"])
        table.rows = told.map { one in
            [one.step.title, one.severity] + Self.times(one) + ["\(one.measured)", "\(one.bounded)", "\(one.unmeasured)"]
        }
        return [table.text]
    }

    private static func times(_ measure: SLOReport.Measure) -> [String] {
        [measure.p50, measure.p90, measure.max].map { $0.map(Span.text) ?? "not known" }
    }

    private var sections: [(String, [SLOReport.Line])] {
        [
            ("breaches", report.breaches),
            ("open clocks running", report.lines.filter { $0.outcome == .running }),
            ("no fix yet", report.lines.filter { $0.outcome == .waiting }),
            ("within the limit", report.lines.filter { $0.outcome == .within }),
            ("not measurable", report.lines.filter { $0.outcome == .unmeasured }),
        ]
    }

    /// Severity, advisory, image, source, time, limit, state, cause.
    static func cells(_ line: SLOReport.Line) -> [String] {
        let clock = line.clock
        let limit = line.limitDays.map { "\($0) d (\(line.limitOrigin))" } ?? line.deadline.map { "\($0.dateText) (\(line.limitOrigin))" }
        return [
            clock.severity.rawValue, clock.advisory, clock.image, "\(clock.source.name) \(clock.source.version)",
            line.seconds.map(Span.text) ?? "not known", limit ?? "none",
            line.outcome.title + (line.isCertain ? "" : ", as far as is known"),
            ([line.cause.map { RebuildObstacle.title($0) }, line.causeDetail, line.reason] as [String?]).compactMap(\.self)
                .joined(separator: ": "),
        ]
    }

    private var notes: [String] {
        let coverage = report.coverage
        return ["\(coverage.streams) streams, \(coverage.builds) builds; percentiles are by nearest rank, of remediations in this window"]
            + coverage.notes
    }

    // MARK: - Markdown

    var markdown: String {
        var lines = ["# Remediation", ""] + head.map(CompareMarkdown.plain) + [""]
        lines += Self.table(
            ["Severity"] + SLOReport.Outcome.allCases.map(\.title),
            report.rows.map { row in [row.severity] + SLOReport.Outcome.allCases.map { "\(row[$0])" } })
        lines += ["", "## Times", ""]
        lines += Self.table(
            ["Step", "Severity", "p50", "p90", "max", "measured", "of these bounds", "not measured"],
            told.map { [$0.step.title, $0.severity] + Self.times($0) + ["\($0.measured)", "\($0.bounded)", "\($0.unmeasured)"] })
        for (title, chosen) in sections where !chosen.isEmpty {
            lines += ["", "## \(title.prefix(1).uppercased() + title.dropFirst()): \(chosen.count)", ""]
            lines += Self.table(
                ["Severity", "Advisory", "Image", "Source", "Took", "Limit", "State", "Why"],
                chosen.map { line in
                    Self.cells(line).enumerated().map { (1...3).contains($0) ? CompareMarkdown.code($1) : CompareMarkdown.plain($1) }
                })
        }
        let steps = report.lines.filter { $0.clock.isMeasured }
        if !steps.isEmpty {
            lines += ["", "## Clocks", ""]
            lines += Self.table(
                ["Advisory", "Image", "Disclosed", "Fixed in the archive", "Seen here", "Rebuilt", "Published", "Deployed"],
                steps.map { line in
                    let clock = line.clock
                    return [CompareMarkdown.code(clock.advisory), CompareMarkdown.code(clock.image)]
                        + [clock.disclosed, clock.fixed, clock.seen, clock.rebuilt, clock.published, clock.deployed].map {
                            CompareMarkdown.plain(ClockText.step($0))
                        }
                })
        }
        lines += ["", "## What this leaves out", ""] + notes.map { "- \(CompareMarkdown.plain($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    static func table(_ header: [String], _ rows: [[String]]) -> [String] {
        ["| \(header.joined(separator: " | ")) |", "|\(String(repeating: " --- |", count: header.count))"]
            + rows.map { "| \($0.joined(separator: " | ")) |" }
    }
}

/// Steps of a clock in words.
enum ClockText {
    /// `2026-11-20T08:00:00Z (record of its publication)`, `by 2026-…`, `not known: …`.
    static func step(_ step: ClockStep) -> String {
        guard let moment = step.moment else { return "not known: \(step.unknown ?? "no record")" }
        return "\(short(moment)) (\(moment.origin))"
    }

    static func short(_ moment: ClockMoment) -> String {
        switch moment.bound {
        case .exact: moment.at.description
        case .notAfter: "by \(moment.at)"
        case .notBefore: "not before \(moment.at)"
        }
    }
}
