// SPDX-License-Identifier: Apache-2.0
// https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md, "Combined Image JSON + Filesystem Changeset Format"
import Archive
import Base
import Blobs
import Inspect

/// The tar that `docker save` writes, read where it lies: `manifest.json`, configurations, layers.
package struct DockerArchive: Sendable {
    struct Image {
        var config: [UInt8]
        var layers: [MappedPiece]
    }
    private let file: MappedFile
    private let places: [String: Range<Int>]
    private let path: String

    private static let documentLimit = 4 << 20

    package init(_ path: String) throws {
        guard try SmallFile.isRegular(path) else { throw LayoutError.unusableArchive(path: path, reason: "there is no such regular file") }
        let file = try MappedFile(path: path)
        self.file = file
        self.path = path
        places = try file.withUnsafeBytes { bytes in
            do throws(ArchiveError) { return try Self.index(bytes) } catch {
                throw LayoutError.unusableArchive(path: path, reason: error.diagnosis.summary)
            }
        }
    }

    /// Whether it is one of these and not a tar of an image layout; newer programs write both into one.
    package var isDocker: Bool { places["manifest.json"] != nil && places["oci-layout"] == nil }

    func image(named name: String?) throws -> Image {
        guard let document = try bytes(at: "manifest.json"), let images = try JSON.parse(document).array else {
            throw LayoutError.unusableArchive(path: path, reason: "it has no manifest.json with a list")
        }
        let named = images.filter { image in
            guard let name else { return true }
            return (image["RepoTags"]?.array ?? []).compactMap(\.string).contains { $0 == name || $0.hasSuffix(":\(name)") }
        }
        let names = images.flatMap { $0["RepoTags"]?.array?.compactMap(\.string) ?? [] }.sorted()
        guard named.count <= 1 else { throw LayoutError.ambiguous(path: path, names: names) }
        guard let image = named.first, let configPath = image["Config"]?.string, let config = try bytes(at: configPath) else {
            throw LayoutError.unusableArchive(path: path, reason: name.map { "it has no image \($0)" } ?? "it holds no image")
        }
        // Its name is its digest.
        let base = (configPath.split(separator: "/").last ?? "").prefix(64)
        if let expected = Digest(hex: base), Digest.sha256(of: config) != expected {
            throw LayoutError.unusableArchive(path: path, reason: "the configuration \(configPath) has another digest")
        }
        let layers = try (image["Layers"]?.array ?? []).map { layer in
            guard let name = layer.string, let place = places[name] else {
                throw LayoutError.unusableArchive(path: path, reason: "the layer \(layer.string ?? "") is missing")
            }
            return MappedPiece(file, place)
        }
        return Image(config: config, layers: layers)
    }

    private func bytes(at name: String) throws -> [UInt8]? {
        guard let place = places[name] else { return nil }
        guard place.count <= Self.documentLimit else {
            throw LayoutError.tooLarge(path: "\(path):\(name)", limit: Self.documentLimit, found: place.count)
        }
        return file.withUnsafeBytes { Array($0[place]) }
    }

    // A layer that two images share is a link to where it stands first.
    private static func index(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [String: Range<Int>] {
        var reader = TarReader(bytes, limits: TarLimits(entries: 200_000, bodyBytes: 1 << 40, end: .optional))
        var places: [String: Range<Int>] = [:]
        var links: [(path: String, target: String)] = []
        while let entry = try reader.next() {
            switch entry.kind {
            case .directory: continue
            case .file:
                guard places.updateValue(entry.body, forKey: entry.path) == nil else {
                    throw .corrupt(.tar, offset: entry.body.lowerBound, reason: "a second entry named \(entry.path.prefix(200))")
                }
            case .symlink: links.append((entry.path, resolve(entry.target ?? "", from: entry.path)))
            case .hardlink: links.append((entry.path, entry.target ?? ""))
            case .characterDevice, .blockDevice, .fifo:
                throw .unsupported(.tar, offset: entry.body.lowerBound, feature: "a \(entry.kind.rawValue) named \(entry.path.prefix(200))")
            }
        }
        for (path, target) in links where places[path] == nil { places[path] = places[target] }
        return places
    }

    private static func resolve(_ target: String, from path: String) -> String {
        var segments = path.split(separator: "/").dropLast()
        for segment in target.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        return segments.joined(separator: "/")
    }
}
