// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Debian
import ELF
package import OCI

/// A published image read back from its layers: what a prover needs of it, when nothing of the build is at hand any more.
///
/// The packages are those of the records that scanners read, in `var/lib/dpkg/status.d/`.
package struct PublishedImage: Sendable {
    package let image: PlatformImage
    private let layers: [[UInt8]]
    private let bodies: [String: Body]

    private struct Body: Sendable {
        var layer: Int
        var range: Range<Int>
    }

    private static let layerLimit = 4 << 30
    private static let recordLimit = 1 << 20

    /// Reads one platform's layers; each must be what the configuration names.
    package init(_ platform: Platform, manifest digest: Digest, from blobs: any BlobStore) throws {
        let bytes = try blobs.verified(digest)
        let manifest = try ImageManifest(reading: bytes)
        let config = try ImageConfig(reading: try blobs.verified(manifest.config.digest))
        var entries: [String: FileEntry] = [:]
        var bodies: [String: Body] = [:]
        var layers: [[UInt8]] = []
        for (position, descriptor) in manifest.layers.enumerated() {
            let tar = try LayerBytes.inflate(try blobs.verified(descriptor.digest), descriptor.mediaType, limit: Self.layerLimit)
            guard config.rootfs.diffIDs.indices.contains(position), Digest.sha256(of: tar) == config.rootfs.diffIDs[position] else {
                throw PipelineError.layersDiffer(at: "\(descriptor.digest)", reason: "has another diff id than its configuration names")
            }
            try tar.withUnsafeBytes { raw in
                var reader = TarReader(raw)
                while let entry = try reader.next() {
                    guard let kind = FileEntry.Kind(rawValue: entry.kind.rawValue) else { continue }
                    var file = FileEntry(
                        path: entry.path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, size: entry.size,
                        modified: entry.modified, target: entry.target, owner: "")
                    if kind == .file {
                        let body = UnsafeRawBufferPointer(rebasing: raw[entry.body])
                        // A file that begins like one and is damaged is no program.
                        if let facts = try? ELFReader.facts(of: body) { file.facts = FileFacts(elf: facts) }
                        bodies[entry.path] = Body(layer: position, range: entry.body)
                    } else {
                        bodies[entry.path] = nil
                    }
                    if !entry.path.isEmpty { entries[entry.path] = file }
                }
            }
            layers.append(tar)
        }
        self.layers = layers
        self.bodies = bodies
        let tree = FileTree(entries: entries.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
        var packages: [ImagePackage] = []
        for entry in tree.entries where Self.isRecord(entry.path) {
            guard let body = bodies[entry.path], body.range.count <= Self.recordLimit else { continue }
            packages.append(try Self.package(Array(layers[body.layer][body.range]), entry.path))
        }
        image = PlatformImage(
            platform: platform, manifest: Descriptor(mediaType: MediaType.manifest, digest: digest, size: bytes.count),
            config: manifest.config, layers: [], tree: tree, packages: packages.sorted { $0.locked.name < $1.locked.name })
    }

    /// The bytes of a file by its path; nil when there is none.
    package func contents(of path: String) -> [UInt8]? {
        bodies[path].map { Array(layers[$0.layer][$0.range]) }
    }

    private static func isRecord(_ path: String) -> Bool { path.hasPrefix("var/lib/dpkg/status.d/") && !path.hasSuffix(".md5sums") }

    private static func package(_ bytes: [UInt8], _ path: String) throws -> ImagePackage {
        let fields = try Deb822.onlyParagraph(bytes, of: path)
        let name = try fields.required("Package", of: path)
        let version = try fields.required("Version", of: path)
        // `Source: glibc (2.41-12)`: the version stands there when it is another.
        let words = (fields["Source"] ?? name).split(separator: " ")
        let sourceVersion = words.count > 1 ? String(words[1].drop { $0 == "(" }.prefix { $0 != ")" }) : version
        let locked = LockedPackage(
            name: name, version: version, architecture: fields["Architecture"] ?? "", source: words.first.map(String.init) ?? name,
            sourceVersion: sourceVersion, sha256: "", size: 0, archive: "", path: "", layer: "", neededBy: [], dependsOn: [])
        return ImagePackage(
            locked: locked, control: String(decoding: bytes, as: UTF8.self), copyright: nil, isPartial: false, dropped: [], scripts: [])
    }
}
