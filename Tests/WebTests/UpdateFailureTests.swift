// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Records
import Testing

@testable import Web

@Suite struct UpdateFailureTests {
    @Test func `a failed update is told on top of the image's pages, until one succeeds`() async throws {
        let store = try SyntheticStore(layerSize: 1000)
        let now = Timestamp(seconds: 1_764_000_000)
        let plan = PlannedChange(
            image: "team/python:3.13", lock: .sha256(of: "lock"), decision: .now, reason: "security fix of openssl", isSecurity: true,
            packages: [])
        #expect(try await !store.ask("/images/team/python/3.13").text.contains("The last update failed"))
        try store.records.enqueue([plan], for: ["team/python:3.13"], at: now)
        let change = try #require(try store.records.openChange(of: "team/python:3.13"))
        try store.records.begin(change, replacing: nil, at: now)
        let failure = ChangeFailure(Diagnosis("a.b", .policy, "its contract <broke>", remedy: "-"), at: now)
        try store.records.fail(change, failure, due: Timestamp(seconds: now.seconds + 600))
        for page in ["", "/vulnerabilities", "/builds"] {
            let text = try await store.ask("/images/team/python/3.13" + page).text
            #expect(text.contains("The last update failed") && text.contains("its contract &lt;broke&gt;"))
            #expect(HTMLCheck(text).faults.isEmpty, "\(HTMLCheck(text).faults)")
        }
        try store.records.finish(change, as: .sha256(of: "release"), at: now)
        #expect(try await !store.ask("/images/team/python/3.13").text.contains("The last update failed"))
    }
}
