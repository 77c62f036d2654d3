// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Web

/// Names, descriptions, licences and advisories that mean ill, on every page.
@Suite struct HostilePageTests {
    private static let tails = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></style></textarea><b>",
        "&lt;b&gt;&#x3c;",
        "javascript:alert(1)//", "\u{202E}gnp.exe\u{1}\u{7}", "{{#each}}${7*7}<!--", "]]><svg/onload=alert(1)>", "?a=b&c=d#e/../..",
    ]

    @Test(arguments: tails) func `no text becomes markup on any page`(tail: String) async throws {
        let store = try FullStore(tail: tail)
        for path in store.pages {
            let page = try await store.ask(path)
            #expect(page.status == (path == "/nowhere" ? .notFound : .ok), "\(path)")
            let check = HTMLCheck(page.text)
            #expect(check.faults.isEmpty, "\(path): \(check.faults.prefix(5))")
            #expect(!page.text.unicodeScalars.contains { $0.value == 1 || $0.value == 0x202E || $0.value == 7 }, "\(path)")
        }
    }

    @Test func `a page loads its own style, script and drawings and nothing else`() async throws {
        let store = try FullStore()
        let ours = Set([Assets.style.path, Assets.script.path, Assets.favicon.path])
        for path in store.pages {
            let page = try await store.ask(path)
            for load in HTMLCheck(page.text).loads {
                #expect(ours.contains(load) || load.hasPrefix(Assets.icons.path + "#i-"), "\(path): \(load)")
            }
            #expect(page.headers[.contentSecurityPolicy] == CatalogPages.policy)
        }
        #expect(!CatalogPages.policy.contains("unsafe"))
    }

    @Test func `every link of the pages leads to a page`() async throws {
        let store = try FullStore()
        var waiting = store.pages
        var seen: Set<String> = []
        while let path = waiting.popLast(), seen.count < 400 {
            let page = try await store.ask(path)
            #expect(page.status == .ok || page.status == .seeOther || path == "/nowhere", "\(path)")
            guard page.headers[.contentType]?.hasPrefix("text/html") == true else { continue }
            for link in HTMLCheck(page.text).links where link.hasPrefix("/") && !link.hasPrefix("/log/") {
                let target = String(link.prefix { $0 != "#" })
                if seen.insert(target).inserted { waiting.append(target) }
            }
        }
        #expect(seen.count > 30)
    }

    @Test(arguments: ["//evil.example", "https://evil.example", "/\\evil", "/a b", "javascript:x"])
    func `a change of the theme leads back to this server only`(to: String) async throws {
        let store = try FullStore()
        let answer = try await store.ask("/theme?set=dark&to=\(HTTPText.encoded(to))")
        #expect(answer.status == .seeOther && answer.headers[.location] == "/")
        #expect(answer.headers[.setCookie]?.hasPrefix("theme=dark; Path=/;") == true)
        let ours = try await store.ask("/theme?set=light&to=%2Fcves%3Fsort%3Depss")
        #expect(ours.headers[.location] == "/cves?sort=epss")
        #expect(try await store.ask("/", [.cookie: "a=b; theme=dark"]).text.contains("data-theme=\"dark\""))
        #expect(try await !store.ask("/", [.cookie: "theme=\"><b>"]).text.contains("data-theme"))
    }

    @Test func `a spreadsheet takes no cell for a formula, and quotes hold`() throws {
        let grid = Grid(
            name: "x", subject: "y", columns: [.init(key: "a", title: "A"), .init(key: "b", title: "B")],
            rows: [.init(cells: [.init("=HYPERLINK(1)"), .init("a \"b\", c\r\nd")]), .init(cells: [.init("-1+2"), .init(JSON(-3))])])
        #expect(grid.csv(grid.rows) == "a,b\r\n'=HYPERLINK(1),\"a \"\"b\"\", c\r\nd\"\r\n'-1+2,'-3\r\n")
    }
}
