// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Assemble
import Base
import OCI
import TestKit

/// A place to assemble images in memory.
struct Bench {
    var blobs = MemoryBlobStore()
    var cache = MemoryCache()
    var recipe = Bench.recipe()
    var scripts = ScriptTable()
    var helpers: [Platform: [HelperBinary]] = [:]
    var imprint = Imprint()
    var parallelism = 2

    /// A recipe with these layers, lowest first.
    static func recipe(_ name: String = "hello", layers: [String] = ["image"]) -> Recipe {
        var recipe = Recipe(name: name, stream: "1", platforms: [.amd64])
        recipe.layers = layers.map { LayerContents(origin: $0, packages: []) }
        return recipe
    }

    func parcels(_ debs: [(Platform, [DebBuilder])]) throws -> Verified<Parcels> {
        let platforms = try debs.map { platform, debs in (platform: platform, parcels: try debs.map { try $0.parcel(in: blobs) }) }
        return Verified(byVerifying: Parcels(platforms: platforms), evidence: [])
    }

    func assemble(_ debs: [DebBuilder], on platform: Platform = .amd64) async throws -> Image {
        try await assemble(platforms: [(platform, debs)])
    }

    func assemble(platforms debs: [(Platform, [DebBuilder])]) async throws -> Image {
        let settings = AssemblySettings(scripts: scripts, helpers: helpers, imprint: imprint, parallelism: parallelism)
        return try await Assembler(blobs: blobs, cache: cache, settings: settings).assemble(try parcels(debs), as: recipe)
    }

    /// Why these packages cannot be assembled; nil when they can.
    func refusal(_ debs: [DebBuilder], on platform: Platform = .amd64) async -> Diagnosis? {
        do {
            _ = try await assemble(debs, on: platform)
            return nil
        } catch {
            return (error as? any Diagnosable)?.diagnosis
                ?? Diagnosis("not-diagnosable", .internalFault, "\(error)", remedy: "make it diagnosable")
        }
    }

    /// The layers of an image as an unpacker sees them.
    func layers(_ image: PlatformImage) throws -> [UnpackedLayer] {
        try image.layers.map { try UnpackedLayer($0, blobs) }
    }

    /// The text of a file of an image: the topmost layer's.
    func text(_ path: String, in image: Image) throws -> String? {
        for layer in try layers(image.platforms[0]).reversed() {
            if let entry = layer.entries.first(where: { $0.path == path && $0.kind == .file }) {
                return String(decoding: layer.tar[entry.body], as: UTF8.self)
            }
        }
        return nil
    }

    func bytes(_ path: String, in image: Image) throws -> [UInt8]? {
        for layer in try layers(image.platforms[0]).reversed() {
            if let entry = layer.entries.first(where: { $0.path == path && $0.kind == .file }) { return Array(layer.tar[entry.body]) }
        }
        return nil
    }
}

struct UnpackedLayer {
    let layer: ImageLayer
    let blob: [UInt8]
    let tar: [UInt8]
    let entries: [TarEntry]

    init(_ layer: ImageLayer, _ blobs: MemoryBlobStore) throws {
        self.layer = layer
        blob = try blobs.read(layer.descriptor.digest)
        let limit = 256 << 20
        tar =
            layer.descriptor.mediaType == MediaType.layerZstd ? try Zstd.decode(blob, limit: limit) : try Gzip.decode(blob, limit: limit)
        entries = try TarReader.entries(of: tar)
    }

    var paths: [String] { entries.map(\.path) }
    subscript(_ path: String) -> TarEntry? { entries.first { $0.path == path } }
}

extension Image {
    /// What lies at a path of the first platform.
    subscript(_ path: String) -> FileEntry? { platforms[0].tree.entries.first { $0.path == path } }
    var paths: [String] { platforms[0].tree.entries.map(\.path) }
    func package(_ name: String) -> ImagePackage? { platforms[0].packages.first { $0.locked.name == name } }
}

extension DebBuilder {
    /// A package with one program.
    static func program(_ name: String, layer: String = "image", architecture: String = "amd64") -> DebBuilder {
        DebBuilder(
            name, architecture: architecture,
            entries: [
                .directory("./"), .directory("./usr"), .directory("./usr/bin"),
                .file("./usr/bin/\(name)", "program \(name)\n", mode: 0o755),
                .directory("./usr/share/doc/\(name)"), .file("./usr/share/doc/\(name)/copyright", "Licence of \(name)\n"),
                .file("./usr/share/doc/\(name)/changelog", String(repeating: "changed\n", count: 200)),
            ], layer: layer)
    }

    func changed(_ change: (inout DebBuilder) -> Void) -> DebBuilder {
        var copy = self
        change(&copy)
        return copy
    }
}
