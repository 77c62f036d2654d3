// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc8878
import CLibZstd

/// The Zstandard format, decoded and encoded by libzstd.
package enum Zstd {
    /// Windows above 2^27 bytes (128 MiB) are refused when streaming: what the `zstd` program accepts without `--long`.
    package static let windowLog = 27

    /// The whole content of all frames, at most `limit` bytes. The output is allocated once when every frame states its size.
    package static func decode(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard let size = try contentSize(bytes, limit: limit) else { return try decodeGrowing(bytes, limit: limit) }
        guard let context = ZSTD_createDCtx() else { throw .libraryFailure(.zstd, code: 0) }
        defer { ZSTD_freeDCtx(context) }
        return try [UInt8](capacity: size) { (output) throws(ArchiveError) -> Int in
            let count = ZSTD_decompressDCtx(context, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
            try check(count, at: 0, limit: limit)
            return count
        }
    }

    /// The whole content of all frames, at most `limit` bytes.
    package static func decode(_ bytes: [UInt8], limit: Int) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try decode(raw, limit: limit) }
    }

    /// Hands the content out in chunks of at most 1 MiB, which are valid during the call only. Throws when the content is
    /// longer than `limit` bytes.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, onChunk: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        guard !bytes.isEmpty else { throw .truncated(.zstd, offset: 0) }
        guard let context = ZSTD_createDCtx() else { throw .libraryFailure(.zstd, code: 0) }
        defer { ZSTD_freeDCtx(context) }
        try check(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(windowLog)), at: 0, limit: limit)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: decodedChunkBytes, alignment: 64)
        defer { chunk.deallocate() }
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var total = 0
        var wanted = 1
        var isFlushed = false
        while input.pos < input.size || (wanted > 0 && !isFlushed) {
            var output = ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
            wanted = ZSTD_decompressStream(context, &output, &input)
            try check(wanted, at: input.pos, limit: limit)
            // A chunk that was not filled means that the decoder holds nothing back.
            isFlushed = output.pos < output.size
            total += output.pos
            guard total <= limit else { throw .tooLarge(.zstd, limit: limit) }
            if output.pos > 0, onChunk(UnsafeRawBufferPointer(rebasing: chunk[..<output.pos])) == .stop { return }
        }
        guard wanted == 0 else { throw .truncated(.zstd, offset: bytes.count) }
    }

    /// One frame with its content size and a checksum.
    package static func encode(_ bytes: [UInt8], level: Int = ZstdCompressor.defaultLevel) throws(ArchiveError) -> [UInt8] {
        try ZstdCompressor(level: level).encode(bytes)
    }

    private static func decodeGrowing(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> [UInt8] {
        var output: [UInt8] = []
        try decode(bytes, limit: limit) { chunk in
            output.append(contentsOf: chunk)
            return .more
        }
        return output
    }

    // The sum of what the frames state; nil when one does not say. Also finds data that is cut short.
    private static func contentSize(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> Int? {
        guard !bytes.isEmpty else { throw .truncated(.zstd, offset: 0) }
        var offset = 0
        var total = 0
        var isKnown = true
        while offset < bytes.count {
            let rest = bytes.from(offset)
            let frame = ZSTD_findFrameCompressedSize(rest.baseAddress, rest.count)
            try check(frame, at: offset, limit: limit)
            let size = ZSTD_getFrameContentSize(rest.baseAddress, rest.count)
            // ZSTD_CONTENTSIZE_UNKNOWN is 2^64 - 1, ZSTD_CONTENTSIZE_ERROR 2^64 - 2; the macros are not visible from Swift.
            if size >= UInt64.max - 1 {
                isKnown = false
            } else {
                let (sum, overflow) = total.addingReportingOverflow(Int(clamping: size))
                guard !overflow, sum <= limit else { throw .tooLarge(.zstd, limit: limit) }
                total = sum
            }
            offset += frame
        }
        return isKnown ? total : nil
    }

    // Errors are returned as the negated code of zstd_errors.h, whose values are stable since 1.3.1.
    fileprivate static func check(_ result: Int, at offset: Int, limit: Int) throws(ArchiveError) {
        guard ZSTD_isError(result) != 0 else { return }
        switch 0 - result {
        case 10: throw .corrupt(.zstd, offset: offset, reason: "something else than the zstd mark")
        case 14, 32: throw .unsupported(.zstd, offset: offset, feature: "an unknown parameter or a dictionary")
        case 16: throw .tooMuchMemory(.zstd, limit: 1 << windowLog)
        case 22: throw .checksumMismatch(.zstd, offset: offset)
        case 20: throw .corrupt(.zstd, offset: offset, reason: "damaged data")
        case 64: throw .libraryFailure(.zstd, code: 64)
        case 70: throw .corrupt(.zstd, offset: offset, reason: "more content than the frames state")
        case 72: throw .truncated(.zstd, offset: offset)
        default: throw .corrupt(.zstd, offset: offset, reason: "damaged data (\(String(cString: ZSTD_getErrorName(result))))")
        }
    }
}

/// A libzstd compressor that is kept for many frames. Not for two tasks at once.
package final class ZstdCompressor {
    /// The level layers are written with; another level gives other bytes.
    package static let defaultLevel = 3

    package let level: Int
    private let handle: OpaquePointer

    /// Levels are those of libzstd, 1 to 19. One thread, content size and checksum on: the output depends on nothing else.
    package init(level: Int = defaultLevel) throws(ArchiveError) {
        guard (1...19).contains(level), let handle = ZSTD_createCCtx() else { throw .libraryFailure(.zstd, code: level) }
        self.level = level
        self.handle = handle
        let parameters = [(ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_contentSizeFlag, 1), (ZSTD_c_checksumFlag, 1)]
        for (parameter, value) in parameters {
            try Zstd.check(ZSTD_CCtx_setParameter(handle, parameter, value), at: 0, limit: 0)
        }
    }

    deinit { ZSTD_freeCCtx(handle) }

    /// One frame.
    package func encode(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [UInt8] {
        try [UInt8](capacity: ZSTD_compressBound(bytes.count)) { (output) throws(ArchiveError) -> Int in
            let count = ZSTD_compress2(handle, output.baseAddress, output.count, bytes.baseAddress, bytes.count)
            try Zstd.check(count, at: 0, limit: 0)
            return count
        }
    }

    /// One frame of an array.
    package func encode(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try encode(raw) }
    }
}
