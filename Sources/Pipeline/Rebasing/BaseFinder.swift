// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Blobs
import OCI
package import Records

/// Finds out on which releases of this store an image stands: those whose complete list of layers it begins with.
///
/// Images of a catalog share their lower layers, so of several the one with the most layers is meant. Configurations name layers by
/// what is in them, manifests by their packed bytes: both are asked, since builders may pack anew.
package struct BaseFinder: Sendable {
    private let blobs: FileBlobStore
    private let records: RecordStore

    package init(blobs: FileBlobStore, records: RecordStore) {
        self.blobs = blobs
        self.records = records
    }

    /// What is beneath one platform of an image.
    package struct Standing: Hashable, Sendable {
        /// Releases with these very layers, newest publication first; empty when none of ours is beneath.
        package var releases: [Release]
        package var layers: Int
        /// Packed layers of ours lie beneath, and the configuration says that something else is in them.
        package var contradicts: Bool
    }

    /// Makes releases findable that an earlier version published. Cheap when nothing is missing.
    package func refresh() throws {
        let missing = try records.releasesWithoutBases()
        guard !missing.isEmpty, records.isWritable else { return }
        // What cannot be read any more stands beneath nothing that could be moved.
        try records.index(missing.flatMap { release in ((try? base(release))?.platforms ?? []).map { LayerBase(release, $0) } })
    }

    package func standing(of image: PlatformDocuments) throws -> Standing {
        let inside = try found(LayerChain.prefixes(of: image.diffIDs), image)
        let packed = try found(LayerChain.prefixes(of: image.document.layers.map(\.digest)), image)
        let most = inside.first?.layers ?? 0
        let contradicts = (packed.first?.layers ?? 0) > most
        let names = Set(inside.filter { $0.layers == most }.map { "\($0.repository):\($0.buildTag)" })
        guard most > 0 else { return Standing(releases: [], layers: 0, contradicts: contradicts) }
        let repositories = Set(inside.map(\.repository)).sorted()
        let releases = try repositories.flatMap { try records.releases(in: $0) }.filter { names.contains($0.buildName) }
        return Standing(releases: releases, layers: most, contradicts: contradicts)
    }

    private func found(_ chains: [Digest], _ image: PlatformDocuments) throws -> [LayerBase] {
        try records.bases(under: chains).filter { $0.platform == image.platform.description }
    }

    /// Manifests and configurations of a release, held against their digests.
    package func base(_ release: Release) throws -> BaseImage {
        let platforms = try release.platforms.map { platform in
            let bytes = try blobs.verified(platform.manifest)
            let config = try ImageManifest(reading: bytes).config.digest
            return try PlatformDocuments(manifest: Content(bytes, mediaType: MediaType.manifest), config: try blobs.verified(config))
        }
        return BaseImage(release: release, platforms: platforms)
    }

    /// The annotations of a release's index.
    func annotations(of release: Release) throws -> [String: String] {
        try ImageIndex(reading: try blobs.verified(release.index)).annotations ?? [:]
    }
}
