// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Testing
import Transparency

@Suite struct LogEvidenceTests {
    private let image: SyntheticImage
    private let repository: RepositoryName
    private let key = FixedGenerator.key(1)

    init() throws {
        image = try SyntheticImage()
        repository = try RepositoryName("python")
    }

    private func evidence(_ log: MemoryLog) async throws -> Evidence {
        try await Attestor(signer: key.signer, log: log).attest(image.image, as: repository, claims: image.claims())
    }

    @Test func `every signature has an entry, whose signature verifies`() async throws {
        let log = try MemoryLog()
        _ = try await evidence(log)
        // For each of three subjects: a simple signing payload, its statement, four claims.
        #expect(log.entries.count == 18)
        for body in log.entries {
            let entry = try RekorEntry(reading: body)
            #expect(entry.kind == .hashedrekord && entry.hasValidSignature == true && entry.publicKeyDER == key.publicKeyDER)
        }
    }

    @Test func `every bundle carries the entry of its own envelope and a proof`() async throws {
        let log = try MemoryLog()
        let evidence = try await evidence(log)
        let blobs = Dictionary(uniqueKeysWithValues: evidence.blobs.map { ($0.digest, $0.bytes) })
        var indexes: Set<Int> = []
        for attestation in evidence.attestations {
            let bundle = try SigstoreBundle(reading: try #require(blobs[attestation.bundle]))
            #expect(bundle.logEntries.count == 1)
            let member = try BundleLogEntry(json: try #require(bundle.logEntries.first))
            #expect(member.entry.signature == bundle.envelope.signatures[0].signature)
            #expect(member.entry.digest == .sha256(of: bundle.envelope.preAuthenticationEncoding))
            guard case .good = InclusionVerifier.verify(member.entry.body, member.inclusion, by: log.key) else {
                Issue.record("entry \(member.inclusion.index) is not proved")
                continue
            }
            indexes.insert(member.inclusion.index)
        }
        #expect(indexes.count == 15)
    }

    @Test func `one referrer of each subject holds a proof file for each signature`() async throws {
        let log = try MemoryLog()
        let evidence = try await evidence(log)
        let blobs = Dictionary(uniqueKeysWithValues: evidence.blobs.map { ($0.digest, $0.bytes) })
        let bodies = Dictionary(uniqueKeysWithValues: log.entries.map { (Digest.sha256(of: $0).description, $0) })
        var proved: Set<String> = []
        for subject in image.subjects {
            let referrers = evidence.manifests.filter {
                $0.manifest.subject?.digest == subject && $0.manifest.effectiveArtifactType == LogProof.mediaType
            }
            #expect(referrers.count == 1)
            let manifest = try ImageManifest(reading: try #require(referrers.first).content.bytes)
            #expect(manifest.layers.count == 6 && manifest.config.mediaType == MediaType.empty)
            for layer in manifest.layers {
                #expect(layer.mediaType == LogProof.mediaType)
                let name = try #require(layer.annotations?["dev.ashlar.log.entry"])
                let body = try #require(bodies[name])
                guard case .good = InclusionVerifier.verify(body, proof: try #require(blobs[layer.digest]), by: log.key) else {
                    Issue.record("\(name) is not proved")
                    continue
                }
                proved.insert(name)
            }
        }
        #expect(proved.count == 18)
    }

    @Test(arguments: [MemoryLog.Proofs.missing, .bad]) func `a log that does not prove publishes nothing`(_ proofs: MemoryLog.Proofs)
        async throws
    {
        let log = try MemoryLog(proofs)
        await #expect(throws: AttestError.self) { try await evidence(log) }
    }
}
