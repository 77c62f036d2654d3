// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

extension ImagePages {
    private static let historyLimit = 200

    /// The builds of this stream, newest publication first.
    var history: [Release] {
        ((try? documents.records.releases(in: entry.name, limit: Self.historyLimit)) ?? []).filter { $0.stream == release.stream }
    }

    // MARK: - Builds

    func builds() throws -> CatalogPage {
        let grid = buildGrid
        let changelog = try changelog()
        return page(
            .builds,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "bu")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("bu"), text: "Builds")
                        el("p", .class("sec-note"), text: "A build tag names one digest for ever. The other tags move to the newest.")
                        grid.downloads(download(.builds, .csv), download(.builds, .json))
                    }
                    grid.node(context.query, empty: "No build is recorded.")
                },
                changelog.map { $0.section(of: self) } ?? .nothing,
            ])
    }

    var buildGrid: Grid {
        let history = history
        let moments = (try? documents.records.moments(of: history.map(\.index))) ?? [:]
        return Grid(
            name: "builds", subject: entry.reference,
            columns: [
                .init(key: "build", title: "Build tag"), .init(key: "version", title: "Version"), .init(key: "digest", title: "Digest"),
                .init(key: "created", title: "Newest file", isTight: true), .init(key: "tags", title: "Tags that move"),
                .init(key: "packages", title: "Packages", isNumeric: true), .init(key: "counts", title: "All, important, after VEX"),
                .init(key: "published", title: "Published"), .init(key: "before", title: "Changes"),
            ],
            rows: history.enumerated().map { place, build in
                let before = history.indices.contains(place + 1) ? history[place + 1] : nil
                let published = moments[build.index]?.published
                let isCurrent = build.index == release.index
                let told = (try? documents.records.assessmentSummary(of: build.index))?.headline ?? "not assessed"
                return Grid.Row(cells: [
                    .init(JSON(build.buildTag), mono(build.buildTag)), .init(build.version),
                    .init(JSON(build.index.description), digestChip(build.index, to: manifest(build.index))),
                    .init(JSON(build.created.description), .text(Readable.day(build.created.dateText)), order: build.created.seconds),
                    .init(
                        JSON(isCurrent ? build.tags : []),
                        isCurrent ? mono(build.tags.joined(separator: ", ")) : el("span", .class("soft"), text: "none any more")),
                    .init(JSON(build.platforms.first?.packageCount ?? 0)), .init(told),
                    .init(
                        published.map { JSON($0.description) } ?? .null,
                        published.map { moment($0) } ?? el("span", .class("soft"), text: "not recorded"), order: published?.seconds),
                    .init(
                        before.map { JSON($0.buildTag) } ?? .null,
                        before.map {
                            link(address(.builds, query: [("from", $0.buildTag), ("to", build.buildTag)]), "since \($0.buildTag)")
                        }
                            ?? el("span", .class("soft"), text: "the first")),
                ])
            })
    }

    // MARK: - Layers

    func layers() -> CatalogPage {
        let grid = layerGrid
        return page(
            .layers,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "la")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("la"), text: "Layers")
                        el(
                            "p", .class("sec-note"),
                            text: "Images share the layers of their profiles: a registry and a node keep each once.")
                        grid.downloads(download(.layers, .csv), download(.layers, .json))
                    }
                    el("div", .class("bar2")) { platformChoice(.layers) }
                    grid.node(context.query, classes: "bars", empty: "The manifest cannot be read.")
                }
            ])
    }

    var layerGrid: Grid {
        let document = platform.flatMap { documents.manifest($0.manifest) }
        let history = platform.flatMap { documents.config(of: $0.manifest)?.history }?.filter { $0.emptyLayer != true } ?? []
        let layers = document?.layers ?? []
        let largest = max(1, layers.map(\.size).max() ?? 1)
        return Grid(
            name: "layers", subject: entry.reference,
            columns: [
                .init(key: "number", title: "Layer", isNumeric: true), .init(key: "origin", title: "From"),
                .init(key: "size", title: "Size to pull"),
                .init(key: "digest", title: "Digest"), .init(key: "type", title: "Media type"),
                .init(key: "packages", title: "Packages", isShown: false),
            ],
            rows: layers.enumerated().map { place, layer in
                let origin = history.indices.contains(place) ? history[place].comment : nil
                let packages = (entry.lock?.platforms.first { $0.platform == platform?.platform }?.packages ?? []).filter {
                    $0.layer == origin
                }
                return Grid.Row(cells: [
                    .init(JSON(place + 1)),
                    .init(
                        origin.map { JSON($0) } ?? .null,
                        group {
                            origin ?? "not recorded"
                            if !packages.isEmpty { el("span", .class("sub"), text: packages.map(\.name).joined(separator: ", ")) }
                        }),
                    .init(
                        JSON(layer.size),
                        el("div", .class("size")) {
                            el(
                                "svg", .class("meter"), .with("viewBox", "0 0 100 8"), .with("preserveAspectRatio", "none"),
                                .with("aria-hidden", "true")
                            ) { el("rect", .class("bar-2"), .with("height", "8"), .with("width", "\(max(1, layer.size * 100 / largest))")) }
                            el("span", text: Readable.size(layer.size))
                        }),
                    .init(JSON(layer.digest.description), digestChip(layer.digest, to: blob(layer.digest))), .init(layer.mediaType),
                    .init(JSON(packages.map(\.name))),
                ])
            })
    }

    // MARK: - Tests

    func tests() throws -> CatalogPage {
        guard let platform, let report = try documents.tests(of: platform.manifest, in: entry.name) else {
            return page(
                .tests,
                [
                    el("div", .class("sec0")) { platformChoice(.tests) },
                    el("p", .class("block pad gap2"), text: "No test result is attached to \(entry.reference)."),
                ])
        }
        let grid = testGrid(report)
        func count(_ kind: String, _ outcome: TestReport.Line.Outcome) -> Int {
            report.lines.count { $0.kind == kind && $0.outcome == outcome }
        }
        return page(
            .tests,
            [
                el("div", .class("course stats sec0")) {
                    el("div") {
                        el("span", .class("lab"), text: "Contract")
                        el("b", text: "\(count("contract", .passed)) passed")
                        [
                            count("contract", .failed) > 0 ? "\(count("contract", .failed)) failed" : nil,
                            count("contract", .notRun) > 0 ? "\(count("contract", .notRun)) not run" : nil,
                        ].compactMap(\.self).joined(separator: ", ")
                    }
                    el("div") {
                        el("span", .class("lab"), text: "Hardening rules")
                        el("b", text: "\(count("hardening", .passed)) kept")
                        count("hardening", .excepted) > 0 ? "\(count("hardening", .excepted)) exceptions with a reason" : "no exception"
                    }
                    el("div") {
                        el("span", .class("lab"), text: "Ran under")
                        el("b", text: "\(report.enforced.count) limits")
                        report.enforced.isEmpty ? "not run on this machine" : report.enforced.joined(separator: ", ")
                    }
                    el("div") {
                        el("span", .class("lab"), text: "Signed result")
                        el("b", text: report.result)
                        digestChip(report.bundle, to: blob(report.bundle))
                    }
                },
                report.missing.isEmpty
                    ? .nothing
                    : el("div", .class("gap2")) {
                        note("Limits that the testing machine did not have", "watch") {
                            el("p", text: report.missing.joined(separator: ", "))
                        }
                    },
                el("section", .class("sec1"), .with("aria-labelledby", "te")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("te"), text: "What was tested")
                        grid.downloads(download(.tests, .csv), download(.tests, .json))
                    }
                    el("div", .class("bar2")) {
                        narrowing(context.query, placeholder: "Rule or test", keeping: ["platform", "sort"])
                        platformChoice(.tests)
                    }
                    grid.node(context.query, empty: "The result lists no tests.")
                },
            ])
    }

    func testGrid(_ report: TestReport) -> Grid {
        let kinds: [(String, String, String)] = [
            ("contract", "Contract", "promises of the image, kept by running it"),
            ("hardening", "Hardening", "what the image must not have, checked file by file"),
        ]
        return Grid(
            name: "tests", subject: entry.reference,
            columns: [
                .init(key: "test", title: "Test"), .init(key: "outcome", title: "Outcome", isTight: true),
                .init(key: "user", title: "As user"),
                .init(key: "detail", title: "Detail"), .init(key: "kind", title: "Kind", isShown: false),
            ],
            rows: kinds.flatMap { kind, title, explained in
                report.lines.filter { $0.kind == kind }.map { line in
                    Grid.Row(
                        cells: [
                            .init(line.name), .init(JSON(line.outcome.rawValue), Self.outcome(line.outcome)),
                            .init(line.user.isEmpty ? nil : line.user), .init(line.detail), .init(kind),
                        ], group: .init(key: kind, title: title, note: explained))
                }
            })
    }

    private static func outcome(_ outcome: TestReport.Line.Outcome) -> Node {
        switch outcome {
        case .passed:
            el("span", .class("st")) {
                icon("fixed", "good")
                "passed"
            }
        case .excepted: state("", "asking", "excepted")
        case .notRun: state("watch", "asking", "not run")
        case .failed: state("bad", "fail", "failed")
        }
    }

    // MARK: - Specification

    func specification() -> CatalogPage {
        let grid = specificationGrid
        return page(
            .specification,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "sp")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("sp"), text: "How it runs")
                        el("p", .class("sec-note"), text: "What a container gets unless it is told otherwise.")
                        grid.downloads(download(.specification, .csv), download(.specification, .json))
                    }
                    el("div", .class("bar2")) { platformChoice(.specification) }
                    grid.node(context.query, classes: "spec", empty: "The configuration cannot be read.")
                }
            ])
    }

    var specificationGrid: Grid {
        let document = platform.flatMap { documents.config(of: $0.manifest) }
        let config = document?.config
        var rows: [(String, String)] = []
        func add(_ name: String, _ value: String?) { if let value, !value.isEmpty { rows.append((name, value)) } }
        add("User", config.map { $0.user ?? "root" })
        add("Entry point", config?.entrypoint?.joined(separator: " "))
        add("Command", config?.command?.joined(separator: " "))
        add("Working directory", config?.workingDirectory)
        add("Stop signal", config?.stopSignal)
        for port in (config?.exposedPorts ?? []).sorted() { add("Port", port) }
        for volume in (config?.volumes ?? []).sorted() { add("Volume", volume) }
        for variable in config?.environment ?? [] { add("Environment", variable) }
        for (name, value) in (config?.labels ?? [:]).sorted(by: { $0.key < $1.key }) { add("Label \(name)", value) }
        add("Architecture", document.map { [$0.os, $0.architecture, $0.variant].compactMap(\.self).joined(separator: "/") })
        return Grid(
            name: "specification", subject: entry.reference,
            columns: [.init(key: "name", title: "Name"), .init(key: "value", title: "Value")],
            rows: rows.map { Grid.Row(cells: [.init($0.0), .init(JSON($0.1), mono($0.1))]) })
    }
}
