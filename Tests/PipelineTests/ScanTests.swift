// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Publish
import Records
import Sigstore
import Testing

@testable import Pipeline

/// What an assessment says becomes statements beside the image, and only what was seen whole.
@Suite struct ScanTests {
    private let bench: OriginBench
    private let release: Release

    init() async throws {
        bench = try OriginBench()
        release = try await bench.build(bench.job())
    }

    private func assessment(
        day: String = "2025-11-14T10:00:00Z", assessed: Timestamp = OriginBench.now, level: Completeness.Level = .complete,
        of digest: Digest? = nil, fixed: String? = "1.2-3"
    ) throws -> Assessment {
        var feed = FeedFacts(name: "debian", title: "Debian security tracker")
        feed.source = "https://security-tracker.debian.org/tracker/data/json"
        feed.digest = Digest.sha256(of: day).description
        feed.date = Timestamp(rfc3339: day)
        feed.state = .current
        var finding = AdvisoryFinding(
            advisory: "CVE-2025-0001", ecosystem: .debian("trixie"), source: SourceVersion(name: "tool", version: "1.2-1"), path: .source,
            status: .affected, range: "before 1.2-3", feed: "debian")
        finding.severity = .high
        finding.fix = fixed
        let platforms = release.platforms.map {
            PlatformAssessment(
                platform: $0.platform.description, manifest: $0.manifest.description, componentCount: 1, findings: [finding], unseen: [])
        }
        return Assessment(
            subject: "tool:1", digest: (digest ?? release.index).description, assessed: assessed,
            completeness: Completeness(level: level, since: nil, reasons: level == .complete ? [] : ["the feed is old"]), feeds: [feed],
            platforms: platforms, support: [])
    }
    private var publisher: ScanPublisher {
        get throws {
            ScanPublisher(
                attestor: try Attestor(signer: bench.key.signer), publisher: Publisher(), blobs: bench.blobs, records: bench.records)
        }
    }
    private func publish(_ assessment: Assessment) async throws -> Int {
        try await publisher.publish(
            try ScanWriter(version: "1").claims(about: release, assessment), about: release, at: assessment.assessed)
    }
    private func listed(_ type: String) throws -> [Digest] {
        try bench.records.referrers(of: release.index, in: "tool", artifactType: MediaType.sigstoreBundle)
            .filter { $0.annotations[Annotation.bundlePredicateType] == type }.map(\.digest)
    }

    @Test func `a scan is a claim about index and manifests in both forms, which a stranger verifies`() async throws {
        #expect(try await publish(assessment()) == 2 * (1 + release.platforms.count))
        let report = try await Verifier(
            key: bench.publicKey, requiring: [PredicateType.vulnerabilities, PredicateType.cosignVulnerabilities]
        )
        .report(on: release.index.description, in: bench.repository)
        #expect(report.isTrusted, "\(report.reasons)")
        let claims = report.subjects.flatMap(\.claims)
        let scan = try #require(claims.first { $0.predicateType == PredicateType.vulnerabilities }).statement.predicate
        #expect(scan["scanner"]?["db"]?["lastUpdate"]?.string == "2025-11-14T10:00:00Z")
        #expect(scan["scanner"]?["result"]?[0]?["id"]?.string == "CVE-2025-0001")
        #expect(scan["scanner"]?["result"]?.array?.count == 1)
        let cosign = try #require(claims.first { $0.predicateType == PredicateType.cosignVulnerabilities }).statement.predicate
        #expect(cosign["scanner"]?["result"]?["counts"]?["all"]?["high"]?.int == 1)
        #expect(cosign["metadata"]?["scanFinishedOn"]?.string == OriginBench.now.description)
    }

    @Test func `the same data is signed once, newer data takes its place, and the older stays by its digest`() async throws {
        _ = try await publish(assessment())
        let first = try listed(PredicateType.cosignVulnerabilities)
        #expect(first.count == 1)
        #expect(try await publish(assessment(assessed: Timestamp(seconds: OriginBench.now.seconds + 3600))) == 0)
        #expect(try await publish(assessment(day: "2025-11-15T10:00:00Z", fixed: nil)) > 0)
        let second = try listed(PredicateType.cosignVulnerabilities)
        #expect(second.count == 1 && second != first)
        #expect(try bench.records.manifest(first[0], in: "tool") != nil)
        let legacy = try #require(try await bench.repository.manifest(Tag.attestations(of: release.index).description))
        let types = try ImageManifest(reading: legacy.bytes).layers.compactMap { $0.annotations?[Annotation.cosignPredicateType] }
        #expect(types.count { $0 == PredicateType.cosignVulnerabilities } == 1)
        #expect(types.contains(PredicateType.slsaProvenance))
    }

    @Test(arguments: [Completeness.Level.atLeast, .unknown]) func `what could not be seen whole is never signed`(
        _ level: Completeness.Level
    ) throws {
        let error = #expect(throws: ScanError.self) {
            try ScanWriter(version: "1").claims(about: release, try assessment(level: level))
        }
        #expect(error?.diagnosis.notes == ["the feed is old"])
    }

    @Test func `an assessment of another image says nothing about this one`() throws {
        let error = #expect(throws: ScanError.self) {
            try ScanWriter(version: "1").claims(about: release, try assessment(of: .sha256(of: "other")))
        }
        #expect(error?.diagnosis.code == "scan.other-image")
    }

    @Test func `what a stranger pushed as a scan does not stand for ours`() async throws {
        try bench.push(bench.referrer(of: release.index, type: MediaType.sigstoreBundle))
        #expect(try await publish(assessment()) == 2 * (1 + release.platforms.count))
    }
}
