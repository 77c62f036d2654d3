// SPDX-License-Identifier: Apache-2.0
import CLibDeflate

/// A libdeflate compressor that is kept for many members: its tables are allocated once. Not for two tasks at once.
package final class GzipCompressor {
    /// The level layers are written with; another level gives other bytes.
    package static let defaultLevel = 6

    package let level: Int
    private let handle: OpaquePointer

    /// Levels are those of libdeflate, 0 (stored) to 12.
    package init(level: Int = defaultLevel) throws(ArchiveError) {
        guard (0...12).contains(level), let handle = libdeflate_alloc_compressor(Int32(level)) else {
            throw .libraryFailure(.gzip, code: level)
        }
        self.level = level
        self.handle = handle
    }

    deinit { libdeflate_free_compressor(handle) }

    /// One gzip member: mtime 0, no name, operating system 255.
    package func encode(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) -> [UInt8] {
        let capacity = libdeflate_gzip_compress_bound(handle, bytes.count)
        var spare: UInt8 = 0
        return try withUnsafeBytes(of: &spare) { (spare) throws(ArchiveError) -> [UInt8] in
            try [UInt8](capacity: capacity) { (output) throws(ArchiveError) -> Int in
                let count = libdeflate_gzip_compress(
                    handle, bytes.baseAddress ?? spare.baseAddress, bytes.count, output.baseAddress, output.count)
                guard count > 0 else { throw .libraryFailure(.gzip, code: -1) }
                return count
            }
        }
    }

    /// One gzip member of an array.
    package func encode(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8] {
        try bytes.withRawBytes { (raw) throws(ArchiveError) in try encode(raw) }
    }
}
