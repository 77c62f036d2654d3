// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Testing

@Suite struct VerifierTests {
    private let image: SyntheticImage
    private let evidence: Evidence
    private let key = FixedGenerator.key(1)
    private let index: Digest

    init() async throws {
        image = try SyntheticImage()
        index = image.image.index.digest
        evidence = try await Attestor(signer: key.signer).attest(image.image, as: RepositoryName("python"), claims: image.claims())
    }

    private func verifier(_ key: KeyFile? = nil, requiring types: [String] = []) throws -> Verifier {
        Verifier(key: try VerificationKey(pem: (key ?? self.key).publicPEM), requiring: types)
    }

    @Test func `our own evidence is good in both forms on every manifest`() async throws {
        let results = try await verifier().verifyAll(index.description, in: MemoryRepository(image, evidence))
        #expect(results.map(\.subject) == image.subjects)
        for result in results {
            #expect(result.isTrusted && result.verified != nil)
            #expect(result.signatures == [.bundle, .legacy])
            #expect(
                result.predicateTypes == [PredicateType.cycloneDX, PredicateType.openVEX, PredicateType.slsaProvenance, PredicateType.spdx])
            #expect(result.claims.allSatisfy { $0.forms == [.bundle, .legacy] })
            #expect(result.ignored.isEmpty)
        }
    }

    @Test func `each form alone is enough`() async throws {
        var bundles = evidence
        bundles.manifests.removeAll { $0.tag != nil }
        var legacy = evidence
        legacy.manifests.removeAll { $0.tag == nil }
        for (part, form) in [(bundles, Verification.Form.bundle), (legacy, .legacy)] {
            let result = try await verifier().verify(index.description, in: MemoryRepository(image, part))
            #expect(result.isTrusted && result.signatures == [form] && result.claims.count == 4)
        }
    }

    @Test func `another key is refused and says so`() async throws {
        let result = try await verifier(FixedGenerator.key(2)).verify(index.description, in: MemoryRepository(image, evidence))
        #expect(!result.isTrusted && result.verified == nil)
        #expect(result.signatures.isEmpty && result.claims.isEmpty)
        #expect(result.reasons.count == 1 && result.reasons[0].contains("did not sign"))
        #expect(result.ignored.count == 10)
    }

    @Test func `an image without evidence is refused`() async throws {
        let result = try await verifier().verify(index.description, in: MemoryRepository(image))
        #expect(!result.isTrusted && result.ignored.isEmpty)
    }

    @Test func `an attestation is not a signature`() async throws {
        var part = evidence
        part.manifests.removeAll { piece in
            piece.tag == .signatures(of: index) || piece.manifest.annotations?[Annotation.bundlePredicateType] == PredicateType.cosignSign
        }
        let result = try await verifier().verify(index.description, in: MemoryRepository(image, part))
        #expect(!result.isTrusted && result.claims.count == 4)
    }

    @Test func `a kind of claim that is required must be there`() async throws {
        let missing = try await verifier(requiring: [PredicateType.spdx, PredicateType.vulnerabilities])
            .verify(index.description, in: MemoryRepository(image, evidence))
        #expect(missing.reasons == ["there is no claim of type \(PredicateType.vulnerabilities) signed by the key"])
        let there = try await verifier(requiring: [PredicateType.spdx]).verify(index.description, in: MemoryRepository(image, evidence))
        #expect(there.isTrusted)
    }

    @Test func `a tag is followed and a missing one is a reason`() async throws {
        var repository = MemoryRepository(image, evidence)
        repository.manifests["3.13"] = repository.manifests[index.description]
        #expect(try await verifier().verify("3.13", in: repository).subject == index)
        let missing = try await verifier().verify("3.14", in: repository)
        #expect(missing.reasons == ["there is no manifest '3.14'"])
    }

    @Test func `a registry that serves other bytes under a digest is found out`() async throws {
        var repository = MemoryRepository(image, evidence)
        let other = image.image.platforms[0].manifest.digest.description
        repository.manifests[index.description] = repository.manifests[other]
        let result = try await verifier().verify(index.description, in: repository)
        #expect(!result.isTrusted && result.subject == index)
    }

    @Test func `evidence of another image does not vouch for this one`() async throws {
        // A hostile registry lists the signature of a good image under a bad one.
        let bad = try SyntheticImage(name: "bad")
        var repository = MemoryRepository(image, evidence)
        let manifest = try ImageManifest(config: Content.empty.descriptor, layers: [], annotations: ["bad": bad.image.name]).content()
        repository.add(manifest)
        repository.referrers[manifest.digest] = repository.referrers[index]
        for (from, to) in [
            (Tag.signatures(of: index), Tag.signatures(of: manifest.digest)),
            (.attestations(of: index), .attestations(of: manifest.digest)),
        ] {
            repository.manifests[to.description] = repository.manifests[from.description]
        }
        let result = try await verifier().verify(manifest.digest.description, in: repository)
        #expect(!result.isTrusted && result.claims.isEmpty)
        #expect(result.ignored.count == 10)
    }

    @Test func `a piece of evidence that is altered refuses the image, one that is missing does not count; both are named`() async throws {
        let signature = try #require(evidence.attestations.first { $0.predicateType == PredicateType.cosignSign && $0.subject == index })
        var missing = MemoryRepository(image, evidence)
        missing.blobs[signature.bundle] = nil
        var altered = MemoryRepository(image, evidence)
        altered.blobs[signature.bundle]?[10] ^= 1
        let without = try await verifier().verify(index.description, in: missing)
        #expect(without.isTrusted && without.signatures == [.legacy])
        #expect(without.ignored.contains { $0.contains(signature.bundle.description) && $0.contains("missing") })
        let result = try await verifier().verify(index.description, in: altered)
        #expect(!result.isTrusted && result.signatures == [.legacy])
        #expect(result.reasons.count == 1 && result.reasons[0].contains(signature.bundle.description))
    }

    @Test func `a reader that finds damage does not end the check, and the image is refused`() async throws {
        struct Strict: RepositoryReader {
            let inner: MemoryRepository
            let damaged: Digest
            func manifest(_ reference: String) async throws -> Content? { try await inner.manifest(reference) }
            func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? {
                if digest == damaged { throw OCIError.digestMismatch(expected: digest, found: Digest.sha256(of: "")) }
                return try await inner.blob(digest, limit: limit)
            }
            func referrers(of digest: Digest) async throws -> [Descriptor] { try await inner.referrers(of: digest) }
        }
        let damaged = try #require(evidence.attestations.first { $0.subject == index }).bundle
        let reader = Strict(inner: MemoryRepository(image, evidence), damaged: damaged)
        let result = try await verifier().verify(index.description, in: reader)
        #expect(!result.isTrusted && result.signatures == [.legacy] && result.reasons.count == 1)
    }

    @Test func `a reader that cannot be asked ends the check`() async throws {
        struct Offline: RepositoryReader {
            struct Failure: Error {}
            func manifest(_ reference: String) async throws -> Content? { throw Failure() }
            func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? { throw Failure() }
            func referrers(of digest: Digest) async throws -> [Descriptor] { throw Failure() }
        }
        await #expect(throws: Offline.Failure.self) { try await verifier().verify(index.description, in: Offline()) }
    }

    @Test func `an index that lists too many manifests is refused`() async throws {
        var repository = MemoryRepository(image, evidence)
        let many = try ImageIndex(manifests: Array(repeating: Content.empty.descriptor, count: 257)).content()
        repository.add(many)
        let results = try await verifier().verifyAll(many.digest.description, in: repository)
        #expect(results.count == 1 && results[0].reasons.contains { $0.contains("257 manifests") })
    }

    @Test func `evidence that is not JSON is ignored`() async throws {
        var repository = MemoryRepository(image, evidence)
        let junk = Content(Array("junk".utf8), mediaType: MediaType.manifest)
        repository.manifests[Tag.signatures(of: index).description] = junk
        repository.manifests[Tag.attestations(of: index).description] = junk
        let result = try await verifier().verify(index.description, in: repository)
        #expect(result.isTrusted && result.signatures == [.bundle] && result.ignored.count == 2)
    }
}
