// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import Judge
import Pipeline
import Reports

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Decides by the catalog's gate.yaml whether images may be published, with all reasons.",
        discussion: """
            What is held against what: docs/gate.md. Without gate.yaml a default holds. Data that is old, partial, missing or only the
            shipped snapshot refuses, unless the file says `incomplete: allow`.

            Exit codes: 0 every image may be published · 69 nothing bad was seen, but the data is not whole and fresh · 77 refused

            Example: ashlar gate python:3.13
                     ashlar gate --all --format junit > gate.xml
                     ashlar gate python:3.13 --format markdown
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Images as NAME:STREAM, NAME:TAG or NAME@DIGEST.") var images: [String] = []
    @Flag(help: "Every image that is current.") var all = false
    @Option(help: ReportFormat.help) var format = ReportFormat.table

    func validate() throws {
        guard all || !images.isEmpty else { throw ValidationError("expected image names or --all") }
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let policy = try Self.policy(settings)
            let desk = try AssessDesk(settings, environment: environment)
            var assessed: [AssessedRelease] = []
            for release in try desk.releases(all ? nil : images) { assessed.append(try await desk.assess(release, by: policy)) }
            let verdicts = assessed.compactMap(\.verdict)
            let unused = ReleaseJudge(policy: policy).unused(among: verdicts, areAll: all, now: Workshop.now())
            switch format {
            case .json:
                let document = GateReport(verdicts: verdicts, exceptions: unused)
                print(String(decoding: try CanonicalJSON.encodePretty(document), as: UTF8.self), terminator: "")
            case .table: print(GateText.text(verdicts, unused))
            default:
                var report = Report(
                    assessed.map { ($0.assessment, $0.verdict, $0.lock) }, toolVersion: Version.text, now: Workshop.now())
                report.remarks = unused.map { ReportedVerdict.Reason($0) }
                print(format.text(report) ?? "", terminator: "")
            }
            try Self.judge(verdicts, unused)
        }
    }

    /// The catalog's own; the default where the catalog has none, or where there is no catalog.
    static func policy(_ settings: Settings) throws -> GatePolicy {
        guard FileManager.default.fileExists(atPath: settings.catalog + "/" + GatePolicy.fileName) else { return .standard }
        let bytes = try CatalogFolder(path: settings.catalog).readFile(GatePolicy.fileName)
        return try RecipeLoader(CatalogFiles(root: settings.catalog, [GatePolicy.fileName: bytes])).gate()
    }

    private static func judge(_ verdicts: [GateVerdict], _ unused: [GateReason]) throws {
        let refused = verdicts.filter { $0.outcome == .refuse }
        let bad = refused.filter { !$0.isRefusedForDataAlone }
        let refusing = unused.filter { $0.level == .refusal }
        // The reasons stand in the output: what is told here is short.
        if !bad.isEmpty { throw GateRefusal.refused(bad.map(\.subject)) }
        if !refusing.isEmpty { throw GateError.unused(refusing) }
        if !refused.isEmpty { throw GateRefusal.incomplete(refused.map(\.subject)) }
    }
}

/// How `ashlar gate` ends when something is refused; the reasons were printed.
enum GateRefusal: Diagnosable {
    case refused([String])
    case incomplete([String])

    var diagnosis: Diagnosis {
        switch self {
        case .refused(let names):
            Diagnosis(
                "gate.refused", .policy, "the gate refuses \(names.count) image\(names.count == 1 ? "" : "s"): \(Self.list(names))",
                remedy: "do what stands with each reason; docs/gate.md says how to except something for a time")
        case .incomplete(let names):
            Diagnosis(
                "gate.data-incomplete", .unavailable,
                "nothing bad was seen in \(names.count) image\(names.count == 1 ? "" : "s"), and not everything could be: \(Self.list(names))",
                remedy: "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`; docs/gate.md says how to allow it")
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    }
}
