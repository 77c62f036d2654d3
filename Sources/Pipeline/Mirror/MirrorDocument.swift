// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Records

/// What a mirror has to know of a manifest beside what every registry knows: sizes, and whether something in it runs.
struct MirrorDocument {
    let manifest: PushedManifest
    let parts: [MirroredManifest.Part]
    /// The configuration of an image.
    let config: MirroredManifest.Part?
    /// Layers that are parts of a file system.
    let hasFileSystem: Bool

    // What an index of this many would list no builder makes, and each costs a row.
    private static let partLimit = 2000

    init(reading bytes: [UInt8], as type: String?) throws(OCIError) {
        manifest = try PushedManifest(reading: bytes, as: type)
        let json: JSON
        do { json = try JSON.parse(bytes, limit: PushedManifest.limit) } catch {
            throw .malformedDocument(kind: "manifest", reason: error.diagnosis.summary)
        }
        let isIndex = manifest.kind == .index
        let layers = json["layers"]?.array ?? []
        let descriptors = isIndex ? json["manifests"]?.array ?? [] : [json["config"]].compactMap(\.self) + layers
        guard descriptors.count <= Self.partLimit else {
            throw .malformedDocument(kind: "manifest", reason: "it names more than \(Self.partLimit) parts")
        }
        // Of the other algorithm nothing is fetched.
        parts = descriptors.compactMap { descriptor in
            guard let digest = descriptor["digest"]?.string.flatMap({ Digest($0) }), let size = descriptor["size"]?.int, size >= 0 else {
                return nil
            }
            return .init(digest: digest, size: size, isManifest: isIndex)
        }
        config = isIndex ? nil : parts.first.flatMap { $0.digest.description == json["config"]?["digest"]?.string ? $0 : nil }
        hasFileSystem = layers.contains { layer in
            let type = layer["mediaType"]?.string ?? ""
            return type.contains("image.layer") || type.contains("image.rootfs") || type.contains("diff.tar")
        }
    }

    /// What this is evidence about, when it is nothing but evidence: by its own word, or by the tag it was found under.
    func subject(tag: String?) -> Digest? {
        guard !hasFileSystem else { return nil }
        if let named = tag.flatMap(Self.subject(ofTag:)) { return named }
        guard manifest.kind == .image, case .sha256(let digest)? = manifest.subject else { return nil }
        return digest
    }

    /// `sha256-<hex>`, alone or with `.sig`, `.att`, `.sbom`: the tags under which evidence is kept.
    static func subject(ofTag tag: String) -> Digest? {
        guard tag.hasPrefix("sha256-") else { return nil }
        let rest = tag.dropFirst(7)
        guard ["", ".sig", ".att", ".sbom"].contains(rest.dropFirst(64)) else { return nil }
        return Digest(hex: rest.prefix(64))
    }
}
