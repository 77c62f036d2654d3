// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import Pipeline

/// The catalog's say about vulnerabilities, for commands that assess.
enum TriageDoor {
    /// Nil when there is no catalog beside the store: nobody knows then what it would answer.
    static func triage(_ settings: Settings, _ environment: [String: String]) throws -> ReleaseTriage? {
        guard FileManager.default.fileExists(atPath: settings.catalog + "/images") else { return nil }
        let workshop = try Workshop(settings, environment: environment)
        let statements = try workshop.loader.triage()
        let catalog = try workshop.loader.catalog()
        return ReleaseTriage(statements: statements, blobs: try FileBlobStore(folder: settings.store, access: .readOnly)) { release in
            try? catalog.recipe("\(release.repository):\(release.stream)")
        }
    }

    /// The sources of `vex-sources.yaml`; none when there is no such file.
    static func sources(_ settings: Settings) throws -> [VEXSource] {
        guard FileManager.default.fileExists(atPath: settings.catalog + "/" + RecipeLoader.vexSourcesPath) else { return [] }
        return try RecipeLoader(CatalogFiles(root: settings.catalog, CatalogFolder(path: settings.catalog).read())).vexSources()
    }

    /// The findings that somebody spoke about, for people: what was said, why, by whom and until when; and what did not count. What
    /// is the same on several platforms is said once.
    static func lines(_ assessment: Assessment) -> [String] {
        var order: [[String]] = []
        var platforms: [[String]: [String]] = [:]
        for platform in assessment.platforms {
            for finding in platform.findings {
                let title = "\(finding.advisory) in \(finding.source.name) \(finding.source.version)"
                var said = finding.answer.map { told($0, title) } ?? []
                said += (finding.passedOver ?? []).map { "  ! \(title): \($0)" }
                guard !said.isEmpty else { continue }
                if platforms[said] == nil { order.append(said) }
                platforms[said, default: []].append(platform.platform)
            }
        }
        guard !order.isEmpty else { return [] }
        let all = assessment.platforms.map(\.platform)
        let lines = order.flatMap { said in
            platforms[said] == all ? said : said + ["    on \((platforms[said] ?? []).joined(separator: ", "))"]
        }
        return (["what the findings mean"] + lines).map(Terminal.clean)
    }

    private static func told(_ answer: Answer, _ title: String) -> [String] {
        var lines = ["  \(title): \(answer.status)" + (answer.justification.map { ", \($0)" } ?? "")]
        for text in [answer.impact, answer.action.map { "to do: \($0)" }, answer.notes].compactMap(\.self) {
            lines += text.split(separator: "\n").map { "    \($0)" }
        }
        // What was looked at differs from platform to platform; programs get it.
        lines += (answer.evidence ?? []).map { "    \($0.outcome): \($0.text)" }
        let author = answer.author.map { "by \($0)" } ?? "by nobody"
        let said = answer.timestamp.map { " on \($0.dateText)" } ?? ""
        let end = answer.expires.map { ", counts until \($0.dateText)" } ?? ""
        lines.append("    \(author)\(said)\(end), from \(answer.source)")
        return lines
    }

    /// What was said about findings, for programs.
    static func json(_ assessment: Assessment?) throws -> JSON {
        guard let assessment else { return [] }
        return .array(
            try assessment.platforms.flatMap { platform in
                try platform.findings.filter { $0.answer != nil || $0.passedOver != nil }.map { finding in
                    [
                        "platform": JSON(platform.platform), "advisory": JSON(finding.advisory), "source": JSON(finding.source.name),
                        "packages": JSON(finding.packages.map(\.name)),
                        "answer": try finding.answer.map { try CanonicalJSON.value(of: $0) } ?? .null,
                        "passedOver": JSON(finding.passedOver ?? []),
                    ]
                }
            })
    }
}
