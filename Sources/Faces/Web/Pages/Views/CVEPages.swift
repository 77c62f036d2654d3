// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// Advisories: all that some image has, and one with the images it is in.
struct CVEPages {
    let context: PageContext
    let records: any AssessmentHistory

    /// An image with its finding.
    typealias Hit = (entry: ImageEntry, row: FindingRow)

    func hits(of advisory: String) -> [Hit] {
        context.entries.flatMap { entry in
            entry.findings.filter { $0.finding.advisory == advisory || $0.finding.aliases.contains(advisory) }.map { (entry, $0) }
        }
    }

    // MARK: - List

    var list: CatalogPage {
        let query = context.query
        let rows = Self.gather(context.entries, query)
        let grid = Self.grid(rows)
        let assessed = context.entries.count { $0.assessment != nil }
        let all = Self.gather(context.entries, GridQuery(nil))
        return CatalogPage(
            title: "CVEs", summary: "Every advisory that an image of the catalog has", section: .cves,
            content: [
                el("div", .class("wrap")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: "CVEs")
                            el(
                                "p", .class("lead"),
                                text:
                                    "Every advisory that speaks of a package in one of \(assessed) assessed builds. Unimportant ones are here too: nothing is hidden."
                            )
                        }
                    }
                    el("div", .class("bar2")) {
                        el("nav", .class("filters"), .label("Filters")) {
                            chip("All", all.count, query, "state", nil)
                            chip(
                                "Minus unimportant", all.count { $0.states.contains(.left) || $0.states.contains(.answered) }, query,
                                "state", "important")
                            chip("Left after VEX", all.count { $0.states.contains(.left) }, query, "state", "left")
                        }
                        grid.downloads(.at("cves.csv", query: query.parameters), .at("cves.json", query: query.parameters))
                    }
                    narrowing(query, placeholder: "CVE, source package or word", keeping: ["state", "sort"])
                    el("div", .class("gap2")) {
                        grid.node(
                            query,
                            empty: assessed == 0
                                ? "No image is assessed yet, so nothing is known." : "No advisory at hand speaks of a package in an image.")
                    }
                }
            ])
    }

    struct Gathered {
        let finding: AdvisoryFinding
        var images: [String]
        var states: Set<FindingRow.State>
    }

    static func gather(_ entries: [ImageEntry], _ query: GridQuery) -> [Gathered] {
        var found: [String: Gathered] = [:]
        for entry in entries {
            for row in entry.findings {
                let key = row.finding.advisory + "\u{0}" + row.finding.source.name
                found[key, default: Gathered(finding: row.finding, images: [], states: [])].images.append(entry.reference)
                found[key]?.states.insert(row.state)
            }
        }
        return found.values.filter { one in
            switch query["state"] {
            case nil: true
            case "important": one.states.contains(.left) || one.states.contains(.answered)
            case let state: one.states.contains { $0.rawValue == state }
            }
        }.sorted {
            let (a, b) = ($0.finding, $1.finding)
            let (one, other) = ($0.states.contains(.left), $1.states.contains(.left))
            if one != other { return one }
            if a.severity != b.severity { return a.severity < b.severity }
            let (p, q) = (a.likelihood?.probability ?? -1, b.likelihood?.probability ?? -1)
            return p == q ? (a.advisory, a.source.name) < (b.advisory, b.source.name) : p > q
        }
    }

    static func grid(_ rows: [Gathered]) -> Grid {
        Grid(
            name: "advisories", subject: "catalog",
            columns: [
                .init(key: "advisory", title: "Advisory"), .init(key: "source", title: "Source package"),
                .init(key: "severity", title: "Severity", isTight: true), .init(key: "epss", title: "EPSS", isNumeric: true, isTight: true),
                .init(key: "images", title: "Builds", isNumeric: true), .init(key: "fix", title: "Fixed in"),
                .init(key: "names", title: "Names", isShown: false), .init(key: "summary", title: "Summary", isShown: false),
                .init(key: "kev", title: "In KEV since", isShown: false),
            ],
            rows: rows.map { one in
                let finding = one.finding
                return Grid.Row(cells: [
                    .init(
                        JSON(finding.advisory),
                        group {
                            el("a", .class("mono"), .href(.at("cves", finding.advisory)), text: finding.advisory)
                            el("span", .class("sub"), text: FindingTable.shortened(finding.summary, 150))
                        }),
                    .init(finding.source.name),
                    .init(
                        JSON(finding.severity.rawValue), el("span", .title(finding.severityOrigin)) { Web.severity(finding.severity) },
                        order: Severity.allCases.firstIndex(of: finding.severity)),
                    .init(
                        finding.likelihood.map { .number(Double($0.probability) / 100_000) } ?? .null,
                        .text(finding.likelihood.map { Readable.percent($0.probability) } ?? "no score")),
                    .init(JSON(one.images.count)),
                    .init(finding.fix.map { JSON($0) } ?? .null, finding.fix.map(mono) ?? el("span", .class("soft"), text: "no fix")),
                    .init(JSON(one.images)), .init(finding.summary), .init(finding.exploited?.added),
                ])
            })
    }

    // MARK: - One

    /// nil when no image that the visitor may see has it.
    func one(_ advisory: String) -> CatalogPage? {
        let hits = hits(of: advisory)
        guard let first = hits.first?.row.finding else { return nil }
        let grid = imageGrid(advisory, hits)
        let affected = Set(hits.filter { $0.row.state == .left }.map(\.entry.reference)).count
        return CatalogPage(
            title: advisory, summary: "\(advisory): which images have it, and what is known of it", section: .cves,
            content: [
                el("div", .class("wrap")) {
                    el("nav", .class("crumbs"), .label("Breadcrumb")) {
                        link(.at("cves"), "CVEs")
                        el("span", .with("aria-hidden", "true"), text: "/")
                        el("span", text: advisory)
                    }
                    el("div", .class("head")) {
                        el("div") {
                            el("h1", text: advisory)
                            el(
                                "p", .class("lead"),
                                text: FindingTable.shortened(
                                    first.summary.isEmpty ? "The feeds say nothing more of it." : first.summary, 400))
                        }
                    }
                    statistics(first, affected, hits)
                    el("section", .class("sec"), .with("aria-labelledby", "im")) {
                        el("div", .class("sec-head")) {
                            el("h2", .id("im"), text: "Images that have it")
                            grid.downloads(
                                .at("cves", advisory + ".csv", query: context.query.parameters),
                                .at("cves", advisory + ".json", query: context.query.parameters))
                        }
                        grid.node(context.query, classes: "vt", empty: "")
                    }
                    el("div", .class("two sec1")) {
                        note("How it was decided") {
                            el("ul") {
                                for input in first.decision.inputs { el("li", text: "\(input.name): \(input.value) (\(input.origin))") }
                                el("li", text: "severity: \(first.severity.rawValue), by \(first.severityOrigin)")
                                if let vector = first.vector { el("li", text: vector) }
                            }
                        }
                        note("Read more") {
                            el("ul") {
                                for (title, address) in Self.references(advisory) {
                                    if let address = Address.external(address) {
                                        el("li") { el("a", .href(address), .with("rel", "noreferrer"), text: title) }
                                    }
                                }
                                if !first.aliases.isEmpty { el("li", text: "Also known as \(first.aliases.joined(separator: ", "))") }
                            }
                        }
                    }
                }
            ])
    }

    private static func references(_ advisory: String) -> [(String, String)] {
        guard advisory.hasPrefix("CVE-") else { return [("OSV", "https://osv.dev/vulnerability/\(HTTPText.encoded(advisory))")] }
        let name = HTTPText.encoded(advisory)
        return [
            ("Debian’s security tracker", "https://security-tracker.debian.org/tracker/\(name)"),
            ("The CVE record", "https://www.cve.org/CVERecord?id=\(name)"),
        ]
    }

    private func statistics(_ finding: AdvisoryFinding, _ affected: Int, _ hits: [Hit]) -> Node {
        let fixes = Set(hits.compactMap(\.row.finding.fix)).sorted()
        return el("div", .class("course stats")) {
            el("div") {
                el("span", .class("lab"), text: "Left after VEX in")
                el("b", text: "\(affected) of \(context.entries.count { $0.assessment != nil }) builds")
                hits.count == 1 ? "1 has the package" : "\(hits.count) have the package"
            }
            el("div") {
                el("span", .class("lab"), text: "Severity")
                el("b") { severity(finding.severity) }
                finding.severityOrigin
            }
            el("div") {
                el("span", .class("lab"), text: "Likely to be exploited")
                el("b", text: finding.likelihood.map { "\(Readable.percent($0.probability)) EPSS" } ?? "no EPSS score")
                finding.likelihood.map { "higher than \(Readable.percent($0.percentile)) of all; " } ?? ""
                finding.exploited.map { "in KEV since \(Readable.day($0.added))" }
                    ?? (context.entries.contains { $0.assessment?.knowsExploited == true } ? "not in KEV" : "KEV was not at hand")
            }
            el("div") {
                el("span", .class("lab"), text: "Fixed in")
                el("b", text: fixes.first ?? "nothing yet")
                fixes.count > 1 ? "and \(fixes.count - 1) more versions" : finding.triage.map { "Debian: \($0)" } ?? ""
            }
        }
    }

    /// Images whose earlier builds are looked at: each costs reading several assessments.
    private static let sinceLimit = 40

    func imageGrid(_ advisory: String, _ hits: [Hit]) -> Grid {
        Grid(
            name: advisory, subject: "images",
            columns: [
                .init(key: "image", title: "Image"), .init(key: "package", title: "Package"), .init(key: "version", title: "Installed"),
                .init(key: "since", title: "Known since build"), .init(key: "fix", title: "Fixed in"),
                .init(key: "state", title: "State", isTight: true),
            ],
            rows: hits.enumerated().map { place, hit in
                let (entry, row) = hit
                let since = place < Self.sinceLimit ? firstBuild(entry, advisory) : nil
                return Grid.Row(cells: [
                    .init(
                        JSON(entry.reference),
                        group {
                            link(entry.address("vulnerabilities", query: [("q", advisory)]), entry.reference)
                            el("span", .class("sub"), text: row.platforms.joined(separator: ", "))
                        }),
                    .init(
                        JSON(row.finding.packages.map(\.name)),
                        group {
                            for (place, package) in row.finding.packages.prefix(4).enumerated() {
                                if place > 0 { ", " }
                                link(.at("packages", package.name), package.name)
                            }
                            el("span", .class("sub"), text: "source \(row.finding.source.name)")
                        }),
                    .init(JSON(row.finding.source.version), mono(row.finding.source.version)),
                    .init(since.map { JSON($0.build) } ?? .null, since.map(told) ?? .nothing),
                    .init(
                        row.finding.fix.map { JSON($0) } ?? .null,
                        row.finding.fix.map(mono) ?? el("span", .class("soft"), text: "no fix yet")),
                    .init(JSON(row.state.rawValue), stateNode(row)),
                ])
            })
    }

    private func stateNode(_ row: FindingRow) -> Node {
        switch row.state {
        case .left: state("watch", "affected", "left")
        case .answered: state("", "notaffected", row.finding.answer?.status.replacing("_", with: " ") ?? "answered")
        case .unimportant: state("", "none", "unimportant")
        case .undetermined: state("", "asking", "no verdict")
        }
    }

    private func told(_ since: (build: String, isFirst: Bool)) -> Node {
        group {
            mono(since.build)
            if since.isFirst { el("span", .class("sub"), text: "the oldest assessed") }
        }
    }

    /// The oldest build of an unbroken row of assessed ones that have it. That it is the oldest assessed is said, since nobody looked further.
    private func firstBuild(_ entry: ImageEntry, _ advisory: String) -> (build: String, isFirst: Bool)? {
        var found = (build: entry.release.buildTag, isFirst: true)
        for release in records.earlier(than: entry.release) {
            guard let assessment = records.assessment(of: release) else { continue }
            guard assessment.platforms.contains(where: { $0.findings.contains { $0.advisory == advisory } }) else {
                found.isFirst = false
                break
            }
            found.build = release.buildTag
        }
        return found
    }
}

/// What was found in earlier builds.
protocol AssessmentHistory: Sendable {
    /// The builds of the same stream before this one, newest first.
    func earlier(than release: Release) -> [Release]
    func assessment(of release: Release) -> Assessment?
}
