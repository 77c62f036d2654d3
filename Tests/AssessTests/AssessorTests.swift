// SPDX-License-Identifier: Apache-2.0
import Advisories
import Archive
import Artifacts
import Assess
import Base
import Debian
import Foundation
import Testing

private let now = Timestamp(seconds: 1_795_000_000)

private func tracker(_ text: String) throws -> TrackerIndex { try TrackerIndex(TrackerIndexBuilder.build(Array(text.utf8))) }

private let small = """
    {"glibc": {
      "CVE-2026-0001": {"description": "x", "scope": "remote", "releases": {"trixie": {"status": "resolved", "repositories": {"trixie": "2.41-12"}, "fixed_version": "2.41-12+deb13u1", "urgency": "high"}}},
      "CVE-2026-0002": {"releases": {"trixie": {"status": "open", "urgency": "unimportant"}}},
      "CVE-2026-0003": {"releases": {"trixie": {"status": "open", "urgency": "low", "nodsa": "Minor", "nodsa_reason": "ignored"}}},
      "CVE-2026-0004": {"releases": {"trixie": {"status": "undetermined", "urgency": "not yet assigned"}}}},
     "gcc-14": {"CVE-2026-0005": {"releases": {"trixie": {"status": "open", "urgency": "medium"}}}}}
    """

private func facts(_ name: String, _ state: FeedFacts.State, date: Int = 1_794_990_000) -> FeedFacts {
    var facts = FeedFacts(name: name, title: name)
    facts.state = state
    facts.date = Timestamp(seconds: date)
    return facts
}

private func set(_ states: [String: FeedFacts.State] = ["debian": .current, "kev": .current, "epss": .current]) throws -> AdvisorySet {
    AdvisorySet(
        tracker: states["debian"] == .missing ? nil : try tracker(small),
        feeds: states.map { facts($0.key, $0.value) }.sorted { $0.name < $1.name })
}

private func component(_ name: String, _ version: String, source: String? = nil, builtUsing: String? = nil) -> InstalledPackage {
    InstalledPackage(debian: "trixie", name: name, version: version, architecture: "amd64", sourceField: source, builtUsing: builtUsing)
}

private func assess(_ components: [InstalledPackage], _ advisories: AdvisorySet) -> Assessment {
    let platform = PlatformPackages(platform: "linux/amd64", manifest: nil, components: components)
    return Assessor().assess(AssessmentSubject(name: "x:1", digest: nil, platforms: [platform]), against: advisories, now: now)
}

@Suite struct SharedFindingTests {
    private func finding(_ version: String, _ status: AdvisoryFinding.Status = .affected) -> AdvisoryFinding {
        AdvisoryFinding(
            advisory: "CVE-1", ecosystem: .debian("trixie"), source: SourceVersion(name: "glibc", version: version), path: .source,
            status: status, range: "every version", feed: "debian")
    }

    private func platform(_ name: String, _ findings: [AdvisoryFinding]) -> PlatformAssessment {
        PlatformAssessment(platform: name, manifest: nil, componentCount: 1, findings: findings, unseen: [])
    }

    @Test func `what platforms share is one flaw, as bad as where it is worst, on each platform once`() {
        var answered = finding("1")
        answered.answer = Answer(status: "fixed", justification: nil, source: "us")
        var copy = answered
        copy.path = .builtUsing
        let platforms = [platform("a", [answered, copy]), platform("b", [finding("2")]), platform("c", [finding("2", .undetermined)])]
        let flaws = SharedFinding.all(of: platforms)
        #expect(flaws.count == 1 && flaws[0].platforms == ["a", "b", "c"] && flaws[0].places.count == 4)
        #expect(flaws[0].finding == finding("2"))
        // Each version and path has its own fix and packages.
        let occurrences = SharedFinding.all(of: platforms, by: .occurrence)
        #expect(occurrences.map(\.platforms) == [["a"], ["a"], ["b", "c"]])
        #expect(occurrences.map(\.finding) == [answered, copy, finding("2")])
        let counted = SharedFinding.all(of: platforms, where: { $0.answer == nil && $0.status == .affected })
        #expect(counted.map(\.platforms) == [["b"]])
        #expect(SharedFinding.all(of: Array(platforms.reversed())).map(\.finding) == flaws.map(\.finding))
    }

    @Test func `of two that stand alike the worse rated is told`() {
        var (low, high) = (finding("1"), finding("1"))
        low.severity = .low
        high.severity = .high
        #expect(SharedFinding.all(of: [platform("a", [low]), platform("b", [high])]).map(\.finding) == [high])
    }
}

@Suite struct SupportTests {
    private func support(_ ecosystem: Ecosystem, _ feed: String?) throws -> [String] {
        var advisories = try set()
        advisories.endOfLife = try feed.map { try EndOfLifeFeed(Array($0.utf8)) }
        advisories.feeds.append(facts("endoflife", feed == nil ? .missing : .current))
        return assess([InstalledPackage(ecosystem: ecosystem, name: "x", version: "1")], advisories).support.map(\.told)
    }
    private let feed = """
        {"schema_version": "1.2.0", "result": [{"name": "debian", "releases": [
          {"name": "13", "codename": "Trixie", "eolFrom": "2028-08-09", "isEol": false},
          {"name": "14", "codename": "Forky", "eolFrom": null, "isEol": false}, {"name": "15", "codename": "Duke"}]},
          {"name": "alpine-linux", "releases": [{"name": "3.20", "eolFrom": "2026-04-01", "isEol": true}]}]}
        """

    @Test func `a release that nobody lists, or of which nobody says an end, is not told as supported`() throws {
        #expect(try support(.debian("trixie"), feed) == ["debian 13 until 2028-08-09"])
        #expect(try support(.debian("forky"), feed) == ["debian 14 has no end yet"])
        #expect(try support(.debian("duke"), feed) == ["debian duke unknown: endoflife does not list it"])
        #expect(try support(.debian("sid"), feed) == ["debian sid unknown: endoflife does not list it"])
        #expect(try support(Ecosystem("Debian"), feed) == ["debian ? unknown: the image does not say which release it is"])
        #expect(try support(.debian("trixie"), nil) == ["debian trixie unknown: endoflife is missing"])
        #expect(try support(Ecosystem("Alpine", release: "3.20.3"), feed) == ["alpine-linux 3.20 ended on 2026-04-01"])
        #expect(try support(Ecosystem("Wolfi", release: "1"), feed) == ["Wolfi 1 unknown: endoflife does not list it"])
        #expect(try support(Ecosystem("PyPI"), feed).isEmpty)
    }
}

@Suite struct AssessorTests {
    @Test func `binary packages are matched by their source and its version`() throws {
        // The binary was rebuilt: its own version is newer than the fix, its source's is not.
        let assessment = assess(
            [component("libc6", "2.41-12+deb13u1+b1", source: "glibc (2.41-12)"), component("libc-bin", "2.41-12", source: "glibc")],
            try set())
        let findings = assessment.platforms[0].findings
        #expect(findings.map(\.advisory).sorted() == ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003", "CVE-2026-0004"])
        let first = try #require(findings.first { $0.advisory == "CVE-2026-0001" })
        #expect(first.packages.map(\.name) == ["libc-bin", "libc6"])
        #expect(first.range == "before 2.41-12+deb13u1")
        #expect(first.fix == "2.41-12+deb13u1")
        #expect(first.fixIsInArchive == false)
        #expect(first.severity == .high)
        #expect(first.decision.action == .attend)
        #expect(findings.first { $0.advisory == "CVE-2026-0002" }?.triage == "unimportant")
        #expect(findings.first { $0.advisory == "CVE-2026-0003" }?.triage == "ignored")
        #expect(findings.first { $0.advisory == "CVE-2026-0004" }?.status == .undetermined)
        #expect(assess([component("glibc", "2.41-12+deb13u1")], try set()).platforms[0].findings.count == 3)
    }

    @Test func `copies that a package was built with are found`() throws {
        let assessment = assess([component("grub", "2.12-9", builtUsing: "gcc-14 (= 14.2.0-19), zlib (= 1:1.3)")], try set())
        let finding = try #require(assessment.platforms[0].findings.first)
        #expect(finding.advisory == "CVE-2026-0005")
        #expect(finding.path == .builtUsing)
        #expect(finding.packages.map(\.name) == ["grub"])
    }

    @Test func `three numbers are counted, and undetermined is in none`() throws {
        let counts = assess([component("glibc", "2.41-12")], try set()).counts
        #expect(counts.all.total == 3)
        #expect(counts.withoutUnimportant.total == 2)
        #expect(counts.afterVEX.total == 2)
        #expect(counts.undetermined == 1)
        #expect(counts.all.high == 1)
        #expect(counts.all.negligible == 1)
    }

    @Test func `without the needed feed an assessment is unknown, never clean`() throws {
        let assessment = assess([component("glibc", "2.41-12")], try set(["debian": .missing]))
        #expect(assessment.completeness.level == .unknown)
        #expect(assessment.headline == "unknown")
        #expect(assessment.completeness.reasons.contains { $0.contains("debian is missing") })
    }

    @Test(arguments: [FeedFacts.State.stale, .snapshot, .partial])
    func `old, partial or snapshot data gives lower bounds`(state: FeedFacts.State) throws {
        let assessment = assess([component("glibc", "2.41-12")], try set(["debian": state, "kev": .current, "epss": .current]))
        #expect(assessment.completeness.level == .atLeast)
        #expect(assessment.headline == "at least 3 / 2 / 2, data incomplete since 2026-11-18")
    }

    @Test func `whole and fresh data is told without a reserve`() throws {
        let assessment = assess([component("glibc", "2.41-12")], try set())
        #expect(assessment.completeness == Completeness(level: .complete, since: nil, reasons: []))
        #expect(assessment.headline == "3 / 2 / 2")
    }

    @Test func `what no feed speaks of is told`() throws {
        let stranger = InstalledPackage(ecosystem: Ecosystem("Alpine", release: "3.20"), name: "musl", version: "1")
        let assessment = assess([component("glibc", "2.41-12"), stranger], try set())
        #expect(assessment.completeness.level == .unknown)
        #expect(assessment.headline == "unknown, of which seen 3 / 2 / 2")
        #expect(assessment.platforms[0].unseen.map(\.package) == ["musl"])
        #expect(assess([stranger], try set()).completeness.level == .unknown)
        #expect(assess([], try set()).completeness.level == .unknown)
        let other = InstalledPackage(debian: "sid", name: "glibc", version: "1", architecture: nil, sourceField: nil)
        #expect(assess([other], try set()).completeness.level == .unknown)
        #expect(assess([component("glibc", "not a version")], try set()).completeness.level == .unknown)
    }

    @Test func `what is exploited is to be acted on`() throws {
        var advisories = try set()
        advisories.exploited = try CVETable(
            KEVFeed.build(Array(#"{"vulnerabilities":[{"cveID":"CVE-2026-0002","dateAdded":"2026-10-01"}]}"#.utf8)))
        advisories.scores = try CVETable(EPSSFeed.build(Array("cve,epss,percentile\nCVE-2026-0003,0.2,0.9\n".utf8)))
        let findings = assess([component("glibc", "2.41-12")], advisories).platforms[0].findings
        #expect(findings.first?.advisory == "CVE-2026-0002")
        #expect(findings.first?.decision.action == .act)
        #expect(findings.first?.exploited?.added == "2026-10-01")
        let likely = try #require(findings.first { $0.advisory == "CVE-2026-0003" })
        #expect(likely.decision.action == .attend)
        #expect(likely.decision.inputs.contains(.init("likelihood", "20.000 %", origin: "epss")))
    }

    @Test func `an assessment is canonical`() throws {
        let assessment = assess(
            [component("libc6", "2.41-12", source: "glibc"), component("libc-bin", "2.41-12", source: "glibc")], try set())
        let again = assess([component("libc-bin", "2.41-12", source: "glibc"), component("libc6", "2.41-12", source: "glibc")], try set())
        let bytes = try CanonicalJSON.encode(assessment)
        #expect(bytes == (try CanonicalJSON.encode(again)))
        #expect(try CanonicalJSON.decode(Assessment.self, from: bytes) == assessment)
    }
}

/// Every source of the snapshot in every version that some release has, held against a slow reading of the same JSON.
@Suite struct SlowReferenceTests {
    @Test func `matching finds just what a slow reading of the feed finds`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let packed = Array(try Data(contentsOf: folder.appending(path: "feeds/debian-tracker.json.xz")))
        let document = try XZ.decode(packed, limit: 64 << 20)
        let index = try TrackerIndex(TrackerIndexBuilder.build(document))
        #expect(index.refusedCount == 0)
        let sources = try #require(JSON.parse(document).object)
        var compared = 0
        for (source, advisories) in sources {
            let records = try #require(advisories.object)
            let versions = Set(
                records.values.flatMap { record in
                    (record["releases"]?.object ?? [:]).values.flatMap { release in
                        [release["fixed_version"]?.string].compactMap(\.self)
                            + (release["repositories"]?.object ?? [:]).values.compactMap(\.string)
                    }
                })
            for name in ["bookworm", "trixie"] {
                let release = try #require(index.release(named: name))
                for version in versions.sorted().prefix(12) where version != "0" {
                    let installed = try DebianVersion(version)
                    let expected = records.filter { _, record in
                        guard let row = record["releases"]?[name] else { return false }
                        guard row["status"] == "resolved" else { return row["status"] == "open" }
                        guard let fixed = row["fixed_version"]?.string, let fix = try? DebianVersion(fixed) else { return false }
                        return installed < fix
                    }.map(\.key).sorted()
                    let found = index.match(source: source, version: version, release: release).affected.joined()
                        .compactMap { index.entry(ofRow: $0) }
                    #expect(found.map(\.advisory).sorted() == expected, "\(source) \(version) in \(name)")
                    #expect(found.allSatisfy { $0.source == source && $0.release == name })
                    compared += expected.count
                }
            }
        }
        #expect(compared > 10_000)
    }
}
