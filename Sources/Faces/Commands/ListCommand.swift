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
            let releases = try RecordStore(folder: settings.store, access: .readOnly).latestReleases()
            switch format {
            case .json: print(String(decoding: JSON.array(releases.map(Self.json)).prettyBytes, as: UTF8.self), terminator: "")
            case .table:
                var table = Table(header: ["IMAGE", "VERSION", "DIGEST", "PLATFORMS", "SIZE", "PACKAGES", "CONTRACT", "VULNERABILITIES"])
                table.rows = releases.map(Self.row)
                print(table.text)
            }
        }
    }

    static func row(_ release: Release) -> [String] {
        let first = release.platforms.first
        let failed = release.platforms.reduce(0) { $0 + $1.contractFailed }
        let passed = release.platforms.reduce(0) { $0 + $1.contractPassed }
        let skipped = release.platforms.reduce(0) { $0 + $1.contractNotRun }
        return [
            "\(release.repository):\(release.stream)", release.version, release.index.short,
            release.platforms.map { $0.platform.debian }.joined(separator: ","), Size.text(first?.compressedSize ?? 0),
            "\(first?.packageCount ?? 0)",
            "\(passed) passed" + (failed > 0 ? ", \(failed) FAILED" : "") + (skipped > 0 ? ", \(skipped) not run" : ""),
            "not assessed",
        ]
    }

    static func json(_ release: Release) -> JSON {
        [
            "name": JSON(release.repository), "stream": JSON(release.stream), "version": JSON(release.version),
            "reference": JSON("\(release.repository):\(release.stream)"), "digest": JSON(release.index.description),
            "tags": JSON(release.tags + [release.buildTag]), "created": JSON(release.created.description), "title": JSON(release.title),
            "endOfLife": release.endOfLife.map { JSON($0) } ?? .null, "vulnerabilities": "not assessed",
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
