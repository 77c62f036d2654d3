// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Testing

private func set(_ ecosystem: String, _ records: [String]) throws -> AdvisorySet {
    var builder = OSVIndexBuilder(ecosystem: ecosystem)
    for (number, record) in records.enumerated() { try builder.append(record: Array(record.utf8), named: "\(number)") }
    let names = ["debian", "epss", "kev", "osv-crates", "osv-go", "osv-maven", "osv-npm", "osv-pypi"]
    let feeds = names.map { name in
        var facts = FeedFacts(name: name, title: name)
        facts.state = .current
        return facts
    }
    return AdvisorySet(ecosystems: [ecosystem: try OSVIndex(builder.finish())], feeds: feeds)
}

private func assess(_ name: String, _ version: String, _ ecosystem: String, _ records: [String]) throws -> Assessment {
    let component = InstalledPackage(ecosystem: Ecosystem(ecosystem), name: name, version: version)
    let platform = PlatformPackages(platform: "linux/amd64", manifest: nil, components: [component])
    return Assessor().assess(
        AssessmentSubject(name: "x", digest: nil, platforms: [platform]), against: try set(ecosystem, records),
        now: Timestamp(seconds: 1_795_000_000))
}

private func record(_ id: String, _ ecosystem: String, _ name: String, aliases: [String] = [], vector: String? = nil) -> String {
    let names = aliases.map { "\"\($0)\"" }.joined(separator: ",")
    let severity = vector.map { #""severity":[{"type":"CVSS_V3","score":"\#($0)"}],"# } ?? ""
    return
        #"{"id":"\#(id)","aliases":[\#(names)],\#(severity)"affected":[{"package":{"ecosystem":"\#(ecosystem)","name":"\#(name)"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}"#
}

@Suite struct EcosystemFindingsTests {
    private let high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"

    @Test func `one flaw in several databases counts once, with the severity that somebody gave it`() throws {
        let assessment = try assess(
            "flask", "1.0", "PyPI",
            [
                record("PYSEC-1", "PyPI", "flask", aliases: ["CVE-2026-1"]),
                record("GHSA-1", "PyPI", "flask", aliases: ["CVE-2026-1"], vector: high),
                record("GHSA-2", "PyPI", "flask"),
            ])
        #expect(assessment.platforms[0].findings.map(\.advisory) == ["CVE-2026-1", "GHSA-2"])
        #expect(assessment.platforms[0].counts.all.total == 2)
        let finding = try #require(assessment.platforms[0].findings.first)
        #expect(finding.aliases == ["GHSA-1", "PYSEC-1"])
        #expect(finding.severity == .high)
        #expect(finding.vector == high)
        #expect(finding.fix == "2.0.0")
    }

    @Test func `two that were apart are one when a third names both`() throws {
        let assessment = try assess(
            "x", "1.0.0", "npm", [record("A", "npm", "x"), record("B", "npm", "x"), record("C", "npm", "x", aliases: ["A", "B"])])
        #expect(assessment.platforms[0].findings.count == 1)
        #expect(assessment.platforms[0].findings.first?.aliases.count == 2)
    }

    @Test func `a malicious package stays one when another database calls it a flaw`() throws {
        let assessment = try assess("x", "1.0.0", "npm", [record("GHSA-1", "npm", "x"), record("MAL-1", "npm", "x", aliases: ["GHSA-1"])])
        #expect(assessment.counts.malicious == 1)
        #expect(assessment.counts.all.critical == 1)
        #expect(assessment.platforms[0].findings.first?.decision.action == .act)
    }

    @Test func `crates are matched in the order of their versions`() throws {
        let records = [record("RUSTSEC-1", "crates.io", "time")]
        #expect(try assess("time", "1.9.9", "crates.io", records).counts.all.total == 1)
        #expect(try assess("time", "2.0.0", "crates.io", records).headline == "0 / 0 / 0")
    }

    @Test func `an archive without a group and a version that is none are said, where they make a difference`() throws {
        let java = try assess("log4j", "1.2.17", "Maven", [record("GHSA-1", "Maven", "log4j:log4j")])
        #expect(java.completeness.level == .unknown)
        #expect(java.completeness.reasons.contains { $0.contains("group") })
        #expect(try assess("log4j:log4j", "1.2.17", "Maven", [record("GHSA-1", "Maven", "log4j:log4j")]).counts.all.total == 1)
        let known = [record("GO-1", "Go", "example.com/app")]
        #expect(try assess("example.com/app", "(devel)", "Go", known).completeness.level == .unknown)
        #expect(try assess("example.com/other", "(devel)", "Go", known).completeness.level == .complete)
    }
}
