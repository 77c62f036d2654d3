// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base
import Testing

private func index(_ ecosystem: String, _ text: String) throws -> OSVIndex {
    var builder = OSVIndexBuilder(ecosystem: ecosystem)
    try builder.append(Array(text.utf8))
    return try OSVIndex(builder.finish())
}

private func affected(_ index: OSVIndex, _ name: String, _ version: String, _ order: VersionOrder) -> [String] {
    index.records(about: name).filter { if case .affected = $0.verdict(on: version, by: order) { true } else { false } }.map(\.id)
}

@Suite struct OSVTests {
    private let django = #"""
        {"id":"PYSEC-1","modified":"2026-07-13T16:03:53Z","aliases":["CVE-2026-25674"],"summary":"A race","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N"}],
         "affected":[{"package":{"name":"Django","ecosystem":"PyPI"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"4.2"},{"fixed":"4.2.29"},{"introduced":"6.0"},{"fixed":"6.0.3"}]}],"versions":["4.2","5.1.7"]}]}
        """#

    @Test func `ranges and listed versions decide`() throws {
        let index = try index("PyPI", django)
        #expect(affected(index, "django", "4.2.28", .python) == ["PYSEC-1"])
        #expect(affected(index, "DJANGO", "4.2.29", .python) == [])
        #expect(affected(index, "django", "6.0rc1", .python) == [])
        #expect(affected(index, "django", "6.0.2", .python) == ["PYSEC-1"])
        #expect(affected(index, "django", "5.1.7", .python) == ["PYSEC-1"])
        #expect(affected(index, "flask", "1.0", .python) == [])
        let record = try #require(index.records(about: "django").first)
        #expect(
            record.verdict(on: "4.2.1", by: .python) == .affected(range: "from 4.2, before 4.2.29, from 6.0, before 6.0.3", fix: "4.2.29"))
        #expect(record.aliases == ["CVE-2026-25674"])
        #expect(record.vector?.hasPrefix("CVSS:3.1") == true)
        #expect(index.seconds == Timestamp(rfc3339: "2026-07-13T16:03:53Z")?.seconds)
    }

    @Test func `of contradictory ranges of a malicious package the one with an end counts`() throws {
        let text = #"""
            {"id":"MAL-2025-47141","modified":"2025-09-17T00:29:08Z","affected":[{"package":{"ecosystem":"npm","name":"@ctrl/tinycolor"},
             "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]},{"type":"SEMVER","events":[{"introduced":"4.1.1"},{"last_affected":"4.1.2"}]}]}]}
            """#
        let index = try index("npm", text)
        #expect(affected(index, "@ctrl/tinycolor", "4.1.0", .npm) == [])
        #expect(affected(index, "@ctrl/tinycolor", "4.1.2", .npm) == ["MAL-2025-47141"])
        #expect(affected(index, "@ctrl/tinycolor", "4.1.3", .npm) == [])
        let record = try #require(index.records(about: "@ctrl/tinycolor").first)
        #expect(record.verdict(on: "4.1.1", by: .npm) == .affected(range: "from 4.1.1, up to 4.1.2, as of 2025-09-17", fix: nil))
    }

    @Test func `a malicious package without versions is malicious in every one`() throws {
        let index = try index(
            "npm",
            #"{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#
        )
        #expect(affected(index, "x", "0.0.1-alpha", .npm) == ["MAL-1"])
    }

    @Test func `a bad record is listed and its neighbours stay`() throws {
        let good = #"{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}"#
        let lines = [
            good, #"{"id":"B","affected":[{"package":{"ecosystem":"np"#, #"{"id":7}"#, "[]", #"{"id":"C"}"#,
            #"{"id":"D","affected":[{"package":{"ecosystem":"npm"}}]}"#, #"{"id":"E","id":"F"}"#, good.replacing("\"A\"", with: "\"Z\""),
        ]
        let index = try index("npm", lines.joined(separator: "\n"))
        #expect(affected(index, "x", "1.0.0", .npm) == ["A", "Z"])
        #expect(index.refusedCount == 6)
        #expect(index.refused.contains { $0.advisory == "C" })
    }

    @Test func `an array that is cut short is refused`() {
        #expect(throws: AdvisoriesError.self) { try index("npm", #"[{"id":"A","affected":[]}"#) }
        #expect(throws: AdvisoriesError.self) { try index("npm", "") }
    }

    @Test func `withdrawn records and other ecosystems are left out`() throws {
        let text = #"""
            [{"id":"A","withdrawn":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]},
             {"id":"B","affected":[{"package":{"ecosystem":"PyPI","name":"x"},"versions":["1.0.0"]},{"package":{"ecosystem":"npm","name":"y"},"versions":["1.0.0"]}]}]
            """#
        let index = try index("npm", text)
        #expect(affected(index, "x", "1.0.0", .npm) == [])
        #expect(affected(index, "y", "1.0.0", .npm) == ["B"])
    }

    @Test func `what cannot be applied is told and never taken as unaffected`() throws {
        let text = #"""
            [{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]},
             {"id":"B","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"tomorrow"}]}]}]}]
            """#
        let verdicts = try index("npm", text).records(about: "x").map { $0.verdict(on: "1.0.0", by: .npm) }
        #expect(
            verdicts == [.unreadable("names commits only, and no versions"), .unreadable("names `tomorrow`, which is no version")])
    }

    @Test func `a damaged index is refused`() throws {
        var builder = OSVIndexBuilder(ecosystem: "PyPI")
        try builder.append(Array(django.utf8))
        let bytes = try builder.finish()
        for place in stride(from: 0, to: bytes.count, by: 5) {
            var damaged = bytes
            damaged[place] ^= 0x20
            #expect(throws: AdvisoriesError.self) { try OSVIndex(damaged) }
        }
    }
}
