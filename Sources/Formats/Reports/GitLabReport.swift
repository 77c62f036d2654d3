// SPDX-License-Identifier: Apache-2.0
// https://gitlab.com/gitlab-org/security-products/security-report-schemas, container-scanning-report-format.json
package import Base

/// A report as GitLab reads it from a job: `artifacts: {reports: {container_scanning: …}}`.
package struct GitLabReport: Sendable {
    package static let schemaVersion = "15.0.7"
    private let report: Report
    private let identity: ReportIdentity
    package init(_ report: Report) {
        self.report = report
        identity = ReportIdentity(report)
    }

    package var json: JSON {
        let end = Self.time(report.created)
        let tool: JSON = [
            "id": JSON(Report.tool), "name": "Ashlar", "version": JSON(report.toolVersion), "vendor": ["name": "Ashlar"],
        ]
        return [
            "version": JSON(Self.schemaVersion),
            "scan": [
                "analyzer": tool, "scanner": tool, "type": "container_scanning", "start_time": JSON(end), "end_time": JSON(end),
                "status": "success", "messages": .array(messages),
            ],
            "vulnerabilities": .array(report.images.flatMap { image in image.findings.map { vulnerability($0, image) } }),
            "remediations": [],
        ]
    }

    private var messages: [JSON] {
        report.images.flatMap { image -> [JSON] in
            let name = ReportText.line(image.name, limit: 200)
            var messages = [Self.message(image.certainty == .complete ? "info" : "warn", "\(name): \(image.headline)")]
            messages += image.doubts.prefix(20).map { Self.message("warn", "\(name): \($0)") }
            messages += image.feeds.map { Self.message("info", "\(name): data of \($0)") }
            for reason in image.verdict?.reasons ?? [] {
                messages.append(Self.message(reason.isRefusal ? "warn" : "info", "\(name): gate, \(reason.rule): \(reason.summary)"))
            }
            return messages
        }
    }

    private static func message(_ level: String, _ text: String) -> JSON {
        ["level": JSON(level), "value": JSON(ReportText.line(text, limit: 1000))]
    }

    private func vulnerability(_ finding: ReportedFinding, _ image: ReportedImage) -> JSON {
        let id = ReportText.line(finding.id, limit: 200)
        let summary = ReportText.line(finding.summary, limit: 2000)
        // GitLab renders it as its Markdown: what is from outside stands as code.
        var description = summary.isEmpty ? "" : MarkdownReport.code(summary, limit: 2000) + "\n\n"
        description +=
            "\(MarkdownReport.code("\(finding.source) \(finding.sourceVersion)")), affected: \(MarkdownReport.code(finding.range))."
        description += " Severity from \(MarkdownReport.code(finding.severityOrigin)), said by \(MarkdownReport.code(finding.feed))."
        if let triage = finding.triage { description += " Debian: \(MarkdownReport.code(triage))." }
        if image.certainty != .complete { description += " The numbers of this image: \(MarkdownReport.code(image.headline))." }
        var vulnerability: [String: JSON] = [
            "id": JSON(ReportText.identity(["gitlab"] + identity.parts(of: finding, in: image))),
            "name": JSON(ReportText.line("\(id) in \(finding.source)", limit: 200)), "description": JSON(description),
            "severity": JSON(Self.severity(finding.severity)), "solution": JSON(ReportText.line(finding.solution, limit: 1000)),
            "identifiers": .array(([finding.id] + finding.aliases).prefix(20).map(Self.identifier)),
            "location": [
                // GitLab takes two findings of one identifier in one image and package for the same, whatever their version.
                "dependency": [
                    "package": ["name": JSON(ReportText.line(identity.package(of: finding, in: image), limit: 250))],
                    "version": JSON(ReportText.line(finding.sourceVersion, limit: 250)),
                ],
                "operating_system": JSON(ReportText.line(image.operatingSystem, limit: 100)),
                "image": JSON(name(of: image)),
            ],
            "details": .object(Self.details(finding, image)),
        ]
        let links = ([finding.id] + finding.aliases).prefix(20).compactMap { ReportedFinding.address(of: $0) }
        if !links.isEmpty { vulnerability["links"] = .array(links.map { ["url": JSON($0)] }) }
        return .object(vulnerability)
    }

    // With the digest each build's findings would be new ones.
    private func name(of image: ReportedImage) -> String {
        let name = ReportText.line(identity.name(of: image), limit: 300)
        return name.isEmpty ? "unknown" : name
    }

    private static func identifier(_ id: String) -> JSON {
        let id = ReportText.line(id, limit: 200)
        let type = id.prefix { $0 != "-" }.lowercased()
        var identifier: [String: JSON] = [
            "type": JSON(["cve", "ghsa", "osv", "pysec", "mal", "dsa", "dla", "temp"].contains(type) ? type : "ashlar"), "name": JSON(id),
            "value": JSON(id),
        ]
        identifier["url"] = ReportedFinding.address(of: id).map { JSON($0) }
        return .object(identifier)
    }

    private static func details(_ finding: ReportedFinding, _ image: ReportedImage) -> [String: JSON] {
        var details: [String: JSON] = [:]
        func add(_ key: String, _ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            details[key] = ["name": JSON(name), "type": "text", "value": JSON(ReportText.line(value, limit: 500))]
        }
        add("action", "What to do", finding.action)
        add("digest", "Digest of the image", image.digest)
        add("status", "Status", finding.status.rawValue)
        add("score", "CVSS", finding.scoreTenths.map(ReportText.score))
        add("vector", "CVSS vector", finding.vector)
        add("exploited", "Exploited since", finding.exploitedSince)
        add("epss", "EPSS", finding.probability.map(ReportText.percent))
        add("packages", "Packages", Set(finding.packages.map { "\($0.name) \($0.version)" }).sorted().joined(separator: ", "))
        add("platforms", "Platforms", finding.platforms.joined(separator: ", "))
        add("inputs", "Decided from", finding.inputs.joined(separator: "; "))
        add("vex", "VEX", finding.answer.map { "\($0.status), says \($0.source)" })
        return details
    }

    private static func severity(_ severity: ReportedSeverity) -> String {
        switch severity {
        case .critical: "Critical"
        case .high: "High"
        case .medium: "Medium"
        case .low: "Low"
        case .negligible: "Info"
        case .unknown: "Unknown"
        }
    }

    // Without a zone, as the schema wants it.
    private static func time(_ time: Timestamp) -> String { String(time.description.dropLast()) }
}
