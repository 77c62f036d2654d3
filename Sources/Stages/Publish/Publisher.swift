// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI
import Sigstore

/// The tags of a repository before publishing.
package struct ExistingTags: Hashable, Sendable {
    package var tags: [String: Digest]
    /// Tags among them that never move.
    package var immutable: Set<String>
    package init(tags: [String: Digest] = [:], immutable: Set<String> = []) {
        self.tags = tags
        self.immutable = immutable
    }
}

/// Decides what publishing an image makes visible: manifests, tags and the release. Nothing is written here.
package struct Publisher: Sendable {
    private let prefix: RepositoryName?

    /// With a prefix, images are published as `<prefix>/<name>`.
    package init(prefix: RepositoryName? = nil) { self.prefix = prefix }

    /// The repository an image is published in; evidence names it too.
    package func repository(of image: Image) throws -> RepositoryName {
        try RepositoryName((prefix.map { "\($0)/" } ?? "") + image.name)
    }

    /// Plans a release.
    ///
    /// Publishing the same image again is the same plan. A build tag that names another image is a conflict.
    package func plan(
        _ image: Image, with evidence: Evidence, findings: Findings, recipe: Recipe, lock: Lock, existing: ExistingTags = ExistingTags()
    ) throws -> Publication {
        let repository = try repository(of: image).description
        let names = try TagPlan(recipe: recipe, version: image.version, revision: lock.revision)
        let index = image.index.digest
        if let taken = existing.tags[names.build.description], taken != index {
            throw PublishError.buildTagTaken(repository: repository, tag: names.build.description, existing: taken, found: index)
        }
        var tags = [names.build.description: index]
        for tag in names.moving {
            if existing.immutable.contains(tag.description), existing.tags[tag.description] != index {
                throw PublishError.immutableTag(repository: repository, tag: tag.description)
            }
            tags[tag.description] = index
        }
        tags.merge(Self.tags(of: evidence)) { _, last in last }
        return Publication(
            repository: repository, manifests: Self.manifests(of: image) + evidence.manifests.map(Self.listing), tags: tags,
            immutableTags: [names.build.description],
            release: try release(of: image, repository: repository, names: names, findings: findings, recipe: recipe, lock: lock))
    }

    /// Plans what is said later about an image that was published: referrers, and the lists that hold them too. Of evidence that
    /// renews itself (`PredicateType.isRenewed`) the older stays where it is, and is listed no more.
    package func plan(adding evidence: Evidence, to repository: RepositoryName) -> Publication {
        Publication(
            repository: repository.description, manifests: evidence.manifests.map(Self.listing), tags: Self.tags(of: evidence))
    }

    private static func tags(of evidence: Evidence) -> [String: Digest] {
        Dictionary(evidence.manifests.compactMap { manifest in manifest.tag.map { ($0.description, manifest.content.digest) } }) {
            _, last in
            last
        }
    }

    private static func manifests(of image: Image) -> [Publication.Manifest] {
        image.platforms.map { platform in
            Publication.Manifest(
                digest: platform.manifest.digest, mediaType: platform.manifest.mediaType, size: platform.manifest.size,
                references: [platform.config.digest] + platform.layers.map(\.descriptor.digest))
        } + [
            Publication.Manifest(
                digest: image.index.digest, mediaType: image.index.mediaType, size: image.index.size,
                references: image.platforms.map(\.manifest.digest))
        ]
    }

    private static func listing(_ evidence: EvidenceManifest) -> Publication.Manifest {
        let type = evidence.manifest.subject == nil ? nil : evidence.manifest.annotations?[Annotation.bundlePredicateType]
        return Publication.Manifest(
            digest: evidence.content.digest, mediaType: evidence.content.descriptor.mediaType, size: evidence.content.descriptor.size,
            subject: evidence.manifest.subject?.digest,
            artifactType: evidence.manifest.subject == nil ? nil : evidence.manifest.effectiveArtifactType,
            annotations: evidence.manifest.annotations ?? [:],
            references: [evidence.manifest.config.digest] + evidence.manifest.layers.map(\.digest),
            renews: type.flatMap { PredicateType.isRenewed($0) ? $0 : nil })
    }

    private func release(
        of image: Image, repository: String, names: TagPlan, findings: Findings, recipe: Recipe, lock: Lock
    ) throws -> Release {
        let platforms = image.platforms.map { platform in
            let results = findings.contract.filter { $0.platform == platform.platform.description }
            func count(_ outcome: ContractResult.Outcome) -> Int { results.count { $0.outcome == outcome } }
            return ReleasePlatform(
                platform: platform.platform, manifest: platform.manifest.digest,
                compressedSize: platform.layers.map(\.descriptor.size).reduce(0, +),
                unpackedSize: platform.tree.entries.map(\.size).reduce(0, +), packageCount: platform.packages.count,
                contractPassed: count(.passed), contractFailed: count(.failed), contractNotRun: count(.notRun))
        }
        return Release(
            repository: repository, stream: image.stream, version: image.version, buildTag: names.build.description,
            tags: names.moving.map(\.description), index: image.index.digest, platforms: platforms, created: image.created,
            title: recipe.title, summary: recipe.summary, endOfLife: recipe.dates.endOfLife, lock: try CanonicalJSON.digest(of: lock))
    }
}
