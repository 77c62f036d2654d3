// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import OCI
import Records
import Sigstore
import TestKit
import Testing

@testable import Pipeline

@Suite struct RenewalTests {
    private static let required = [PredicateType.slsaProvenance, PredicateType.spdx, PredicateType.cycloneDX]

    /// Everything that a client can see of the repository.
    private func view(_ bench: OriginBench, _ release: Release) throws -> Set<String> {
        let referrers = try ([release.index] + release.platforms.map(\.manifest)).flatMap {
            try bench.records.referrers(of: $0, in: "tool").map(\.digest.description)
        }
        return try Set(
            referrers + bench.records.taggedDigests(in: "tool").map { "\($0.tag) \($0.digest)" } + bench.blobs.digests().map(\.hex))
    }

    private func count(_ bench: OriginBench, _ type: String, _ digest: Digest) throws -> Int {
        try bench.statements(type, about: digest).count
    }

    private func results(_ bench: OriginBench, _ release: Release, by key: KeyFile) async throws -> [Verification] {
        try await Verifier(key: VerificationKey(der: key.publicKeyDER), requiring: Self.required).verifyAll(
            release.index.description, in: bench.repository)
    }

    @Test func `what differs from run to run only is not signed again`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let before = try view(bench, release)
        bench.now = Timestamp(seconds: OriginBench.now.seconds + 86_400)
        bench.program = .sha256(of: "another program")
        bench.version = "2"
        var job = try bench.job()
        job.invocation = "urn:uuid:00000000-0000-4000-8000-000000000001"
        #expect(try await bench.build(job) == release)
        #expect(try view(bench, release) == before)
    }

    @Test func `a new key signs everything, what the old one signed stays, and the next build signs nothing`() async throws {
        let bench = try OriginBench()
        let old = bench.key
        let release = try await bench.build(bench.job())
        let before = try view(bench, release)
        var generator = Steady(state: 8)
        bench.key = KeyFile.generate(using: &generator)
        #expect(try await bench.build(bench.job()) == release)
        for key in [old, bench.key] {
            let results = try await results(bench, release, by: key)
            #expect(results.count == 2 && results.allSatisfy { $0.isTrusted && $0.signatures == [.bundle, .legacy] })
            #expect(results.flatMap(\.claims).allSatisfy { $0.forms == [.bundle, .legacy] })
        }
        // Only the lists moved, and they hold what they held.
        let after = try view(bench, release)
        #expect(before.subtracting(after).allSatisfy { $0.contains(".sig ") || $0.contains(".att ") })
        for subject in [release.index] + release.platforms.map(\.manifest) {
            let list = try #require(try await bench.repository.manifest(Tag.signatures(of: subject).description))
            let layers = try ImageManifest(reading: list.bytes).layers
            #expect(layers.count == 2 && Set(layers.map(\.digest)).count == 1)
            #expect(Set(layers.compactMap { $0.annotations?[Annotation.cosignSignature] }).count == 2)
            #expect(try count(bench, PredicateType.slsaProvenance, subject) == 2)
            #expect(try count(bench, PredicateType.verificationSummary, subject) == 2)
        }
        try await bench.build(bench.job())
        #expect(try view(bench, release) == after)
    }

    @Test func `tests that went differently are signed beside the earlier ones, and nothing else that is the same`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let manifest = try #require(release.platforms.first).manifest
        try bench.change("images/tool/1.yaml", to: OriginBench.recipe.replacing("a test without base-files", with: "a better reason"))
        #expect(try await bench.build(bench.job()).index == release.index)
        let statements = try bench.statements(PredicateType.testResult, about: manifest)
        try #require(statements.count == 2)
        #expect(statements[0].predicate.canonicalText.contains("a test without base-files"))
        #expect(statements[1].predicate.canonicalText.contains("a better reason"))
        for type in [PredicateType.spdx, PredicateType.cycloneDX, PredicateType.cosignSign] {
            #expect(try count(bench, type, manifest) == 1, "\(type)")
        }
        // The recipe is another one: so is what it was built from.
        #expect(try count(bench, PredicateType.slsaProvenance, release.index) == 2)
        let results = try await results(bench, release, by: bench.key)
        #expect(results.allSatisfy { $0.isTrusted })
        // The summary looks at what stood as well as at what is new.
        let summary = try #require(try bench.statements(PredicateType.verificationSummary, about: manifest).last)
        let inputs = try CanonicalJSON.decode(VerificationSummary.self, from: summary.predicate).inputAttestations ?? []
        #expect(Set(inputs.compactMap(\.name)).isSuperset(of: Self.required + [PredicateType.testResult, PredicateType.cosignSign]))
        let after = try view(bench, release)
        try await bench.build(bench.job())
        #expect(try view(bench, release) == after)
    }

    @Test func `of several builds the newest is rebuilt, from its own inputs`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        try bench.change("images/tool/1.yaml", to: OriginBench.recipe.replacing("a test without base-files", with: "a better reason"))
        bench.now = Timestamp(seconds: OriginBench.now.seconds + 60)
        let job = try bench.job()
        try await bench.build(job)
        let evidence = try await bench.evidence(of: release)
        #expect(evidence.recipeTree == job.tree.digest)
        let sources = try #require(evidence.sources)
        #expect(sources.layers.map(\.digest).contains(job.tree.digest))
        #expect(try await bench.rebuild(evidence).verdict == .identical)
    }

    @Test func `a signature of which one form is lost is made again`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let list = try #require(try await bench.repository.manifest(Tag.attestations(of: release.index).description))
        let layers = try ImageManifest(reading: list.bytes).layers
        let provenance = try #require(
            layers.first { $0.annotations?[Annotation.cosignPredicateType] == PredicateType.slsaProvenance })
        #expect(try bench.blobs.collect(provenance.digest, unusedSince: .max))
        try await bench.build(bench.job())
        #expect(try count(bench, PredicateType.slsaProvenance, release.index) == 2)
        #expect(try count(bench, PredicateType.spdx, release.index) == 1)
    }
}
