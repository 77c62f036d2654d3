// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Records

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Shows how the numbers of an image went, from the ledger of its assessments.",
        discussion: """
            A line for each state of the feeds: all, without what Debian calls unimportant, after VEX, and by severity. A name stands for
            all releases of its stream, oldest entry first; NAME@DIGEST for one. An image of others, HOST/NAME:TAG, has a history when it was
            assessed here: of everything that its name led to. What was known in full on a day: `ashlar show IMAGE --as-of`.

            Exit codes: 0 shown · 66 never assessed

            Example: ashlar history python:3.13
                     ashlar history python:3.13 --format csv > python.csv
                     ashlar history docker.io/library/python:3.13
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, csv }
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM, NAME:TAG, NAME@DIGEST, HOST/NAME:TAG or HOST/NAME@DIGEST.") var image: String
    @Option(help: "table, json or csv.") var format = Format.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let subject = try LedgerSubject(image, in: records)
            let images = Array(subject.labels.keys).sorted()
            let entries = try records.ledger(of: images)
            let unread = try LedgerSubject.unread(images, records)
            guard !entries.isEmpty else { throw LedgerRefusal.neverAssessed(subject.name, unread: unread) }
            for line in unread { Progress().say(Terminal.clean(line)) }
            let history = HistoryText(entries: entries, builds: subject.labels)
            switch format {
            case .table: print(history.table)
            case .json: print(String(decoding: history.json.prettyBytes, as: UTF8.self), terminator: "")
            case .csv: print(history.csv, terminator: "")
            }
        }
    }
}

/// Why the ledger has no answer. Nothing is ever told as a zero.
enum LedgerRefusal: Diagnosable, Hashable {
    case neverAssessed(String, unread: [String] = [])
    case unknownThen(String, moment: Timestamp, first: Timestamp, earlier: [String])
    case badMoment(String)

    var diagnosis: Diagnosis {
        switch self {
        case .neverAssessed(let image, let unread):
            Diagnosis(
                "ledger.never-assessed", .notFound, "\(image) was never assessed: nothing is known of it",
                remedy: "run `ashlar assess \(image)`", notes: unread)
        case .unknownThen(let image, let moment, let first, let earlier):
            Diagnosis(
                "ledger.unknown-then", .notFound,
                "nothing was known of \(image) at \(moment): it was first assessed at \(first)",
                remedy: earlier.isEmpty
                    ? "ask for \(first.dateText) or later" : "ask for \(first.dateText) or later, or for an earlier release: \(earlier[0])",
                notes: earlier.map { "known then: \($0)" })
        case .badMoment(let text):
            Diagnosis(
                "ledger.bad-moment", .usage, "expected a day or a moment, found `\(text)`",
                remedy: "write it as 2026-11-23 (its end is meant) or 2026-11-23T08:00:00Z")
        }
    }
}

/// The entries of a ledger for people, for programs and for charts. A number that says nothing is left out.
struct HistoryText {
    let entries: [LedgerEntry]
    let builds: [Digest: String]

    var table: String {
        var table = Table(header: ["ASSESSED", "BUILD", "DATA OF", "ALL / IMPORTANT / AFTER VEX", "ACT", "ATTEND", "EXPLOITED", "SEVERITY"])
        table.rows = entries.map { entry in
            let summary = entry.summary
            let told = Self.isTold(summary)
            return [
                summary.assessed.description, builds[entry.image] ?? entry.image.short, summary.dataDate ?? "-", summary.headline,
                told ? "\(summary.counts.act)" : "-", told ? "\(summary.counts.attend)" : "-", told ? "\(summary.counts.exploited)" : "-",
                told ? AssessmentText.severities(summary.counts.all) : "-",
            ]
        }
        return table.text
    }

    var json: JSON {
        .array(
            entries.map { entry in
                [
                    "assessed": JSON(entry.summary.assessed.description), "build": JSON(builds[entry.image] ?? ""),
                    "digest": JSON(entry.image.description), "feeds": JSON(entry.feeds.description),
                    "findings": JSON(entry.findings.description), "dataDate": entry.summary.dataDate.map { JSON($0) } ?? .null,
                    "completeness": (try? CanonicalJSON.value(of: entry.summary.completeness)) ?? .null,
                    "headline": JSON(entry.summary.headline),
                    "counts": Self.isTold(entry.summary) ? (try? CanonicalJSON.value(of: entry.summary.counts)) ?? .null : .null,
                ]
            })
    }

    /// RFC 4180. Cells of an assessment that could not see are empty, so that a chart has a gap there and no zero.
    var csv: String {
        let severities = ["total", "critical", "high", "medium", "low", "negligible", "unknown"]
        let series = ["all", "without_unimportant", "after_vex"]
        let names =
            ["assessed", "build", "digest", "completeness", "since", "data"]
            + series.flatMap { series in severities.map { $0 == "total" ? series : "\(series)_\($0)" } }
            + ["undetermined", "exploited", "malicious", "act", "attend", "track"]
        let rows = entries.map { entry -> [String] in
            let summary = entry.summary
            let counts = summary.counts
            let numbers =
                [counts.all, counts.withoutUnimportant, counts.afterVEX].flatMap {
                    [$0.total, $0.critical, $0.high, $0.medium, $0.low, $0.negligible, $0.unknown]
                } + [counts.undetermined, counts.exploited, counts.malicious, counts.act, counts.attend, counts.track]
            return [
                summary.assessed.description, builds[entry.image] ?? "", entry.image.description, summary.completeness.level.rawValue,
                summary.completeness.since ?? "", summary.dataDate ?? "",
            ] + numbers.map { Self.isTold(summary) ? "\($0)" : "" }
        }
        return ([names] + rows).map { $0.map(Self.cell).joined(separator: ",") + "\r\n" }.joined()
    }

    /// Where a needed feed was missing, numbers say nothing.
    private static func isTold(_ summary: AssessmentSummary) -> Bool { summary.completeness.level != .unknown }

    private static func cell(_ text: String) -> String {
        // A table program takes what begins like this for a formula.
        let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
