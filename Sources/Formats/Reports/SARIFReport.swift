// SPDX-License-Identifier: Apache-2.0
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
package import Base
import SBOM

/// A report as SARIF 2.1.0: a run for each image, a rule for each advisory and rule of the gate.
package struct SARIFReport: Sendable {
    package static let mediaType = "application/sarif+json"
    private let report: Report
    private let identity: ReportIdentity
    package init(_ report: Report) {
        self.report = report
        identity = ReportIdentity(report)
    }

    package var json: JSON {
        [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": .array(report.images.map { SARIFRun($0, report, identity).json }),
        ]
    }
}

private struct SARIFRun {
    private let image: ReportedImage
    private let report: Report
    private let identity: ReportIdentity
    private var rules: [JSON] = []
    private var indexes: [String: Int] = [:]
    private var results: [JSON] = []

    init(_ image: ReportedImage, _ report: Report, _ identity: ReportIdentity) {
        self.identity = identity
        self.image = image
        self.report = report
        for finding in image.findings { add(finding) }
        for reason in image.verdict?.reasons ?? [] { add(reason) }
    }

    var json: JSON {
        var notes = ReportText.lines(image.doubts, count: 50, each: 1000)
        if image.certainty != .complete { notes.insert("These results are not all: \(ReportText.line(image.headline))", at: 0) }
        return [
            "tool": [
                "driver": [
                    "name": JSON(Report.tool), "version": JSON(report.toolVersion), "rules": .array(rules),
                    "organization": JSON(Report.tool),
                ]
            ],
            // A run of each image is its own category: a newer one replaces it and no other.
            "automationDetails": ["id": JSON("ashlar/\(ReportText.line(identity.name(of: image), limit: 300))/")],
            "invocations": [
                [
                    "executionSuccessful": true, "endTimeUtc": JSON(image.assessed.description),
                    "toolExecutionNotifications": .array(notes.map { ["level": "warning", "message": ["text": JSON($0)]] }),
                ]
            ],
            "columnKind": "unicodeCodePoints",
            "results": .array(results),
            "properties": [
                "image": JSON(ReportText.line(image.name)), "digest": image.digest.map { JSON($0) } ?? .null,
                "headline": JSON(ReportText.line(image.headline)), "certainty": JSON(image.certainty.rawValue),
                "numbers": .array(image.numbers.map { ["counts": JSON($0.title), "number": JSON($0.text)] }),
                "feeds": JSON(image.feeds.map { ReportText.line($0) }),
                "gate": image.verdict.map { JSON($0.isRefused ? "refuse" : "publish") } ?? .null,
            ],
        ]
    }

    private mutating func add(_ finding: ReportedFinding) {
        let id = ReportText.line(finding.id, limit: 200)
        let index = rule(id) { Self.rule(id, finding) }
        let title = "\(finding.source) \(finding.sourceVersion)"
        var text = "\(id) in \(ReportText.line(title, limit: 300))"
        if finding.isCopy { text += " (a copy that \(names(finding)) was built with)" }
        text += ": \(finding.severity.rawValue), to \(finding.action). Affected: \(ReportText.line(finding.range, limit: 200)). "
        text += ReportText.line(finding.solution, limit: 400)
        text += " Packages: \(names(finding)). Said by \(ReportText.line(finding.feed, limit: 200))."
        if image.certainty != .complete { text += " Data: \(ReportText.line(image.headline, limit: 200))." }
        var result: [String: JSON] = [
            "ruleId": JSON(id), "ruleIndex": JSON(index), "level": JSON(Self.level(finding)), "message": ["text": JSON(text)],
            "locations": .array(locations(finding)),
            "partialFingerprints": Self.fingerprints(identity.parts(of: finding, in: image)),
            "properties": properties(finding),
        ]
        if let answer = finding.answer, answer.settles {
            let why = answer.justification.map { ", \($0)" } ?? ""
            result["suppressions"] = [
                [
                    "kind": "external", "status": "accepted",
                    "justification": JSON(ReportText.line("\(answer.status)\(why), says \(answer.source)", limit: 1000)),
                ]
            ]
        }
        results.append(.object(result))
    }

    private func names(_ finding: ReportedFinding) -> String {
        ReportText.line(finding.packageNames.joined(separator: ", "), limit: 500)
    }

    private mutating func add(_ reason: ReportedVerdict.Reason) {
        let id = "gate/\(reason.rule)"
        let summary = image.verdict?.rules.first { $0.name == reason.rule }?.summary
        let index = rule(id) {
            [
                "id": JSON(id), "name": JSON(reason.rule),
                "shortDescription": ["text": JSON(summary ?? "The gate asks for \(reason.rule).")],
                "help": ["text": JSON(ReportText.line(reason.remedy, limit: 1000))],
                "defaultConfiguration": ["level": "error"], "properties": ["tags": ["security", "gate"]],
            ]
        }
        let inputs = ReportText.lines(reason.inputs, count: 20)
        let text = ([ReportText.line(reason.summary, limit: 1000) + "."] + inputs).joined(separator: "\n")
        results.append([
            "ruleId": JSON(id), "ruleIndex": JSON(index), "level": JSON(reason.isRefusal ? "error" : "warning"),
            "message": ["text": JSON(text)], "locations": .array([location(line: nil, purls: [image.purl?.description])]),
            "partialFingerprints": Self.fingerprints([identity.name(of: image), id, reason.setting]),
            "properties": ["setting": JSON(reason.setting), "remedy": JSON(ReportText.line(reason.remedy, limit: 1000))],
        ])
    }

    // 3.27.17; the second is the only one that GitHub compares, and would make from the lines around in the lock, which move.
    private static func fingerprints(_ parts: [String]) -> JSON {
        let hex = Digest.sha256(of: parts.map { "\($0.utf8.count) \($0)" }.joined(separator: "\n")).hex
        return ["ashlar/v2": JSON(hex), "primaryLocationLineHash": JSON("\(hex.prefix(16)):1")]
    }

    private mutating func rule(_ id: String, _ make: () -> JSON) -> Int {
        if let index = indexes[id] { return index }
        indexes[id] = rules.count
        rules.append(make())
        return rules.count - 1
    }

    private static func rule(_ id: String, _ finding: ReportedFinding) -> JSON {
        let summary = ReportText.line(finding.summary, limit: 1000)
        let short = summary.isEmpty ? "\(id) in \(ReportText.line(finding.source, limit: 200))" : ReportText.line(summary, limit: 200)
        var rule: [String: JSON] = [
            "id": JSON(id), "name": JSON(finding.status == .malicious ? "MaliciousPackage" : "VulnerablePackage"),
            "shortDescription": ["text": JSON(short)], "fullDescription": ["text": JSON(summary.isEmpty ? short : summary)],
            "help": [
                "text": JSON("\(short)\nSeverity \(finding.severity.rawValue), \(ReportText.line(finding.severityOrigin, limit: 200))"),
                // The description is from outside: it stands as code, in which nothing is a link, a name or a tag.
                "markdown": JSON(
                    "\(MarkdownReport.code(summary.isEmpty ? short : summary, limit: 1000))\n\nSeverity **\(finding.severity.rawValue)**, \(MarkdownReport.code(finding.severityOrigin, limit: 200))"
                ),
            ],
            "defaultConfiguration": ["level": JSON(level(finding.severity))],
        ]
        rule["helpUri"] = ReportedFinding.address(of: id).map { JSON($0) }
        var properties: [String: JSON] = [
            "tags": ["security", "vulnerability", JSON(finding.severity.rawValue)], "precision": "very-high",
        ]
        if let score = finding.scoreTenths {
            properties["security-severity"] = JSON(ReportText.score(score))
        } else if let middle = middles[finding.severity] {
            // Nobody gave a score: what sorts by numbers gets the middle of the band, and the band says where it is from.
            properties["security-severity"] = JSON(middle)
            properties["security-severity-origin"] = JSON("the middle of the band \(finding.severity.rawValue): no score was given")
        }
        rule["properties"] = .object(properties)
        return .object(rule)
    }

    private static let middles: [ReportedSeverity: String] = [
        .critical: "9.5", .high: "8.0", .medium: "5.5", .low: "2.0", .negligible: "0.0",
    ]

    private static func level(_ severity: ReportedSeverity) -> String {
        switch severity {
        case .critical, .high: "error"
        case .medium, .unknown: "warning"
        case .low, .negligible: "note"
        }
    }
    private static func level(_ finding: ReportedFinding) -> String {
        if finding.status == .undetermined { return "note" }
        return finding.action == "act" ? "error" : level(finding.severity)
    }

    // A place for each package; readers show some hundreds at most.
    private func locations(_ finding: ReportedFinding) -> [JSON] {
        let places = finding.packages.prefix(50).map { location(line: $0.line, purls: [$0.purl?.description ?? $0.name]) }
        return places.isEmpty ? [location(line: nil, purls: [])] : places
    }

    private func location(line: Int?, purls: [String?]) -> JSON {
        let file = line == nil ? nil : image.file
        let logical = purls.compactMap(\.self).map { purl -> JSON in
            ["fullyQualifiedName": JSON(ReportText.line(purl, limit: 500)), "kind": "package"]
        }
        var place: [String: JSON] = [
            "physicalLocation": [
                "artifactLocation": ["uri": JSON(ReportText.relativeAddress(file ?? image.name))], "region": ["startLine": JSON(line ?? 1)],
            ]
        ]
        if !logical.isEmpty { place["logicalLocations"] = .array(logical) }
        return .object(place)
    }

    private func properties(_ finding: ReportedFinding) -> JSON {
        var properties: [String: JSON] = [
            "action": JSON(finding.action), "status": JSON(finding.status.rawValue), "severity": JSON(finding.severity.rawValue),
            "severityOrigin": JSON(ReportText.line(finding.severityOrigin, limit: 200)), "platforms": JSON(finding.platforms),
            "inputs": JSON(ReportText.lines(finding.inputs, count: 20)), "feed": JSON(ReportText.line(finding.feed, limit: 200)),
            "installedVersion": JSON(ReportText.line(finding.sourceVersion, limit: 200)),
        ]
        properties["fixedVersion"] = finding.fix.map { JSON(ReportText.line($0, limit: 200)) }
        properties["fixIsInArchive"] = finding.fixIsInArchive.map { .bool($0) }
        properties["debianTriage"] = finding.triage.map { JSON($0) }
        properties["cvssVector"] = finding.vector.map { JSON(ReportText.line($0, limit: 300)) }
        properties["exploitedSince"] = finding.exploitedSince.map { JSON($0) }
        properties["epss"] = finding.probability.map { JSON(ReportText.percent($0)) }
        if !finding.aliases.isEmpty { properties["aliases"] = JSON(ReportText.lines(finding.aliases, count: 20, each: 100)) }
        return .object(properties)
    }
}
