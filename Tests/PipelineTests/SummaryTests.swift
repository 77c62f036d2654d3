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

@Suite struct SummaryTests {
    @Test func `a release says that its own evidence was verified, about each manifest`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        for subject in [release.index] + release.platforms.map(\.manifest) {
            let statements = try bench.statements(PredicateType.verificationSummary, about: subject)
            try #require(statements.count == 1)
            #expect(statements[0].isAbout(subject))
            let summary = try CanonicalJSON.decode(VerificationSummary.self, from: statements[0].predicate)
            #expect(summary.verificationResult == .passed && summary.verifiedLevels == ["SLSA_BUILD_LEVEL_1"])
            #expect(summary.verifier.id == SummaryWriter.verifier && summary.slsaVersion == "1.2")
            #expect(summary.resourceUri == "pkg:oci/tool" && summary.timeVerified == OriginBench.now)
            #expect(summary.policy.uri == SummaryWriter.policy)
            let job = try bench.job()
            let policy = try SummaryWriter.policyDocument(.workstation, job)
            #expect(summary.policy.digest == ["sha256": policy.digest.hex])
            let types = Set((summary.inputAttestations ?? []).compactMap(\.name))
            #expect(types.isSuperset(of: [PredicateType.slsaProvenance, PredicateType.spdx, PredicateType.cycloneDX]))
            // Each of them is there to be fetched.
            for input in summary.inputAttestations ?? [] {
                let digest = try #require(input.digest?["sha256"].flatMap { Digest(hex: $0) })
                #expect(try bench.records.holds(blob: digest, in: "tool"))
            }
        }
    }

    @Test func `both forms of it verify`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let results = try await Verifier(key: bench.publicKey, requiring: [PredicateType.verificationSummary]).verifyAll(
            release.index.description, in: bench.repository)
        #expect(results.count == 2 && results.allSatisfy { $0.isTrusted })
        let summaries = results.flatMap(\.claims).filter { $0.predicateType == PredicateType.verificationSummary }
        #expect(summaries.count == 2 && summaries.allSatisfy { $0.forms == [.bundle, .legacy] })
    }

    @Test(arguments: [
        (BuilderKind.workstation, SummaryWriter.SignerPlace.apart, 1), (.dedicatedHost, .ofTheBuild, 2), (.dedicatedHost, .apart, 2),
        (.kubernetesJob, .ofTheBuild, 2), (.kubernetesJob, .apart, 3),
    ])
    func `no builder claims more than it is documented for`(_ kind: BuilderKind, _ signer: SummaryWriter.SignerPlace, _ level: Int) {
        let writer = SummaryWriter(version: "1", builder: kind, signer: signer, clock: { OriginBench.now })
        #expect(writer.level(of: kind) == level)
    }

    @Test func `outside a commit every builder verifies as level 1`() async throws {
        let bench = try OriginBench()
        bench.builder = .kubernetesJob
        let release = try await bench.build(bench.job())
        let statement = try #require(try bench.statements(PredicateType.verificationSummary, about: release.index).first)
        #expect(statement.predicate["verifiedLevels"] == ["SLSA_BUILD_LEVEL_1"])
    }

    @Test func `evidence that does not hold is not published`() async throws {
        let bench = try OriginBench()
        let job = try bench.job()
        let release = try await bench.build(job)
        let index = try bench.blobs.read(release.index)
        let image = Image(
            name: "tool", stream: "1", version: "1", index: Content(index, mediaType: MediaType.index).descriptor, platforms: [],
            created: release.created)
        let writer = SummaryWriter(version: "1", builder: .workstation, signer: .ofTheBuild, clock: { OriginBench.now })
        var generator = Steady(state: 8)
        let stranger = try VerificationKey(der: KeyFile.generate(using: &generator).publicKeyDER)
        let nothing = EvidenceRepository(.none, of: image, beside: bench.repository)
        await #expect(throws: PipelineError.self) { try await writer.claims(about: image, nothing, [], job, key: stranger) }
    }

    @Test func `a failed verification has no level`() {
        let summary = VerificationSummary(
            verifier: .init(id: "https://example.org"), timeVerified: OriginBench.now, resourceUri: "pkg:oci/x",
            policy: ResourceDescriptor(uri: "https://example.org/policy"), inputAttestations: [], outcome: .failed,
            levels: ["SLSA_BUILD_LEVEL_3"])
        #expect(summary.verifiedLevels == ["FAILED"])
    }
}
