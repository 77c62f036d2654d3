// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// What changed between two builds, as the builds of an image show it.
struct ChangelogView {
    let changelog: BuildChangelog
    /// Build tags of the stream, newest first.
    let tags: [String]
    private static let listLimit = 200

    // MARK: - Table

    /// One line for each change: a value for the page and the downloads.
    func grid(of pages: ImagePages) -> Grid {
        Grid(
            name: "changelog", subject: "\(changelog.image) \(changelog.from.tag) \(changelog.to.tag)",
            columns: [
                .init(key: "what", title: "What"), .init(key: "change", title: "Change", isTight: true),
                .init(key: "from", title: changelog.from.tag), .init(key: "to", title: changelog.to.tag),
                .init(key: "origin", title: "From"), .init(key: "platforms", title: "Platforms"),
                .init(key: "kind", title: "Kind", isShown: false),
            ], rows: rows)
    }

    private struct Line: Hashable {
        var kind: String
        var what: String
        var change: String
        var from: String?
        var to: String?
        var origin: String?
    }

    private var rows: [Grid.Row] {
        var order: [Line] = findingLines
        var platforms: [Line: [String]] = [:]
        for platform in changelog.platforms {
            for line in Self.lines(of: platform) {
                if platforms[line] == nil { order.append(line) }
                platforms[line, default: []].append(platform.platform)
            }
        }
        let kinds: [(String, String, String)] = [
            ("fixed", "Findings fixed", "in the earlier build and not in the later one"),
            ("introduced", "Findings introduced", "in the later build and not in the earlier one"),
            ("package", "Packages", "by the locks of the two builds"), ("setting", "Configuration", "what a container gets"),
            ("size", "Sizes", ""), ("file", "Files", "by the layers of the two builds"), ("platform", "Platforms", ""),
        ]
        return kinds.flatMap { kind, title, explained in
            order.filter { $0.kind == kind }.map { line in
                Grid.Row(
                    cells: [
                        .init(JSON(line.what), what(line)), .init(line.change), .init(line.from), .init(line.to), .init(line.origin),
                        .init(JSON(platforms[line] ?? [])), .init(kind),
                    ], group: .init(key: kind, title: title, note: explained))
            }
        }
    }

    private func what(_ line: Line) -> Node {
        ["fixed", "introduced"].contains(line.kind)
            ? el("a", .class("mono"), .href(.at("cves", line.what)), text: line.what) : mono(line.what)
    }

    private var findingLines: [Line] {
        guard let findings = changelog.findings else { return [] }
        func line(_ entry: FindingChanges.Entry, _ kind: String) -> Line {
            let version = "\(entry.source.name) \(entry.source.version)"
            return Line(
                kind: kind, what: entry.advisory, change: entry.severity.rawValue, from: kind == "fixed" ? version : nil,
                to: kind == "fixed" ? nil : version, origin: nil)
        }
        return findings.removed.map { line($0, "fixed") } + findings.added.map { line($0, "introduced") }
    }

    private static func lines(of platform: BuildChangelog.Platform) -> [Line] {
        guard platform.presence == .both else {
            return [Line(kind: "platform", what: platform.platform, change: platform.presence.rawValue)]
        }
        var lines = (platform.packages ?? []).map {
            Line(kind: "package", what: $0.name, change: $0.kind.rawValue, from: $0.from, to: $0.to, origin: $0.archive)
        }
        lines += platform.settings.map { Line(kind: "setting", what: $0.name, change: "changed", from: $0.from, to: $0.to) }
        lines += platform.sizes.filter { $0.from != $0.to }.map {
            let (from, to) = $0.isBytes ? (Readable.size($0.from), Readable.size($0.to)) : ("\($0.from)", "\($0.to)")
            return Line(kind: "size", what: $0.title, change: $0.to > $0.from ? "more" : "less", from: from, to: to)
        }
        func file(_ path: String, _ change: String) -> Line { Line(kind: "file", what: "/" + path, change: change) }
        lines += (platform.files?.removed ?? []).map { file($0, "removed") }
        lines += (platform.files?.added ?? []).map { file($0, "added") }
        lines += (platform.files?.changed ?? []).map { file($0, "changed") }
        return lines
    }

    // MARK: - Section

    func section(of pages: ImagePages) -> Node {
        let grid = grid(of: pages)
        let query = [("from", changelog.from.tag), ("to", changelog.to.tag)]
        return el("section", .class("sec1"), .id("changes"), .with("aria-labelledby", "ch")) {
            el("div", .class("sec-head")) {
                el("h2", .id("ch"), text: "From \(changelog.from.tag) to \(changelog.to.tag)")
                grid.downloads(
                    pages.entry.address("changelog.csv", query: query), pages.entry.address("changelog.json", query: query))
            }
            choice
            el("p", .class("sec-note gap2"), text: summary)
            for note in notes { el("p", .class("s soft"), text: note) }
            grid.node(pages.context.query, empty: "Nothing differs, as far as could be seen.")
        }
    }

    /// Two lists and a button: it works without a script.
    private var choice: Node {
        el("form", .class("narrow"), .with("method", "get")) {
            picker("from", "The earlier build", changelog.from.tag)
            picker("to", "The later build", changelog.to.tag)
            el("button", .class("chip"), .with("type", "submit"), text: "Compare")
        }
    }

    private func picker(_ name: String, _ title: String, _ current: String) -> Node {
        el("select", .with("name", name), .label(title)) {
            for tag in tags {
                Node.element(
                    "option", [.with("value", tag)] + (tag == current ? [.flag("selected")] : []), [.text(tag)])
            }
        }
    }

    private var summary: String {
        guard let findings = changelog.findings else { return "What was fixed is not known." }
        return "\(Readable.count(findings.removed.count, "finding", "findings")) fixed, \(findings.added.count) introduced, "
            + "\(findings.unchanged) stay."
    }

    private var notes: [String] {
        [changelog.findingsNote] + Array(Set(changelog.platforms.flatMap(\.notes))).sorted().prefix(Self.listLimit)
    }
}

extension ImagePages {
    /// Between the builds that the address names; the last two when it names none. nil when there are no two.
    func changelog() throws -> ChangelogView? {
        let builds = history
        func pick(_ name: String) -> Release? { context.query[name].flatMap { tag in builds.first { $0.buildTag == tag } } }
        let new = pick("to") ?? builds.first { $0.index == release.index }
        let old = pick("from") ?? builds.drop { $0.index != new?.index }.dropFirst().first
        guard let old, let new else { return nil }
        return ChangelogView(changelog: try remediation.changelog(from: old, to: new), tags: builds.map(\.buildTag))
    }
}
