// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Pipeline
import Records
import Sigstore

extension ImagePages {
    private typealias Step = (id: StaticString, title: String, short: String, sentence: String, rows: [(String, Node)], check: String)

    /// From the image back to the archive's signature: six steps, each with its facts and the command that checks it.
    func provenance() throws -> CatalogPage {
        guard let claim = try documents.claim(PredicateType.slsaProvenance, on: release.index, in: entry.name) else {
            return page(
                .provenance,
                [
                    el("p", .class("block pad sec0"), text: "No provenance is attached to \(entry.reference)."),
                    try evidenceTable(),
                ])
        }
        let steps = try steps(claim.predicate, bundle: claim.bundle)
        let builder = claim.predicate["runDetails"]?["builder"]?["id"]?.string
        return page(
            .provenance,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "wh")) {
                    el("div", .class("sec-head")) { el("h2", .id("wh"), text: "Where it comes from") }
                    el("nav", .class("course route"), .label("The path")) {
                        for step in steps {
                            el("a", .href(.fragment(step.id))) {
                                el("b", text: step.title)
                                step.short
                            }
                        }
                    }
                },
                el("div", .class("cols sec1")) {
                    el("ol", .class("path")) { steps.map(node) }
                    el("aside", .class("stack")) {
                        note("Walk it for any file") {
                            el("p", text: "Each link is verified as it is walked: layer, package, lock, provenance, signed index, recipe.")
                            command("ashlar explain \(context.ours(entry)) \\\n  --package \(entry.packages.first?.name ?? "base-files")")
                        }
                        note("Build it again") {
                            el("p", text: "From its own inputs, which lie beside it; every byte is compared.")
                            command("ashlar rebuild \(context.ours(entry))")
                        }
                        note("What this does not prove") {
                            el(
                                "p",
                                text:
                                    "That the packages are good: Debian’s signature says who published them. That the machine that built it was sound: "
                                    + "the key vouches for it" + (builder.map { " as \($0)" } ?? "")
                                    + ", and a rebuild elsewhere can bear it out.")
                        }
                    }
                },
                try evidenceTable(),
            ])
    }

    private func node(_ step: Step) -> Node {
        el("li", .class("step"), .with("id", "\(step.id)")) {
            el("div", .class("in")) {
                el("h3", text: step.title)
                el("p", text: step.sentence)
                el("div", .class("course")) {
                    for row in step.rows {
                        el("div", .class("row")) {
                            el("span", .class("lab"), text: row.0)
                            el("span") { row.1 }
                        }
                    }
                    command(step.check)
                }
            }
        }
    }

    private func steps(_ predicate: JSON, bundle: Digest) throws -> [Step] {
        let definition = predicate["buildDefinition"]
        let inputs = definition?["resolvedDependencies"]?.array ?? []
        let source = entry.evidence.last { $0.type == SourceArtifact.artifactType }.flatMap { documents.manifest($0.manifest) }
        let layers = source?.layers ?? []
        func of(_ type: String) -> [Descriptor] { layers.filter { $0.mediaType == type } }
        func named(_ layer: Descriptor) -> Node {
            group {
                mono(layer.annotations?[Annotation.title] ?? "")
                " "
                digestChip(layer.digest, to: blob(layer.digest))
            }
        }
        func input(_ name: String) -> JSON? { inputs.first { $0["name"]?.string == name } }
        let origin = context.visitor.origin
        func fetch(_ digest: Digest?) -> String {
            guard let digest else { return "ashlar explain \(context.ours(entry)) --package base-files" }
            return "curl -fsS \(origin)/v2/\(entry.name)/blobs/\(digest) \\\n  | sha256sum   # \(digest.hex)"
        }
        let packages = inputs.filter { $0["uri"]?.string?.hasPrefix("pkg:deb/") == true }
        let recipe = definition?["externalParameters"]?["path"]?.string ?? ""
        let releases = of(SourceArtifact.Layer.release)
        let keys = context.hasKey
        return [
            (
                "image", "Image", release.buildTag, "The index names one manifest for each platform, and our key has signed all of them.",
                [("Index", digestChip(release.index, to: manifest(release.index)))]
                    + release.platforms.map { ($0.platform.description, digestChip($0.manifest, to: manifest($0.manifest))) },
                keys
                    ? "curl -fsS -o cosign.pub \(origin)/cosign.pub\ncosign verify --key cosign.pub --insecure-ignore-tlog=true\(flag) \\\n  \(context.pinned(entry))"
                    : "docker buildx imagetools inspect \(context.pinned(entry))"
            ),
            (
                "claim", "Provenance", "signed claim", "A signed statement says what it was built from, by which program, and when.",
                [
                    ("Statement", digestChip(bundle, to: blob(bundle))),
                    ("Builder", mono(predicate["runDetails"]?["builder"]?["id"]?.string ?? "")),
                    ("Program", program(input("ashlar"))),
                    ("Finished", mono(predicate["runDetails"]?["metadata"]?["finishedOn"]?.string ?? "not recorded")),
                ],
                keys
                    ? "cosign verify-attestation --key cosign.pub --insecure-ignore-tlog=true\(flag) \\\n  --type slsaprovenance1 \(context.pinned(entry))"
                    : fetch(bundle)
            ),
            (
                "recipe", "Recipe", recipe.split(separator: "/").suffix(2).joined(separator: "/"),
                "A text file asks for packages by name and says how the image runs. Nothing of a package is executed to build it.",
                [("Recipe", mono(recipe))] + of(SourceArtifact.Layer.recipe).map { ("Its files", named($0)) }
                    + (input("catalog")?["uri"]?.string.map { [("Commit", mono($0))] } ?? []),
                fetch(of(SourceArtifact.Layer.recipe).first?.digest)
            ),
            (
                "lock", "Lock", Readable.count(entry.packages.count, "package", "packages"),
                "The exact version and SHA-256 of every package, reviewed with the recipe.",
                [("Lock", digestChip(release.lock, to: blob(release.lock)))], fetch(release.lock)
            ),
            (
                "deb", "Packages", Readable.count(packages.count, ".deb file", ".deb files"),
                "Every file came out of one of these, each with the SHA-256 that its lock and its signed index name.",
                of(SourceArtifact.Layer.package).prefix(6).map { (Readable.size($0.size), named($0)) }
                    + [("All of them", link(address(.sbom), "\(packages.count) in the SBOM"))],
                fetch(of(SourceArtifact.Layer.package).first?.digest)
            ),
            (
                "signature", "Archive", Readable.count(releases.count, "signed index", "signed indexes"),
                "Debian signs InRelease. It names the digests of the lists of packages, and these those of the packages.",
                releases.map { ("InRelease", named($0)) } + of(SourceArtifact.Layer.packages).prefix(4).map { ("Packages", named($0)) },
                releases.first.map {
                    "curl -fsS -o InRelease \(origin)/v2/\(entry.name)/blobs/\($0.digest)\ngpgv --keyring /usr/share/keyrings/debian-archive-keyring.gpg InRelease"
                } ?? fetch(nil)
            ),
        ]
    }

    private func program(_ input: JSON?) -> Node {
        mono(input?["digest"]?["sha256"]?.string.map { "sha256:\($0.prefix(16))…" } ?? "not recorded")
    }

    private func evidenceTable() throws -> Node {
        let grid = try evidenceGrid()
        return el("section", .class("sec"), .with("aria-labelledby", "ev")) {
            el("div", .class("sec-head")) {
                el("h2", .id("ev"), text: "Evidence")
                el("p", .class("sec-note"), text: "Every document the catalog published about this build and its platforms.")
                grid.downloads(download(.provenance, .csv), download(.provenance, .json))
            }
            grid.node(context.query, empty: "Nothing is attached to this build.")
        }
    }

    func evidenceGrid() throws -> Grid {
        let platforms = try release.platforms.flatMap { platform in
            try documents.evidence(on: platform.manifest, in: entry.name).map { (platform.platform.description, $0) }
        }
        return Grid(
            name: "evidence", subject: entry.reference,
            columns: [
                .init(key: "what", title: "What"), .init(key: "about", title: "About"), .init(key: "document", title: "Document"),
                .init(key: "type", title: "Type"),
            ],
            rows: (entry.evidence.map { ("all platforms", $0) } + platforms).map { about, evidence in
                // The document itself is the manifest's layer.
                let document = documents.document(of: evidence)
                let shown = document ?? evidence.manifest
                return Grid.Row(cells: [
                    .init(Readable.evidence(evidence.type)), .init(about),
                    .init(JSON(shown.description), digestChip(shown, to: document.map(blob) ?? manifest(evidence.manifest))),
                    .init(JSON(evidence.type), mono(evidence.type)),
                ])
            })
    }
}
