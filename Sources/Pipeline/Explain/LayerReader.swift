// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI

/// Reads the layers of a published image, each held against the digests that manifest and configuration name.
struct LayerReader: Sendable {
    struct Layer: Sendable {
        /// `layer 3 of 4 (image)`.
        var title: String
        /// Whose contents it holds: `profile:tls`, `image`, `configuration`.
        var origin: String
        var descriptor: Descriptor
        var diffID: Digest
        var tar: [UInt8]
    }
    struct Found: Sendable {
        var layer: Layer
        var entry: FoundEntry
    }

    let repository: any RepositoryReader

    /// What a container would see at a path: the topmost layer's.
    func find(_ path: String, in image: ReleaseEvidence.PlatformRecord) async throws -> Found {
        var paths: Set<String> = []
        for position in image.document.layers.indices.reversed() {
            let layer = try await layer(position, of: image)
            if let entry = try FoundEntry.find(path, in: layer.tar) { return Found(layer: layer, entry: entry) }
            paths.formUnion(try TarReader.entries(of: layer.tar).map(\.path))
        }
        throw ChainError.nothing("/\(path)", place: "the image", near: NearPaths.find(path, among: paths))
    }

    func layer(_ position: Int, of image: ReleaseEvidence.PlatformRecord) async throws -> Layer {
        let count = image.document.layers.count
        guard image.document.layers.indices.contains(position), image.config.rootfs.diffIDs.count == count else {
            throw ChainError.nothing("layer \(position + 1)", place: "the image, whose layers are counted from 1 to \(count),", near: [])
        }
        let descriptor = image.document.layers[position]
        guard let blob = try await repository.blob(descriptor.digest, limit: descriptor.size) else {
            throw InputError.lost("the layer \(descriptor.digest)")
        }
        try descriptor.check(blob)
        let tar = try LayerBytes.inflate(blob, descriptor.mediaType, limit: FoundEntry.limit)
        let diffID = Digest.sha256(of: tar)
        guard diffID == image.config.rootfs.diffIDs[position] else {
            throw ChainError.differs(
                what: "layer \(position + 1), unpacked,", expected: "\(image.config.rootfs.diffIDs[position])", found: "\(diffID)")
        }
        let history = (image.config.history ?? []).filter { $0.emptyLayer != true }
        let origin = history.indices.contains(position) ? history[position].comment ?? "" : ""
        return Layer(
            title: "layer \(position + 1) of \(count) (\(origin))", origin: origin, descriptor: descriptor, diffID: diffID, tar: tar)
    }
}
