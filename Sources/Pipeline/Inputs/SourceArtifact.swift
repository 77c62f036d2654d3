// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

/// What a release was built from, kept beside it: a referrer of the index whose layers are blobs the store has already.
///
/// Titles follow the archive's own layout, so that a client that unpacks the artifact by its titles has a small mirror.
package enum SourceArtifact {
    package static let artifactType = "application/vnd.ashlar.source.v1"

    package enum Layer {
        /// The lock in canonical JSON: the bytes whose digest is a byproduct in the provenance.
        package static let lock = "application/vnd.ashlar.lock.v1+json"
        /// The recipe's files (`RecipeTree`).
        package static let recipe = "application/vnd.ashlar.recipe.v1.tar"
        package static let release = "application/vnd.ashlar.debian.inrelease.v1"
        package static let packages = "application/vnd.ashlar.debian.packages.v1+xz"
        /// https://www.iana.org/assignments/media-types/application/vnd.debian.binary-package
        package static let package = "application/vnd.debian.binary-package"
    }

    /// The artifact and the two documents of it that are not in the store yet.
    package static func evidence(
        about index: Descriptor, created: Timestamp, lock: Lock, tree: RecipeTree, indexes: [IndexEvidence], blobs: some BlobStore
    ) throws -> (manifest: EvidenceManifest, documents: [Content]) {
        let lockContent = Content(try CanonicalJSON.encode(lock), mediaType: Layer.lock, annotations: [Annotation.title: "lock.json"])
        let treeContent = Content(tree.archive, mediaType: Layer.recipe, annotations: [Annotation.title: "recipe.tar"])
        var layers = [lockContent.descriptor, treeContent.descriptor]
        for index in indexes {
            layers.append(try layer(Digest(hex: index.sha256), Layer.release, title: index.path, size: nil, blobs))
        }
        for index in indexes {
            let folder = index.path.dropLast("InRelease".count)
            for file in index.packages.sorted(by: { $0.path < $1.path }) {
                layers.append(try layer(file.digest, Layer.packages, title: folder + file.path, size: file.size, blobs))
            }
        }
        var seen: Set<String> = []
        let packages = lock.platforms.flatMap(\.packages).filter { seen.insert($0.sha256).inserted }
        let bases = Dictionary(indexes.map { ($0.archive, base(of: $0)) }) { first, _ in first }
        layers += try packages.map { package in
            let title = (bases[package.archive].map { $0 + "/" } ?? "") + package.path
            return try layer(package.digest, Layer.package, title: title, size: package.size, blobs)
        }.sorted { ($0.annotations?[Annotation.title] ?? "") < ($1.annotations?[Annotation.title] ?? "") }
        let manifest = ImageManifest(
            config: Content.empty.descriptor, layers: layers, artifactType: artifactType, subject: index.bare,
            annotations: [Annotation.created: created.description])
        return (EvidenceManifest(content: try manifest.content(), manifest: manifest), [lockContent, treeContent, .empty])
    }

    // `debian` of `debian/dists/trixie/InRelease`.
    private static func base(of index: IndexEvidence) -> String {
        index.path.firstRange(of: "/dists/").map { String(index.path[..<$0.lowerBound]) } ?? ""
    }

    // What a descriptor names must be there: a release whose inputs are lost cannot be looked into.
    private static func layer(_ digest: Digest?, _ type: String, title: String, size: Int?, _ blobs: some BlobStore) throws -> Descriptor {
        guard let digest, let found = try blobs.size(of: digest), size == nil || size == found else {
            throw InputError.lost(title)
        }
        return Descriptor(mediaType: type, digest: digest, size: found, annotations: [Annotation.title: title])
    }
}
