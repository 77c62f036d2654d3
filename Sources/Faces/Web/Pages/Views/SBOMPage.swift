// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records
import Sigstore

extension ImagePages {
    /// The documents of a platform as they were attested.
    enum Bill: String, CaseIterable {
        case spdx = "sbom.spdx.json"
        case cycloneDX = "sbom.cdx.json"

        var type: String { self == .spdx ? PredicateType.spdx : PredicateType.cycloneDX }
        var title: String { self == .spdx ? "SPDX" : "CycloneDX" }
    }

    func bill(_ bill: Bill) throws -> (predicate: JSON, bundle: Digest)? {
        guard let platform else { return nil }
        return try documents.claim(bill.type, on: platform.manifest, in: entry.name)
    }

    func sbom() throws -> CatalogPage {
        let query = context.query
        guard let (predicate, bundle) = try bill(.spdx) else {
            return page(.sbom, [el("p", .class("block pad sec0"), text: "No SPDX document is attached to \(entry.reference).")])
        }
        let grid = packageGrid(predicate)
        let chosen: [(String, String)] = platform.map { [("platform", $0.platform.description)] } ?? []
        return page(
            .sbom,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "sb")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("sb"), text: "Packages")
                        el("p", .class("sec-note"), text: predicate["name"]?.string ?? "")
                        grid.downloads(download(.sbom, .csv), download(.sbom, .json))
                    }
                    el("div", .class("bar2")) {
                        narrowing(query, placeholder: "Package, licence or source", keeping: ["platform", "sort"])
                        platformChoice(.sbom)
                    }
                    grid.node(query, empty: "The document lists no packages.")
                },
                el("div", .class("two sec1")) {
                    note("The whole documents") {
                        el("p") {
                            "Files, relationships, copyright and checksums are in them: "
                            for (place, bill) in Bill.allCases.enumerated() {
                                if place > 0 { ", " }
                                link(entry.address(bill.rawValue, query: chosen), bill.title)
                            }
                            ". Each is signed: "
                            link(blob(bundle), "the SPDX bundle with its signature")
                            "."
                        }
                        if context.hasKey, let platform {
                            command(
                                "cosign verify-attestation --key cosign.pub --insecure-ignore-tlog=true\(flag) --type spdxjson \\\n  "
                                    + "\(context.visitor.host)/\(entry.name)@\(platform.manifest)")
                        }
                    }
                    note("What it does not say") {
                        el("p", text: predicate["comment"]?.string?.split(separator: "\n").first.map(String.init) ?? "")
                    }
                },
            ])
    }

    /// cosign speaks plain HTTP only when told to.
    var flag: String { context.visitor.isSecure ? "" : " --allow-http-registry" }

    func packageGrid(_ predicate: JSON) -> Grid {
        let locked = Dictionary(
            (entry.lock?.platforms.first { $0.platform == platform?.platform }?.packages ?? []).map { ($0.name, $0) }
        ) { first, _ in first }
        let binaries = (predicate["packages"]?.array ?? []).filter { package in
            package["primaryPackagePurpose"]?.string != "SOURCE" && purl(package) != nil
        }
        return Grid(
            name: "packages", subject: entry.reference,
            columns: [
                .init(key: "package", title: "Package"), .init(key: "version", title: "Version"), .init(key: "licence", title: "Licence"),
                .init(key: "source", title: "Source", isTight: true),
                .init(key: "size", title: ".deb", isNumeric: true, isTight: true),
                .init(key: "why", title: "Why it is here"), .init(key: "summary", title: "Summary", isShown: false),
                .init(key: "purl", title: "purl", isShown: false), .init(key: "sha256", title: "SHA-256", isShown: false),
                .init(key: "layer", title: "Layer", isShown: false),
            ],
            rows: binaries.map { package in
                let name = package["name"]?.string ?? ""
                let lock = locked[name]
                let summary = package["summary"]?.string ?? ""
                let licence = package["licenseDeclared"]?.string
                return Grid.Row(cells: [
                    .init(
                        JSON(name),
                        group {
                            link(.at("packages", name), name)
                            el("span", .class("sub"), text: summary)
                        }),
                    .init(package["versionInfo"]?.string, mono(package["versionInfo"]?.string ?? "")),
                    .init(licence, .text(licence == "NOASSERTION" ? "not declared" : FindingTable.shortened(licence ?? "", 120))),
                    .init(lock?.source), .init(lock.map { JSON($0.size) } ?? .null, .text(lock.map { Readable.size($0.size) } ?? "")),
                    .init(
                        lock.map { $0.neededBy.isEmpty ? JSON("recipe") : JSON($0.neededBy) } ?? .null,
                        .text(lock.map(Self.why) ?? "")),
                    .init(summary), .init(purl(package)), .init(lock?.sha256), .init(lock?.layer),
                ])
            })
    }

    static func why(_ package: LockedPackage) -> String {
        guard let first = package.neededBy.first else { return "asked for by \(package.layer)" }
        return "needed by \(first)" + (package.neededBy.count > 1 ? " and \(package.neededBy.count - 1) more" : "")
    }

    private func purl(_ package: JSON) -> String? {
        package["externalRefs"]?.array?.first { $0["referenceType"]?.string == "purl" }?["referenceLocator"]?.string.flatMap {
            $0.hasPrefix("pkg:deb/") ? $0 : nil
        }
    }
}
