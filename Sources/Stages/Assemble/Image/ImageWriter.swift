// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// Writes configuration, manifest and index.
struct ImageWriter {
    let recipe: Recipe
    let imprint: Imprint
    let version: String
    let created: Timestamp
    let blobs: any BlobStore

    /// The annotations of index and manifests; the configuration carries them as labels, where `docker inspect` looks.
    var annotations: [String: String] {
        var all = [
            Annotation.created: created.description, Annotation.title: recipe.title, Annotation.version: version,
            "dev.ashlar.stream": recipe.tagStem,
        ]
        if let licence = recipe.licence { all[Annotation.licenses] = licence }
        if !recipe.summary.isEmpty { all[Annotation.summary] = recipe.summary }
        if let endOfLife = recipe.dates.endOfLife { all["dev.ashlar.end-of-life"] = endOfLife }
        all.merge(imprint.annotations(of: recipe)) { _, own in own }
        all.merge(recipe.annotations) { _, own in own }
        return all
    }

    func platform(
        _ platform: Platform, _ recipe: Recipe, layers: [ImageLayer], tree: FileTree, packages: [ImagePackage]
    ) throws -> PlatformImage {
        let runtime = RuntimeConfig(
            user: recipe.runAs, exposedPorts: Set(recipe.ports), environment: environment(recipe), entrypoint: entrypoint(recipe),
            command: recipe.command, volumes: Set(recipe.volumes), workingDirectory: recipe.workingDirectory, labels: annotations,
            stopSignal: recipe.stopSignal)
        let history = layers.map { HistoryEntry(created: created, createdBy: "ashlar build \(recipe.reference)", comment: $0.origin) }
        let config = try ImageConfig(
            platform: platform, created: created, config: runtime, diffIDs: layers.map(\.diffID), history: history
        ).content()
        let manifest = try ImageManifest(
            config: config.descriptor, layers: layers.map(\.descriptor), annotations: annotations
        ).content()
        try blobs.write(config.bytes)
        try blobs.write(manifest.bytes)
        return PlatformImage(
            platform: platform, manifest: manifest.descriptor, config: config.descriptor, layers: layers, tree: tree, packages: packages)
    }

    func index(_ platforms: [PlatformImage]) throws -> Image {
        let manifests = platforms.map {
            Descriptor(mediaType: $0.manifest.mediaType, digest: $0.manifest.digest, size: $0.manifest.size, platform: $0.platform)
        }
        let index = try ImageIndex(manifests: manifests, annotations: annotations).content()
        try blobs.write(index.bytes)
        return Image(
            name: recipe.name, stream: recipe.tagStem, version: version, index: index.descriptor, platforms: platforms, created: created)
    }

    // A start plan is run by our helper, which then becomes the server.
    private func entrypoint(_ recipe: Recipe) -> [String] {
        recipe.entrypoint.isEmpty && !recipe.start.isEmpty ? ["/usr/libexec/ashlar/start", "/etc/ashlar/start.plan"] : recipe.entrypoint
    }

    private func environment(_ recipe: Recipe) -> [String] {
        var all = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME": "/home/nonroot"]
        if !recipe.users.contains(where: { $0.home == "/home/nonroot" }) { all["HOME"] = "/" }
        all.merge(recipe.environment) { _, own in own }
        return all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}
