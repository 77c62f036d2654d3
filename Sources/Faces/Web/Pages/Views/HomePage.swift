// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// The first page: what the catalog has, what is known of it, and how old the data is.
struct HomePage {
    let context: PageContext

    /// What a card may be chosen by. Each asks of what was recorded only.
    private static let filters: [(name: String, value: String, title: String)] = [
        ("variant", "runtime", "Runtime"), ("variant", "other", "Variants"), ("listens", "yes", "Servers"), ("shell", "none", "No shell"),
        ("shell", "some", "Has a shell"), ("left", "none", "Nothing left after VEX"), ("left", "some", "Findings left"),
        ("eol", "yes", "End of life"),
    ]

    var page: CatalogPage {
        let names = Set(context.entries.map(\.name)).count
        let shown = chosen
        let count = Readable.count(names, "image", "images")
        return CatalogPage(
            title: "Images", summary: "Hardened container images with signatures, provenance and honest counts", section: .images,
            isWide: true, hasSearch: true,
            content: [
                hero(count),
                el("div", .class("wrap")) {
                    if context.entries.isEmpty {
                        empty
                    } else {
                        totals(names)
                        el("section", .class("sec"), .with("aria-labelledby", "grid-head")) {
                            el("div", .class("sec-head")) {
                                el("h2", .id("grid-head"), text: "Images")
                                Self.grid(shown, context).downloads(download("csv"), download("json"))
                            }
                            filterBar
                            el("div", .class("home-grid"), .id("grid")) {
                                if shown.isEmpty {
                                    el("p", .class("block pad"), text: "No image matches all that is chosen above.")
                                } else {
                                    el("div", .class("course cards")) { shown.map(card) }
                                }
                                side
                            }
                        }
                    }
                },
            ])
    }

    private func download(_ ending: String) -> Address { .at("images.\(ending)", query: context.query.parameters) }

    // MARK: - Choosing

    private func matches(_ entry: ImageEntry, _ name: String, _ value: String) -> Bool {
        switch name {
        case "variant": (entry.variant(among: streams(of: entry.name)) == nil) == (value == "runtime")
        case "listens": entry.config?.exposedPorts?.isEmpty == false
        case "shell": entry.shell.rawValue == value
        case "left": entry.assessment.map { $0.isSettled == (value == "none") } ?? false
        case "eol": entry.hasEnded(at: context.now)
        case "arch": entry.release.platforms.contains { $0.platform.architecture == value }
        default: true
        }
    }

    private func streams(of name: String) -> [String] { context.entries.filter { $0.name == name }.map(\.release.stream) }

    var chosen: [ImageEntry] {
        context.entries.filter { entry in
            ["variant", "listens", "shell", "left", "eol", "arch"].allSatisfy { name in
                context.query[name].map { matches(entry, name, $0) } ?? true
            }
        }
    }

    private var filterBar: Node {
        let architectures = Set(context.entries.flatMap { $0.release.platforms.map(\.platform.architecture) }).sorted()
        return el("nav", .class("filters x"), .label("Filters")) {
            el("a", .class("chip"), .href(.query([]))) {
                "All "
                el("b", text: "\(context.entries.count)")
            }
            for filter in Self.filters {
                let count = context.entries.count { matches($0, filter.name, filter.value) }
                if count > 0 { chip(filter.title, count, context.query, filter.name, filter.value) }
            }
            for architecture in architectures {
                chip(architecture, context.entries.count { matches($0, "arch", architecture) }, context.query, "arch", architecture)
            }
        }
    }

    // MARK: - Parts

    private func hero(_ count: String) -> Node {
        el("section", .class("hero")) {
            el("div", .class("wrap")) {
                el("div") {
                    el("h1", text: "Hardened images you can check yourself.")
                    el("p", .class("lead")) {
                        "\(count), built from signed Debian packages and served from "
                        mono(context.visitor.host)
                        ". Every number links to what it counts, and every claim comes with the command that tests it."
                    }
                    Frame.search("", isLarge: true)
                    tries
                }
                Wall(entries: context.entries, now: context.now).figure
            }
        }
    }

    /// Searches that find something here.
    private var tries: Node {
        let entry = context.entries.first { $0.name == "python" } ?? context.entries.first
        guard let entry else { return .nothing }
        let finding = context.entries.lazy.compactMap { $0.findings.first { $0.state == .left } ?? $0.findings.first }.first
        return el("p", .class("try")) {
            el("span", text: "Try")
            link(entry.address, "\(entry.name) \(entry.release.stream)")
            if let package = entry.packages.first(where: { $0.name.hasPrefix("lib") }) { link(.at("packages", package.name), package.name) }
            if let finding { link(.at("cves", finding.finding.advisory), finding.finding.advisory) }
            link(
                .at("search", query: [("q", "sha256:" + entry.release.index.hex.prefix(8))]), "sha256:\(entry.release.index.hex.prefix(8))")
        }
    }

    private var empty: Node {
        el("section", .class("block big-empty sec"), .with("aria-labelledby", "empty")) {
            el("h2", .id("empty"), text: "This catalog has no images yet")
            el("p", .class("soft"), text: "Build one where the recipes are, then reload this page:")
            command("ashlar build --all")
        }
    }

    private func totals(_ names: Int) -> Node {
        let assessed = context.entries.compactMap(\.assessment)
        let left = assessed.count { $0.counts.afterVEX.total > 0 }
        return el("section", .class("sec"), .with("aria-labelledby", "known")) {
            el("div", .class("sec-head")) {
                el("h2", .id("known"), text: "What is known to be wrong, in all images")
                el("span", .class("end tools s")) { link(.at("evidence", fragment: "counting"), "How we count") }
            }
            if assessed.isEmpty {
                note("Not assessed yet") {
                    el("p", text: "No number here means no number, not zero. Assess the images where the store is:")
                    command("ashlar assess --all")
                }
            } else {
                Counts3.ledger(
                    sum(assessed), worst(assessed),
                    where: "in \(assessed.count) of \(context.entries.count) builds, one for each advisory and source package",
                    address: { .at("cves", query: $0) })
                if left > 0 {
                    el("p", .class("sec-note gap2"), text: "\(left) of \(assessed.count) assessed builds have something left after VEX.")
                }
            }
        }
    }

    private func sum(_ assessments: [Assessment]) -> Counts {
        assessments.reduce(into: Counts(of: [])) { sum, one in
            sum.all.total += one.counts.all.total
            sum.withoutUnimportant.total += one.counts.withoutUnimportant.total
            sum.afterVEX.total += one.counts.afterVEX.total
        }
    }

    /// A sum says no more than the least complete of what it adds up.
    private func worst(_ assessments: [Assessment]) -> Completeness.Level {
        let levels = assessments.map(\.completeness.level)
        if levels.contains(.unknown) { return .unknown }
        return levels.contains(.atLeast) || assessments.count < context.entries.count ? .atLeast : .complete
    }

    private func card(_ entry: ImageEntry) -> Node {
        let release = entry.release
        let contract = entry.contract
        return el("article", .class("card"), .label(entry.reference)) {
            el("header") {
                el("h3") { el("a", .href(entry.address), text: entry.name) }
                mono(release.stream)
                if entry.hasEnded(at: context.now) {
                    el("span", .class("tag bad"), text: "End of life")
                } else if !entry.supportEnds(context).isEmpty {
                    el("span", .class("tag watch"), text: "Support ends soon")
                }
            }
            el("p", text: release.summary)
            el("div") { Counts3.triplet(entry) }
            el("div", .class("seals")) {
                if entry.isSigned {
                    seal("ok", "signed", "Signed", entry.address("provenance"))
                } else {
                    seal("no", "fail", "Not signed", entry.address("provenance"))
                }
                testSeal(entry, contract)
            }
            el("div", .class("meta")) {
                el("span", text: Readable.size(release.platforms.map(\.unpackedSize).min() ?? 0))
                if entry.shell != .unknown { el("span", text: entry.shell == .absent ? "No shell" : "Has a shell") }
                el("span", text: release.platforms.map(\.platform.architecture).joined(separator: ", "))
                el("span") {
                    "newest file "
                    el(
                        "time", .with("datetime", release.created.description),
                        text: "\(Readable.age(of: release.created, at: context.now)) old")
                }
            }
        }
    }

    private var side: Node {
        let newest = context.entries.sorted { $0.release.created > $1.release.created }.prefix(6)
        return el("aside") {
            el("section", .class("block side"), .with("aria-labelledby", "ages")) {
                el("h2", .id("ages"), text: "Age of the data")
                if context.feeds.isEmpty {
                    el("p", .class("pad2 s soft"), text: "No image is assessed yet.")
                } else {
                    el("table", .class("table ages")) {
                        el("tbody") {
                            for feed in context.feeds {
                                el("tr") {
                                    el("td") { el("span", .class("st")) { Self.feedName(feed) } }
                                    el("td", .class("num"), text: Self.feedAge(feed, context.now))
                                }
                            }
                        }
                    }
                }
            }
            el("section", .class("block side"), .with("aria-labelledby", "lately")) {
                el("h2", .id("lately"), text: "Newest content")
                el("table", .class("table ages")) {
                    el("tbody") {
                        for entry in newest {
                            el("tr") {
                                el("td") { link(entry.address, "\(entry.name) \(entry.release.stream)") }
                                el("td", .class("num"), text: Readable.day(entry.release.created.dateText))
                            }
                        }
                    }
                }
            }
        }
    }

    private static func feedName(_ feed: FeedFacts) -> [Node] {
        let (kind, shape): (String, StaticString) =
            switch feed.state {
            case .current: ("good", "fresh")
            case .snapshot, .partial: ("watch", "ageing")
            case .stale, .missing, .damaged: ("bad", "stale")
            }
        return [
            el("svg", .class("i dot " + kind), .with("viewBox", "0 0 16 16"), .with("aria-hidden", "true")) {
                el("use", .with("href", "\(Assets.icons.path)#i-\(shape)"))
            }, .text(Frame.short(feed)),
        ]
    }

    static func feedAge(_ feed: FeedFacts, _ now: Timestamp) -> String {
        guard let date = feed.date else { return feed.state.rawValue }
        let age = Readable.age(of: date, at: now)
        return feed.state == .current ? age : "\(age), \(feed.state.rawValue)"
    }
}

func testSeal(_ entry: ImageEntry, _ contract: (passed: Int, failed: Int, notRun: Int)) -> Node {
    let all = contract.passed + contract.failed + contract.notRun
    if all == 0 { return seal("wait", "vexed", "No tests", entry.address("tests")) }
    let kind = contract.failed > 0 ? "no" : contract.notRun > 0 ? "wait" : "ok"
    var words: [String] = []
    if contract.failed > 0 { words.append("\(Readable.count(contract.failed, "test", "tests")) failed") }
    if contract.passed > 0 { words.append("\(Readable.count(contract.passed, "test", "tests")) passed") }
    if contract.notRun > 0 { words.append("\(contract.notRun) not run") }
    return seal(kind, contract.failed > 0 ? "fail" : "vexed", words.joined(separator: ", "), entry.address("tests"))
}
