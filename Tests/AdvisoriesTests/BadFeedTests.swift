// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private let deep = String(repeating: "[", count: 200_000)
private let exploits = (0..<30).map { #"{"cveID":"CVE-2020-\#(1000 + $0)","dateAdded":"2020-01-01"}"# }.joined(separator: ",")
private let scores = "cve,epss,percentile\n" + (0..<200).map { "CVE-2020-\(1000 + $0),0.1,0.5\n" }.joined()

/// What hostile, broken or careless publishers send. A fault of the document refuses it; a fault of a record is listed, and its
/// neighbours stay.
@Suite struct BadFeedTests {
    @Test func `a record of the catalog of exploits that is wrong is listed by name and its neighbours stay`() throws {
        let text = """
            {"vulnerabilities":[\(exploits),{"cveID":"CVE-2021-0001"},{"cveID":7,"dateAdded":"2020-01-01"},
             {"cveID":"CVE-2026-0001","cveID":"CVE-2026-0002","dateAdded":"2026-01-27"},{"cveID":"CVE-2026-0003","dateAdded":"2026-01-27"}]}
            """
        let table = try CVETable(KEVFeed.build(bytes(text)))
        #expect(table.count == 31)
        #expect(table.exploit(of: "CVE-2026-0003") != nil)
        #expect(table.exploit(of: "CVE-2020-1029") != nil)
        #expect(table.exploit(of: "CVE-2026-0001") == nil)
        #expect(table.refusedCount == 3)
        #expect(table.refused.map(\.advisory) == ["CVE-2021-0001", "", "CVE-2026-0001"])
        #expect(table.refused.last?.reason.contains("each key once") == true)
    }

    @Test func `records that a catalog says it has and does not are listed`() throws {
        let table = try CVETable(KEVFeed.build(bytes("{\"count\":40,\"vulnerabilities\":[\(exploits)]}")))
        #expect(table.refusedCount == 10)
        #expect(table.refused.map(\.reason) == ["10 of the 40 records that it says it has are not there"])
    }

    @Test func `a line of the scores that is none is listed with its number`() throws {
        let table = try CVETable(EPSSFeed.build(bytes(scores + "CVE-2026-0001,2.0,0.1\nCVE-2026-0002,0.3,0.4\n")))
        #expect(table.score(of: "CVE-2026-0002")?.probability == 30_000)
        #expect(
            table.refused == [
                RefusedRecord(package: "", advisory: "CVE-2026-0001,2.0,0.1", reason: "line 202 is not a CVE and two numbers")
            ])
    }

    @Test func `of a flaw with two scores the larger counts`() throws {
        let table = try CVETable(EPSSFeed.build(bytes(scores + "CVE-2020-1000,0.9,0.99\nCVE-2020-1000,0.2,0.3\n")))
        #expect(table.score(of: "CVE-2020-1000")?.probability == 90_000)
    }

    @Test func `a release without a name or with an end that is no day is listed`() throws {
        let text = #"{"debian":[{"cycle":"13","eol":"2028-08-09"},{"cycle":"12","eol":"someday"},{}],"x":7}"#
        let feed = try EndOfLifeFeed(bytes(text))
        #expect(feed.cycles.map(\.cycle) == ["13"])
        #expect(feed.refused.map(\.package) == ["debian", "debian", "x"])
    }

    @Test func `a record of OSV that nests too deeply is listed and the next lines are read`() throws {
        let good = #"{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}"#
        var builder = OSVIndexBuilder(ecosystem: "npm")
        try builder.append(bytes("{\"id\":\"B\",\"affected\":\(deep)\n\(good)\n"))
        let index = try OSVIndex(builder.finish())
        #expect(index.records(about: "x").map(\.id) == ["A"])
        #expect(index.refused.count == 1)
        #expect(index.refused[0].reason.contains("nested levels"))
    }

    @Test func `a record of OSV that is too large is listed by its id`() throws {
        let big = String(repeating: "1.0.0\",\"", count: OSVIndexBuilder.recordLimit / 8 + 1)
        let good = #"{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}"#
        var builder = OSVIndexBuilder(ecosystem: "npm")
        try builder.append(
            bytes(
                "[{\"id\":\"BIG\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"x\"},\"versions\":[\"\(big)\"]}]},\(good)]"))
        let index = try OSVIndex(builder.finish())
        #expect(index.records(about: "x").map(\.id) == ["A"])
        #expect(index.refused.map(\.advisory) == ["BIG"])
    }

    @Test func `a record of OSV with a key twice is listed by package and id`() throws {
        let text = #"""
            [{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","type":"GIT","events":[]}]}]},
             {"id":"B","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}]
            """#
        var builder = OSVIndexBuilder(ecosystem: "npm")
        try builder.append(bytes(text))
        let index = try OSVIndex(builder.finish())
        #expect(index.records(about: "x").map(\.id) == ["B"])
        #expect(index.refused.map { "\($0.package) \($0.advisory)" } == ["x A"])
    }

    @Test func `contradictory ranges of a malicious package condemn only what one of them ends`() throws {
        // Everything, from the first report; then three releases by number; then a range that ends before it begins.
        let text = #"""
            {"id":"MAL-2026-1","modified":"2026-09-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["3.0.1"],
             "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]},
                       {"type":"SEMVER","events":[{"introduced":"2.0.0"},{"last_affected":"2.0.2"}]},
                       {"type":"SEMVER","events":[{"introduced":"9.0.0"},{"fixed":"8.0.0"}]}]}]}
            """#
        var builder = OSVIndexBuilder(ecosystem: "npm")
        try builder.append(bytes(text))
        let record = try #require(OSVIndex(builder.finish()).records(about: "x").first)
        let condemned = ["1.0.0", "2.0.0", "2.0.2", "2.0.3", "3.0.0", "3.0.1", "8.5.0"].filter {
            if case .affected = record.verdict(on: $0, by: .npm) { true } else { false }
        }
        #expect(condemned == ["2.0.0", "2.0.2", "3.0.1"])
    }

    @Test(arguments: ["a:2", "1.0-", "1.0_2", "", "1.0 ", "-1", "1.0-é", String(repeating: "1", count: 100_000)])
    func `a fix that Debian would refuse as a version is listed and counts as none`(version: String) throws {
        let text = """
            {"a":{"CVE-2026-0001":{"releases":{"trixie":{"status":"resolved","fixed_version":"\(version)"},"sid":{"status":"open"}}},
                  "CVE-2026-0002":{"releases":{"trixie":{"status":"resolved","fixed_version":"2.0"}}}}}
            """
        let index = try TrackerIndex(TrackerIndexBuilder.build(bytes(text)))
        let release = try #require(index.release(named: "trixie"))
        let rows = index.match(source: "a", version: "1.0", release: release).affected.joined()
        #expect(rows.compactMap { index.entry(ofRow: $0)?.advisory }.sorted() == ["CVE-2026-0001", "CVE-2026-0002"])
        #expect(index.refused.map(\.advisory) == ["CVE-2026-0001"])
    }

    @Test func `documents that nest without end are refused`() {
        #expect(throws: AdvisoriesError.self) { try TrackerIndexBuilder.build(bytes("{\"a\":\(deep)")) }
        #expect(throws: AdvisoriesError.self) { try KEVFeed.build(bytes("{\"vulnerabilities\":[\(deep)")) }
        #expect(throws: AdvisoriesError.self) {
            var builder = OSVIndexBuilder(ecosystem: "npm")
            try builder.append(bytes(deep))
            _ = try builder.finish()
        }
        #expect(throws: (any Error).self) { try EndOfLifeFeed(bytes(deep)) }
    }

    @Test func `documents that are longer than a feed may be are refused`() {
        #expect(throws: AdvisoriesError.self) { try TrackerIndexBuilder.build(bytes("{}"), limits: .init(bytes: 1)) }
        #expect(throws: AdvisoriesError.self) { try KEVFeed.build(bytes("{}"), limit: 1) }
        #expect(throws: AdvisoriesError.self) { try EPSSFeed.build(bytes(scores), limit: 100) }
        #expect(throws: (any Error).self) { try EndOfLifeFeed(bytes(#"{"a":[]}"#), limit: 3) }
    }

    @Test func `a list of refused records is cut and its count is not`() throws {
        let lines = (0..<1500).map { _ in "x,y\n" }.joined()
        let good = (0..<160_000).map { "CVE-2020-\(100_000 + $0),0.1,0.5\n" }.joined()
        let table = try CVETable(EPSSFeed.build(bytes("cve,epss,percentile\n" + lines + good)))
        #expect(table.refusedCount == 1500)
        #expect(table.refused.count == 1000)
    }
}
