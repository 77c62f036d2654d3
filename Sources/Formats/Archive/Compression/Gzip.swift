// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc1952
import CLibDeflate

/// The gzip format, decoded and encoded by libdeflate.
package enum Gzip {
    /// The whole content of all members, at most `limit` bytes. Bytes after the last member are refused.
    ///
    /// libdeflate does not say whether deflate data is damaged or cut short, so both are `corrupt`.
    package static func decode(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard bytes.count >= smallestMember else { throw .truncated(.gzip, offset: bytes.count) }
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .libraryFailure(.gzip, code: 0) }
        defer { libdeflate_free_decompressor(decompressor) }
        var output: [UInt8] = []
        var consumed = 0
        var capacity = firstCapacity(bytes, limit: limit)
        repeat {
            let done = output
            var isFull = false
            // Members that were decoded are carried over, so a wrong guess costs one copy and one member.
            output = try [UInt8](capacity: capacity) { (target) throws(ArchiveError) -> Int in
                target.copyBytes(from: done)
                var written = done.count
                while consumed < bytes.count {
                    let room = UnsafeMutableRawBufferPointer(rebasing: target[written...])
                    guard let (read, wrote) = try member(bytes.from(consumed), at: consumed, into: room, decompressor) else {
                        isFull = true
                        break
                    }
                    consumed += read
                    written += wrote
                }
                return written
            }
            if isFull {
                guard capacity < limit else { throw .tooLarge(.gzip, limit: limit) }
                capacity = Swift.min(limit, Swift.max(capacity, 1 << 15) * 2)
            }
        } while consumed < bytes.count
        return output
    }

    /// The whole content of all members, at most `limit` bytes.
    package static func decode(_ bytes: [UInt8], limit: Int) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try decode(raw, limit: limit) }
    }

    /// Hands the content out in chunks of at most 1 MiB. libdeflate works on whole buffers: the content is in memory once.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, onChunk: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        handOut(try decode(bytes, limit: limit), onChunk: onChunk)
    }

    /// One member: mtime 0, no name, operating system 255 (unknown). The same bytes, level and library give the same member.
    package static func encode(_ bytes: [UInt8], level: Int = GzipCompressor.defaultLevel) throws(ArchiveError) -> [UInt8] {
        try GzipCompressor(level: level).encode(bytes)
    }

    // Header 10, an empty deflate block 2, trailer 8; RFC 1952 §2.3.
    private static let smallestMember = 18

    // The last member states its size modulo 2^32. Deflate cannot expand more than 1032 times.
    private static func firstCapacity(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
        let stated = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)))
        let possible = bytes.count.multipliedReportingOverflow(by: 1032)
        return Swift.min(limit, stated, possible.overflow ? Int.max : possible.partialValue)
    }

    // Bytes read and written; nil when the room is too small.
    private static func member(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, into room: UnsafeMutableRawBufferPointer, _ decompressor: OpaquePointer
    ) throws(ArchiveError) -> (Int, Int)? {
        guard bytes.count >= smallestMember else { throw .truncated(.gzip, offset: offset + bytes.count) }
        guard bytes[0] == 0x1F, bytes[1] == 0x8B else {
            throw .corrupt(.gzip, offset: offset, reason: "something else than the gzip mark")
        }
        var read = 0
        var wrote = 0
        // libdeflate refuses a null output, even for an empty member.
        var spare: UInt8 = 0
        let result = withUnsafeMutableBytes(of: &spare) { spare in
            libdeflate_gzip_decompress_ex(
                decompressor, bytes.baseAddress, bytes.count, room.baseAddress ?? spare.baseAddress, room.count, &read, &wrote)
        }
        switch result {
        case LIBDEFLATE_SUCCESS: return (read, wrote)
        case LIBDEFLATE_INSUFFICIENT_SPACE: return nil
        default: throw .corrupt(.gzip, offset: offset, reason: "a member that is damaged or cut short")
        }
    }
}

func handOut(_ content: [UInt8], onChunk: (UnsafeRawBufferPointer) -> ChunkDemand) {
    content.withUnsafeBytes { raw in
        for start in stride(from: 0, to: raw.count, by: decodedChunkBytes) {
            let end = Swift.min(start + decodedChunkBytes, raw.count)
            if onChunk(UnsafeRawBufferPointer(rebasing: raw[start..<end])) == .stop { return }
        }
    }
}
