// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Foundation
import OCI
import Records

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the published images.", discussion: "Example: ashlar list --format json")
    @OptionGroup var options: GlobalOptions
    @Option(help: "table or json.") var format = OutputFormat.table

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let records = try RecordStore(folder: settings.store, access: .readOnly)
            let releases = try records.latestReleases()
            let support = SupportEnds(records, settings)
            switch format {
            case .json:
                let items = try releases.map { Self.json($0, try records.assessmentSummary(of: $0.index), try support.of($0)) }
                print(String(decoding: JSON.array(items).prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["IMAGE", "VERSION", "DIGEST", "PLATFORMS", "SIZE", "PACKAGES", "CONTRACT", "VULNERABILITIES"])
                table.rows = try releases.map { Self.row($0, try records.assessmentSummary(of: $0.index)) }
                print(table.text)
                for release in releases {
                    for end in try support.of(release) {
                        let word = end.stage == .over ? "END OF LIFE" : "ends soon"
                        print(Terminal.clean("\(word)  \(release.repository):\(release.stream): \(end.text), says \(end.source)"))
                    }
                    if let withdrawal = try records.withdrawal(of: release.index) {
                        let word = withdrawal.state.rawValue.uppercased()
                        print(Terminal.clean("\(word)  \(release.repository):\(release.stream): \(withdrawal.reason)"))
                    }
                }
                if releases.contains(where: { $0.platforms.contains { $0.contractNotRun > 0 } }) { print(ContractText.legend) }
                if releases.isEmpty { Progress().say("nothing was published yet: ashlar build --all") }
            }
        }
    }

    static func row(_ release: Release, _ assessed: AssessmentSummary?) -> [String] {
        let first = release.platforms.first
        return [
            "\(release.repository):\(release.stream)", release.version, release.index.short,
            release.platforms.map { $0.platform.debian }.joined(separator: ","), Size.text(first?.compressedSize ?? 0),
            "\(first?.packageCount ?? 0)",
            ContractText.of(release.platforms),
            Self.vulnerabilities(assessed),
        ]
    }

    /// The three numbers with the day of their data: all, without Debian's unimportant, after VEX.
    static func vulnerabilities(_ assessed: AssessmentSummary?) -> String {
        assessed.map { "\($0.headline) (data of \($0.dataDate ?? "no day"))" } ?? "not assessed"
    }

    static func json(_ release: Release, _ assessed: AssessmentSummary?, _ ends: [SupportEnd] = []) -> JSON {
        [
            "name": JSON(release.repository), "stream": JSON(release.stream), "version": JSON(release.version),
            "reference": JSON("\(release.repository):\(release.stream)"), "digest": JSON(release.index.description),
            "tags": JSON(release.tags + [release.buildTag]), "created": JSON(release.created.description), "title": JSON(release.title),
            "endOfLife": release.endOfLife.map { JSON($0) } ?? .null,
            "support": .array(
                ends.map {
                    [
                        "product": JSON($0.product), "stage": JSON($0.stage.rawValue), "day": $0.day.map { JSON($0) } ?? .null,
                        "source": JSON($0.source),
                    ]
                }),
            "vulnerabilities": assessed.flatMap { try? CanonicalJSON.value(of: $0) } ?? "not assessed",
            "platforms": .array(
                release.platforms.map {
                    [
                        "platform": JSON($0.platform.description), "digest": JSON($0.manifest.description),
                        "compressedSize": JSON($0.compressedSize),
                        "unpackedSize": JSON($0.unpackedSize), "packages": JSON($0.packageCount),
                        "contract": [
                            "passed": JSON($0.contractPassed), "failed": JSON($0.contractFailed), "notRun": JSON($0.contractNotRun),
                        ],
                    ]
                }),
        ]
    }
}
