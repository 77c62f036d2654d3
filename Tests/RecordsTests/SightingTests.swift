// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import TestKit
import Testing

@testable import Records

@Suite struct SightingTests {
    private func keep(_ advisories: [String], of index: Digest, at seconds: Int, feeds: String, in store: RecordStore) throws {
        var assessment = SampleAssessment.assessment(advisories.map { SampleAssessment.finding($0, .high) })
        assessment.assessed = Timestamp(seconds: seconds)
        try store.keep(assessment, of: index, feeds: .sha256(of: feeds))
    }

    @Test func `a finding was first seen in the earliest assessment of its stream that has it`() throws {
        let scratch = try TestFolder()
        let store = try RecordStore(folder: scratch.path)
        try store.apply(Fixture.publication())
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        try store.apply(Fixture.publication("nginx", manifest: "m3"))
        let release = try #require(try store.releases(in: "python").first)
        #expect(try store.sightings(in: "python", stream: release.stream) == [])
        let digests = try store.releases(in: "python").map(\.index)
        try keep(["CVE-2026-1"], of: digests[1], at: 300, feeds: "a", in: store)
        try keep(["CVE-2026-1", "CVE-2026-2"], of: digests[1], at: 200, feeds: "b", in: store)
        try keep(["CVE-2026-2", "CVE-2026-3"], of: digests[0], at: 100, feeds: "a", in: store)
        let other = try #require(try store.releases(in: "nginx").first)
        try keep(["CVE-2026-9"], of: other.index, at: 1, feeds: "a", in: store)
        let sightings = try store.sightings(in: "python", stream: release.stream)
        #expect(sightings.map(\.advisory) == ["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"])
        #expect(sightings.map(\.first.seconds) == [200, 100, 100])
        #expect(sightings.allSatisfy { $0.source == "openssl" })
        #expect(try store.sightings(in: "python", stream: "no such") == [])
    }
}
