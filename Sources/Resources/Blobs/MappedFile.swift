// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A file's bytes in the address space, read-only, without a copy. Unmapped when the last reference goes.
///
/// Only for files that nobody truncates: blobs and cache files, which are replaced by renaming.
// Unchecked: the mapping is immutable from init to deinit, and a raw pointer is never Sendable by itself.
package final class MappedFile: @unchecked Sendable {
    /// Valid as long as the object lives; prefer `withUnsafeBytes`, which keeps it alive.
    package let bytes: UnsafeRawBufferPointer
    package var count: Int { bytes.count }
    private let mapping: UnsafeMutableRawPointer?
    private let length: Int

    package convenience init(path: String) throws(BlobsError) {
        try self.init(OpenFile(path, O_RDONLY | O_NOFOLLOW, for: "read"), hiding: 0)
    }

    /// Maps the file; its last `trailer` bytes are mapped but not part of `bytes`.
    init(_ file: OpenFile, hiding trailer: Int) throws(BlobsError) {
        length = try file.regularSize()
        guard length > 0 else {
            mapping = nil
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, length, PROT_READ, MAP_PRIVATE, file.descriptor, 0), address != MAP_FAILED else {
            throw .last("read", file.path)
        }
        mapping = address
        bytes = UnsafeRawBufferPointer(start: address, count: max(0, length - trailer))
    }

    deinit { if let mapping { munmap(mapping, length) } }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(bytes) }
    }

    /// A copy of the whole content.
    package var array: [UInt8] { withUnsafeBytes { Array($0) } }

    /// All mapped bytes, the hidden ones too.
    func withWholeMapping<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: mapping.map { UnsafeRawPointer($0) }, count: length)) }
    }
}
