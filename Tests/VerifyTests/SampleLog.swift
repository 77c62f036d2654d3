// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore
import Transparency

import enum Crypto.Curve25519

/// A log in memory that saw everything a release signs, with one witness.
struct SampleLog {
    let key: NoteKey
    let witness: NoteKey
    private let signing: Curve25519.Signing.PrivateKey
    private let witnessing: Curve25519.Signing.PrivateKey
    var witnessed = Timestamp(seconds: 1_700_000_100)
    var isWitnessed = true

    init(seed: UInt8 = 1, name: String = "log.example") throws {
        signing = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
        witnessing = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed &+ 100, count: 32))
        key = try NoteKey(name: name, algorithm: .ed25519, publicKey: Array(signing.publicKey.rawRepresentation))
        witness = try NoteKey(name: "witness.example", algorithm: .cosignature, publicKey: Array(witnessing.publicKey.rawRepresentation))
    }

    enum Form { case bundles, files }

    /// The release with proofs in its bundles, or in files attached to each manifest (which legacy signatures have nothing else for).
    func attest(_ release: SampleRelease.Made, in forms: Set<Form> = [.bundles, .files]) throws -> SampleRelease.Made {
        let signerKey = try VerificationKey(pem: SampleKey.signer.publicPEM)
        let blobs = Dictionary(release.evidence.blobs.map { ($0.digest, $0.bytes) }) { first, _ in first }
        var entries: [(subject: Digest, entry: RekorEntry)] = []
        for attestation in release.evidence.attestations {
            let bundle = try SigstoreBundle(reading: blobs[attestation.bundle] ?? [])
            let signature = bundle.envelope.signatures[0].signature
            entries.append(
                (
                    attestation.subject,
                    RekorEntry(
                        digest: .sha256(of: bundle.envelope.preAuthenticationEncoding), signature: signature, publicKeyDER: signerKey.der)
                ))
        }
        for piece in release.evidence.manifests {
            for layer in piece.manifest.layers where layer.mediaType == MediaType.simpleSigning {
                guard let subject = release.subjects.first(where: { piece.tag == .signatures(of: $0) }) else { continue }
                let signature = Base64.decode(layer.annotations?[Annotation.cosignSignature] ?? "") ?? []
                entries.append((subject, RekorEntry(digest: layer.digest, signature: signature, publicKeyDER: signerKey.der)))
            }
        }
        let inclusions = try include(entries.map(\.entry.body))
        var made = release
        if forms.contains(.bundles) {
            made = try made.withBundles { _, bytes in
                var bundle = try SigstoreBundle(reading: bytes)
                let digest = Digest.sha256(of: bundle.envelope.preAuthenticationEncoding)
                guard let position = entries.firstIndex(where: { $0.entry.digest == digest }) else { return bytes }
                bundle.logEntries = [BundleLogEntry(entry: entries[position].entry, inclusion: inclusions[position]).json]
                return bundle.canonicalBytes
            }
        }
        guard forms.contains(.files) else { return made }
        for subject in release.subjects {
            let layers = zip(entries, inclusions).filter { $0.0.subject == subject }.map { item, inclusion in
                Content(
                    LogProof(inclusion).bytes, mediaType: LogProof.mediaType,
                    annotations: [Annotation.logEntry: Digest.sha256(of: item.entry.body).description])
            }
            try made.attach(layers, artifactType: LogProof.mediaType, to: subject)
        }
        return made
    }

    private func include(_ entries: [[UInt8]]) throws -> [LogInclusion] {
        let leaves = entries.map(MerkleTree.leafHash)
        let root = MerkleTree.root(of: leaves)
        let text = Checkpoint(origin: key.name, size: leaves.count, root: root).text
        var note = SignedNote(text: text, signatures: [NoteSignature(by: key, signature: Array(try signing.signature(for: text)))])
        if isWitnessed {
            let message = Cosignature.message(of: text, at: witnessed.seconds)
            let signature = Array(try witnessing.signature(for: message))
            note.signatures.append(NoteSignature(by: witness, signature: Cosignature.bytes(signature, at: witnessed.seconds)))
        }
        return try leaves.indices.map { index in
            LogInclusion(
                index: index, treeSize: leaves.count,
                hashes: try MerkleTree.inclusionProof(of: index, size: leaves.count) { node in
                    MerkleTree.root(of: Array(leaves[node.index << node.level..<(node.index + 1) << node.level]))
                }, root: root, checkpoint: note.bytes, logID: key.id)
        }
    }
}

extension SampleRelease.Made {
    /// Attaches a statement of a type to each manifest, signed by a key.
    mutating func attach(_ type: String, by key: KeyFile) async throws {
        for subject in subjects {
            let payload = try Statement(
                subject: [ResourceDescriptor(name: image.name, sha256: subject)], predicateType: type, predicate: ["x": 1]
            ).canonicalBytes()
            let signature = try await key.signer.sign([.statement(payload)])[0]
            let envelope = Envelope(
                payload: payload, payloadType: Statement.payloadType, signatures: [EnvelopeSignature(signature: signature)])
            let bundle = SigstoreBundle(
                envelope: envelope, hint: try VerificationKey(der: key.publicKeyDER).hint, logEntries: [])
            try attach(
                [Content(bundle.canonicalBytes, mediaType: MediaType.sigstoreBundle)], artifactType: MediaType.sigstoreBundle, to: subject)
        }
    }

    /// Attaches a referrer.
    mutating func attach(_ layers: [Content], artifactType: String, to subject: Digest) throws {
        guard let descriptor = ([image.index] + image.platforms.map(\.manifest)).first(where: { $0.digest == subject }) else { return }
        let manifest = ImageManifest(
            config: Content.empty.descriptor, layers: layers.map(\.descriptor), artifactType: artifactType, subject: descriptor.bare)
        let content = try manifest.content()
        evidence.manifests.append(.init(content: content, manifest: manifest))
        contents += layers + [Content.empty, content]
        publication.manifests.append(
            .init(
                digest: content.digest, mediaType: MediaType.manifest, size: content.bytes.count, subject: subject,
                artifactType: artifactType,
                references: [Content.empty.digest] + layers.map(\.digest)))
    }
}
