// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Testing

@Suite struct AttestorTests {
    private let image: SyntheticImage
    private let repository: RepositoryName
    private let key = FixedGenerator.key(1)

    init() throws {
        image = try SyntheticImage()
        repository = try RepositoryName("python")
    }

    private func evidence() async throws -> Evidence {
        try await Attestor(signer: key.signer).attest(image.image, as: repository, claims: image.claims())
    }

    @Test func `index and platforms get a signature and every claim in both forms`() async throws {
        let evidence = try await evidence()
        #expect(evidence.attestations.count == 3 * 5)
        for subject in image.subjects {
            let tags = evidence.manifests.compactMap(\.tag)
            #expect(tags.contains(.signatures(of: subject)) && tags.contains(.attestations(of: subject)))
            let referrers = evidence.manifests.filter { $0.manifest.subject?.digest == subject }
            #expect(referrers.count == 5)
        }
    }

    @Test func `a referrer has the annotations that clients look for`() async throws {
        let evidence = try await evidence()
        for piece in evidence.manifests where piece.tag == nil {
            let manifest = try ImageManifest(reading: piece.content.bytes)
            let annotations = try #require(manifest.annotations)
            #expect(manifest.artifactType == "application/vnd.dev.sigstore.bundle.v0.3+json")
            #expect(manifest.config.mediaType == "application/vnd.oci.empty.v1+json" && manifest.config.size == 2)
            #expect(manifest.layers.map(\.mediaType) == ["application/vnd.dev.sigstore.bundle.v0.3+json"])
            #expect(annotations["dev.sigstore.bundle.content"] == "dsse-envelope")
            #expect(annotations["dev.sigstore.bundle.predicateType"] == annotations["in-toto.io/predicate-type"])
            #expect(annotations["org.opencontainers.image.created"] == "2023-11-14T22:13:20Z")
            #expect(manifest.subject?.annotations == nil && manifest.subject?.platform == nil)
        }
    }

    @Test func `legacy manifests are laid out as cosign 2 writes them`() async throws {
        let evidence = try await evidence()
        let subject = image.image.index.digest
        let blobs = Dictionary(uniqueKeysWithValues: evidence.blobs.map { ($0.digest, $0.bytes) })
        let signature = try #require(evidence.manifests.first { $0.tag == .signatures(of: subject) }?.manifest)
        #expect(signature.layers.map(\.mediaType) == ["application/vnd.dev.cosign.simplesigning.v1+json"])
        #expect(signature.layers[0].annotations?.keys.sorted() == ["dev.cosignproject.cosign/signature"])
        let attestations = try #require(evidence.manifests.first { $0.tag == .attestations(of: subject) }?.manifest)
        #expect(attestations.layers.count == 4 && attestations.artifactType == nil && attestations.subject == nil)
        for (layer, type) in zip(
            attestations.layers, [PredicateType.spdx, PredicateType.cycloneDX, PredicateType.slsaProvenance, PredicateType.openVEX])
        {
            #expect(layer.mediaType == "application/vnd.dsse.envelope.v1+json")
            #expect(layer.annotations == ["dev.cosignproject.cosign/signature": "", "predicateType": type])
        }
        for manifest in [signature, attestations] {
            let config = try ImageConfig(reading: try #require(blobs[manifest.config.digest]))
            #expect(config.rootfs.diffIDs == manifest.layers.map(\.digest))
        }
    }

    @Test func `both forms of a claim hold the same envelope`() async throws {
        let evidence = try await evidence()
        let blobs = Dictionary(uniqueKeysWithValues: evidence.blobs.map { ($0.digest, $0.bytes) })
        for attestation in evidence.attestations where attestation.predicateType != PredicateType.cosignSign {
            let bundle = try SigstoreBundle(reading: try #require(blobs[attestation.bundle]))
            #expect(bundle.envelope == (try Envelope(reading: try #require(blobs[attestation.legacy]))))
        }
    }

    @Test func `every blob and manifest that is pointed to is there`() async throws {
        let evidence = try await evidence()
        let blobs = Set(evidence.blobs.map(\.digest))
        for piece in evidence.manifests {
            #expect(blobs.isSuperset(of: [piece.manifest.config.digest] + piece.manifest.layers.map(\.digest)))
        }
        #expect(blobs.count == evidence.blobs.count)
        #expect(Set(evidence.attestations.map(\.referrer)).isSubset(of: evidence.manifests.map(\.content.digest)))
    }

    @Test func `what is signed is the same in every run`() async throws {
        // Signatures differ, payloads do not.
        func payloads(_ evidence: Evidence) throws -> [[UInt8]] {
            let blobs = Dictionary(uniqueKeysWithValues: evidence.blobs.map { ($0.digest, $0.bytes) })
            return try evidence.attestations.map { try SigstoreBundle(reading: try #require(blobs[$0.bundle])).envelope.payload }
        }
        let first = try await evidence()
        let second = try await evidence()
        #expect(try payloads(first) == payloads(second))
        #expect(first.attestations.map(\.subject) == second.attestations.map(\.subject))
    }

    @Test func `an image without claims has signatures alone`() async throws {
        let evidence = try await Attestor(signer: key.signer).attest(image.image, as: repository, claims: [])
        #expect(evidence.attestations.count == 3)
        #expect(!evidence.manifests.compactMap(\.tag).contains(.attestations(of: image.image.index.digest)))
    }

    @Test func `a claim about another image is refused`() async throws {
        let foreign = Digest.sha256(of: "another")
        await #expect(throws: AttestError.foreignSubject(foreign, image: "python")) {
            try await Attestor(signer: key.signer).attest(
                image.image, as: repository, claims: [Claim(subject: foreign, predicateType: PredicateType.spdx, predicate: [:])])
        }
    }

    @Test func `two claims of one kind about one manifest are refused`() async throws {
        let subject = image.image.index.digest
        let claims = [1, 2].map { Claim(subject: subject, predicateType: PredicateType.spdx, predicate: ["n": .int($0)]) }
        await #expect(throws: AttestError.duplicateClaim(subject: subject, predicateType: PredicateType.spdx)) {
            try await Attestor(signer: key.signer).attest(image.image, as: repository, claims: claims)
        }
    }

    @Test func `a signer whose halves do not belong together publishes nothing`() async throws {
        struct Mismatched: Signer {
            let inner: KeySigner
            let publicKeyDER: [UInt8]
            var logPublicKey: [UInt8]? { nil }
            func sign(_ messages: [SignableMessage]) async throws -> [[UInt8]] { try await inner.sign(messages) }
            func lastCheckpoint() async throws -> (size: Int, root: Digest)? { nil }
        }
        let signer = Mismatched(inner: key.signer, publicKeyDER: FixedGenerator.key(2).publicKeyDER)
        await #expect(throws: AttestError.self) { try await Attestor(signer: signer).attest(image.image, as: repository, claims: []) }
    }
}
