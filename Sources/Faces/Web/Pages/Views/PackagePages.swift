// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// Debian packages: all that some image has, and one with the images it is in.
struct PackagePages {
    let context: PageContext

    var list: CatalogPage {
        let grid = grid
        let query = context.query
        return CatalogPage(
            title: "Packages", summary: "Every Debian package in an image of the catalog", section: .packages,
            content: [
                el("div", .class("wrap")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: "Packages")
                            el(
                                "p", .class("lead"),
                                text:
                                    "\(Readable.count(grid.rows.count, "version of a package", "versions of packages")) in \(context.entries.count) builds, as their locks have them."
                            )
                        }
                    }
                    el("div", .class("bar2")) {
                        narrowing(query, placeholder: "Package or source", keeping: ["sort"])
                        grid.downloads(.at("packages.csv", query: query.parameters), .at("packages.json", query: query.parameters))
                    }
                    grid.node(query, empty: "No lock of an image is in the store.")
                }
            ])
    }

    var grid: Grid {
        var found: [String: (package: LockedPackage, images: [String])] = [:]
        for entry in context.entries {
            for package in entry.packages {
                found["\(package.name)\u{0}\(package.version)", default: (package, [])].images.append(entry.reference)
            }
        }
        let left = leftBySource
        return Grid(
            name: "packages", subject: "catalog",
            columns: [
                .init(key: "package", title: "Package"), .init(key: "version", title: "Version"), .init(key: "source", title: "Source"),
                .init(key: "builds", title: "Builds", isNumeric: true), .init(key: "left", title: "Left after VEX", isNumeric: true),
                .init(key: "images", title: "Images", isShown: false),
            ],
            rows: found.values.sorted { ($0.package.name, $0.package.version) < ($1.package.name, $1.package.version) }.map {
                package, images in
                Grid.Row(cells: [
                    .init(JSON(package.name), link(.at("packages", package.name), package.name)),
                    .init(JSON(package.version), mono(package.version)),
                    .init(package.source), .init(JSON(images.count)),
                    .init(context.lastAssessed == nil ? .null : JSON(left[package.source]?.count ?? 0)),
                    .init(JSON(images)),
                ])
            })
    }

    /// Advisories left after VEX, by source package.
    private var leftBySource: [String: Set<String>] {
        context.entries.reduce(into: [:]) { found, entry in
            for row in entry.findings where row.state == .left { found[row.finding.source.name, default: []].insert(row.finding.advisory) }
        }
    }

    /// nil when no image that the visitor may see has it.
    func one(_ name: String) -> CatalogPage? {
        let grid = imageGrid(name)
        guard !grid.rows.isEmpty else { return nil }
        let sources = Set(context.entries.flatMap(\.packages).filter { $0.name == name }.map(\.source))
        var seen: Set<String> = []
        let findings = context.entries.flatMap(\.findings).filter {
            sources.contains($0.finding.source.name) && seen.insert($0.finding.advisory).inserted
        }
        let table = FindingTable.grid(findings, of: name, GridQuery(nil))
        return CatalogPage(
            title: name, summary: "\(name): which images have it, and what is known to be wrong with it", section: .packages,
            content: [
                el("div", .class("wrap")) {
                    el("nav", .class("crumbs"), .label("Breadcrumb")) {
                        link(.at("packages"), "Packages")
                        el("span", .with("aria-hidden", "true"), text: "/")
                        el("span", text: name)
                    }
                    el("div", .class("head")) {
                        el("div") {
                            el("h1", text: name)
                            el("p", .class("lead"), text: "A Debian package built from \(sources.sorted().joined(separator: ", ")).")
                        }
                    }
                    el("section", .with("aria-labelledby", "im")) {
                        el("div", .class("sec-head")) {
                            el("h2", .id("im"), text: "Images that have it")
                            grid.downloads(
                                .at("packages", name + ".csv", query: context.query.parameters),
                                .at("packages", name + ".json", query: context.query.parameters))
                        }
                        grid.node(context.query, empty: "")
                    }
                    el("section", .class("sec"), .with("aria-labelledby", "fi")) {
                        el("div", .class("sec-head")) { el("h2", .id("fi"), text: "What is known to be wrong with it") }
                        table.node(
                            GridQuery(nil), classes: "vt",
                            empty: context.lastAssessed == nil
                                ? "No image is assessed yet, so nothing is known." : "No advisory speaks of it in what was seen.")
                    }
                }
            ])
    }

    func imageGrid(_ name: String) -> Grid {
        Grid(
            name: name, subject: "images",
            columns: [
                .init(key: "image", title: "Image"), .init(key: "version", title: "Version"),
                .init(key: "architectures", title: "Architectures"),
                .init(key: "layer", title: "Layer"), .init(key: "why", title: "Why it is here"),
                .init(key: "archive", title: "From archive"),
                .init(key: "sha256", title: "SHA-256", isShown: false),
            ],
            rows: context.entries.flatMap { entry in
                entry.packages.filter { $0.name == name }.map { package in
                    let platforms =
                        entry.lock?.platforms.filter { $0.packages.contains { $0.name == name && $0.version == package.version } } ?? []
                    return Grid.Row(cells: [
                        .init(JSON(entry.reference), link(entry.address, entry.reference)),
                        .init(JSON(package.version), mono(package.version)),
                        .init(
                            JSON(platforms.map(\.platform.architecture)),
                            .text(platforms.map(\.platform.architecture).joined(separator: ", "))),
                        .init(package.layer), .init(JSON(package.neededBy), .text(ImagePages.why(package))), .init(package.archive),
                        .init(package.sha256),
                    ])
                }
            })
    }
}
