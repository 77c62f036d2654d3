// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import OCI

/// One way of compressing members that may be concatenated: gzip members (RFC 1952 §2.2) or zstd frames (RFC 8878 §3).
struct MemberCompressor: Sendable {
    let compression: Compression

    /// What decides the bytes: part of every cache key and of the provenance.
    var identity: String {
        switch compression {
        case .gzip: "libdeflate-\(CompressorVersions.current.libdeflate)-level-6"
        case .zstd: "libzstd-\(CompressorVersions.current.zstd)-level-9"
        }
    }
    var mediaType: String { compression == .gzip ? MediaType.layerGzip : MediaType.layerZstd }

    func member(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        switch compression {
        case .gzip: try Gzip.encode(bytes, level: 6)
        case .zstd: try Zstd.encode(bytes, level: 9)
        }
    }

    func inflate(_ member: [UInt8], size: Int) throws(ArchiveError) -> [UInt8] {
        switch compression {
        case .gzip: try Gzip.decode(member, limit: size)
        case .zstd: try Zstd.decode(member, limit: size)
        }
    }
}
