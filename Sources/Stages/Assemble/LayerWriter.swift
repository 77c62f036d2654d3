// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI

/// Writes one layer as concatenated members: directories and links first, then each fragment, then the end of the archive.
struct LayerWriter: Sendable {
    let blobs: any BlobStore
    let cache: any DerivedCache
    let fragments: FragmentSource
    let compressor: MemberCompressor

    private struct CachedLayer: Codable {
        var blob: Digest
        var size: Int
        var diffID: Digest
    }

    func write(_ layer: Layout.Layer, tree: FileTree, created: Timestamp) throws -> ImageLayer {
        let prelude = try prelude(layer, created: created)
        let key = Digest.sha256(
            of: ([compressor.identity, Digest.sha256(of: prelude).hex] + layer.fragments.map(\.key.hex)).joined(separator: "\n"))
        if let bytes = cache.read("layer", key), let known = try? CanonicalJSON.decode(CachedLayer.self, from: bytes),
            try blobs.size(of: known.blob) == known.size
        {
            return image(layer, known)
        }
        var diffID = DigestHasher()
        diffID.update(prelude)
        var blob = try compressor.member(prelude)
        blob.reserveCapacity(blob.count + layer.fragments.reduce(0) { $0 + $1.manifest.tarSize / 2 } + 4096)
        for fragment in layer.fragments {
            let bytes = try fragments.bytes(of: fragment)
            diffID.update(bytes.tar)
            blob += bytes.member
        }
        let end = [UInt8](repeating: 0, count: 1024)
        diffID.update(end)
        blob += try compressor.member(end)
        let known = CachedLayer(blob: try blobs.write(blob), size: blob.count, diffID: diffID.finish())
        cache.write("layer", key, try CanonicalJSON.encode(known))
        return image(layer, known)
    }

    private func image(_ layer: Layout.Layer, _ known: CachedLayer) -> ImageLayer {
        ImageLayer(
            descriptor: Descriptor(mediaType: compressor.mediaType, digest: known.blob, size: known.size), diffID: known.diffID,
            origin: layer.origin)
    }

    private func prelude(_ layer: Layout.Layer, created: Timestamp) throws -> [UInt8] {
        var writer = TarWriter()
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        for entry in (layer.directories + layer.links).sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            _ = try writer.append(entry, body: empty)
        }
        for item in layer.generated.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            let entry = try Layout.entry(item, modified: created.seconds)
            switch item.content {
            case .directory: continue
            case .symlink: _ = try writer.append(entry, body: empty)
            case .file(let bytes): _ = try bytes.withUnsafeBytes { try writer.append(entry, body: $0) }
            }
        }
        return writer.bytes
    }
}

extension TarWriter {
    /// Appends one entry of the tree and returns the offset of its body, or -1 when it has none.
    mutating func append(_ entry: FileEntry, body: UnsafeRawBufferPointer) throws -> Int {
        let kind: TarEntry.Kind =
            switch entry.kind {
            case .file: .file
            case .directory: .directory
            case .symlink: .symlink
            case .hardlink: .hardlink
            }
        let header = TarHeader(
            path: entry.path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, modified: entry.modified,
            target: entry.target)
        try append(header, body: body)
        return entry.kind == .file ? bytes.count - (body.count + 511) / 512 * 512 : -1
    }
}
