// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records

struct BlastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blast", abstract: "Says which images something is in, since when, where it is gone, and who runs it.",
        discussion: """
            Takes an advisory, a package (openssl=3.5.1-1, glibc<2.42), a path, or a digest: of an image, a platform, a layer, a lock, a .deb
            or a file. Looks where `ashlar find` looks, and puts the builds of each stream in a row: the first publication that held it, and
            the first one after the last that does.

            Exit codes: 0 looked, found or not · 69 no feed at hand knows the advisory, or releases could not be looked into

            Example: ashlar blast CVE-2026-0001
                     ashlar blast libssl3t64=3.5.1-1 --format markdown
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, markdown }
    @OptionGroup var options: GlobalOptions
    @Argument(help: "What to look for.") var term: String
    @Option(help: "table, json or markdown.") var format = Format.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            _ = try FindQuery(term)
            let unseen = try await FindCommand.catalogue(settings, environment)
            let report = try BlastFinder(
                records: RecordStore(folder: settings.store, access: .readOnly),
                blobs: FileBlobStore(folder: settings.store, access: .readOnly), advisories: FeedDoor.shelf(settings).open(),
                now: Workshop.now()
            ).report(term, unseen: unseen)
            let text = BlastText(report: report)
            switch format {
            case .table: print(text.table)
            case .markdown: print(text.markdown, terminator: "")
            case .json: print(String(decoding: try CanonicalJSON.value(of: report).prettyBytes, as: UTF8.self), terminator: "")
            }
            guard unseen.isEmpty else { throw FindRefusal.unseen(unseen) }
        }
    }
}

/// What is where, for people.
struct BlastText {
    let report: BlastReport

    private static let header = ["Image", "State", "What", "Since", "Builds", "Gone in", "Fix", "Who runs it"]

    private var rows: [[String]] {
        report.images.map { image in
            [
                image.image, (image.isCurrent ? "current" : "superseded only") + (image.isUnclear ? ", unclear" : ""),
                Self.list(image.what), Self.moment(image.since), image.builds.map(\.tag).joined(separator: ", "),
                image.goneIn.map { "\($0.tag), \(Self.moment(image.gone))" } ?? "not gone",
                image.fixes.isEmpty ? "none known" : image.fixes.joined(separator: ", "),
                image.runs.map { Self.list($0) } ?? "not known",
            ]
        }
    }

    private static func list(_ items: [String]) -> String {
        items.prefix(3).joined(separator: ", ") + (items.count > 3 ? " and \(items.count - 3) more" : "")
    }
    private static func moment(_ step: ClockStep) -> String { step.moment.map(ClockText.short) ?? "not known" }

    private var tail: [String] {
        var lines = [
            "\(report.images.count) streams of \(report.searched) images looked into; \(report.query) is taken for \(report.meaning)"
        ]
        if !report.aliases.isEmpty { lines.append("looked for as well: \(report.aliases.joined(separator: ", "))") }
        if !report.images.isEmpty { lines.append("who runs it is not known: \(BlastReport.runsUnknown)") }
        return lines
    }

    var table: String {
        var table = Table(header: Self.header.map { $0.uppercased() })
        table.rows = rows
        let lines = tail.map(Terminal.clean) + report.reserves.map { "  ! \(Terminal.clean($0))" }
        return ((rows.isEmpty ? [] : [table.text]) + lines).joined(separator: "\n")
    }

    var markdown: String {
        var lines = ["# \(CompareMarkdown.code(report.query))", ""]
        if !rows.isEmpty { lines += SLOText.table(Self.header, rows.map { $0.map(CompareMarkdown.plain) }) + [""] }
        lines += (tail + report.reserves).map { "- \(CompareMarkdown.plain($0))" }
        return lines.joined(separator: "\n") + "\n"
    }
}
