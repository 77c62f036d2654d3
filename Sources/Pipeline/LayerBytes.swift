// SPDX-License-Identifier: Apache-2.0
import Archive
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
}
