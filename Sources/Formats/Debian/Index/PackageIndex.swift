// SPDX-License-Identifier: Apache-2.0

/// The packages of one archive and architecture, queried where the stored bytes lie: in memory or in a mapped file.
///
/// Opening checks the whole buffer; after that no access can leave it, whatever its bytes say.
package struct PackageIndex: Sendable {
    typealias Layout = PackageIndexLayout

    let storage: IndexStorage
    /// Packages, each version of a name counted.
    package let count: Int
    let provideCount: Int
    let pool: Range<Int>
    let recordsStart: Int
    let providesStart: Int
    let nameTable: IndexSlots
    let provideTable: IndexSlots

    /// Opens what a builder made.
    package init(_ bytes: [UInt8]) throws(DebianError) {
        try self.init(IndexStorage(copying: bytes))
    }

    /// Opens a mapped file. `owner` keeps the mapping alive and unmaps it when it is released itself; the bytes must not
    /// change as long.
    package init(mapped bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) throws(DebianError) {
        try self.init(IndexStorage(mapped: bytes, owner: owner))
    }

    private init(_ storage: IndexStorage) throws(DebianError) {
        self.storage = storage
        let bytes = storage.bytes
        if let fault = storage.fault(mark: Layout.mark, version: Layout.version, headerBytes: Layout.headerBytes) {
            throw .badIndex(reason: fault)
        }
        count = Int(IndexStorage.word(bytes, 12))
        provideCount = Int(IndexStorage.word(bytes, 16))
        guard let pool = storage.pool(behind: Layout.headerBytes) else { throw .badIndex(reason: "a length that is wrong") }
        self.pool = pool
        recordsStart = IndexStorage.aligned(pool.upperBound)
        providesStart = recordsStart + 4 * Layout.recordWords * count
        let tables = providesStart + 4 * Layout.provideWords * provideCount
        guard let names = IndexSlots(at: tables, count: IndexStorage.word(bytes, 20), items: count),
            let provides = IndexSlots(at: names.end, count: IndexStorage.word(bytes, 24), items: provideCount),
            provides.end == bytes.count
        else { throw .badIndex(reason: "a length that is wrong") }
        (nameTable, provideTable) = (names, provides)
    }

    /// All packages of this name in the order of the archive.
    package func candidates(named name: String) -> [PackageRecord] {
        storage.withBytes { bytes in
            var found: [PackageRecord] = []
            var number = first(name, in: nameTable, bytes) { nameRange(ofRecord: $0, bytes) }
            while let record = number {
                found.append(PackageRecord(index: self, number: record))
                // Chains run forwards, so even damaged ones end.
                let next = Int(recordWord(record, Layout.nextWord, bytes)) - 1
                number = next > record && next < count ? next : nil
            }
            return found
        }
    }

    /// All packages that provide this name, with the version they provide it in, in the order of the archive.
    package func providers(of name: String) -> [(record: PackageRecord, version: DebianVersion?)] {
        storage.withBytes { bytes in
            var found: [(record: PackageRecord, version: DebianVersion?)] = []
            var number = first(name, in: provideTable, bytes) { provideRange($0, 0, bytes) }
            while let provide = number {
                let record = Int(provideWord(provide, 4, bytes))
                if record < count {
                    let version = provideRange(provide, 2, bytes)
                    let text = String(decoding: bytes[version], as: UTF8.self)
                    found.append((PackageRecord(index: self, number: record), version.isEmpty ? nil : try? DebianVersion(text)))
                }
                let next = Int(provideWord(provide, 5, bytes)) - 1
                number = next > provide && next < provideCount ? next : nil
            }
            return found
        }
    }

    /// The record with this number, in the order of the archive; nil beyond the last.
    package func record(_ number: Int) -> PackageRecord? {
        number >= 0 && number < count ? PackageRecord(index: self, number: number) : nil
    }

    /// Names that are near enough in length and letters to be meant by `word`, for `Spelling`. A name may come twice.
    package func namesResembling(_ word: String) -> [String] {
        let limit = Swift.max(1, Swift.min(3, word.count / 3))
        var copy = word
        let wanted = copy.withUTF8 { LetterSet($0) }
        let length = word.utf8.count
        return storage.withBytes { bytes in
            var names: [String] = []
            for number in 0..<count {
                let range = nameRange(ofRecord: number, bytes)
                guard abs(range.count - length) <= limit else { continue }
                let text = UnsafeRawBufferPointer(rebasing: bytes[range])
                // One edit changes at most two members of the set.
                if LetterSet(text).distance(to: wanted) <= 2 * limit { names.append(String(decoding: text, as: UTF8.self)) }
            }
            return names
        }
    }
}

/// Which letters a word has, to pass over most words cheaply.
private struct LetterSet {
    private var bits: UInt64 = 0
    init(_ bytes: some Sequence<UInt8>) { for byte in bytes { bits |= 1 << UInt64(byte & 63) } }
    func distance(to other: LetterSet) -> Int { (bits ^ other.bits).nonzeroBitCount }
}
