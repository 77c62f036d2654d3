// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records
import VEX

struct VexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vex", abstract: "Proves what the catalog says about vulnerabilities, and writes it for others.",
        subcommands: [VexCheckCommand.self, VexExportCommand.self])
}

/// The published releases that are asked for, with every statement of the catalog held against them.
struct VexDesk {
    let settings: Settings
    let workshop: Workshop
    let statements: [TriageStatement]
    let now = Workshop.now()

    init(_ options: GlobalOptions) throws {
        let environment = ProcessInfo.processInfo.environment
        settings = try Settings(options, environment: environment)
        workshop = try Workshop(settings, environment: environment)
        statements = try workshop.loader.triage()
    }

    /// - Parameter reference: nil for the newest release of every stream.
    func checks(_ reference: String?) throws -> [TriageCheck] {
        let records = try RecordStore(folder: settings.store, access: .readOnly)
        let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
        let releases = try reference.map { [try Published.find($0, in: records)] } ?? records.latestReleases()
        let catalog = try workshop.loader.catalog()
        return try releases.map { release in
            let recipe = try? catalog.recipe("\(release.repository):\(release.stream)")
            return try TriageCheck(release, recipe: recipe, statements: statements, blobs: blobs, now: now)
        }
    }

    /// What the catalog's locks and the calendar have against the statements.
    func problems() throws -> [TriageReview.Problem] { try TriageLocks.problems(of: statements, in: workshop, now: now) }
}

/// Holds statements against the locks of the catalog.
enum TriageLocks {
    static func problems(of statements: [TriageStatement], in workshop: Workshop, now: Timestamp) throws -> [TriageReview.Problem] {
        guard !statements.isEmpty else { return [] }
        let loader = workshop.loader
        let recipes = try loader.catalog().recipes().filter { recipe in
            statements.contains { $0.concerns(image: recipe.name, stream: recipe.tagStem) }
        }
        let subjects = try recipes.compactMap { recipe in
            try loader.lock(of: recipe).map { TriageReview.Subject(image: recipe.name, stream: recipe.tagStem, lock: $0) }
        }
        return TriageReview.problems(of: statements, in: subjects, now: now)
    }
}

struct VexCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Proves every statement about the published images again.",
        discussion: """
            Example: ashlar vex check python:3.13 --format json

            Exit codes: 0 every statement holds · 77 one is refuted, has expired or matches nothing
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM; all published images when left out.") var image: String?
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let desk = try VexDesk(options)
            let checks = try desk.checks(image)
            let problems = image == nil ? try desk.problems() : []
            switch format {
            case .json:
                let json: JSON = [
                    "images": .array(checks.map(Self.json)), "problems": .array(problems.map { JSON($0.error.diagnosis.summary) }),
                ]
                print(String(decoding: json.prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["IMAGE", "VULNERABILITY", "PACKAGES", "STATUS", "VERDICT", "WHY"])
                table.rows = checks.flatMap { check in check.lines.map { Self.row(check.reference, $0) } }
                print(table.rows.isEmpty ? "no statement is about these images" : table.text)
            }
            let refused = problems.map(\.error.diagnosis) + checks.flatMap(refusals)
            if !refused.isEmpty { throw Diagnoses(refused) }
        }
    }

    // A statement for all images need not be about each; of one image, what matches nothing is told by its locks.
    private func refusals(_ check: TriageCheck) -> [Diagnosis] {
        check.lines.compactMap { line in
            switch line.verdict {
            case .holds, .unmatched: return nil
            case .refuted:
                let refuted = line.proofs.filter { $0.outcome == .refuted }
                return TriageError.refuted(statement: line.statement.title, image: check.reference, proofs: refuted).diagnosis
            case .expired:
                // With the whole catalog the review of the locks has said it already.
                guard image != nil else { return nil }
                return TriageError.expired(
                    statement: line.statement.title, on: line.statement.expires.dateText, now: Workshop.now().dateText
                ).diagnosis
            }
        }
    }

    private static func row(_ reference: String, _ line: TriageCheck.Line) -> [String] {
        let refuted = line.proofs.first { $0.outcome == .refuted }
        let proved = line.proofs.filter { $0.outcome == .proved }
        let stated = Set(line.proofs.filter { $0.outcome == .stated }.map(\.evidence)).count
        let why: String
        switch line.verdict {
        case .refuted: why = refuted.map { "\($0.evidence), but found \($0.detail)" } ?? ""
        case .expired: why = "on \(line.statement.expires.dateText)"
        case .unmatched: why = "no such package in this image"
        case .holds: why = "\(proved.count) proofs" + (stated > 0 ? ", \(stated) by a person's word" : "")
        }
        return [
            reference, line.statement.vulnerability, line.packages.joined(separator: " "), line.statement.status.rawValue,
            line.verdict.rawValue, why,
        ]
    }

    static func json(_ check: TriageCheck) -> JSON {
        [
            "reference": JSON(check.reference), "digest": JSON(check.image.index.description),
            "statements": .array(
                check.lines.map { line in
                    [
                        "place": JSON(line.statement.place.description), "vulnerability": JSON(line.statement.vulnerability),
                        "aliases": JSON(line.statement.aliases), "packages": JSON(line.packages),
                        "status": JSON(line.statement.status.rawValue), "verdict": JSON(line.verdict.rawValue),
                        "justification": line.statement.justification.map { JSON($0.rawValue) } ?? .null,
                        "expires": JSON(line.statement.expires.dateText), "author": JSON(line.statement.author),
                        "proofs": .array(line.proofs.map(json)),
                    ]
                }),
        ]
    }

    private static func json(_ proof: TriageProof) -> JSON {
        [
            "platform": JSON(proof.platform), "evidence": JSON(proof.evidence), "outcome": JSON(proof.outcome.rawValue),
            "detail": JSON(proof.detail), "assumptions": JSON(proof.assumptions),
        ]
    }
}
