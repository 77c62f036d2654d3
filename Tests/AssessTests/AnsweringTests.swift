// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Debian
import SBOM
import Testing
import VEX

private let now = Timestamp(seconds: 1_795_000_000)

/// What statements make of findings.
@Suite struct AnsweringTests {
    private let tracker = """
        {"glibc": {
          "CVE-2026-0001": {"releases": {"trixie": {"status": "open", "urgency": "high"}}},
          "CVE-2026-0002": {"releases": {"trixie": {"status": "open", "urgency": "unimportant"}}},
          "CVE-2026-0003": {"releases": {"trixie": {"status": "open", "urgency": "low"}}}}}
        """

    private func statement(
        _ vulnerability: String, package: TriagePackage.Name = .source("glibc"), status: VEXStatus = .notAffected,
        evidence: [TriageEvidence] = [.packageAbsent("nscd")], expires: Int = 86400, line: Int = 1
    ) -> TriageStatement {
        TriageStatement(
            place: Place(file: "catalog/vex/glibc.yaml", line: line, column: 5), vulnerability: vulnerability, aliases: [], images: [],
            streams: [], package: TriagePackage(name: package, versions: .range(from: "2.41-1", before: "2.42")), status: status,
            justification: status == .notAffected ? .componentNotPresent : nil, impact: "nscd is not there",
            action: status == .affected ? "wait" : nil, notes: nil, evidence: evidence, author: "Ada <ada@example.org>",
            timestamp: Timestamp(seconds: now.seconds - 86400), expires: Timestamp(seconds: now.seconds + expires))
    }

    private func own(_ statement: TriageStatement, _ outcome: TriageProof.Outcome = .proved, on platform: String = "linux/amd64")
        -> TriageBook.Own
    {
        TriageBook.Own(
            statement,
            proofs: statement.evidence.map {
                TriageProof(platform: platform, evidence: $0.description, outcome: outcome, detail: "8 packages")
            })
    }

    private func assess(_ own: [TriageBook.Own], foreign: [ForeignStatements] = [], facts: [FeedFacts] = []) throws -> Assessment {
        var advisories = AdvisorySet(tracker: try TrackerIndex(TrackerIndexBuilder.build(Array(tracker.utf8))), feeds: facts)
        advisories.statements = foreign
        let components = ["libc6", "libc-bin"].map {
            InstalledPackage(debian: "trixie", name: $0, version: "2.41-12", architecture: "amd64", sourceField: "glibc")
        }
        let subject = AssessmentSubject(
            name: "base:13", digest: "sha256:" + String(repeating: "a", count: 64),
            platforms: [
                PlatformPackages(platform: "linux/amd64", manifest: "sha256:" + String(repeating: "b", count: 64), components: components)
            ],
            place: .init(image: "base", stream: "13", repository: "base"))
        return Assessor().assess(subject, against: advisories, own: own, now: now)
    }

    @Test func `a flaw that is answered on one platform only is left, whichever comes first`() throws {
        let answered = try assess([own(statement("CVE-2026-0001"))]).platforms[0]
        var open = try assess([]).platforms[0]
        open.platform = "linux/arm64"
        #expect(answered.findings.contains { $0.answer?.settles == true } && !open.findings.contains { $0.answer != nil })
        for platforms in [[answered, open], [open, answered]] {
            let both = Assessment(
                subject: "base:13", digest: nil, assessed: now, completeness: .init(level: .complete, since: nil, reasons: []), feeds: [],
                platforms: platforms, support: [])
            #expect(both.counts.all.total == 3 && both.counts.afterVEX.total == open.counts.afterVEX.total)
        }
    }

    private func finding(_ assessment: Assessment, _ advisory: String = "CVE-2026-0001") throws -> AdvisoryFinding {
        try #require(assessment.platforms[0].findings.first { $0.advisory == advisory })
    }

    @Test func `a proved statement makes the third number smaller and says why`() throws {
        let assessment = try assess([own(statement("CVE-2026-0001"))])
        #expect([assessment.counts.all, assessment.counts.withoutUnimportant, assessment.counts.afterVEX].map(\.total) == [3, 2, 1])
        #expect(assessment.counts.afterVEX.high == 0 && assessment.counts.all.high == 1)
        let answer = try #require(try finding(assessment).answer)
        #expect(answer.settles && answer.justification == "component_not_present" && answer.impact == "nscd is not there")
        #expect(answer.source == "the catalog (catalog/vex/glibc.yaml:1:5)" && answer.author == "Ada <ada@example.org>")
        #expect(answer.expires == Timestamp(seconds: now.seconds + 86400))
        #expect(answer.evidence == [.init(text: "the package nscd is not there", outcome: "proved", detail: "8 packages")])
        // What was kept reads back as it was.
        #expect(try CanonicalJSON.decode(Assessment.self, from: CanonicalJSON.encode(assessment)) == assessment)
    }

    @Test func `what expired, is contradicted or was not proved does not count, and is told`() throws {
        let cases: [(TriageBook.Own, String)] = [
            (own(statement("CVE-2026-0001", expires: 0)), "it expired on"),
            (own(statement("CVE-2026-0001"), .refuted), "8 packages"),
            (own(statement("CVE-2026-0001"), on: "linux/arm64"), "was not proved on linux/amd64"),
            (TriageBook.Own(statement("CVE-2026-0001"), proofs: []), "was not proved on linux/amd64"),
        ]
        for (own, reason) in cases {
            let assessment = try assess([own])
            #expect(assessment.counts.afterVEX.total == 2)
            let finding = try finding(assessment)
            #expect(finding.answer == nil && finding.passedOver?.count == 1 && finding.passedOver?.first?.contains(reason) == true)
        }
    }

    @Test func `a finding is settled when that is said of every package it is about`() throws {
        let one = try assess([own(statement("CVE-2026-0001", package: .binary("libc-bin")))])
        #expect(one.counts.afterVEX.total == 2)
        #expect(try finding(one).answer == nil)
        #expect(try finding(one).passedOver == ["libc-bin: not_affected does not count: nobody speaks of libc6"])
        let both = try assess(
            ["libc-bin", "libc6"].enumerated().map { own(statement("CVE-2026-0001", package: .binary($1), line: $0)) })
        #expect(both.counts.afterVEX.total == 1)
        // One of them is affected: that is what the finding is.
        let mixed = try assess([
            own(statement("CVE-2026-0001", package: .binary("libc-bin"))),
            own(statement("CVE-2026-0001", package: .binary("libc6"), status: .affected, line: 9)),
        ])
        #expect(mixed.counts.afterVEX.total == 2)
        #expect(try finding(mixed).answer?.status == "affected" && finding(mixed).answer?.action == "wait")
    }

    @Test func `a package of another ecosystem with the same name is not meant`() throws {
        let book = TriageBook(own: [own(statement("CVE-2026-0001"))], now: now)
        var question = TriageQuestion(
            vulnerability: "CVE-2026-0001", source: "glibc", sourceVersion: "2.41-12", binary: "glibc", version: "2.41-12",
            purl: .debian("glibc", version: "2.41-12", architecture: "amd64"), image: "base", stream: "13", platform: "linux/amd64",
            repository: "base")
        #expect(book.verdict(on: question).answer != nil)
        question.purl = try .init(type: "pypi", name: "glibc", version: "2.41-12")
        let other = book.verdict(on: question)
        #expect(other.answer == nil && other.passedOver.isEmpty)
    }

    @Test func `statements of others come after the catalog's, with their source`() throws {
        let document = VEXDocument(
            id: "https://vendor.example/1", author: "Vendor", timestamp: Timestamp(seconds: now.seconds - 5),
            statements: ["CVE-2026-0001", "CVE-2026-0003"].map {
                VEXStatement(
                    vulnerability: $0, products: [VEXProduct("pkg:deb/debian/glibc?distro=debian-trixie")], status: .notAffected,
                    justification: .vulnerableCodeNotPresent)
            })
        let foreign = try ForeignStatements(
            VEXReading(format: "OpenVEX 0.2.0", document: document, refused: []),
            from: ForeignSource(name: "vendor", authors: ["Vendor"], trust: .unsigned(because: "a test")))
        var facts = FeedFacts(name: "vex-vendor", title: "VEX of vendor")
        facts.state = .stale
        let assessment = try assess([own(statement("CVE-2026-0001", status: .affected))], foreign: [foreign], facts: [facts])
        #expect(try finding(assessment).answer?.status == "affected")
        let answer = try #require(try finding(assessment, "CVE-2026-0003").answer)
        #expect(answer.source == "vendor (https://vendor.example/1)" && answer.author == "Vendor" && answer.evidence == nil)
        #expect(assessment.counts.afterVEX.total == 1)
        // That its data is old stands beside the numbers.
        #expect(assessment.completeness.reasons.contains { $0.hasPrefix("VEX of vendor is old") })
    }
}
