// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Shows what moving from one image to another removes and adds.",
        discussion: """
            Both images are looked at in the same way, wherever they lie; `ashlar inspect --help` says how they are named. Packages, files,
            sizes and what an intruder would find useful are counted on both sides, and what goes and what comes is named.

            --format json gives all of it, markdown a page for a change request, svg a picture for a slide.

            Exit codes: those of `ashlar inspect`

            Example: ashlar compare docker-archive:old.tar python:3.13 --format svg > compare.svg
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The image that is used now.") var from: String
    @Argument(help: "The image that would be used.") var to: String
    @Option(help: "The platform to look at, such as linux/arm64; this machine's by default.") var platform: String?
    @Option(help: "table, json, markdown or svg.") var format = Format.table
    @Flag(name: .customLong("no-assess"), help: "Leave out what is known to be wrong with the two.") var leavesOutFindings = false

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, markdown, svg
    }

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            let inspection = ImageInspection(settings: settings, environment: environment, platform: platform)
            let (old, new) = (try await inspection.inventory(from), try await inspection.inventory(to))
            let assessment = ForeignAssessment(inspection: inspection, shelf: FeedDoor.shelf(settings))
            let comparison = Comparison(from: old, to: new, findings: leavesOutFindings ? nil : assessment.changes(from: old, to: new))
            switch format {
            case .table: print(CompareOutput(comparison: comparison).text)
            case .markdown: print(CompareMarkdown(comparison: comparison).text)
            case .svg: print(ComparePicture(comparison: comparison).svg)
            case .json: print(String(decoding: try CanonicalJSON.value(of: comparison).prettyBytes, as: UTF8.self), terminator: "")
            }
        }
    }
}
