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

    // MARK: - What every stored index begins with

    /// Why this is no whole index of a kind; nil when it is. The mark stands at 0, the version at 8, a checksum over all other bytes at 40.
    package func fault(mark: UInt64, version: UInt32, headerBytes: Int) -> String? {
        guard bytes.count >= headerBytes, Self.long(bytes, 0) == mark else { return "a file of another kind" }
        let found = Self.word(bytes, 8)
        guard found == version else { return "format \(found) instead of \(version)" }
        guard PackageIndexLayout.checksum(bytes) == Self.long(bytes, 40) else { return "a checksum that does not fit" }
        return nil
    }

    /// Where texts lie: behind the header, as many bytes as it says at 32. What follows begins at a multiple of eight. Nil when they would
    /// leave the file.
    package func pool(behind headerBytes: Int) -> Range<Int>? {
        guard let count = Int(exactly: Self.long(bytes, 32)), count <= bytes.count - headerBytes else { return nil }
        return headerBytes..<headerBytes + count
    }

    package static func aligned(_ place: Int) -> Int { (place + 7) / 8 * 8 }
}

/// A table by which items are found: a slot holds the number of an item plus one, 0 is free, collisions go to the next slot.
package struct IndexSlots: Hashable, Sendable {
    package let start: Int
    package let count: Int
    private let items: Int

    /// Nil for a table that cannot be one: without a free slot it would be searched for ever.
    package init?(at start: Int, count: UInt32, items: Int) {
        guard count.nonzeroBitCount == 1, items < count else { return nil }
        self.start = start
        self.count = Int(count)
        self.items = items
    }

    package var end: Int { start + 4 * count }

    /// The first item of a hash that is the wanted one.
    package func first(_ hash: UInt32, in bytes: UnsafeRawBufferPointer, where isWanted: (Int) -> Bool) -> Int? {
        var slot = Int(hash) & (count - 1)
        // At most once around, even when damage left no free slot.
        for _ in 0..<count {
            let item = Int(IndexStorage.word(bytes, start + 4 * slot)) - 1
            guard item >= 0, item < items else { return nil }
            if isWanted(item) { return item }
            slot = (slot + 1) & (count - 1)
        }
        return nil
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
    func first(_ name: String, in table: IndexSlots, _ bytes: UnsafeRawBufferPointer, range: (Int) -> Range<Int>) -> Int? {
        var copy = name
        return copy.withUTF8 { text in
            let wanted = UnsafeRawBufferPointer(text)
            return table.first(Layout.hash(wanted), in: bytes) {
                let found = range($0)
                return found.count == wanted.count && UnsafeRawBufferPointer(rebasing: bytes[found]).elementsEqual(wanted)
            }
        }
    }
}
