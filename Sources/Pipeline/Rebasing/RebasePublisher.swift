// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Attest
package import Base
package import Blobs
package import OCI
package import Publish
package import Records
import Sigstore

/// Signs an image that got another base and makes it visible: all of it or nothing.
///
/// It belongs to whoever pushed what it was made from, so it is theirs to move, to replace and to delete, as if they had pushed it.
package struct RebasePublisher: Sendable {
    private let attestor: Attestor
    private let blobs: FileBlobStore
    private let records: RecordStore

    package init(attestor: Attestor, blobs: FileBlobStore, records: RecordStore) {
        self.attestor = attestor
        self.blobs = blobs
        self.records = records
    }

    /// Signs the image and the claims: everything that is to be published, without having published it. The signer learns of the
    /// manifests first.
    ///
    /// - Parameter named: The tag that is to lead to it; nil for none.
    package func sign(
        _ rebased: RebasedImage, _ claims: [Claim], as repository: RepositoryName, named tag: Tag?, at time: Timestamp
    ) async throws -> RebasedPublication {
        let key = Digest.sha256(of: "rebase-1 " + rebased.subjects.map(\.digest.description).joined(separator: " "))
        try records.record(subjects: rebased.subjects.map(\.digest), of: repository.description, build: key, at: time)
        // The same image may have been signed before: its lists go on holding what they hold.
        let standing = try StandingEvidence(
            about: rebased.subjects.map(\.digest), by: attestor.key, isLogged: attestor.isLogging, in: repository.description, blobs: blobs,
            records: records)
        let evidence = try await attestor.attest(
            claims, signing: rebased.subjects, about: rebased.subjects, as: repository, created: rebased.created, listed: standing.lists)
        var publication = Publisher().plan(adding: evidence, to: repository)
        publication.manifests = Self.manifests(of: rebased) + publication.manifests
        if let tag, let digest = rebased.digest { publication.tags[tag.description] = digest }
        let contents =
            rebased.platforms.flatMap { [$0.documents.config, $0.documents.manifest] } + [rebased.index].compactMap(\.self) + evidence.blobs
            + evidence.manifests.map(\.content)
        return RebasedPublication(publication: publication, contents: contents)
    }

    private static func manifests(of rebased: RebasedImage) -> [Publication.Manifest] {
        func listing(_ content: Content, _ references: [Digest], _ annotations: [String: String]?) -> Publication.Manifest {
            Publication.Manifest(
                digest: content.digest, mediaType: content.descriptor.mediaType, size: content.bytes.count, annotations: annotations ?? [:],
                references: references)
        }
        let platforms = rebased.platforms.map { platform in
            let document = platform.documents.document
            return listing(
                platform.documents.manifest, [document.config.digest] + document.layers.map(\.digest), document.annotations)
        }
        guard let index = rebased.index else { return platforms }
        return platforms + [listing(index, platforms.map(\.digest), (try? ImageIndex(reading: index.bytes))?.annotations)]
    }

    /// Makes it part of a repository of this store.
    ///
    /// - Parameters:
    ///   - source: Where the layers of the application are, when they are not in this store.
    ///   - expected: What the tag must lead to still; nil when that does not matter.
    package func publish(
        _ made: RebasedPublication, from source: FileBlobStore, expected: Digest?, isReserved: Bool, at time: Timestamp
    ) throws {
        let publication = made.publication
        let repository = publication.repository
        let manifests = Set(publication.manifests.map(\.digest))
        let contents = Dictionary(made.contents.map { ($0.digest, $0.bytes) }) { first, _ in first }
        func pushed(_ digest: Digest) throws -> PushedBlob {
            if let bytes = contents[digest] {
                return PushedBlob(repository: repository, digest: digest, size: bytes.count, isNew: try blobs.keep(bytes).isNew)
            }
            if let size = try blobs.size(of: digest), try blobs.refresh(digest) {
                return PushedBlob(repository: repository, digest: digest, size: size, isNew: false)
            }
            let bytes = try source.verified(digest)
            return PushedBlob(repository: repository, digest: digest, size: bytes.count, isNew: try blobs.keep(bytes).isNew)
        }
        let references = Set(publication.manifests.flatMap(\.references)).subtracting(manifests).sorted()
        var names: [Digest: [String]] = [:]
        for (tag, digest) in publication.tags.sorted(by: { $0.key < $1.key }) { names[digest, default: []].append(tag) }
        var batch = PushBatch(repository: repository, blobs: try references.map(pushed), manifests: [])
        for manifest in publication.manifests {
            var push = ManifestPush(
                manifest: manifest, blob: try pushed(manifest.digest), subject: manifest.subject.map { .sha256($0) },
                references: manifest.references.map {
                    ManifestPush.Reference(address: .sha256($0), isManifest: manifests.contains($0), isOptional: false)
                }, tags: names[manifest.digest] ?? [])
            // Only a build sets tags such as 1.0-r2 in a repository of the catalog.
            push.reserved = Set(push.tags.filter { (try? Tag($0))?.isBuild == true })
            push.isOfCatalog = isReserved
            batch.manifests.append(push)
        }
        let tag = publication.tags.first { $0.value == made.image }?.key
        if let tag, let expected { batch.expected[tag] = .some(expected) }
        switch try records.push(batch, at: time, isOnDisk: { try blobs.contains($0) }) {
        case .stored: return
        case .moved(let tag, let current):
            throw RebaseRefusal.moved("\(repository):\(tag)", expected: expected ?? made.image, found: current)
        case .refused(.protected(let tag, _)), .refused(.reserved(let tag)):
            throw RebaseRefusal.notTaken("\(repository):\(tag)", reason: "the tag belongs to this catalog")
        case .refused(.missing(let addresses)):
            throw RebaseRefusal.notTaken(repository, reason: "it needs \(addresses.first?.description ?? "more"), which is not there")
        case .refused(.gone), .refused(.stored):
            throw RebaseRefusal.notTaken(repository, reason: "a collection came between; run it again")
        }
    }

    /// Sends it to another registry: nothing is visible there before what it points to, and the tag comes last.
    ///
    /// - Parameter scratch: Takes what was made here; the layers of the application may be there already.
    package func send(
        _ made: RebasedPublication, to repository: RepositoryName, with client: RegistryClient, from scratch: FileBlobStore,
        expected: Digest?
    ) async throws -> PushSummary {
        for content in made.contents { try scratch.write(content.bytes) }
        if let expected, let tag = made.publication.tags.first(where: { $0.value == made.image })?.key {
            let found = try await client.digest(of: tag, in: repository)
            guard found == expected else { throw RebaseRefusal.moved("\(repository):\(tag)", expected: expected, found: found) }
        }
        return try await client.push(made.publication, to: repository, from: LayeredBlobs(stores: [scratch, blobs]))
    }

    /// Writes it as an image layout into a new folder.
    package func write(_ made: RebasedPublication, to folder: String, from scratch: FileBlobStore) throws {
        for content in made.contents { try scratch.write(content.bytes) }
        try LayoutWriter(folder: folder).write(made.publication, from: LayeredBlobs(stores: [scratch, blobs]))
    }
}

/// A rebased image with its evidence, signed and not yet anywhere.
package struct RebasedPublication: Sendable {
    package var publication: Publication
    /// Configurations, manifests and evidence: all but the layers.
    var contents: [Content]

    /// The digest people know it by: the index, else the manifest.
    package var image: Digest {
        let own = publication.manifests.filter { $0.subject == nil }
        return (own.first { $0.mediaType == MediaType.index } ?? own.first)?.digest ?? Digest.sha256(of: [UInt8]())
    }
}
