// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Testing

private let tracker = #"""
    {"glibc": {"CVE-2026-0001": {"releases": {
        "trixie": {"status": "resolved", "fixed_version": "2.41-12+deb13u1", "urgency": "high"},
        "bookworm": {"status": "open", "urgency": "low"}, "sid": {"status": "undetermined", "urgency": "low"}}}}}
    """#
private let records = #"""
    [{"id":"MAL-2026-1","aliases":["GHSA-x"],"affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["1.0.1"]}]},
     {"id":"GHSA-y","aliases":["CVE-2026-0009"],"affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}]}]}]
    """#

private func reach() throws -> AdvisoryReach {
    var builder = OSVIndexBuilder(ecosystem: "npm")
    try builder.append(Array(records.utf8))
    return AdvisoryReach(
        AdvisorySet(
            tracker: try TrackerIndex(TrackerIndexBuilder.build(Array(tracker.utf8))), ecosystems: ["npm": try OSVIndex(builder.finish())]))
}

@Suite struct AdvisoryReachTests {
    private let held: [(ecosystem: Ecosystem, name: String)] = [(Ecosystem("npm"), "left"), (Ecosystem("npm"), "right")]

    @Test func `an advisory of Debian says for each release which versions it touches`() throws {
        let targets = try reach().targets(of: "CVE-2026-0001")
        let trixie = try #require(targets.first { $0.ecosystem == .debian("trixie") })
        #expect(trixie.touch("2.41-12") == .yes(range: "before 2.41-12+deb13u1", fix: "2.41-12+deb13u1"))
        #expect(trixie.touch("2.41-12+deb13u1") == .no)
        #expect(trixie.touch("no version") == .unclear("`no version` is no Debian version"))
        let bookworm = try #require(targets.first { $0.ecosystem == .debian("bookworm") })
        #expect(bookworm.touch("1") == .yes(range: "every version", fix: nil))
        let sid = try #require(targets.first { $0.ecosystem == .debian("sid") })
        #expect(sid.touch("1") == .unclear("Debian has no verdict yet"))
        #expect(try reach().targets(of: "CVE-2026-0002").isEmpty)
    }

    @Test func `records of held packages are found by any of their names`() throws {
        let reach = try reach()
        #expect(reach.names(of: "CVE-2026-0009", among: held) == ["CVE-2026-0009", "GHSA-y"])
        let target = try #require(reach.targets(among: held) { names, _ in names.contains("CVE-2026-0009") }.first)
        #expect(target.touch("1.1.0") == .yes(range: "before 1.2.0", fix: "1.2.0"))
        #expect(target.touch("1.2.0") == .no)
    }

    @Test func `malicious packages are found without knowing their names`() throws {
        let targets = try reach().targets(among: held) { $1 }
        #expect(targets.map(\.advisory) == ["MAL-2026-1"])
        #expect(targets.first?.isMalicious == true)
        #expect(targets.first?.touch("1.0.1") == .yes(range: "listed by name", fix: nil))
        #expect(targets.first?.touch("1.0.2") == .no)
    }
}
