// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF
import OCI
import Publish
import Synchronization

/// An image with evidence, none of which is signed: publishing does not look inside.
struct SyntheticRelease {
    var image: Image
    var evidence: Evidence
    var recipe: Recipe
    var lock: Lock
    var findings = Findings(hardening: [], contract: [], rules: [])
    let blobs: MemoryBlobs

    /// - Parameters:
    ///   - marker: what is in the layers.
    ///   - compressor: what decides their compressed bytes besides that.
    init(variant: String? = nil, marker: String = "", compressor: String = "", layerType: String = MediaType.layerGzip) throws {
        var contents: [Content] = []
        var platforms: [PlatformImage] = []
        for platform in [Platform.amd64, .arm64] {
            let tar = Array("layer of \(platform)\(marker)".utf8)
            let layer = Content(tar + Array(compressor.utf8), mediaType: layerType)
            let diffID = Digest.sha256(of: tar)
            let config = try ImageConfig(platform: platform, created: nil, config: RuntimeConfig(), diffIDs: [diffID]).content()
            let manifest = try ImageManifest(config: config.descriptor, layers: [layer.descriptor]).content()
            contents += [layer, config, manifest]
            let tree = FileTree(entries: [
                FileEntry(path: "etc", kind: .directory, mode: 0o755, owner: "base-files"),
                FileEntry(path: "etc/issue", kind: .file, mode: 0o644, size: 30, owner: "base-files"),
                FileEntry(path: "etc/motd", kind: .file, mode: 0o644, size: 12, owner: "base-files"),
            ])
            platforms.append(
                PlatformImage(
                    platform: platform, manifest: manifest.descriptor, config: config.descriptor,
                    layers: [ImageLayer(descriptor: layer.descriptor, diffID: diffID, origin: "image")], tree: tree, packages: []))
        }
        let index = try ImageIndex(manifests: platforms.map(\.manifest)).content()
        contents.append(index)
        image = Image(
            name: "python", stream: "3.13", version: "3.13.5", index: index.descriptor, platforms: platforms,
            created: Timestamp(seconds: 1_700_000_000))
        let bundle = Content(Array("bundle\(marker)".utf8), mediaType: MediaType.sigstoreBundle)
        let referrer = ImageManifest(
            config: Content.empty.descriptor, layers: [bundle.descriptor], artifactType: MediaType.sigstoreBundle,
            subject: index.descriptor.bare, annotations: [Annotation.bundlePredicateType: "https://example.com/p"])
        let signature = ImageManifest(config: Content.empty.descriptor, layers: [bundle.descriptor])
        evidence = Evidence(
            attestations: [], blobs: [bundle, .empty],
            manifests: [
                EvidenceManifest(content: try referrer.content(), manifest: referrer),
                EvidenceManifest(content: try signature.content(), manifest: signature, tag: .signatures(of: index.digest)),
            ])
        recipe = Recipe(name: "python", stream: "3.13")
        recipe.variant = variant
        recipe.title = "Python"
        recipe.tags = ["{major}.{minor}", "{version}", "latest"]
        lock = Lock(image: "python", stream: "3.13", variant: variant, recipe: index.digest, revision: 2, platforms: [])
        blobs = MemoryBlobs(contents + evidence.blobs + evidence.manifests.map(\.content))
    }

    func publication(existing: ExistingTags = ExistingTags(), prefix: RepositoryName? = nil) throws -> Publication {
        try Publisher(prefix: prefix).plan(image, with: evidence, findings: findings, recipe: recipe, lock: lock, existing: existing)
    }
}

final class MemoryBlobs: BlobStore {
    private let contents: Mutex<[Digest: [UInt8]]>
    struct Missing: Error {}

    init(_ contents: [Content] = []) {
        self.contents = Mutex(Dictionary(contents.map { ($0.digest, $0.bytes) }) { first, _ in first })
    }
    func remove(_ digest: Digest) { contents.withLock { $0[digest] = nil } }
    func size(of digest: Digest) throws -> Int? { contents.withLock { $0[digest]?.count } }
    func read(_ digest: Digest) throws -> [UInt8] {
        guard let bytes = contents.withLock({ $0[digest] }) else { throw Missing() }
        return bytes
    }
    func verified(_ digest: Digest) throws -> [UInt8] { try read(digest) }
    func write(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest.sha256(of: bytes)
        contents.withLock { $0[digest] = bytes }
        return digest
    }
    func adopt(file path: String, expecting digest: Digest) throws { throw Missing() }
    func path(of digest: Digest) throws -> String { throw Missing() }
}
