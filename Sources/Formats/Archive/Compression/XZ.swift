// SPDX-License-Identifier: Apache-2.0
// https://tukaani.org/xz/xz-file-format.txt
import CLibLZMA

/// The .xz format, decoded by liblzma.
package enum XZ {
    /// Memory a decoder may use: presets up to -9 need 65 MiB.
    package static let decoderMemory = 256 << 20

    /// The whole content, at most `limit` bytes. The output is allocated once, because the index at the end states its size.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, memoryLimit: Int = decoderMemory
    ) throws(ArchiveError) -> [UInt8] {
        guard let size = uncompressedSize(bytes) else { return try decodeGrowing(bytes, limit: limit, memoryLimit: memoryLimit) }
        guard size <= limit else { throw .tooLarge(.xz, limit: limit) }
        return try [UInt8](capacity: size) { (output) throws(ArchiveError) -> Int in
            var stream = try XZStream(bytes, memoryLimit: memoryLimit)
            defer { stream.close() }
            let written = output.isEmpty ? 0 : try stream.fill(output)
            // Index and footer follow the last byte of content.
            if !stream.isAtEnd { _ = try stream.fill(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
            guard stream.isAtEnd else {
                throw .corrupt(.xz, offset: stream.consumed, reason: "more content than the index states")
            }
            return written
        }
    }

    /// The whole content, at most `limit` bytes.
    package static func decode(_ bytes: [UInt8], limit: Int, memoryLimit: Int = decoderMemory) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try decode(raw, limit: limit, memoryLimit: memoryLimit) }
    }

    /// Hands the content out in chunks of at most 1 MiB, which are valid during the call only. Throws when the content is
    /// longer than `limit` bytes.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limit: Int, memoryLimit: Int = decoderMemory,
        onChunk: (UnsafeRawBufferPointer) -> ChunkDemand
    ) throws(ArchiveError) {
        var stream = try XZStream(bytes, memoryLimit: memoryLimit)
        defer { stream.close() }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: decodedChunkBytes, alignment: 64)
        defer { chunk.deallocate() }
        var total = 0
        while !stream.isAtEnd {
            let count = try stream.fill(chunk)
            total += count
            guard total <= limit else { throw .tooLarge(.xz, limit: limit) }
            if count > 0, onChunk(UnsafeRawBufferPointer(rebasing: chunk[..<count])) == .stop { return }
        }
    }

    // Without a readable index the data is damaged; decoding it says how.
    private static func decodeGrowing(_ bytes: UnsafeRawBufferPointer, limit: Int, memoryLimit: Int) throws(ArchiveError) -> [UInt8] {
        var output: [UInt8] = []
        try decode(bytes, limit: limit, memoryLimit: memoryLimit) { chunk in
            output.append(contentsOf: chunk)
            return .more
        }
        return output
    }

    /// The size in bytes that the indexes of all streams state; nil when one of them cannot be read. Not yet proven.
    package static func uncompressedSize(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        var end = bytes.count
        var total = 0
        repeat {
            // Stream padding: groups of four zero bytes (format 2.2).
            while end >= 4, bytes[end - 4..<end].allSatisfy({ $0 == 0 }) { end -= 4 }
            guard end >= 2 * headerBytes else { return nil }
            var footer = lzma_stream_flags()
            guard lzma_stream_footer_decode(&footer, base + end - headerBytes) == LZMA_OK else { return nil }
            let indexEnd = end - headerBytes
            guard footer.backward_size <= UInt64(indexEnd - headerBytes) else { return nil }
            var position = indexEnd - Int(footer.backward_size)
            let indexStart = position
            var index: OpaquePointer?
            var memory: UInt64 = 16 << 20
            guard lzma_index_buffer_decode(&index, &memory, nil, base, &position, indexEnd) == LZMA_OK, let index else { return nil }
            defer { lzma_index_end(index, nil) }
            let blocks = lzma_index_total_size(index)
            guard position == indexEnd, blocks <= UInt64(indexStart - headerBytes) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(Int(clamping: lzma_index_uncompressed_size(index)))
            guard !overflow else { return nil }
            total = sum
            end = indexStart - Int(blocks) - headerBytes
        } while end > 0
        return total
    }

    private static let headerBytes = 12
}

/// One liblzma decoder over a whole input buffer.
struct XZStream: ~Copyable {
    private var stream = lzma_stream()
    private let inputCount: Int
    private let memoryLimit: Int
    private(set) var isAtEnd = false

    // LZMA_CONCATENATED: several streams after one another are one content. The macro is not visible from Swift.
    private static let concatenated: UInt32 = 0x08

    init(_ bytes: UnsafeRawBufferPointer, memoryLimit: Int) throws(ArchiveError) {
        inputCount = bytes.count
        self.memoryLimit = memoryLimit
        guard let base = bytes.baseAddress, !bytes.isEmpty else { throw .truncated(.xz, offset: 0) }
        let result = lzma_stream_decoder(&stream, UInt64(memoryLimit), Self.concatenated)
        guard result == LZMA_OK else { throw .libraryFailure(.xz, code: Int(result.rawValue)) }
        stream.next_in = base.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = bytes.count
    }

    /// Bytes of input used so far.
    var consumed: Int { inputCount - stream.avail_in }

    /// Decodes until the output is full or the content ends; returns the bytes written. An empty output takes only what follows
    /// the content.
    mutating func fill(_ output: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = output.count
        while true {
            let result = lzma_code(&stream, LZMA_FINISH)
            switch result {
            case LZMA_OK:
                if stream.avail_out == 0, !output.isEmpty { return output.count }
            case LZMA_STREAM_END:
                isAtEnd = true
                return output.count - stream.avail_out
            case LZMA_BUF_ERROR:
                if stream.avail_in == 0 { throw .truncated(.xz, offset: inputCount) }
                return output.count - stream.avail_out
            case LZMA_FORMAT_ERROR: throw .corrupt(.xz, offset: 0, reason: "something else than the xz mark")
            case LZMA_MEMLIMIT_ERROR: throw .tooMuchMemory(.xz, limit: memoryLimit)
            case LZMA_OPTIONS_ERROR: throw .unsupported(.xz, offset: consumed, feature: "an unknown filter or option")
            case LZMA_DATA_ERROR: throw .corrupt(.xz, offset: consumed, reason: "damaged data or a wrong check value")
            default: throw .libraryFailure(.xz, code: Int(result.rawValue))
            }
        }
    }

    mutating func close() { lzma_end(&stream) }
}
