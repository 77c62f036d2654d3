// SPDX-License-Identifier: Apache-2.0

/// Picks the decoder by a file's name: `data.tar.xz`, `Packages.gz`, `control.tar.zst`, `data.tar`.
package enum Decompressor {
    /// The whole content, at most `limit` bytes.
    package static func decode(named name: String, _ bytes: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> [UInt8] {
        switch try format(named: name) {
        case .xz: return try XZ.decode(bytes, limit: limit)
        case .gzip: return try Gzip.decode(bytes, limit: limit)
        case .zstd: return try Zstd.decode(bytes, limit: limit)
        default:
            guard bytes.count <= limit else { throw .tooLarge(.tar, limit: limit) }
            return Array(bytes)
        }
    }

    /// The whole content, at most `limit` bytes.
    package static func decode(named name: String, _ bytes: [UInt8], limit: Int) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try decode(named: name, raw, limit: limit) }
    }

    /// Hands the content out in chunks of at most 1 MiB, which are valid during the call only.
    package static func decode(
        named name: String, _ bytes: UnsafeRawBufferPointer, limit: Int, onChunk: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        switch try format(named: name) {
        case .xz: try XZ.decode(bytes, limit: limit, onChunk: onChunk)
        case .gzip: try Gzip.decode(bytes, limit: limit, onChunk: onChunk)
        case .zstd: try Zstd.decode(bytes, limit: limit, onChunk: onChunk)
        default:
            guard bytes.count <= limit else { throw .tooLarge(.tar, limit: limit) }
            for start in stride(from: 0, to: bytes.count, by: decodedChunkBytes) {
                let end = Swift.min(start + decodedChunkBytes, bytes.count)
                if onChunk(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) == .stop { return }
            }
        }
    }

    /// The compression that a name's suffix states; nil for a name without one (`data.tar`, `Packages`).
    package static func format(named name: String) throws(ArchiveError) -> ArchiveFormat? {
        let file = name.split(separator: "/").last ?? ""
        guard let dot = file.lastIndex(of: ".") else { return nil }
        switch file[dot...] {
        case ".xz": return .xz
        case ".gz", ".tgz": return .gzip
        case ".zst": return .zstd
        case ".tar": return nil
        default: throw .unknownSuffix(name: name)
        }
    }
}
