// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// A published image: what the catalog lists and the registry serves.
package struct Release: Hashable, Sendable, Codable {
    package var repository: String
    package var stream: String
    package var version: String
    /// The immutable tag: `3.13.5-r1`.
    package var buildTag: String
    /// Moving tags that point to it: `3.13`, `latest`.
    package var tags: [String]
    package var index: Digest
    package var platforms: [ReleasePlatform]
    package var created: Timestamp
    package var title: String
    package var summary: String
    package var endOfLife: String?
    package var lock: Digest
    package init(
        repository: String, stream: String, version: String, buildTag: String, tags: [String], index: Digest,
        platforms: [ReleasePlatform], created: Timestamp, title: String, summary: String, endOfLife: String?, lock: Digest
    ) {
        self.repository = repository
        self.stream = stream
        self.version = version
        self.buildTag = buildTag
        self.tags = tags
        self.index = index
        self.platforms = platforms
        self.created = created
        self.title = title
        self.summary = summary
        self.endOfLife = endOfLife
        self.lock = lock
    }
}

package struct ReleasePlatform: Hashable, Sendable, Codable {
    package var platform: Platform
    package var manifest: Digest
    /// Bytes of all layers as transferred, and of all files when unpacked.
    package var compressedSize: Int
    package var unpackedSize: Int
    package var packageCount: Int
    package var contractPassed: Int
    package var contractFailed: Int
    package var contractNotRun: Int
    package init(
        platform: Platform, manifest: Digest, compressedSize: Int, unpackedSize: Int, packageCount: Int, contractPassed: Int,
        contractFailed: Int, contractNotRun: Int
    ) {
        self.platform = platform
        self.manifest = manifest
        self.compressedSize = compressedSize
        self.unpackedSize = unpackedSize
        self.packageCount = packageCount
        self.contractPassed = contractPassed
        self.contractFailed = contractFailed
        self.contractNotRun = contractNotRun
    }
}

/// A manifest or blob that belongs to a repository: what publishing makes visible, all at once.
package struct Publication: Sendable {
    package struct Manifest: Sendable, Hashable {
        package var digest: Digest
        package var mediaType: String
        package var size: Int
        /// The manifest this one refers to, for referrers.
        package var subject: Digest?
        package var artifactType: String?
        package var annotations: [String: String]
        /// Digests of the blobs and manifests it points to.
        package var references: [Digest]
        /// The kind of evidence of which a subject shows only the newest: this one takes the place of older ones.
        package var renews: String?
        package init(
            digest: Digest, mediaType: String, size: Int, subject: Digest? = nil, artifactType: String? = nil,
            annotations: [String: String] = [:], references: [Digest] = [], renews: String? = nil
        ) {
            self.digest = digest
            self.mediaType = mediaType
            self.size = size
            self.subject = subject
            self.artifactType = artifactType
            self.annotations = annotations
            self.references = references
            self.renews = renews
        }
    }
    package var repository: String
    package var manifests: [Manifest]
    /// Tag -> manifest; `sha256-….sig` and `.att` among them.
    package var tags: [String: Digest]
    /// Tags that must never move once set: build tags.
    package var immutableTags: Set<String>
    package var release: Release?
    package init(
        repository: String, manifests: [Manifest], tags: [String: Digest], immutableTags: Set<String> = [], release: Release? = nil
    ) {
        self.repository = repository
        self.manifests = manifests
        self.tags = tags
        self.immutableTags = immutableTags
        self.release = release
    }

    /// What makes an earlier release the current one again. Its manifests and evidence are in the repository still.
    package init(again release: Release) {
        let tags = (release.tags + [release.buildTag]).map { ($0, release.index) }
        self.init(
            repository: release.repository, manifests: [], tags: Dictionary(tags) { first, _ in first },
            immutableTags: [release.buildTag], release: release)
    }
}
