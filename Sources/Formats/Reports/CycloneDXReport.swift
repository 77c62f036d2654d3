// SPDX-License-Identifier: Apache-2.0
// https://cyclonedx.org/docs/1.6/json/#vulnerabilities
package import Base
import SBOM

/// A report as a vulnerability disclosure report: CycloneDX 1.6 with the packages that have findings, and the findings.
package struct CycloneDXReport: Sendable {
    private let report: Report
    private let identity: ReportIdentity
    private var components: [String: JSON] = [:]
    private var dependencies: [String: Set<String>] = [:]
    private var vulnerabilities: [JSON] = []

    package init(_ report: Report) {
        self.report = report
        identity = ReportIdentity(report)
        for image in report.images { add(image) }
    }

    package var json: JSON {
        let images = report.images.map { image -> JSON in
            var component: [String: JSON] = [
                "bom-ref": JSON(Self.reference(image)), "type": "container", "name": JSON(ReportText.line(image.name)),
                "properties": .array(Self.properties(image)),
            ]
            component["version"] = image.digest.map { JSON($0) }
            component["purl"] = image.purl.map { JSON($0.description) }
            return .object(component)
        }
        let single = images.count == 1 ? images.first : nil
        let root: JSON =
            single ?? ["bom-ref": "images", "type": "platform", "name": JSON("\(report.images.count) images")]
        let parts = components.sorted { $0.key < $1.key }
        var edges = dependencies.mapValues { $0.sorted() }
        if single == nil { edges["images"] = report.images.map { Self.reference($0) }.sorted() }
        let named = (report.images.map { "\($0.name) \($0.digest ?? "") \($0.assessed)" })
        return [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
            "serialNumber": JSON("urn:uuid:\(ReportText.identity(["cyclonedx-vdr", report.created.description] + named))"), "version": 1,
            "metadata": [
                "timestamp": JSON(report.created.description), "component": root,
                "tools": ["components": [["type": "application", "name": JSON(Report.tool), "version": JSON(report.toolVersion)]]],
            ],
            "components": .array((single == nil ? images : []) + parts.map(\.value)),
            "dependencies": .array(
                edges.sorted { $0.key < $1.key }.map { edge -> JSON in
                    edge.value.isEmpty ? ["ref": JSON(edge.key)] : ["ref": JSON(edge.key), "dependsOn": JSON(edge.value)]
                }),
            "vulnerabilities": .array(vulnerabilities),
        ]
    }

    private static func reference(_ image: ReportedImage) -> String {
        "image:\(ReportText.line(image.name, limit: 300))@\(image.digest ?? "unknown")"
    }

    // The numbers go with the image, each with the day and state of its data.
    private static func properties(_ image: ReportedImage) -> [JSON] {
        func property(_ name: String, _ value: String) -> JSON { ["name": JSON("ashlar:\(name)"), "value": JSON(ReportText.line(value))] }
        var properties = [property("findings", image.headline), property("certainty", image.certainty.rawValue)]
        properties += image.numbers.map { property("number", "\($0.title): \($0.text)") }
        properties += ReportText.lines(image.doubts, count: 50).map { property("limit", $0) }
        properties += image.feeds.map { property("data", $0) }
        properties += ReportText.lines(image.unseen, count: 50).map { property("not-judged", $0) }
        if let verdict = image.verdict {
            properties.append(property("gate", verdict.isRefused ? "refuse" : "publish"))
            properties += verdict.reasons.map {
                property("gate:\($0.isRefusal ? "refusal" : "warning")", "\($0.rule): \($0.summary)")
            }
            properties += ReportText.lines(verdict.excused, count: 50).map { property("gate:excepted", $0) }
        }
        return properties
    }

    private mutating func add(_ image: ReportedImage) {
        let root = Self.reference(image)
        dependencies[root, default: []] = []
        for finding in image.findings {
            var places: [String: String] = [:]
            for package in finding.packages {
                // Two ecosystems may have a package of one name; without an address of its own it gets a name of ours.
                let reference =
                    package.purl?.description
                    ?? "package:\(ReportText.line("\(finding.ecosystem)/\(package.name)@\(package.version)", limit: 500))"
                if components[reference] == nil {
                    components[reference] = .object(Self.component(package, reference))
                    dependencies[reference] = []
                }
                dependencies[root, default: []].insert(reference)
                places[reference] = package.version
            }
            if places.isEmpty { places[root] = image.digest ?? "unknown" }
            vulnerabilities.append(.object(vulnerability(finding, image, places)))
        }
    }

    private static func component(_ package: ReportedFinding.Package, _ reference: String) -> [String: JSON] {
        var component: [String: JSON] = [
            "bom-ref": JSON(reference), "type": "library", "name": JSON(ReportText.line(package.name)),
            "version": JSON(ReportText.line(package.version, limit: 1000)),
        ]
        component["purl"] = package.purl.map { JSON($0.description) }
        if !package.locations.isEmpty {
            component["evidence"] = [
                "occurrences": .array(ReportText.lines(package.locations, count: 50).map { ["location": JSON($0)] })
            ]
        }
        return component
    }

    private func vulnerability(_ finding: ReportedFinding, _ image: ReportedImage, _ places: [String: String]) -> [String: JSON] {
        let id = ReportText.line(finding.id, limit: 200)
        let source = Self.source(finding.id, finding)
        var rating: [String: JSON] = [
            "source": ["name": JSON(ReportText.line(finding.feed, limit: 200))], "severity": JSON(Self.severity(finding.severity)),
            "justification": JSON(ReportText.line(finding.severityOrigin)),
        ]
        if let score = finding.scoreTenths { rating["score"] = .number(Double(score) / 10) }
        if let vector = finding.vector, let method = Self.method(vector) {
            rating["vector"] = JSON(ReportText.line(vector, limit: 300))
            rating["method"] = JSON(method)
        } else {
            rating["method"] = "other"
        }
        var ratings: [JSON] = [.object(rating)]
        if let probability = finding.probability {
            ratings.append([
                "source": ["name": "EPSS"], "method": "other", "score": .number(Double(probability) / 100_000),
                "justification": "probability of exploitation within 30 days",
            ])
        }
        var result: [String: JSON] = [
            "bom-ref": JSON("urn:uuid:\(ReportText.identity(["vulnerability"] + identity.parts(of: finding, in: image)))"),
            "id": JSON(id), "source": source, "ratings": .array(ratings), "recommendation": JSON(ReportText.line(finding.solution)),
            "affects": .array(
                places.sorted { $0.key < $1.key }.map { place -> JSON in
                    let status = finding.status == .undetermined ? "unknown" : finding.isMuted ? "unaffected" : "affected"
                    return [
                        "ref": JSON(place.key),
                        "versions": [["version": JSON(ReportText.line(place.value, limit: 1000)), "status": JSON(status)]],
                    ]
                }),
            "properties": .array(Self.properties(finding, image)),
        ]
        let summary = ReportText.line(finding.summary, limit: 2000)
        if !summary.isEmpty { result["description"] = JSON(summary) }
        if !finding.aliases.isEmpty {
            result["references"] = .array(
                finding.aliases.prefix(50).map { ["id": JSON(ReportText.line($0, limit: 200)), "source": Self.source($0, finding)] })
        }
        if let address = ReportedFinding.address(of: finding.id) { result["advisories"] = [["url": JSON(address)]] }
        if let modified = finding.modified.flatMap({ Timestamp(rfc3339: $0) }) { result["updated"] = JSON(modified.description) }
        if let analysis = Self.analysis(finding) { result["analysis"] = analysis }
        return result
    }

    private static func source(_ id: String, _ finding: ReportedFinding) -> JSON {
        var source: [String: JSON] = ["name": JSON(ReportText.line(finding.feed, limit: 200))]
        source["url"] = ReportedFinding.address(of: id).map { JSON($0) }
        return .object(source)
    }

    private static func properties(_ finding: ReportedFinding, _ image: ReportedImage) -> [JSON] {
        var properties: [(String, String)] = [
            ("action", finding.action), ("status", finding.status.rawValue), ("affected-range", finding.range),
            ("source-package", "\(finding.source) \(finding.sourceVersion)"), ("platforms", finding.platforms.joined(separator: ", ")),
            ("image", image.name),
        ]
        if let triage = finding.triage { properties.append(("debian-triage", triage)) }
        if let since = finding.exploitedSince { properties.append(("exploited-since", since)) }
        if finding.fixIsInArchive == false { properties.append(("fix", "not in the archive yet")) }
        if finding.isCopy { properties.append(("path", "a copy that the package was built with")) }
        properties += finding.inputs.prefix(20).map { ("input", $0) }
        return properties.map { ["name": JSON("ashlar:\($0.0)"), "value": JSON(ReportText.line($0.1))] }
    }

    // A statement's own words first; else what Debian means to do, which says nothing of whether it is affected.
    private static func analysis(_ finding: ReportedFinding) -> JSON? {
        if let answer = finding.answer {
            var analysis: [String: JSON] = [
                "state": JSON(state(answer.status)),
                "detail": JSON(
                    ReportText.line("\(answer.justification.map { $0 + ", " } ?? "")says \(answer.source)", limit: 1000)),
            ]
            analysis["justification"] = answer.justification.flatMap(justification).map { JSON($0) }
            return .object(analysis)
        }
        guard let triage = finding.triage else { return nil }
        let note = finding.note.map { ": " + ReportText.line($0) } ?? ""
        var analysis: [String: JSON] = ["detail": JSON("Debian's triage: \(ReportText.line(triage, limit: 100))\(note)")]
        switch triage {
        case "undetermined": analysis["state"] = "in_triage"
        case "ignored", "end-of-life": analysis["response"] = ["will_not_fix"]
        case "no-dsa", "postponed": analysis["response"] = ["update"]
        default: break
        }
        return .object(analysis)
    }

    private static func state(_ status: String) -> String {
        switch status {
        case "not_affected": "not_affected"
        case "fixed": "resolved"
        case "affected": "exploitable"
        default: "in_triage"
        }
    }

    // The words differ; the detail keeps the one that was written.
    private static func justification(_ word: String) -> String? {
        switch word {
        case "component_not_present", "vulnerable_code_not_present": "code_not_present"
        case "vulnerable_code_not_in_execute_path": "code_not_reachable"
        case "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment"
        case "inline_mitigations_already_exist": "protected_by_mitigating_control"
        default: nil
        }
    }

    private static func method(_ vector: String) -> String? {
        if vector.hasPrefix("CVSS:4.0/") { return "CVSSv4" }
        if vector.hasPrefix("CVSS:3.1/") { return "CVSSv31" }
        return vector.hasPrefix("CVSS:3.0/") ? "CVSSv3" : nil
    }

    private static func severity(_ severity: ReportedSeverity) -> String {
        switch severity {
        case .critical: "critical"
        case .high: "high"
        case .medium: "medium"
        case .low: "low"
        case .negligible: "info"
        case .unknown: "unknown"
        }
    }
}
