// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Debian
import ELF
package import OCI

/// A published image read back from its layers: what a prover needs of it, when nothing of the build is at hand any more.
///
/// The packages are those of the records that scanners read: the files in `var/lib/dpkg/status.d/`, and of images that may install
/// packages `var/lib/dpkg/status`.
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
    private static let statusPath = "var/lib/dpkg/status"
    private static let statusLimit = 64 << 20

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
        func body(of path: String, limit: Int) throws -> [UInt8]? {
            guard let body = bodies[path] else { return nil }
            guard body.range.count <= limit else {
                throw PipelineError.cannotRead(path: path, reason: "it has more than \(limit) bytes")
            }
            return Array(layers[body.layer][body.range])
        }
        let owned = try Self.owned(tree, from: { try body(of: $0, limit: Self.statusLimit) })
        var packages: [String: ImagePackage] = [:]
        for entry in tree.entries where Self.isRecord(entry.path) {
            // An image that may install packages keeps its records in one file, and empties those of the layers below.
            guard let record = try body(of: entry.path, limit: Self.recordLimit), !record.isEmpty else { continue }
            let package = try Self.package(try Deb822.onlyParagraph(record, of: entry.path), entry.path)
            packages[package.locked.name] = package
        }
        if let status = try body(of: Self.statusPath, limit: Self.statusLimit) {
            let limits = Deb822.Limits(bytes: Self.statusLimit, paragraphs: 100_000)
            for fields in try Deb822.paragraphs(status, limits: limits) {
                // What was removed and left its configuration is not there.
                if let state = fields["Status"], !state.hasSuffix(" installed") { continue }
                let package = try Self.package(fields, Self.statusPath)
                packages[package.locked.name] = package
            }
        }
        image = PlatformImage(
            platform: platform, manifest: Descriptor(mediaType: MediaType.manifest, digest: digest, size: bytes.count),
            config: manifest.config, layers: [], tree: owned, packages: packages.values.sorted { $0.locked.name < $1.locked.name })
    }

    /// The bytes of a file by its path; nil when there is none.
    package func contents(of path: String) -> [UInt8]? {
        bodies[path].map { Array(layers[$0.layer][$0.range]) }
    }

    private static let sums = ".md5sums"
    private static func isRecord(_ path: String) -> Bool { path.hasPrefix(statusPath + ".d/") && !path.hasSuffix(sums) }

    // The layers do not say who put a path there; the lists do, also those of packages that no record names any more. The recipe's own
    // files are in none, and stay nobody's.
    private static func owned(_ tree: FileTree, from body: (String) throws -> [UInt8]?) throws -> FileTree {
        let (records, lists) = (statusPath + ".d/", "var/lib/dpkg/info/")
        var owners: [String: String] = [:]
        for entry in tree.entries where entry.kind == .file {
            if entry.path.hasPrefix(records) {
                let name = entry.path.dropFirst(records.count)
                let owner = String(name.hasSuffix(sums) ? name.dropLast(sums.count) : name)
                owners[entry.path] = owner
                guard name.hasSuffix(sums), let text = try body(entry.path) else { continue }
                // A digest, two spaces, a path.
                for line in text.split(separator: 0x0A) where line.count > 34 {
                    owners[String(decoding: line.dropFirst(34), as: UTF8.self)] = owner
                }
            } else if entry.path.hasPrefix(lists), entry.path.hasSuffix(".list"), let text = try body(entry.path) {
                let owner = String(entry.path.dropFirst(lists.count).dropLast(5).prefix { $0 != ":" })
                for line in text.split(separator: 0x0A) where line.first == 0x2F {
                    owners[String(decoding: line.dropFirst(), as: UTF8.self)] = owner
                }
            }
        }
        return FileTree(
            entries: tree.entries.map { entry in
                var entry = entry
                // A directory belongs to many.
                if entry.kind != .directory, let owner = owners[entry.path] { entry.owner = owner }
                return entry
            })
    }

    private static func package(_ fields: Deb822Paragraph, _ path: String) throws -> ImagePackage {
        let name = try fields.required("Package", of: path)
        let version = try fields.required("Version", of: path)
        // `Source: glibc (2.41-12)`: the version stands there when it is another.
        let words = (fields["Source"] ?? name).split(separator: " ")
        let sourceVersion = words.count > 1 ? String(words[1].drop { $0 == "(" }.prefix { $0 != ")" }) : version
        let locked = LockedPackage(
            name: name, version: version, architecture: fields["Architecture"] ?? "", source: words.first.map(String.init) ?? name,
            sourceVersion: sourceVersion, sha256: "", size: 0, archive: "", path: "", layer: "", neededBy: [], dependsOn: [])
        let copies = ["Built-Using", "Static-Built-Using"].compactMap { name in
            // Folded lines become one, which needs no rule for what begins them.
            fields[name].map { "\(name): \($0.replacing("\n", with: " "))\n" }
        }
        return ImagePackage(
            locked: locked, control: "Package: \(name)\n" + copies.joined(), copyright: nil, isPartial: false, dropped: [], scripts: [])
    }
}
