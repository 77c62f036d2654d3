// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline
import Records

struct ChangelogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "changelog", abstract: "Shows what one build of an image has that another has not.",
        discussion: """
            Packages by the two locks, files by the two images, settings, sizes, and the findings that went and came. Without builds the last
            two of the stream are compared; with one, that one and the newest. Findings are those of the ledger: both builds are assessed with
            the feeds of today first, unless --no-assess is said, so that no difference is that of the data.

            Exit codes: 0 shown · 66 no such build, or only one · 69 a build could not be assessed

            Example: ashlar changelog python:3.13
                     ashlar changelog python:3.13 3.13.5-r1 3.13.5-r2 --format markdown
            """)
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, markdown }
    @OptionGroup var options: GlobalOptions
    @Argument(help: "An image as NAME:STREAM.") var image: String
    @Argument(help: "The earlier build: its build tag or digest.") var from: String?
    @Argument(help: "The later build.") var to: String?
    @Flag(name: .customLong("no-assess"), help: "Take the findings of the ledger as they are.") var leavesLedger = false
    @Option(help: "table, json or markdown.") var format = Format.table

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let (old, new) = try BuildPair.find(image, from: from, to: to, in: records)
            if !leavesLedger {
                let desk = try AssessDesk(settings, environment: environment)
                for release in [old, new] { _ = try await desk.assess(release) }
            }
            let blobs = try FileBlobStore(folder: settings.store, access: .readOnly)
            let changelog = try ChangelogWriter(records: records, blobs: blobs).changelog(from: old, to: new)
            let text = ChangelogText(changelog: changelog)
            switch format {
            case .table: print(text.table)
            case .markdown: print(text.markdown, terminator: "")
            case .json: print(String(decoding: try CanonicalJSON.value(of: changelog).prettyBytes, as: UTF8.self), terminator: "")
            }
        }
    }
}

/// Two builds of one stream, as people name them.
enum BuildPair {
    static func find(_ image: String, from: String?, to: String?, in records: RecordStore) throws -> (Release, Release) {
        let named = try Published.find(image, in: records)
        // Newest first.
        let builds = try records.releases(in: named.repository).filter { $0.stream == named.stream }
        func pick(_ text: String) throws -> Release {
            let found = builds.first { $0.buildTag == text || $0.index == Digest(text) || $0.index.hex.hasPrefix(text) && text.count >= 12 }
            guard let found else {
                throw BuildRefusal.unknown(text, image: "\(named.repository):\(named.stream)", known: builds.map(\.buildTag))
            }
            return found
        }
        let new = try to.map(pick) ?? builds.first
        let old = try from.map(pick) ?? builds.drop { $0.index != new?.index }.dropFirst().first
        guard let old, let new else { throw BuildRefusal.single("\(named.repository):\(named.stream)", builds.first?.buildTag ?? "") }
        return (old, new)
    }
}

/// Why two builds cannot be compared.
enum BuildRefusal: Diagnosable, Hashable {
    case unknown(String, image: String, known: [String])
    case single(String, String)

    var diagnosis: Diagnosis {
        switch self {
        case .unknown(let text, let image, let known):
            Diagnosis(
                "changelog.unknown-build", .notFound, "expected a build of \(image), found `\(text)`",
                remedy: Spelling.nearest(to: text, among: known).map { "did you mean `\($0)`?" }
                    ?? "write one of \(known.prefix(20).joined(separator: ", "))")
        case .single(let image, let tag):
            Diagnosis(
                "changelog.single-build", .notFound, "\(image) has only one build, \(tag): there is nothing to compare it with",
                remedy: "see `ashlar list`; `ashlar compare` compares any two images")
        }
    }
}
