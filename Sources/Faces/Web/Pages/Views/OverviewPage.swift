// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

extension ImagePages {
    /// Is it fit today, why, and how do I pull exactly that: the first two screens.
    func overview() throws -> CatalogPage {
        let config = entry.config
        return page(
            .overview,
            [
                el("div", .class("cols img sec0")) {
                    el("div", .class("stack a")) {
                        verdict
                        if let assessment = entry.assessment {
                            Counts3.ledger(
                                assessment.counts, assessment.completeness.level, where: found(assessment),
                                address: { address(.vulnerabilities, query: $0) })
                        }
                    }
                    el("aside", .class("stack s")) {
                        pull
                        summary(config)
                        shortHistory
                    }
                    el("div", .class("b")) {
                        variants
                        inside
                    }
                }
            ])
    }

    // MARK: - Verdict

    private var verdict: Node {
        el("section", .class("block verdict"), .with("aria-labelledby", "vd")) {
            el("h2", .id("vd"), .class("sr"), text: "What we know today")
            if entry.hasEnded(at: context.now) {
                el("p", .class("big")) {
                    state("bad", "warn", "End of life.")
                    ended
                }
            }
            for end in entry.supportEnds(context) where end.stage == .near {
                el("p", .class("big")) {
                    state("watch", "warn", "Support ends soon.")
                    " " + end.product + (end.day.map { " is supported until \(Readable.day($0)) only" } ?? " loses its support soon")
                    ", says \(end.source)."
                }
            }
            if let assessment = entry.assessment {
                el("p", .class("big")) { sentence(assessment) }
                el("p", .class("s soft")) { because(assessment) }
            } else {
                el("p", .class("big")) {
                    state("watch", "asking", "Not assessed.")
                    " No number here means no number, not zero."
                }
                command("ashlar assess \(entry.reference)")
            }
        }
    }

    private var ended: String {
        let notes = entry.assessment?.support.filter(\.hasEnded) ?? []
        guard notes.isEmpty else {
            return " "
                + notes.map { "\($0.product) \($0.cycle) has no support" + ($0.ends.map { " since \(Readable.day($0))" } ?? "") }.joined(
                    separator: "; ") + "."
        }
        return release.endOfLife.map { " Its makers stopped supporting it on \(Readable.day($0))." } ?? ""
    }

    private func sentence(_ assessment: Assessment) -> [Node] {
        let left = entry.findings.filter { $0.state == .left }
        if assessment.completeness.level == .unknown {
            return [state("watch", "asking", "Unknown."), .text(" A feed that is needed is missing, so the counts say nothing.")]
        }
        let bound = assessment.completeness.level == .atLeast
        guard !left.isEmpty else {
            return bound
                ? [state("watch", "asking", "Nothing is known to be left."), .text(" The data is incomplete, so that is a lower bound.")]
                : [state("good", "fixed", "Nothing is left after VEX.")]
        }
        var nodes = [
            state("watch", "affected", (bound ? "At least " : "") + Readable.count(left.count, "finding is left.", "findings are left.")),
            .text(" "),
        ]
        for (place, row) in left.prefix(3).enumerated() {
            if place > 0 { nodes.append(.text(", ")) }
            nodes += [link(.at("cves", row.finding.advisory), row.finding.advisory), .text(" in \(row.finding.source.name)")]
        }
        return nodes + [.text(left.count > 3 ? " and \(left.count - 3) more." : ".")]
    }

    private func because(_ assessment: Assessment) -> [Node] {
        let exploited = entry.findings.filter { $0.finding.exploited != nil }
        var texts: [String] = []
        texts.append(
            exploited.isEmpty
                ? (assessment.knowsExploited ? "None is in the KEV catalog." : "The KEV catalog was not at hand.")
                : Readable.count(exploited.count, "is", "are") + " in the KEV catalog of exploited flaws.")
        if assessment.counts.undetermined > 0 {
            texts.append(Readable.count(assessment.counts.undetermined, "more waits", "more wait") + " for a verdict of Debian.")
        }
        if !assessment.completeness.reasons.isEmpty {
            texts.append("Incomplete: " + assessment.completeness.reasons.joined(separator: "; ") + ".")
        }
        let unseen = Set(assessment.platforms.flatMap(\.unseen).map(\.package)).count
        if unseen > 0 { texts.append("No feed speaks of \(Readable.count(unseen, "package", "packages")) in it.") }
        return [.text(texts.joined(separator: " ") + " Assessed "), moment(assessment.assessed), .text(".")]
    }

    private func found(_ assessment: Assessment) -> String {
        let sources = Set(entry.findings.filter { $0.state != .undetermined }.map(\.finding.source.name)).count
        return "in \(Readable.count(sources, "source package", "source packages")), one for each advisory"
    }

    // MARK: - Pulling

    private enum Tool: String, CaseIterable {
        case docker, podman, kubernetes, from
        var title: String {
            switch self {
            case .docker, .podman: rawValue
            case .kubernetes: "Kubernetes"
            case .from: "FROM"
            }
        }
    }

    private var pull: Node {
        let tool = context.query["pull"].flatMap(Tool.init) ?? .docker
        return el("section", .class("block pull"), .id("pull"), .with("aria-labelledby", "pl")) {
            el("h2", .id("pl"), .class("sr"), text: "Pull this image")
            el("nav", .class("seg"), .label("Tool")) {
                for one in Tool.allCases {
                    Node.element(
                        "a",
                        (one == tool ? [.with("aria-current", "true")] : []) + [.href(address(.overview, query: [("pull", one.rawValue)]))],
                        [.text(one.title)])
                }
            }
            el("div", .class("body")) {
                switch tool {
                case .docker, .podman:
                    el("span", .class("lab"), text: "Pull exactly this build")
                    command("\(tool.rawValue) pull \(context.pinned(entry))")
                    el("span", .class("lab"), text: "Or what its tag names at the time")
                    command("\(tool.rawValue) pull \(context.tagged(entry))")
                case .kubernetes:
                    el("span", .class("lab"), text: "A pod of exactly this build, with what its tests ran under")
                    file(kubernetes)
                case .from:
                    el("span", .class("lab"), text: "Build on exactly this build")
                    command("FROM \(context.pinned(entry))")
                }
                if context.hasKey {
                    el("span", .class("lab"), text: "Check it first, with our key")
                    command("ashlar verify \(context.ours(entry)) --key cosign.pub")
                    el("span", .class("s soft")) {
                        "The same "
                        link(address(.provenance), "with cosign, and back to Debian’s signature")
                        "."
                    }
                }
            }
        }
    }

    /// What a restricted cluster asks for; only what the image was tested under is demanded of it.
    private var kubernetes: String {
        let config = entry.config
        let user = config?.user?.split(separator: ":").first.flatMap { Int($0) }
        let tests = try? release.platforms.first.flatMap { try documents.tests(of: $0.manifest, in: entry.name) }
        let isReadOnly = tests?.enforced.contains("read-only-root") == true
        let places = ["/tmp"] + (config?.volumes ?? []).sorted()
        let name = String((entry.name.split(separator: "/").last ?? "app").map { $0.isLetter || $0.isNumber ? $0 : "-" })
        var lines = [
            "apiVersion: v1", "kind: Pod", "metadata:", "  name: \(name)", "spec:", "  automountServiceAccountToken: false",
            "  securityContext:",
        ]
        if let user, user != 0 { lines += ["    runAsNonRoot: true", "    runAsUser: \(user)"] }
        lines += [
            "    seccompProfile:", "      type: RuntimeDefault", "  containers:", "    - name: \(name)",
            "      image: \(context.pinned(entry))",
        ]
        let ports = (config?.exposedPorts ?? []).compactMap { Int($0.prefix { $0 != "/" }) }.sorted()
        if !ports.isEmpty { lines.append("      ports: [\(ports.map { "{containerPort: \($0)}" }.joined(separator: ", "))]") }
        lines += ["      securityContext:", "        allowPrivilegeEscalation: false", "        capabilities: {drop: [ALL]}"]
        guard isReadOnly else { return lines.joined(separator: "\n") }
        lines += ["        readOnlyRootFilesystem: true", "      volumeMounts:"]
        // Data that is to stay needs a volume of its own in place of an emptyDir.
        for (number, place) in places.enumerated() { lines.append("        - {name: v\(number), mountPath: \(yaml(place))}") }
        lines.append("  volumes:")
        for number in places.indices { lines.append("    - {name: v\(number), emptyDir: {}}") }
        return lines.joined(separator: "\n")
    }

    private func yaml(_ text: String) -> String { JSON(text).canonicalText }

    // MARK: - Facts

    private func summary(_ config: RuntimeConfig?) -> Node {
        let sizes = release.platforms
        var rows: [(String, Node)] = [
            ("Version", .text(release.version)),
            ("Digest", digestChip(release.index, to: manifest(release.index))),
            (
                "Tags",
                group {
                    for tag in release.tags {
                        mono(tag)
                        ", "
                    }
                    "and for ever "
                    mono(release.buildTag)
                }
            ),
            ("Platforms", .text(sizes.map(\.platform.description).joined(separator: ", "))),
            (
                "Size",
                .text(
                    sizes.first.map {
                        "\(Readable.size($0.compressedSize)) to pull, \(Readable.size($0.unpackedSize)) on disk (\($0.platform.architecture))"
                    } ?? "unknown")
            ),
            ("Newest file", moment(release.created)),
        ]
        if let user = config?.user { rows.append(("User", mono(user))) }
        if let entrypoint = config?.entrypoint { rows.append(("Entry point", mono(entrypoint.joined(separator: " ")))) }
        if let ports = config?.exposedPorts, !ports.isEmpty { rows.append(("Ports", mono(ports.sorted().joined(separator: ", ")))) }
        rows.append(("Shell", .text(Self.word(entry.shell))))
        if let end = release.endOfLife { rows.append(("End of life", .text(Readable.day(end)))) }
        return el("section", .class("block pad2"), .with("aria-label", "Facts")) { facts(rows) }
    }

    static func word(_ presence: ImageEntry.Presence) -> String {
        switch presence {
        case .absent: "none"
        case .present: "yes"
        case .unknown: "not recorded"
        }
    }

    private var shortHistory: Node {
        let builds = history.prefix(5)
        guard !builds.isEmpty else { return .nothing }
        return el("section", .class("block side"), .with("aria-labelledby", "bh")) {
            el("h2", .id("bh")) { link(address(.builds), "Builds") }
            el("table", .class("table")) {
                el("tbody") {
                    for build in builds {
                        el("tr") {
                            el("td") { mono(build.buildTag) }
                            el("td", .class("num soft"), text: Readable.day(build.created.dateText))
                        }
                    }
                }
            }
        }
    }

    // MARK: - Variants

    private var variants: Node {
        let streams = streams
        guard streams.count > 1 else { return .nothing }
        func row(_ title: String, _ value: (ImageEntry) -> [Node]) -> Node {
            el("tr") {
                el("th", .with("scope", "row"), text: title)
                for one in streams { el("td") { value(one) } }
            }
        }
        return el("section", .class("sec1"), .with("aria-labelledby", "va")) {
            el("div", .class("sec-head")) { el("h2", .id("va"), text: "Variants and streams") }
            el("div", .class("block scroll"), .with("role", "region"), .with("tabindex", "0"), .label("Variants side by side")) {
                el("table", .class("table vars")) {
                    el("thead") {
                        el("tr") {
                            el("th", .with("scope", "col")) { el("span", .class("sr"), text: "Property") }
                            for one in streams {
                                el("th", .with("scope", "col")) {
                                    if one.release.stream == release.stream {
                                        mono(one.release.stream)
                                    } else {
                                        el("a", .href(one.address), .class("mono"), text: one.release.stream)
                                    }
                                }
                            }
                        }
                    }
                    el("tbody") {
                        row("Findings: all, minus unimportant, after VEX") { [.text($0.assessment?.headline ?? "not assessed")] }
                        row("Version") { [.text($0.release.version)] }
                        row("Shell") { [.text(Self.word($0.shell))] }
                        row("Package manager") { [.text(Self.word($0.packageManager))] }
                        row("User") { [mono($0.config?.user ?? "root")] }
                        row("Packages") { [.text("\($0.release.platforms.first?.packageCount ?? 0)")] }
                        row("Size on disk") { [.text(Readable.size($0.release.platforms.first?.unpackedSize ?? 0))] }
                        row("Use it to") { [.text($0.release.summary)] }
                    }
                }
            }
        }
    }

    // MARK: - Inside

    /// The packages by size, as the lock has them.
    private var inside: Node {
        let platform = release.platforms.first
        let packages = (entry.lock?.platforms.first { $0.platform == platform?.platform }?.packages ?? []).sorted { $0.size > $1.size }
        guard !packages.isEmpty else { return .nothing }
        let affected = Set(entry.findings.filter { $0.state == .left }.map(\.finding.source.name))
        let top = packages.prefix(12)
        let largest = max(1, top.first?.size ?? 1)
        return el("section", .class("sec1"), .with("aria-labelledby", "in")) {
            el("div", .class("sec-head")) {
                el("h2", .id("in"), text: "What is inside")
                el("p", .class("sec-note"), text: "\(Readable.count(packages.count, "package", "packages")), the largest .deb files first")
                el("span", .class("end tools s")) {
                    link(address(.sbom), "SBOM")
                    link(entry.address("sbom.spdx.json"), "SPDX")
                    link(entry.address("sbom.cdx.json"), "CycloneDX")
                }
            }
            el("div", .class("block")) {
                el("table", .class("table in-bars")) {
                    el("tbody") {
                        for package in top {
                            el("tr") {
                                el("td") { link(.at("packages", package.name), package.name) }
                                el("td") {
                                    el("div", .class("size")) {
                                        el(
                                            "svg", .class("meter"), .with("viewBox", "0 0 100 8"), .with("preserveAspectRatio", "none"),
                                            .with("aria-hidden", "true")
                                        ) {
                                            el(
                                                "rect", .class(affected.contains(package.source) ? "bar-w" : "bar-2"), .with("height", "8"),
                                                .with("width", "\(max(1, package.size * 100 / largest))"))
                                        }
                                        el("span", .class("soft"), text: Readable.size(package.size))
                                    }
                                }
                                el(
                                    "td", .class("soft"),
                                    text: package.neededBy.isEmpty ? "asked for by the recipe" : "needed by \(package.neededBy[0])")
                            }
                        }
                    }
                }
            }
        }
    }
}
