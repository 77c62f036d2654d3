// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Sigstore
import Transparency

/// Lays signatures and envelopes out as the blobs and manifests that registries hold.
struct EvidenceCollector {
    private let created: Timestamp
    private var attestations: [Attestation] = []
    private var blobs: [Digest: Content] = [:]
    private var manifests: [EvidenceManifest] = []

    init(created: Timestamp) { self.created = created }

    /// Adds both forms of an image's signature.
    ///
    /// - Parameter listed: What the manifest of the legacy form holds before it, signed earlier.
    mutating func addSignature(
        payload: [UInt8], signature: [UInt8], bundle: SigstoreBundle, of subject: Descriptor, after listed: [Descriptor] = []
    ) throws {
        let layer = Content(
            payload, mediaType: MediaType.simpleSigning, annotations: [Annotation.cosignSignature: Base64.encode(signature)])
        try addTagged(.signatures(of: subject.digest), layers: [layer], after: listed)
        try addReferrer(bundle, predicateType: PredicateType.cosignSign, of: subject, legacy: layer.digest)
    }

    /// Adds all attestations of a subject: one manifest for the legacy form, one referrer for each.
    ///
    /// - Parameter listed: What the manifest of the legacy form holds before them, signed earlier.
    mutating func addAttestations(
        _ attestations: [(type: String, envelope: Envelope, bundle: SigstoreBundle)], of subject: Descriptor,
        after listed: [Descriptor] = []
    ) throws {
        guard !attestations.isEmpty else { return }
        let layers = attestations.map { type, envelope, _ in
            Content(
                envelope.canonicalBytes, mediaType: MediaType.dsseEnvelope,
                annotations: [Annotation.cosignSignature: "", Annotation.cosignPredicateType: type])
        }
        try addTagged(.attestations(of: subject.digest), layers: layers, after: listed)
        for (attestation, layer) in zip(attestations, layers) {
            try addReferrer(attestation.bundle, predicateType: attestation.type, of: subject, legacy: layer.digest)
        }
    }

    /// Adds the proofs of a subject's entries in the log: one referrer, one layer for each.
    mutating func addProofs(_ signatures: [LoggedSignature], of subject: Descriptor) throws {
        let layers = signatures.map { logged in
            Content(
                LogProof(logged.inclusion).bytes, mediaType: LogProof.mediaType,
                annotations: [
                    Annotation.logEntry: Digest.sha256(of: logged.entry.body).description,
                    Annotation.title: "\(logged.inclusion.index).tlog-proof",
                ])
        }
        var config = Content.empty.descriptor
        config.artifactType = LogProof.mediaType
        let manifest = ImageManifest(
            config: config, layers: layers.map(\.descriptor), artifactType: LogProof.mediaType, subject: subject,
            annotations: [Annotation.created: created.description])
        try add(manifest, blobs: [Content.empty] + layers, tag: nil)
    }

    func evidence() -> Evidence {
        Evidence(
            attestations: attestations, blobs: blobs.values.sorted { $0.digest < $1.digest }, manifests: manifests)
    }

    private mutating func addTagged(_ tag: Tag, layers: [Content], after listed: [Descriptor] = []) throws {
        let all = listed + layers.map(\.descriptor)
        let config = try ImageConfig(forLayers: all.map(\.digest), created: created).content()
        try add(ImageManifest(config: config.descriptor, layers: all), blobs: [config] + layers, tag: tag)
    }

    private mutating func addReferrer(_ bundle: SigstoreBundle, predicateType: String, of subject: Descriptor, legacy: Digest) throws {
        let layer = Content(bundle.canonicalBytes, mediaType: MediaType.sigstoreBundle)
        // Registries without the referrers API list the configuration's media type; cosign marks the configuration as well.
        var config = Content.empty.descriptor
        config.artifactType = MediaType.sigstoreBundle
        let manifest = ImageManifest(
            config: config, layers: [layer.descriptor], artifactType: MediaType.sigstoreBundle, subject: subject,
            annotations: [
                Annotation.created: created.description, Annotation.bundleContent: "dsse-envelope",
                Annotation.bundlePredicateType: predicateType, Annotation.inTotoPredicateType: predicateType,
            ])
        let content = try add(manifest, blobs: [Content.empty, layer], tag: nil)
        attestations.append(
            Attestation(
                subject: subject.digest, predicateType: predicateType, bundle: layer.digest, referrer: content.digest, legacy: legacy))
    }

    @discardableResult private mutating func add(_ manifest: ImageManifest, blobs added: [Content], tag: Tag?) throws -> Content {
        for blob in added { blobs[blob.digest] = blob }
        let content = try manifest.content()
        manifests.append(EvidenceManifest(content: content, manifest: manifest, tag: tag))
        return content
    }
}
