// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI

/// Writes one layer as concatenated members: directories and links first, then each fragment, then the end of the archive.
struct LayerWriter: Sendable {
    let blobs: any BlobStore
    let cache: SealedCache
    let fragments: FragmentSource
    let compressor: MemberCompressor

    private struct KnownLayer: Codable {
        var blob: Digest
        var size: Int
        var diffID: Digest
    }

    func write(_ layer: Layout.Layer) throws -> ImageLayer {
        let prelude = try prelude(layer)
        let key = Digest.sha256(
            of: (["layer-2", compressor.identity, Digest.sha256(of: prelude).hex] + layer.fragments.map(\.key.hex)).joined(separator: "\n"))
        if let bytes = cache.read(.layer, key), let known = try? CanonicalJSON.decode(KnownLayer.self, from: bytes),
            try blobs.size(of: known.blob) == known.size
        {
            return image(layer, known)
        }
        var diffID = DigestHasher()
        diffID.update(prelude)
        var blob = try compressor.member(prelude)
        for fragment in layer.fragments {
            let (tar, member) = try fragments.bytes(of: fragment)
            diffID.update(tar)
            blob += member
        }
        diffID.update(TarWriter.end)
        blob += try compressor.member(TarWriter.end)
        let known = KnownLayer(blob: try blobs.write(blob), size: blob.count, diffID: diffID.finish())
        cache.write(.layer, key, try CanonicalJSON.encode(known))
        return image(layer, known)
    }

    private func image(_ layer: Layout.Layer, _ known: KnownLayer) -> ImageLayer {
        ImageLayer(
            descriptor: Descriptor(mediaType: compressor.mediaType, digest: known.blob, size: known.size), diffID: known.diffID,
            origin: layer.origin)
    }

    private func prelude(_ layer: Layout.Layer) throws -> [UInt8] {
        var writer = TarWriter()
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        for entry in layer.skeleton { _ = try writer.append(entry, body: empty) }
        for (entry, bytes) in layer.written { _ = try bytes.withUnsafeBytes { try writer.append(entry, body: $0) } }
        return writer.bytes
    }
}
