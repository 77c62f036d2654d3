// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
import Inspect
import OCI

/// Layers as the archives they are.
enum LayerBytes {
    /// Unpacks a layer by its media type; more than `limit` bytes are refused.
    static func inflate(_ blob: [UInt8], _ mediaType: String, limit: Int) throws -> [UInt8] {
        switch mediaType {
        case MediaType.layerGzip: try Gzip.decode(blob, limit: limit)
        case MediaType.layerZstd: try Zstd.decode(blob, limit: limit)
        default: blob
        }
    }

    /// The digest of what is in a layer, which may be packed with gzip or zstd, or not at all: its bytes say it.
    static func diffID(of layer: UnsafeRawBufferPointer) throws -> Digest {
        var hasher = DigestHasher()
        func take(_ chunk: UnsafeRawBufferPointer) -> ChunkDemand {
            hasher.update(chunk)
            return .more
        }
        let limit = InspectionLimits().unpacked(layer.count)
        if layer.starts(with: [0x1F, 0x8B]) {
            try GzipStream.decode(layer, limit: limit, onChunk: take)
        } else if layer.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
            try Zstd.decode(layer, limit: limit, onChunk: take)
        } else {
            hasher.update(layer)
        }
        return hasher.finish()
    }
}
