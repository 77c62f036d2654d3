// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Attest
import Base
import Blobs
import OCI
import Publish
import Records
import Sigstore
import Testing
import VEX

@testable import Pipeline

/// What somebody who may push says about vulnerabilities of a release, beside what the catalog says.
@Suite struct PushedStatementsTests {
    private let bench: OriginBench

    init() throws { bench = try OriginBench() }

    private func statement(_ vulnerability: String, evidence: TriageEvidence = .packageAbsent("tool-doc")) -> TriageStatement {
        TriageStatement(
            place: Place(file: "catalog/vex/tool.yaml"), vulnerability: vulnerability, aliases: [], images: [], streams: [],
            package: TriagePackage(name: .source("tool"), versions: .exactly(["1.0-1"])), status: .notAffected,
            justification: .componentNotPresent, impact: nil, action: nil, notes: nil, evidence: [evidence], author: "Ada",
            timestamp: Timestamp(seconds: OriginBench.now.seconds - 86400), expires: Timestamp(seconds: OriginBench.now.seconds + 86400))
    }

    private func documents(about digest: Digest) throws -> [VEXDocument] {
        try bench.statements(PredicateType.openVEX, about: digest).map { try OpenVEX.read($0.predicate.canonicalBytes).document }
    }

    private func standing(_ digest: Digest) throws -> VEXDocument? {
        try StandingStatements.find(
            about: digest, by: bench.publicKey, in: "tool", blobs: bench.blobs, records: bench.records)?.document
    }

    // A document of high version about a product of ours and one of the stranger's, attached with the annotations that tools look for.
    private func push(about subject: Digest, signedBy key: KeyFile) async throws {
        let document = VEXDocument(
            id: "https://stranger.example/vex", author: "Example", timestamp: OriginBench.now, version: 98,
            statements: [
                VEXStatement(
                    vulnerability: "CVE-2025-9999",
                    products: [VEXProduct("pkg:oci/stranger@sha256%3Aaa", subcomponents: ["pkg:deb/debian/tool@1.0-1"])],
                    status: .notAffected, justification: .componentNotPresent)
            ])
        let evidence = try await Attestor(signer: key.signer).attest(
            [Claim(subject: subject, predicateType: PredicateType.openVEX, predicate: OpenVEX.json(document))],
            about: [Descriptor(mediaType: MediaType.index, digest: subject, size: 2)], as: try RepositoryName("tool"),
            created: OriginBench.now)
        for content in evidence.blobs { try bench.link(content) }
        for manifest in evidence.manifests where manifest.manifest.subject != nil { try bench.push(manifest.manifest) }
    }

    private var stranger: KeyFile {
        var generator = Steady(state: 99)
        return KeyFile.generate(using: &generator)
    }

    @Test func `a stranger's document raises no version and makes nothing be taken back`() async throws {
        let foreseen = try await {
            let bench = try OriginBench(); return try await bench.build(bench.job())
        }()
        try await push(about: foreseen.index, signedBy: stranger)
        bench.statements = [statement("CVE-2025-1")]
        let release = try await bench.build(bench.job())
        #expect(release.index == foreseen.index)
        let own = try #require(try standing(release.index))
        #expect(own.version == 1 && own.statements.map(\.vulnerability) == ["CVE-2025-1"])
        // Pushed after the build as well, whatever name and version it has.
        try await push(about: release.platforms[0].manifest, signedBy: stranger)
        bench.statements = [statement("CVE-2025-1"), statement("CVE-2025-2")]
        _ = try await bench.build(bench.job())
        for digest in [release.index, release.platforms[0].manifest] {
            let later = try #require(try standing(digest))
            #expect(later.version == 2 && Set(later.statements.map(\.vulnerability)) == ["CVE-2025-1", "CVE-2025-2"])
            // The stranger's stays his, and beside it one of ours is listed.
            #expect(try documents(about: digest).map(\.version).sorted() == [2, 98])
        }
    }

    @Test func `what the own key signed and somebody pushed was published by nobody`() async throws {
        let release = try await bench.build(bench.job())
        #expect(try documents(about: release.index).isEmpty)
        try await push(about: release.index, signedBy: bench.key)
        #expect(try standing(release.index) == nil)
        bench.statements = [statement("CVE-2025-1")]
        _ = try await bench.build(bench.job())
        #expect(try standing(release.index)?.version == 1)
    }

    @Test func `an image without statements gets no document, and one that lost them takes them back once`() async throws {
        var release = try await bench.build(bench.job())
        #expect(try documents(about: release.index).isEmpty && documents(about: release.platforms[0].manifest).isEmpty)
        bench.statements = [statement("CVE-2025-1")]
        release = try await bench.build(bench.job())
        let first = try #require(try records(release.index).first)
        bench.statements = []
        _ = try await bench.build(bench.job())
        let taken = try #require(try standing(release.index))
        #expect(taken.version == 2 && taken.statements.map(\.status) == [.underInvestigation])
        #expect(try documents(about: release.index).count == 1)
        // The older stays under its digest.
        #expect(try bench.records.manifest(first, in: "tool") != nil)
        _ = try await bench.build(bench.job())
        #expect(try standing(release.index)?.version == 2)
        let report = try await Verifier(key: bench.publicKey, requiring: [PredicateType.openVEX]).report(
            on: release.index.description, in: bench.repository)
        #expect(report.isTrusted, "\(report.reasons)")
    }

    @Test func `an image that contradicts a statement is not published`() async throws {
        bench.statements = [statement("CVE-2025-1", evidence: .packageAbsent("libtool1"))]
        let refusal = await #expect(throws: Diagnoses.self) { try await bench.build(bench.job()) }
        #expect(refusal?.all.map(\.code) == ["vex.refuted"])
        #expect(try bench.records.releases(in: "tool").isEmpty)
    }

    @Test func `a statement about a package that is not there says nothing about the image`() async throws {
        var other = statement("CVE-2025-1", evidence: .packageAbsent("libtool1"))
        other.package = TriagePackage(name: .source("other"), versions: .exactly(["1.0-1"]))
        bench.statements = [other]
        let release = try await bench.build(bench.job())
        #expect(try documents(about: release.index).isEmpty)
        let check = try TriageCheck(release, recipe: nil, statements: [other], blobs: bench.blobs, now: OriginBench.now)
        #expect(check.lines.map(\.verdict) == [.unmatched])
    }

    @Test func `assessing holds statements against what was published`() async throws {
        bench.statements = [statement("CVE-2025-1"), statement("CVE-2025-2", evidence: .pathAbsent("usr/bin/other"))]
        let release = try await bench.build(bench.job())
        let tracker =
            #"{"tool": {"CVE-2025-1": {"releases": {"test": {"status": "open", "urgency": "high"}}}, "CVE-2025-2": {"releases": {"test": {"status": "open", "urgency": "low"}}}}}"#
        let advisories = AdvisorySet(tracker: try TrackerIndex(TrackerIndexBuilder.build(Array(tracker.utf8))))
        func assess(_ statements: [TriageStatement], now: Timestamp = OriginBench.now) throws -> Assessment {
            let judge = bench.judge(advisories, statements, now: now)
            return try judge.assess(judge.image(release, lock: bench.lock()))
        }
        #expect(try assess([]).counts.afterVEX.total == 2)
        let told = try assess(bench.statements)
        #expect(told.counts.withoutUnimportant.total == 2 && told.counts.afterVEX.total == 0)
        #expect(told.platforms[0].findings.allSatisfy { $0.answer?.evidence?.first?.outcome == "proved" })
        // Written later, and not true of what was published.
        let refuted = try assess([statement("CVE-2025-1", evidence: .pathAbsent("usr/bin/tool"))])
        #expect(refuted.counts.afterVEX.total == 2)
        #expect(refuted.platforms[0].findings.compactMap(\.passedOver).count == 1)
        let late = try assess(bench.statements, now: Timestamp(seconds: OriginBench.now.seconds + 86400))
        #expect(
            late.counts.afterVEX.total == 2 && late.platforms[0].findings.allSatisfy { $0.passedOver?.first?.contains("expired") == true })
    }

    @Test func `what is said about vulnerabilities is no part of what an image is made from`() throws {
        let recipe = try bench.loader.recipe("tool:1")
        for path in ["vex/a.yaml", "images/tool/vex/a.yaml", RecipeLoader.vexSourcesPath] {
            #expect(!RecipeTree.concerns(recipe, path))
        }
        #expect(RecipeTree.concerns(recipe, "images/tool/1.yaml") && RecipeTree.concerns(recipe, "profiles/vex.yaml"))
    }

    private func records(_ digest: Digest) throws -> [Digest] {
        try bench.records.publishedReferrers(of: digest, in: "tool", limit: 100)
            .filter { $0.annotations[Annotation.bundlePredicateType] == PredicateType.openVEX }.map(\.digest)
    }
}
