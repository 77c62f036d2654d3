// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
package import OCI
package import Records

/// A repository of the own store, for verifying and for copying elsewhere.
package struct LocalRepository: RepositoryReader {
    let name: String
    let blobs: FileBlobStore
    let records: RecordStore

    package init(_ name: String, blobs: FileBlobStore, records: RecordStore) {
        self.name = name
        self.blobs = blobs
        self.records = records
    }

    package func manifest(_ reference: String) async throws -> Content? {
        let stored = try Digest(reference).map { try records.manifest($0, in: name) } ?? records.manifest(tagged: reference, in: name)
        guard let stored else { return nil }
        let content = Content(try blobs.read(stored.digest), mediaType: stored.mediaType)
        guard content.digest == stored.digest else { throw OCIError.digestMismatch(expected: stored.digest, found: content.digest) }
        return content
    }

    package func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? {
        guard try records.holds(blob: digest, in: name), let size = try blobs.size(of: digest), size <= limit else { return nil }
        return try blobs.read(digest)
    }

    package func check(_ blob: Descriptor) async throws -> BlobCheck {
        guard try records.holds(blob: blob.digest, in: name), let size = try blobs.size(of: blob.digest) else { return .missing }
        guard size == blob.size else { return .damaged(reason: "it has \(size) bytes, not \(blob.size)") }
        return BlobCheck(comparing: blob, size: size, digest: try blobs.computedDigest(of: blob.digest))
    }

    package func tags() async throws -> [String]? { try records.tags(in: name) }

    package func referrers(of digest: Digest) async throws -> [Descriptor] {
        try records.referrers(of: digest, in: name).map {
            Descriptor(
                mediaType: $0.mediaType, digest: $0.digest, size: $0.size, annotations: $0.annotations, artifactType: $0.artifactType)
        }
    }

    /// Whether the inputs of a release go with it.
    package enum Sources: Sendable { case taken, leftBehind }

    /// Whether what others attached to a release goes with it, as far as it is there to be copied.
    package enum ForeignEvidence: Sendable { case taken, leftBehind }

    /// Everything that belongs to a release: its manifests, what the catalog attached to them, and every tag of the catalog that leads
    /// to one of them. Tags that others set stay behind: they would be moved at the destination by the right of whoever copies.
    package func publication(
        of release: Release, sources: Sources = .taken, foreign: ForeignEvidence = .leftBehind
    ) throws -> Publication {
        let subjects = [release.index] + release.platforms.map(\.manifest)
        let tags = try records.publishedTags(in: name)
        let evidenceTags = Set(subjects.flatMap { ["sha256-\($0.hex).sig", "sha256-\($0.hex).att"] })
        let ownTags = tags.filter { subjects.contains($0.digest) || evidenceTags.contains($0.tag) }
        var digests = release.platforms.map(\.manifest) + [release.index]
        var others: [Digest] = []
        for subject in subjects {
            let referrers = try records.referrers(of: subject, in: name)
            digests += referrers.filter { $0.isPublished && (sources == .taken || $0.artifactType != SourceArtifact.artifactType) }
                .map(\.digest)
            if foreign == .taken { others += referrers.filter { !$0.isPublished }.map(\.digest) }
        }
        digests += ownTags.map(\.digest)
        var seen: Set<Digest> = []
        var manifests = try digests.filter { seen.insert($0).inserted }.compactMap(listing)
        // Whoever attached it may have named what nobody has.
        for digest in others where seen.insert(digest).inserted {
            guard let manifest = try? listing(digest), try manifest.references.allSatisfy(isHeld) else { continue }
            manifests.append(manifest)
        }
        return Publication(
            repository: name, manifests: manifests, tags: Dictionary(ownTags.map { ($0.tag, $0.digest) }) { _, last in last },
            immutableTags: [release.buildTag], release: release)
    }

    private func isHeld(_ blob: Digest) throws -> Bool { try records.holds(blob: blob, in: name) && blobs.contains(blob) }

    private func listing(_ digest: Digest) throws -> Publication.Manifest? {
        guard let stored = try records.manifest(digest, in: name) else { return nil }
        let bytes = try blobs.read(digest)
        let references: [Digest]
        if stored.mediaType == MediaType.index {
            references = try ImageIndex(reading: bytes).manifests.map(\.digest)
        } else {
            let manifest = try ImageManifest(reading: bytes)
            references = [manifest.config.digest] + manifest.layers.map(\.digest)
        }
        return Publication.Manifest(
            digest: digest, mediaType: stored.mediaType, size: stored.size, subject: stored.subject, artifactType: stored.artifactType,
            annotations: stored.annotations, references: references)
    }
}
