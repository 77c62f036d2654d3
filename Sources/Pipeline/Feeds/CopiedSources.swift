// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Debian
import OCI

/// The sources that packages of a published image hold copies of: `Built-Using` and `Static-Built-Using` of the records in its layers.
///
/// Locks do not name them, and programs of Go are hardly anything else.
enum CopiedSources {
    private static let layerLimit = 4 << 30
    private static let recordLimit = 1 << 20
    private static let statusPath = "var/lib/dpkg/status"
    private static let statusLimit = 64 << 20

    /// By the name of the package, as control files write them; packages without copies are left out.
    static func read(manifest digest: Digest, from blobs: any BlobStore) throws -> [String: String] {
        let manifest = try ImageManifest(reading: try blobs.verified(digest))
        var copies: [String: String] = [:]
        for descriptor in manifest.layers {
            let tar = try LayerBytes.inflate(try blobs.verified(descriptor.digest), descriptor.mediaType, limit: layerLimit)
            try tar.withUnsafeBytes { raw in
                var reader = TarReader(raw)
                while let entry = try reader.next() { try add(entry, raw, to: &copies) }
            }
        }
        return copies
    }

    /// Adds what a file of a layer says.
    static func add(_ entry: TarEntry, _ layer: UnsafeRawBufferPointer, to copies: inout [String: String]) throws {
        guard entry.kind == .file, !entry.body.isEmpty else { return }
        for fields in try records(entry, layer) {
            if let found = named(in: fields) { copies[try fields.required("Package", of: entry.path)] = found }
        }
    }

    /// The same of packages that were just put into an image: their records are what its layers have.
    static func read(_ packages: [ImagePackage]) throws -> [String: String] {
        var copies: [String: String] = [:]
        for package in packages {
            let fields = try Deb822.onlyParagraph(Array(package.control.utf8), of: package.locked.name)
            if let found = named(in: fields) { copies[package.locked.name] = found }
        }
        return copies
    }

    private static func named(in fields: Deb822Paragraph) -> String? {
        let found = [fields["Built-Using"], fields["Static-Built-Using"]].compactMap(\.self).filter { !$0.isEmpty }
        return found.isEmpty ? nil : found.joined(separator: ", ")
    }

    // An image that may install packages keeps its records in one file, and empties those of the layers below.
    private static func records(_ entry: TarEntry, _ raw: UnsafeRawBufferPointer) throws -> [Deb822Paragraph] {
        if entry.path == statusPath, entry.body.count <= statusLimit {
            return try Deb822.paragraphs(Array(raw[entry.body]), limits: Deb822.Limits(bytes: statusLimit, paragraphs: 100_000))
        }
        guard entry.path.hasPrefix(statusPath + ".d/"), !entry.path.hasSuffix(".md5sums"), entry.body.count <= recordLimit
        else { return [] }
        return [try Deb822.onlyParagraph(Array(raw[entry.body]), of: entry.path)]
    }
}
