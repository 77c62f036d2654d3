// SPDX-License-Identifier: Apache-2.0
import Base
package import Blobs

/// Part of a file in the address space: a blob of a layout, a member of a tar.
package struct MappedPiece: Sendable {
    let file: MappedFile
    let range: Range<Int>

    package init(_ file: MappedFile, _ range: Range<Int>? = nil) {
        self.file = file
        self.range = range ?? 0..<file.count
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
