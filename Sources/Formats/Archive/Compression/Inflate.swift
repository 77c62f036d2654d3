// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc1950, rfc1951
import CLibDeflate

/// Deflate data without the frame of gzip: the members of ZIP archives, and zlib streams.
package enum Inflate {
    package enum Frame: Hashable, Sendable {
        /// RFC 1951 alone.
        case none
        /// RFC 1950: two bytes in front, Adler-32 behind.
        case zlib
    }

    /// The whole content, which must have exactly `size` bytes.
    package static func decode(_ bytes: UnsafeRawBufferPointer, size: Int, frame: Frame = .none) throws(ArchiveError) -> [UInt8] {
        let content = try decode(bytes, limit: size, frame: frame)
        guard content.count == size else {
            throw .corrupt(.deflate, offset: 0, reason: "\(content.count) bytes, not the \(size) that were promised")
        }
        return content
    }

    /// The whole content, at most `limit` bytes.
    package static func decode(_ bytes: UnsafeRawBufferPointer, limit: Int, frame: Frame = .none) throws(ArchiveError) -> [UInt8] {
        guard !bytes.isEmpty else { throw .truncated(.deflate, offset: 0) }
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .libraryFailure(.deflate, code: 0) }
        defer { libdeflate_free_decompressor(decompressor) }
        // Deflate cannot expand more than 1032 times.
        let possible = bytes.count.multipliedReportingOverflow(by: 1032)
        let most = Swift.min(limit, possible.overflow ? limit : possible.partialValue)
        var capacity = Swift.min(most, Swift.max(bytes.count * 4, 1 << 12))
        while true {
            var isFull = false
            let output = try [UInt8](capacity: Swift.max(capacity, 1)) { (target) throws(ArchiveError) -> Int in
                var wrote = 0
                let result =
                    frame == .zlib
                    ? libdeflate_zlib_decompress(decompressor, bytes.baseAddress, bytes.count, target.baseAddress, capacity, &wrote)
                    : libdeflate_deflate_decompress(decompressor, bytes.baseAddress, bytes.count, target.baseAddress, capacity, &wrote)
                switch result {
                case LIBDEFLATE_SUCCESS: return wrote
                case LIBDEFLATE_INSUFFICIENT_SPACE:
                    isFull = true
                    return 0
                default: throw .corrupt(.deflate, offset: 0, reason: "data that is damaged or cut short")
                }
            }
            guard isFull else { return output }
            guard capacity < most else { throw .tooLarge(.deflate, limit: limit) }
            capacity = Swift.min(most, capacity * 4)
        }
    }
}
