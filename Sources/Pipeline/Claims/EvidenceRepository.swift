// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI

/// Evidence that was made and not yet published, beside what was published before, as a verifier sees it afterwards: signatures in
/// both forms, claims as bundles.
///
/// The lists of legacy attestations hold the very envelopes that the bundles hold, so they are not read a second time.
struct EvidenceRepository: RepositoryReader {
    /// Holds the image itself, and what was published about it.
    let published: LocalRepository
    let image: Image
    private let evidence: Evidence
    private let contents: [Digest: Content]
    private let manifests: [String: Content]
    private let lists: Set<String>

    init(_ evidence: Evidence, of image: Image, beside published: LocalRepository) {
        self.evidence = evidence
        self.image = image
        self.published = published
        contents = Dictionary(evidence.blobs.map { ($0.digest, $0) }) { first, _ in first }
        let lists = Set(([image.index] + image.platforms.map(\.manifest)).map { Tag.attestations(of: $0.digest).description })
        self.lists = lists
        let named = evidence.manifests.filter { $0.tag.map { !lists.contains($0.description) } ?? true }.flatMap { manifest in
            [manifest.content.digest.description, manifest.tag?.description].compactMap(\.self).map { ($0, manifest.content) }
        }
        manifests = Dictionary(named) { first, _ in first }
    }

    func manifest(_ reference: String) async throws -> Content? {
        if let content = manifests[reference] { return content }
        if lists.contains(reference) { return nil }
        let own = [image.index] + image.platforms.map(\.manifest)
        guard let descriptor = own.first(where: { $0.digest.description == reference }) else {
            return try await published.manifest(reference)
        }
        return Content(try published.blobs.read(descriptor.digest), mediaType: descriptor.mediaType)
    }

    func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? {
        if let content = contents[digest] { return content.bytes.count <= limit ? content.bytes : nil }
        return try await published.blob(digest, limit: limit)
    }

    func referrers(of digest: Digest) async throws -> [Descriptor] {
        let made = evidence.manifests.filter { $0.manifest.subject?.digest == digest }.map {
            var descriptor = $0.content.descriptor
            descriptor.artifactType = $0.manifest.effectiveArtifactType
            descriptor.annotations = $0.manifest.annotations
            return descriptor
        }
        // The newest first: of very many a verifier looks at the first only.
        return try await made + published.referrers(of: digest)
    }
}
