// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Publish
import Sigstore
import Testing

@Suite struct AdditionTests {
    private let key = FixedGenerator.key(1)

    private func verifyAll(_ repository: MemoryRepository, _ digest: Digest) async throws -> [Verification] {
        try await Verifier(key: VerificationKey(der: key.publicKeyDER)).verifyAll(digest.description, in: repository)
    }

    private func claim(_ type: String, _ text: String, about subject: Digest) -> Claim {
        Claim(subject: subject, predicateType: type, predicate: ["text": JSON(text)])
    }

    /// The list of legacy attestations of a manifest.
    private func list(_ evidence: Evidence, of digest: Digest) throws -> ImageManifest {
        try #require(evidence.manifests.first { $0.tag == .attestations(of: digest) }).manifest
    }

    private func types(_ manifest: ImageManifest) -> [String] {
        manifest.layers.compactMap { $0.annotations?[Annotation.cosignPredicateType] }
    }

    @Test func `what is signed later stands behind what was signed before, in both forms`() async throws {
        let image = try SyntheticImage()
        let attestor = try Attestor(signer: key.signer)
        let name = try RepositoryName("python")
        let first = try await attestor.attest(image.image, as: name, claims: try image.claims())
        let index = image.image.index
        let later = try await attestor.attest(
            [claim(PredicateType.verificationSummary, "passed", about: index.digest)], about: [index], as: name,
            created: image.image.created, listed: [.attestations(of: index.digest): try list(first, of: index.digest)])
        let all = first.adding(later)
        let before = try list(first, of: index.digest)
        let after = try list(all, of: index.digest)
        #expect(types(after) == types(before) + [PredicateType.verificationSummary])
        #expect(all.manifests.filter { $0.tag == .attestations(of: index.digest) }.count == 1)
        let results = try await verifyAll(MemoryRepository(image, all), index.digest)
        let claims = results[0].claims
        #expect(results.allSatisfy { $0.isTrusted })
        #expect(claims.contains { $0.predicateType == PredicateType.verificationSummary && $0.forms == [.bundle, .legacy] })
        #expect(claims.count == 5)
        // Nothing is left of the list that was replaced.
        let named = Set(all.manifests.flatMap { [$0.manifest.config.digest] + $0.manifest.layers.map(\.digest) })
        #expect(Set(all.blobs.map(\.digest)) == named)
    }

    @Test func `evidence that renews itself leaves the list, the rest stays`() async throws {
        let image = try SyntheticImage()
        let attestor = try Attestor(signer: key.signer)
        let name = try RepositoryName("python")
        let index = image.image.index
        let first = try await attestor.attest(image.image, as: name, claims: try image.claims())
        let later = try await attestor.attest(
            [
                claim(PredicateType.openVEX, "newer", about: index.digest),
                claim(PredicateType.slsaProvenance, "another", about: index.digest),
            ], about: [index], as: name, created: image.image.created,
            listed: [.attestations(of: index.digest): try list(first, of: index.digest)])
        let found = types(try list(later, of: index.digest))
        #expect(found.filter { $0 == PredicateType.openVEX }.count == 1)
        #expect(found.filter { $0 == PredicateType.slsaProvenance }.count == 2)
        #expect(found.count == 5)
        let planned = Publisher().plan(adding: later, to: name)
        #expect(planned.release == nil && planned.tags.keys.sorted() == [Tag.attestations(of: index.digest).description])
        let renewing = planned.manifests.compactMap(\.renews)
        #expect(renewing == [PredicateType.openVEX])
    }

    @Test func `claims about other manifests are refused`() async throws {
        let image = try SyntheticImage()
        let attestor = try Attestor(signer: key.signer)
        await #expect(throws: AttestError.self) {
            try await attestor.attest(
                [claim(PredicateType.openVEX, "x", about: .sha256(of: "other"))], about: [image.image.index], as: RepositoryName("python"),
                created: image.image.created, listed: [:])
        }
    }

    @Test(arguments: [
        (PredicateType.openVEX, true), (PredicateType.vulnerabilities, true), (PredicateType.cosignVulnerabilities, true),
        (PredicateType.slsaProvenance, false), (PredicateType.spdx, false), (PredicateType.cycloneDX, false),
        (PredicateType.testResult, false), (PredicateType.verificationSummary, false), (PredicateType.simpleVerificationResult, false),
        (PredicateType.cosignSign, false), ("https://example.org/any", false),
    ])
    func `only what is known about an image renews itself`(_ type: String, _ isRenewed: Bool) {
        #expect(PredicateType.isRenewed(type) == isRenewed)
    }
}
