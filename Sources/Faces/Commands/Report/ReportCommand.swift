// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes reports for auditors, from what the store recorded.",
        subcommands: [SLOCommand.self])

    struct SLOCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "slo", abstract: "Says how long fixes took, step by step, against the objectives in the catalog's slo.yaml.",
            discussion: """
                What ended since a day and everything that is open: each flaw of each image stream with the moments at which it was disclosed,
                fixed in the archive, seen here, rebuilt and published, and the record that each moment is from. What nobody recorded is told as
                not known. docs/remediation.md says what is counted, and what is not.

                Exit codes: 0 written · 65 slo.yaml is malformed · 69 there is no store · 77 with --check: an objective was missed

                Example: ashlar report slo --since 2026-08-25
                         ashlar report slo --since 2026-08-25 --image 'python:*' --format markdown > slo.md
                """)
        enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, markdown }
        @OptionGroup var options: GlobalOptions
        @Option(help: "The first day, or moment, of the report.") var since: String
        @Option(help: "Images as NAME:STREAM, with * for any characters; may be repeated. Every one by default.") var image: [String] = []
        @Flag(help: "End with 77 when an objective was missed.") var check = false
        @Option(help: "table, json or markdown.") var format = Format.table

        func run() async throws {
            try await reporting {
                let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
                guard let start = Timestamp(rfc3339: since) ?? Timestamp(date: since) else { throw LedgerRefusal.badMoment(since) }
                let desk = try RemediationDoor.desk(settings)
                let report = try desk.report(since: start, images: image, now: Workshop.now())
                let text = SLOText(report: report)
                switch format {
                case .table: print(text.table)
                case .markdown: print(text.markdown, terminator: "")
                case .json: print(String(decoding: try CanonicalJSON.value(of: report).prettyBytes, as: UTF8.self), terminator: "")
                }
                if check, !report.breaches.isEmpty { throw SLORefusal.missed(report) }
            }
        }
    }
}

/// How a checked report ends when an objective was missed; the lines were printed.
enum SLORefusal: Diagnosable {
    case missed(SLOReport)
    var diagnosis: Diagnosis {
        switch self {
        case .missed(let report):
            Diagnosis(
                "slo.missed", .policy, "\(report.all[.breached]) published after their limit, \(report.all[.overdue]) past it and open",
                remedy: "see the causes in the report; docs/remediation.md explains each")
        }
    }
}

/// Opens what remediation clocks are read from.
enum RemediationDoor {
    static func desk(_ settings: Settings) throws -> RemediationDesk {
        RemediationDesk(
            RemediationReader(
                records: try RecordStore(folder: settings.store, access: .readOnly),
                blobs: try FileBlobStore(folder: settings.store, access: .readOnly)),
            policy: try policy(settings))
    }

    /// The catalog's own; the default where the catalog has none, or where there is no catalog.
    static func policy(_ settings: Settings) throws -> SLOPolicy {
        guard FileManager.default.fileExists(atPath: settings.catalog + "/" + SLOPolicy.fileName) else { return .standard }
        let bytes = try CatalogFolder(path: settings.catalog).readFile(SLOPolicy.fileName)
        return try RecipeLoader(CatalogFiles(root: settings.catalog, [SLOPolicy.fileName: bytes])).slo()
    }
}
