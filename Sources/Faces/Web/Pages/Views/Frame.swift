// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// What is around every page: head, navigation, the age of the data, foot.
enum Frame {
    static func html(_ page: CatalogPage, _ context: PageContext) -> String {
        var html = "<!doctype html>\n"
        var attributes: [Attribute] = [.with("lang", "en")]
        if let theme = context.theme { attributes.append(.with("data-theme", theme.rawValue)) }
        Node.element("html", attributes, [head(page), body(page, context)]).write(to: &html)
        return html
    }

    private static func head(_ page: CatalogPage) -> Node {
        el("head") {
            el("meta", .with("charset", "utf-8"))
            el("meta", .with("name", "viewport"), .with("content", "width=device-width, initial-scale=1"))
            el("title", text: "\(page.title) · Ashlar")
            el("meta", .with("name", "description"), .with("content", page.summary))
            el("meta", .with("name", "color-scheme"), .with("content", "light dark"))
            feed("What happens in this catalog", .at("feed.atom"))
            if let image = page.image { feed("What happens to \(image)", .at("images", image, "feed.atom")) }
            el("link", .with("rel", "icon"), .with("href", Assets.favicon.path))
            el("link", .with("rel", "stylesheet"), .with("href", Assets.style.path))
            el("script", .with("src", Assets.script.path), .flag("defer"))
        }
    }

    private static func feed(_ title: String, _ address: Address) -> Node {
        el("link", .with("rel", "alternate"), .with("type", "application/atom+xml"), .title(title), .href(address))
    }

    private static func body(_ page: CatalogPage, _ context: PageContext) -> Node {
        el("body", .class(page.isWide ? "home" : ""), .with("data-icons", Assets.icons.path)) {
            el("a", .class("skip"), .href(.fragment("main")), text: "Skip to content")
            top(page, context)
            freshness(context)
            el("main", .id("main")) { page.content }
            foot(context)
        }
    }

    private static func navigation(_ page: CatalogPage?, _ classes: String, _ name: String) -> Node {
        el("nav", .class(classes), .label(name)) {
            for section in CatalogPage.Section.allCases {
                if section == page?.section {
                    el("a", .href(section.address), .with("aria-current", "page"), text: section.title)
                } else {
                    link(section.address, section.title)
                }
            }
        }
    }

    private static func top(_ page: CatalogPage, _ context: PageContext) -> Node {
        let other = context.theme == .dark ? PageContext.Theme.light : .dark
        return el("header", .class("top")) {
            el("div", .class("wrap")) {
                el("a", .class("brand"), .href(.at())) {
                    el("svg", .with("viewBox", "0 0 16 16"), .with("aria-hidden", "true")) { el("path", .with("d", Icons.mark)) }
                    "Ashlar"
                }
                navigation(page, "nav", "Catalog")
                el("div", .class("end")) {
                    if !page.hasSearch { search("", isLarge: false) }
                    el(
                        "a", .class("btn quiet"),
                        .href(.at("theme", query: [("set", other.rawValue), ("to", context.address)])),
                        .label("Switch to the \(other.rawValue) theme"), .with("rel", "nofollow")
                    ) { icon("sun") }
                }
            }
        }
    }

    static func search(_ text: String, isLarge: Bool) -> Node {
        el("form", .class(isLarge ? "search big" : "search"), .with("role", "search"), .with("action", "/search"), .with("method", "get")) {
            icon("search")
            el(
                "input", .with("type", "search"), .with("name", "q"), .with("value", text), .with("maxlength", "200"),
                .with("placeholder", isLarge ? "Image, package, CVE or digest" : "Search the catalog"),
                .label("Search images, packages, CVEs and digests"))
            el("kbd", .with("aria-hidden", "true"), text: "/")
        }
    }

    /// The moment of the data, and each feed with its age: on every page.
    private static func freshness(_ context: PageContext) -> Node {
        let feeds = context.feeds.filter { $0.state != .missing }
        let oldest = feeds.compactMap { feed in feed.date.map { (feed, $0) } }.min { $0.1 < $1.1 }
        return el("div", .class("fresh")) {
            el("div", .class("wrap")) {
                if let assessed = context.lastAssessed {
                    el("span") {
                        "Assessed "
                        el("strong") { moment(assessed) }
                    }
                    if let oldest {
                        el("span", .class("only-narrow")) {
                            "Oldest feed "
                            link(
                                .at("evidence", fragment: "feeds"),
                                "\(Self.short(oldest.0)), \(Readable.age(of: oldest.1, at: context.now))")
                        }
                    }
                    el("ul", .label("Age of each feed")) {
                        for feed in feeds { el("li") { age(of: feed, at: context.now) } }
                    }
                } else {
                    el("span", text: "Nothing is assessed yet: no number here means no number, not zero.")
                }
            }
        }
    }

    static func age(of feed: FeedFacts, at now: Timestamp) -> [Node] {
        let (kind, shape): (String, StaticString) =
            switch feed.state {
            case .current: ("good", "fresh")
            case .snapshot, .partial: ("watch", "ageing")
            case .stale, .missing, .damaged: ("bad", "stale")
            }
        return [
            el("svg", .class("i dot " + kind), .with("viewBox", "0 0 16 16"), .with("aria-hidden", "true")) {
                el("use", .with("href", "\(Assets.icons.path)#i-\(shape)"))
            },
            el("span", .title("\(feed.title), \(feed.state.rawValue)" + (feed.date.map { " of \($0.dateText)" } ?? ""))) {
                short(feed) + " "
                el("strong", text: feed.date.map { Readable.age(of: $0, at: now) } ?? feed.state.rawValue)
                el("span", .class("sr"), text: feed.state == .current ? "" : ", \(feed.state.rawValue)")
            },
        ]
    }

    /// What a feed is called where there is little room.
    static func short(_ feed: FeedFacts) -> String {
        let names = ["debian": "Debian tracker", "kev": "KEV", "epss": "EPSS", "endoflife": "End of life"]
        return names[feed.name] ?? (feed.name.hasPrefix("osv-") ? "OSV " + feed.name.dropFirst(4) : feed.title)
    }

    private static func foot(_ context: PageContext) -> Node {
        el("footer", .class("foot")) {
            el("div", .class("wrap")) {
                el("p") {
                    "Ashlar. No request leaves this page for another host."
                }
                el("nav", .class("foot-links"), .label("More")) {
                    el("ul") {
                        for section in CatalogPage.Section.allCases { el("li") { link(section.address, section.title) } }
                        el("li") { link(.at("v2", "_catalog"), "Registry API") }
                        el("li") { link(.at("feed.atom"), "Atom feed") }
                        if context.hasKey { el("li") { link(.at("cosign.pub"), "Public key") } }
                    }
                }
            }
        }
    }
}
