// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base
import Testing

@Suite struct RankTests {
    @Test func `scores are found by CVE`() throws {
        let text = """
            #model_version:v2025.03.14,score_date:2026-08-16T12:00:00Z
            cve,epss,percentile
            CVE-2002-0367,0.04919,0.91370
            CVE-2024-1234567,1.0,1.00000
            not a line
            """ + "\n" + (1...200).map { "CVE-1999-\(1000 + $0),0.0\($0),0.5" }.joined(separator: "\n")
        let table = try CVETable(EPSSFeed.build(Array(text.utf8)))
        #expect(table.count == 202)
        #expect(table.refusedCount == 1)
        #expect(table.score(of: "CVE-2002-0367")?.probability == 4919)
        #expect(table.score(of: "CVE-2002-0367")?.percentile == 91370)
        #expect(table.score(of: "CVE-2024-1234567")?.probability == 100_000)
        #expect(table.score(of: "CVE-2002-0368") == nil)
        #expect(table.score(of: "TEMP-1") == nil)
        #expect(table.exploit(of: "CVE-2002-0367") == nil)
        #expect(table.seconds == Timestamp(rfc3339: "2026-08-16T12:00:00Z")?.seconds)
    }

    @Test(arguments: ["", "cve,epss,percentile\n", "<html>", "cve,epss,percentile\nCVE-2002-0367,2.0,0.1\n"])
    func `another document is no table of scores`(text: String) {
        #expect(throws: AdvisoriesError.self) { try EPSSFeed.build(Array(text.utf8)) }
    }

    @Test func `what is exploited is known with its dates`() throws {
        let text = #"""
            {"catalogVersion":"2026.01.27","dateReleased":"2026-01-27T20:51:50.7688Z","count":3,"vulnerabilities":[
             {"cveID":"CVE-2026-24858","dateAdded":"2026-01-27","dueDate":"2026-02-17","knownRansomwareCampaignUse":"Known","x":[{}]},
             {"cveID":"CVE-2026-1","dateAdded":"2026-01-27"},{"cveID":"CVE-2025-1111","dateAdded":"2025-01-27","knownRansomwareCampaignUse":"Unknown"}]}
            """#
        let many = text.replacing(
            "{\"cveID\":\"CVE-2026-1\"",
            with: (0..<20).map { "{\"cveID\":\"CVE-2020-\(1000 + $0)\",\"dateAdded\":\"2020-01-01\"}," }.joined()
                + "{\"cveID\":\"CVE-2026-1\"")
        let table = try CVETable(KEVFeed.build(Array(many.utf8)))
        let exploit = try #require(table.exploit(of: "CVE-2026-24858"))
        #expect(exploit.added.dateText == "2026-01-27")
        #expect(exploit.due?.dateText == "2026-02-17")
        #expect(exploit.isUsedByRansomware)
        #expect(table.exploit(of: "CVE-2025-1111")?.isUsedByRansomware == false)
        #expect(table.refusedCount == 1)
        #expect(throws: AdvisoriesError.self) { try KEVFeed.build(Array(text.utf8.dropLast(5))) }
        #expect(throws: AdvisoriesError.self) { try KEVFeed.build(Array("{}".utf8)) }
    }

    @Test func `a catalog that has fewer than it says is partial`() throws {
        let table = try CVETable(
            KEVFeed.build(Array(#"{"count":9,"vulnerabilities":[{"cveID":"CVE-2025-1111","dateAdded":"2025-01-27"}]}"#.utf8)))
        #expect(table.refusedCount == 8)
    }

    @Test(arguments: [
        #"{"debian":[{"cycle":"13","codename":"Trixie","eol":"2028-08-09"},{"cycle":"9","eol":true},{"cycle":[]}],"python":[{"cycle":"3.1","eol":false},{"cycle":"3.13","eol":"2029-10-31"}]}"#,
        #"{"schema_version":"1.2","result":[{"name":"debian","releases":[{"name":"13","codename":"Trixie","isEol":false,"eolFrom":"2028-08-09"},{"name":"9","isEol":true,"eolFrom":null},{}]},{"name":"python","releases":[{"name":"3.1","isEol":false},{"name":"3.13","eolFrom":"2029-10-31"}]}]}"#,
    ])
    func `both shapes of endoflife dates are read`(text: String) throws {
        let feed = try EndOfLifeFeed(Array(text.utf8))
        #expect(feed.refusedCount == 1)
        #expect(feed.cycle(of: "debian", codename: "trixie")?.ends?.dateText == "2028-08-09")
        #expect(feed.cycle(of: "python", version: "3.13.5")?.cycle == "3.13")
        #expect(feed.cycle(of: "debian", version: "9")?.isOver(at: Timestamp(seconds: 0)) == true)
        #expect(feed.cycle(of: "debian", version: "13")?.isOver(at: Timestamp(seconds: 4_000_000_000)) == true)
    }
}
