// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc1952
import CLibZ

/// The gzip format decoded piece by piece, for content of which nobody knows how large it will be. zlib does it: libdeflate, which is
/// faster, works on whole buffers only.
package enum GzipStream {
    /// Hands the content of all members out in chunks of at most 1 MiB, which are valid during the call only. Throws when the content
    /// is longer than `limit` bytes.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, onChunk: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        guard bytes.count >= 18 else { throw .truncated(.gzip, offset: bytes.count) }
        guard bytes[0] == 0x1F, bytes[1] == 0x8B else { throw .corrupt(.gzip, offset: 0, reason: "something else than the gzip mark") }
        var stream = z_stream()
        // 15 bits of window, 16 for the frame of gzip and no other.
        let opened = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .libraryFailure(.gzip, code: Int(opened)) }
        defer { inflateEnd(&stream) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: decodedChunkBytes, alignment: 64)
        defer { chunk.deallocate() }
        let output = chunk.bindMemory(to: UInt8.self)
        var consumed = 0
        var total = 0
        // Inputs are counted in 32 bits.
        let pieceBytes = 1 << 30
        while true {
            let piece = Swift.min(pieceBytes, bytes.count - consumed)
            let before = UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + consumed })
            stream.next_in = before?.assumingMemoryBound(to: UInt8.self)
            stream.avail_in = UInt32(piece)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            let result = inflate(&stream, Z_NO_FLUSH)
            consumed += piece - Int(stream.avail_in)
            let count = output.count - Int(stream.avail_out)
            total += count
            guard total <= limit else { throw .tooLarge(.gzip, limit: limit) }
            if count > 0, onChunk(UnsafeRawBufferPointer(rebasing: chunk[..<count])) == .stop { return }
            switch result {
            case Z_STREAM_END:
                if consumed == bytes.count { return }
                guard inflateReset(&stream) == Z_OK else { throw .libraryFailure(.gzip, code: 0) }
            case Z_OK: continue
            case Z_BUF_ERROR: throw .truncated(.gzip, offset: consumed)
            case Z_MEM_ERROR: throw .libraryFailure(.gzip, code: Int(result))
            default: throw .corrupt(.gzip, offset: consumed, reason: "damaged data")
            }
        }
    }
}
