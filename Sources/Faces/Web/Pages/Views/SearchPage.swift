// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// What a word finds: images, packages, advisories, digests.
struct Search {
    struct Item {
        let title: String
        let note: String
        let address: Address
    }
    struct Group {
        let title: String
        var items: [Item]
        let total: Int
    }

    let entries: [ImageEntry]
    let text: String

    init(_ text: String, in entries: [ImageEntry]) {
        self.entries = entries
        self.text = String(text.prefix(200)).lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// At most `limit` of each kind, those that begin with the text first.
    func groups(limit: Int) -> [Group] {
        guard !text.isEmpty else { return [] }
        return [
            group("Images", images, limit), group("Packages", packages, limit), group("CVEs", advisories, limit),
            group("Digests", digests, limit),
        ]
        .filter { !$0.items.isEmpty }
    }

    private func group(_ title: String, _ items: [Item], _ limit: Int) -> Group {
        let sorted = items.enumerated().sorted { first, second in
            let (one, other) = (rank(first.element.title), rank(second.element.title))
            return one == other ? first.offset < second.offset : one < other
        }.map(\.element)
        return Group(title: title, items: Array(sorted.prefix(limit)), total: items.count)
    }

    private func rank(_ title: String) -> Int {
        let title = title.lowercased()
        return title == text ? 0 : title.hasPrefix(text) ? 1 : title.contains(text) ? 2 : 3
    }

    private var words: [Substring] { text.split { $0 == " " || $0 == ":" } }

    private var images: [Item] {
        entries.filter { entry in
            let all = [entry.name, entry.release.stream, entry.release.version, entry.release.title, entry.release.summary]
                .joined(separator: " ").lowercased()
            return words.allSatisfy { all.contains($0) } || entry.release.tags.contains(text) || entry.release.buildTag == text
        }.map { Item(title: $0.reference, note: $0.release.summary, address: $0.address) }
    }

    private var packages: [Item] {
        var found: [String: (version: String, count: Int)] = [:]
        for entry in entries {
            for package in entry.packages where package.name.contains(text) || package.source == text {
                found[package.name, default: (package.version, 0)].count += 1
            }
        }
        return found.sorted { $0.key < $1.key }.map {
            Item(
                title: $0.key, note: "\($0.value.version), in \(Readable.count($0.value.count, "build", "builds"))",
                address: .at("packages", $0.key))
        }
    }

    private var advisories: [Item] {
        var found: [String: (finding: AdvisoryFinding, count: Int)] = [:]
        for entry in entries {
            for row in entry.findings {
                let finding = row.finding
                guard
                    finding.advisory.lowercased().contains(text) || finding.aliases.contains(where: { $0.lowercased() == text })
                        || (text.count > 3 && finding.summary.lowercased().contains(text))
                else { continue }
                found[finding.advisory, default: (finding, 0)].count += 1
            }
        }
        return found.sorted { $0.key > $1.key }.map {
            Item(
                title: $0.key,
                note:
                    "\($0.value.finding.source.name), in \(Readable.count($0.value.count, "build", "builds")). \(FindingTable.shortened($0.value.finding.summary, 80))",
                address: .at("cves", $0.key))
        }
    }

    private var digests: [Item] {
        let hex = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard hex.count >= 4, hex.allSatisfy({ $0.isHexDigit }) else { return [] }
        return entries.flatMap { entry -> [Item] in
            var items: [Item] = []
            if entry.release.index.hex.hasPrefix(hex) {
                items.append(
                    Item(
                        title: "sha256:\(entry.release.index.short)…", note: "\(entry.reference), \(entry.release.buildTag)",
                        address: entry.address))
            }
            for platform in entry.release.platforms where platform.manifest.hex.hasPrefix(hex) {
                items.append(
                    Item(
                        title: "sha256:\(platform.manifest.short)…", note: "\(entry.reference), \(platform.platform)",
                        address: entry.address))
            }
            return items
        }
    }

    /// For the script that shows results as one types.
    func json(limit: Int) -> JSON {
        [
            "groups": .array(
                groups(limit: limit).map { group in
                    [
                        "title": JSON(group.title),
                        "items": .array(
                            group.items.map { ["title": JSON($0.title), "note": JSON($0.note), "href": JSON($0.address.text)] }),
                    ]
                })
        ]
    }

    static func page(_ text: String, _ context: PageContext) -> CatalogPage {
        let search = Search(text, in: context.entries)
        let groups = search.groups(limit: 100)
        return CatalogPage(
            title: text.isEmpty ? "Search" : "Search: \(text)", summary: "Images, packages, CVEs and digests of this catalog",
            hasSearch: true,
            content: [
                el("div", .class("wrap")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: "Search")
                            el("div", .class("gap2")) { Frame.search(text, isLarge: true) }
                        }
                    }
                    if groups.isEmpty, !text.isEmpty {
                        note("Nothing found") {
                            el(
                                "p",
                                text:
                                    "Searched \(context.entries.count) builds, their packages, their advisories and digests for “\(text)”. A digest is found by its first four characters or more, a CVE only when an image has it."
                            )
                        }
                    }
                    for group in groups {
                        el("section", .class("sec1")) {
                            el("div", .class("sec-head")) {
                                el("h2", text: group.title)
                                el(
                                    "p", .class("sec-note"),
                                    text: group.total > group.items.count
                                        ? "the first \(group.items.count) of \(group.total)" : "\(group.total)")
                            }
                            el("ul", .class("block hits")) {
                                for item in group.items {
                                    el("li") {
                                        link(item.address, item.title)
                                        el("span", text: item.note)
                                    }
                                }
                            }
                        }
                    }
                }
            ])
    }
}
