// SPDX-License-Identifier: Apache-2.0
import Advisories
import Base
import Debian
import Testing

private let sample = """
    {"openssl": {
      "CVE-2026-0001": {"description": "A \\"flaw\\"", "scope": "remote", "debianbug": 1234, "releases": {
        "trixie": {"status": "resolved", "repositories": {"trixie": "3.5.1-1", "trixie-security": "3.5.1-1+deb13u2"}, "fixed_version": "3.5.1-1+deb13u1", "urgency": "high**"},
        "bookworm": {"status": "open", "repositories": {"bookworm": "3.0.17-1"}, "urgency": "unimportant"}}},
      "CVE-2026-0002": {"releases": {"trixie": {"status": "open", "repositories": {"trixie": "3.5.1-1"}, "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": "postponed"}}},
      "CVE-2026-0003": {"releases": {"trixie": {"status": "resolved", "repositories": {}, "fixed_version": "0", "urgency": "unimportant"}}},
      "CVE-2026-0004": {"releases": {"trixie": {"status": "undetermined", "repositories": {}, "urgency": "not yet assigned"}}},
      "CVE-2026-0005": {"releases": {"trixie": {"status": "resolved", "repositories": {}, "fixed_version": "3.6.0-1", "urgency": "medium"}}}
    }}
    """

private func index(_ text: String) throws -> TrackerIndex { try TrackerIndex(TrackerIndexBuilder.build(Array(text.utf8))) }

private func affected(_ index: TrackerIndex, _ source: String, _ version: String, _ release: String = "trixie") -> [String] {
    guard let release = index.release(named: release) else { return [] }
    return index.match(source: source, version: version, release: release).affected.joined().compactMap { index.entry(ofRow: $0)?.advisory }
        .sorted()
}

@Suite struct TrackerIndexTests {
    @Test func `a version is affected by what is open and by what is repaired later`() throws {
        let index = try index(sample)
        #expect(affected(index, "openssl", "3.5.1-1") == ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0005"])
        #expect(affected(index, "openssl", "3.5.1-1+deb13u1") == ["CVE-2026-0002", "CVE-2026-0005"])
        #expect(affected(index, "openssl", "3.6.0-1") == ["CVE-2026-0002"])
        #expect(affected(index, "openssl", "1.0", "bookworm") == ["CVE-2026-0001"])
        #expect(affected(index, "openssh", "1.0") == [])
        #expect(index.neverAffectedCount == 1)
    }

    @Test func `an entry keeps what the tracker says`() throws {
        let index = try index(sample)
        let entries = index.entries(about: "CVE-2026-0001")
        #expect(entries.map(\.release).sorted() == ["bookworm", "trixie"])
        let entry = try #require(entries.first { $0.release == "trixie" })
        #expect(entry.summary == "A \"flaw\"")
        #expect(entry.fixed == "3.5.1-1+deb13u1")
        #expect(entry.newest == "3.5.1-1+deb13u2")
        #expect(entry.urgency == .high)
        #expect(entry.scope == .remote)
        #expect(entry.bug == 1234)
        let postponed = try #require(index.entries(about: "CVE-2026-0002").first)
        #expect(postponed.triage == .postponed)
        #expect(postponed.note == "Minor issue")
        let match = index.match(source: "openssl", version: "3.5.1-1", release: try #require(index.release(named: "trixie")))
        #expect(match.undetermined.joined().compactMap { index.entry(ofRow: $0)?.advisory } == ["CVE-2026-0004"])
    }

    @Test func `a record of the wrong shape is listed and its neighbours stay`() throws {
        let index = try index(
            """
            {"a": {"CVE-1": {"releases": {"trixie": {"status": "open", "urgency": 5}}},
                   "CVE-2": {"releases": {"trixie": {"status": "solved", "urgency": "low"}, "sid": {"status": "open", "urgency": "low"}}},
                   "CVE-3": [], "CVE-4": {"releases": {"trixie": {"status": "open", "urgency": "low"}}}},
             "b": 7, "c": {"CVE-5": {"releases": {"trixie": {"status": "open", "status": "resolved"}}}},
             "d": {"CVE-6": {"releases": {"trixie": {"status": "open", "urgency": "low"}}}}}
            """)
        #expect(affected(index, "a", "1") == ["CVE-4"])
        #expect(affected(index, "a", "1", "sid") == ["CVE-2"])
        #expect(affected(index, "d", "1") == ["CVE-6"])
        #expect(index.refusedCount == 5)
        #expect(index.refused.map { "\($0.package) \($0.advisory)" } == ["a CVE-1", "a CVE-2", "a CVE-3", "b ", "c CVE-5"])
        #expect(index.refused[1].reason.contains("in trixie: expected the status"))
    }

    @Test func `a fixed version that is none counts as affected`() throws {
        let index = try index(#"{"a": {"CVE-1": {"releases": {"trixie": {"status": "resolved", "fixed_version": "not a version"}}}}}"#)
        #expect(affected(index, "a", "99") == ["CVE-1"])
        #expect(index.entries(about: "CVE-1").first?.hasUnreadableFix == true)
        #expect(index.refusedCount == 1)
    }

    @Test func `a package or a flaw that stands twice counts in both forms`() throws {
        let index = try index(
            """
            {"a": {"CVE-1": {"releases": {"trixie": {"status": "resolved", "fixed_version": "1"}}},
                   "CVE-1": {"releases": {"trixie": {"status": "resolved", "fixed_version": "3"}}}},
             "a": {"CVE-2": {"releases": {"trixie": {"status": "open"}}}}}
            """)
        #expect(affected(index, "a", "2") == ["CVE-1", "CVE-2"])
    }

    @Test(arguments: [
        "", "{", #"{"a": {"CVE-1": {"releases": {"trixie": {"status": "op"#, #"{"a": }"#, "{} x", #"{"a": {"#, "[1,", "nul", #"{"a" 1}"#,
    ])
    func `what is cut short is refused as a whole`(text: String) throws {
        #expect(throws: AdvisoriesError.self) { try index(text) }
    }

    @Test func `a document without any record is refused`() {
        #expect(throws: AdvisoriesError.unusable(feed: "the Debian security tracker", usable: 0, refused: 0)) { try index("{}") }
        #expect(throws: AdvisoriesError.self) { try index("[]") }
    }

    @Test func `nesting and size are bounded`() {
        let deep = #"{"a": {"CVE-1": {"x": "# + String(repeating: "[", count: 100_000)
        #expect(throws: AdvisoriesError.self) { try index(deep) }
        let limits = TrackerIndexBuilder.Limits(bytes: 10)
        #expect(throws: AdvisoriesError.self) { try TrackerIndexBuilder.build(Array(sample.utf8), limits: limits) }
        #expect(throws: AdvisoriesError.self) { try TrackerIndexBuilder.build(Array(sample.utf8), limits: .init(rows: 2)) }
    }

    @Test func `a damaged index is refused`() throws {
        let bytes = try TrackerIndexBuilder.build(Array(sample.utf8))
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[place] ^= 0x10
            #expect(throws: AdvisoriesError.self) { try TrackerIndex(damaged) }
        }
        #expect(throws: AdvisoriesError.self) { try TrackerIndex(Array(bytes.dropLast())) }
        #expect(throws: AdvisoriesError.self) { try TrackerIndex([]) }
    }

    @Test func `the same feed gives the same bytes`() throws {
        #expect(try TrackerIndexBuilder.build(Array(sample.utf8)) == TrackerIndexBuilder.build(Array(sample.utf8)))
    }
}
