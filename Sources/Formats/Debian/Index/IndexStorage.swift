// SPDX-License-Identifier: Apache-2.0

/// The bytes of an index and whoever keeps them in memory.
// Unchecked because of the pointer: its bytes are never written after init.
package final class IndexStorage: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    private let owner: (any AnyObject & Sendable)?

    package init(copying array: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: array.count, alignment: 8)
        copy.copyBytes(from: array)
        bytes = UnsafeRawBufferPointer(copy)
        owner = nil
    }

    package init(mapped bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    deinit {
        if owner == nil { bytes.deallocate() }
    }

    @inline(__always) package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(bytes) }
    }

    @inline(__always) package static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    @inline(__always) package static func long(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

// Every number that is read from the bytes is checked before it is used as a place; a wrong one gives an empty range.
extension PackageIndex {
    @inline(__always) func recordWord(_ record: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        IndexStorage.word(bytes, recordsStart + 4 * (record * Layout.recordWords + word))
    }
    @inline(__always) func provideWord(_ provide: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        IndexStorage.word(bytes, providesStart + 4 * (provide * Layout.provideWords + word))
    }

    @inline(__always) func nameRange(ofRecord record: Int, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        fieldRange(record, .name, bytes)
    }

    func fieldRange(_ record: Int, _ field: Layout.Field, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let base = Int(recordWord(record, 0, bytes))
        let start = field == .name ? 0 : Int(recordWord(record, Layout.endWord + field.rawValue - 1, bytes))
        let end = Int(recordWord(record, Layout.endWord + field.rawValue, bytes))
        return poolRange(base + start, end - start)
    }

    func provideRange(_ provide: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        poolRange(Int(provideWord(provide, word, bytes)), Int(provideWord(provide, word + 1, bytes)))
    }

    @inline(__always) private func poolRange(_ start: Int, _ length: Int) -> Range<Int> {
        guard length >= 0, start >= 0, start <= pool.count, length <= pool.count - start else { return pool.lowerBound..<pool.lowerBound }
        return pool.lowerBound + start..<pool.lowerBound + start + length
    }

    /// The first item of a name in a table; nil when the name is not there.
    func first(
        _ name: String, in table: (start: Int, slots: Int), _ bytes: UnsafeRawBufferPointer, range: (Int) -> Range<Int>
    ) -> Int? {
        var copy = name
        let items = table.start == nameTable.start ? count : provideCount
        return copy.withUTF8 { text in
            let wanted = UnsafeRawBufferPointer(text)
            var slot = Int(Layout.hash(wanted)) & (table.slots - 1)
            // At most once around, even when damage left no free slot.
            for _ in 0..<table.slots {
                let item = Int(IndexStorage.word(bytes, table.start + 4 * slot)) - 1
                guard item >= 0, item < items else { return nil }
                let found = range(item)
                if found.count == wanted.count, UnsafeRawBufferPointer(rebasing: bytes[found]).elementsEqual(wanted) { return item }
                slot = (slot + 1) & (table.slots - 1)
            }
            return nil
        }
    }
}
