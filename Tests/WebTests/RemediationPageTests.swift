// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Web

@Suite struct RemediationPageTests {
    private let base = "/images/team/python/3.13"

    @Test func `open flaws are on the page with what is not known of them`() async throws {
        let store = try FullStore()
        let page = try await store.ask("/remediation")
        #expect(page.status == .ok)
        #expect(HTMLCheck(page.text).faults.isEmpty)
        let text = HTMLCheck(page.text).text
        for expected in [
            "CVE-2026-0001", "none measured", "not known", "no admission log and no inventory of clusters", "there is no slo.yaml",
        ] { #expect(text.contains(expected), "\(expected)") }
        let json = try #require(try await store.ask("/remediation.json").json)
        let rows = json["rows"]?.array ?? []
        let row = try #require(rows.first { $0["advisory"]?.string == "CVE-2026-0001" })
        #expect(row["state"]?.string == "open")
        #expect(row["deployed"] == .null)
        #expect(row["deployedOrigin"]?.string?.hasPrefix("not known") == true)
        #expect(row["disclosedOrigin"]?.string?.hasPrefix("not-after: dateAdded of the KEV") == true)
        // Answered and unimportant ones are told apart and have no time.
        #expect(rows.filter { $0["outcome"]?.string == "excluded" }.count == 2)
        let times = try #require(try await store.ask("/remediation-times.json").json)
        #expect(times["rows"]?.array?.allSatisfy { $0["p50"] == .null } == true)
        #expect(try await store.ask("/remediation.csv?days=30").text.hasPrefix("advisory,severity,seconds,"))
    }

    @Test func `a build with the repaired package ends the clock at its publication`() async throws {
        let store = try FullStore()
        try store.publishAnother(at: Timestamp(seconds: FullStore.now.seconds - 60))
        let rows = try await store.ask(base + "/clock.json").json?["rows"]?.array ?? []
        let row = try #require(rows.first { $0["advisory"]?.string == "CVE-2026-0001" })
        #expect(row["state"]?.string == "remediated")
        #expect(row["remedied"]?.string == "3.13.5-r2")
        #expect(row["published"]?.string == Timestamp(seconds: FullStore.now.seconds - 60).description)
        let page = try await store.ask(base + "/clock")
        #expect(HTMLCheck(page.text).faults.isEmpty)
        #expect(HTMLCheck(page.text).text.contains("never assessed, so that nothing is known of them: team/python:3.13.5-r2"))
    }

    @Test func `two builds are compared by address, without a script`() async throws {
        let store = try FullStore()
        #expect(try await !store.ask(base + "/builds").text.contains("id=\"changes\""))
        #expect(try await store.ask(base + "/changelog.json").status == .notFound)
        try store.publishAnother(at: FullStore.now)
        let page = try await store.ask(base + "/builds?from=3.13.5-r1&to=3.13.5-r2")
        #expect(HTMLCheck(page.text).faults.isEmpty)
        let text = HTMLCheck(page.text).text
        for expected in ["From 3.13.5-r1 to 3.13.5-r2", "libssl3t64", "3.5.1-2", "What was fixed is not known."] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(page.text.contains("<select name=\"from\""))
        let json = try #require(try await store.ask(base + "/changelog.json?from=3.13.5-r1&to=3.13.5-r2").json)
        let row = try #require(json["rows"]?.array?.first { $0["kind"]?.string == "package" })
        #expect(row["change"]?.string == "upgraded" && row["from"]?.string == "3.5.1-1" && row["to"]?.string == "3.5.1-2")
        #expect(try await store.ask(base + "/builds?from=nothing&to=3.13.5-r2").status == .ok)
    }
}
