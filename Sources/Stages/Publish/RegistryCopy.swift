// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// The order in which a publication is sent to a registry: nothing is visible before what it points to.
package enum RegistryCopy {
    package enum Step: Hashable, Sendable {
        case blob(Digest)
        /// Sent by digest; one with a subject is a referrer.
        case manifest(Publication.Manifest)
        /// The manifest is sent again under its tag.
        case tag(String, Publication.Manifest)
    }

    /// Blobs, then manifests after the manifests they list, then referrers and other evidence, then tags: those with
    /// signatures before those with images, so that nobody pulls what cannot be verified yet.
    package static func steps(for publication: Publication) throws(PublishError) -> [Step] {
        let manifests = Dictionary(publication.manifests.map { ($0.digest, $0) }) { first, _ in first }
        var steps = blobs(of: publication, besides: manifests).map(Step.blob)
        var ordered: [Publication.Manifest] = []
        var states: [Digest: Bool] = [:]  // false while its references are being placed, true when it is placed
        func place(_ manifest: Publication.Manifest) throws(PublishError) {
            guard let placed = states[manifest.digest] else {
                states[manifest.digest] = false
                for reference in manifest.references {
                    if let child = manifests[reference] { try place(child) }
                }
                states[manifest.digest] = true
                ordered.append(manifest)
                return
            }
            guard placed else { throw .circularReference(manifest.digest) }
        }
        for manifest in publication.manifests { try place(manifest) }
        steps += (ordered.filter { $0.subject == nil } + ordered.filter { $0.subject != nil }).map(Step.manifest)
        for (tag, digest) in publication.tags.sorted(by: {
            ($0.key.hasPrefix("sha256-") ? 0 : 1, $0.key) < ($1.key.hasPrefix("sha256-") ? 0 : 1, $1.key)
        }) {
            guard let manifest = manifests[digest] else { throw .missingContent(digest) }
            steps.append(.tag(tag, manifest))
        }
        return steps
    }

    private static func blobs(of publication: Publication, besides manifests: [Digest: Publication.Manifest]) -> [Digest] {
        var seen: Set<Digest> = []
        return publication.manifests.flatMap(\.references).filter { manifests[$0] == nil && seen.insert($0).inserted }
    }
}
