// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Web

@Suite struct GridTests {
    private let grid = Grid(
        name: "things", subject: "all",
        columns: [.init(key: "name", title: "Name"), .init(key: "size", title: "Size", isNumeric: true)],
        rows: [("a3.9", 30, "x"), ("a3.13", nil, "x"), ("b", 4, "y"), ("c", 200, "x")].map { name, size, group in
            .init(cells: [.init(name), .init(size.map { JSON($0) } ?? .null)], group: .init(key: group, title: group, note: ""))
        })

    private func names(_ query: String) -> [String] { grid.chosen(GridQuery(query)).map { $0.cells[0].text } }

    @Test func `rows sort within their groups, and what has no value comes last`() {
        #expect(names("") == ["a3.9", "a3.13", "b", "c"])
        #expect(names("sort=size") == ["a3.9", "c", "a3.13", "b"])
        #expect(names("sort=-size") == ["c", "a3.9", "a3.13", "b"])
        #expect(names("sort=name") == ["a3.9", "a3.13", "c", "b"])
        #expect(names("sort=absent") == ["a3.9", "a3.13", "b", "c"])
    }

    @Test func `words narrow a table down`() {
        #expect(names("q=A3") == ["a3.9", "a3.13"])
        #expect(names("q=a3+13") == ["a3.13"])
        #expect(names("q=a3%2013") == ["a3.13"])
        #expect(names("q=nothing") == [])
    }

    @Test func `a link changes one parameter, keeps the others and begins on the first page`() {
        let query = GridQuery("q=x&sort=size&page=3&state=")
        #expect(query.with("sort", "-size").map { "\($0)=\($1)" } == ["q=x", "sort=-size"])
        #expect(query.page == 3 && GridQuery("page=-1").page == 1 && GridQuery("page=x").page == 1)
        #expect(GridQuery(String(repeating: "a=b&", count: 100)).parameters.count == 20)
    }

    @Test func `a table can be had as it is shown, as CSV and JSON`() async throws {
        let store = try FullStore()
        let base = "/images/team/python/3.13/vulnerabilities"
        let json = try await store.ask(base + ".json?state=left")
        #expect(json.json?["count"]?.int == 1)
        #expect(json.json?["rows"]?[0]?["advisory"]?.string == "CVE-2026-0001")
        #expect(json.json?["rows"]?[0]?["epss"] == .number(0.05757))
        let csv = try await store.ask(base + ".csv?sort=-advisory")
        #expect(csv.headers[.contentType] == "text/csv; charset=utf-8; header=present")
        #expect(csv.headers[.contentDisposition] == "attachment; filename=\"findings-team-python-3.13.csv\"")
        #expect(csv.text.hasPrefix("advisory,package,severity,epss,fix,"))
        for tab in ["sbom", "provenance", "layers", "builds", "tests", "specification"] {
            #expect(try await store.ask("/images/team/python/3.13/\(tab).json").json?["rows"]?.array?.isEmpty == false, "\(tab)")
        }
        for list in ["images", "packages", "cves", "packages/libssl3t64", "cves/CVE-2026-0001"] {
            #expect(try await store.ask("/\(list).json").json?["count"]?.int ?? 0 > 0, "\(list)")
            #expect(try await store.ask("/\(list).csv").status == .ok, "\(list)")
        }
        #expect(try await store.ask("/cves/CVE-1999-0001.json").status == .notFound)
    }
}
