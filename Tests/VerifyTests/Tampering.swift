// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Sigstore

/// What somebody who may push into a repository, but has no key, can do to a release: every digest fits again afterwards.
extension SampleRelease.Made {
    enum Form { case bundles, legacy }

    /// The release with one form of its evidence alone.
    func keeping(_ form: Form) -> Self {
        var copy = self
        let dropped = evidence.manifests.filter { ($0.tag == nil) == (form == .legacy) }
        copy.evidence.manifests.removeAll { piece in dropped.contains { $0.content.digest == piece.content.digest } }
        copy.rebuild()
        return copy
    }

    /// The release with other bytes in its bundles; nil drops one.
    func withBundles(_ change: (_ predicateType: String, [UInt8]) throws -> [UInt8]?) throws -> Self {
        var copy = self
        var blobs = Dictionary(evidence.blobs.map { ($0.digest, $0) }) { first, _ in first }
        copy.evidence.manifests = try evidence.manifests.compactMap { piece in
            guard piece.tag == nil, let layer = piece.manifest.layers.first, let bytes = blobs[layer.digest]?.bytes else { return piece }
            guard let changed = try change(piece.manifest.annotations?[Annotation.bundlePredicateType] ?? "", bytes) else { return nil }
            let content = Content(changed, mediaType: MediaType.sigstoreBundle)
            blobs[content.digest] = content
            var manifest = piece.manifest
            manifest.layers = [content.descriptor]
            return EvidenceManifest(content: try manifest.content(), manifest: manifest)
        }
        copy.evidence.blobs = Array(blobs.values)
        copy.rebuild()
        return copy
    }

    /// The release whose legacy evidence is another's.
    func withLegacyEvidence(of other: Self) -> Self {
        var copy = self
        for (from, to) in zip(other.subjects, subjects) {
            for (source, target) in [(Tag.signatures(of: from), Tag.signatures(of: to)), (.attestations(of: from), .attestations(of: to))] {
                copy.publication.tags[target.description] = other.publication.tags[source.description]
            }
        }
        copy.publication.manifests += other.publication.manifests.filter { $0.subject == nil }
        copy.contents += other.contents
        return copy
    }

    private mutating func rebuild() {
        let subjects = Set(self.subjects)
        let images = publication.manifests.filter { subjects.contains($0.digest) }
        publication.manifests =
            images
            + evidence.manifests.map { piece in
                Publication.Manifest(
                    digest: piece.content.digest, mediaType: MediaType.manifest, size: piece.content.bytes.count,
                    subject: piece.manifest.subject?.digest, artifactType: piece.manifest.artifactType,
                    references: [piece.manifest.config.digest] + piece.manifest.layers.map(\.digest))
            }
        publication.tags = publication.tags.filter { !$0.key.hasPrefix("sha256-") }
        for piece in evidence.manifests { if let tag = piece.tag { publication.tags[tag.description] = piece.content.digest } }
        contents += evidence.blobs + evidence.manifests.map(\.content)
    }
}
