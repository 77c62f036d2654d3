// SPDX-License-Identifier: Apache-2.0
import Base
import Debian

/// OSV records of one ecosystem by package, queried where the stored bytes lie.
///
///     0  mark "ASHLAROI"           8
///     8  format version            u32
///     12 entries                   u32
///     16 slots of the name table   u32, a power of two
///     20 newest change, seconds    u32   0 when no record says
///     24 refused records           u32
///     28 records that were read    u32
///     32 bytes of the pool         u64
///     40 checksum of all others    u64
///     48 pool, padded to eight; entries: name start, length, record start, length, next of the name plus one; name table
///
/// Entry 0 is the index itself: the name of its ecosystem, and the refused records as JSON.
package struct OSVIndex: Sendable {
    private static let mark: UInt64 = 0x494F_5241_4C48_5341
    static let headerBytes = 48
    private static let entryWords = 5
    private let storage: IndexStorage
    private let pool: Range<Int>
    private let entriesStart: Int
    private let table: IndexSlots
    private let entryCount: Int
    /// Pairs of a package and a record.
    package var count: Int { entryCount - 1 }
    package let readCount: Int
    package let refusedCount: Int
    /// The newest change of a record, in seconds since 1970.
    package let seconds: Int?

    package init(_ bytes: [UInt8]) throws(AdvisoriesError) { try self.init(IndexStorage(copying: bytes)) }
    /// Opens a mapped file, which `owner` keeps alive.
    package init(mapped bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) throws(AdvisoriesError) {
        try self.init(IndexStorage(mapped: bytes, owner: owner))
    }

    private init(_ storage: IndexStorage) throws(AdvisoriesError) {
        self.storage = storage
        let bytes = storage.bytes
        if let fault = storage.fault(mark: Self.mark, version: 1, headerBytes: Self.headerBytes) { throw .badIndex(reason: fault) }
        entryCount = Int(IndexStorage.word(bytes, 12))
        let time = Int(IndexStorage.word(bytes, 20))
        seconds = time == 0 ? nil : time
        refusedCount = Int(IndexStorage.word(bytes, 24))
        readCount = Int(IndexStorage.word(bytes, 28))
        guard let pool = storage.pool(behind: Self.headerBytes) else { throw .badIndex(reason: "a length that is wrong") }
        self.pool = pool
        entriesStart = IndexStorage.aligned(pool.upperBound)
        let end = entriesStart + 4 * Self.entryWords * entryCount
        guard let table = IndexSlots(at: end, count: IndexStorage.word(bytes, 16), items: entryCount), table.end == bytes.count,
            entryCount > 0
        else { throw .badIndex(reason: "a length that is wrong") }
        self.table = table
    }

    package var ecosystem: String { storage.withBytes { String(decoding: range(0, 0, $0), as: UTF8.self) } }

    package var refused: [RefusedRecord] {
        let bytes = storage.withBytes { Array(range(0, 2, $0)) }
        return (try? CanonicalJSON.decode([RefusedRecord].self, from: bytes)) ?? []
    }

    /// The records about a package, sorted by id. The name is compared as its ecosystem does.
    package func records(about name: String) -> [OSVRecord] {
        var wanted = Self.normalized(name, in: ecosystem)
        return storage.withBytes { bytes in
            var found: [OSVRecord] = []
            var next = wanted.withUTF8 { first(UnsafeRawBufferPointer($0), bytes) }
            while let entry = next {
                if let json = try? JSON.parse(Array(range(entry, 2, bytes))), let record = OSVRecord(stored: json) { found.append(record) }
                let following = Int(word(entry, 4, bytes)) - 1
                next = following > entry && following < entryCount ? following : nil
            }
            return found.sorted { $0.id < $1.id }
        }
    }

    /// PEP 503 for PyPI; elsewhere a name is what it is.
    package static func normalized(_ name: String, in ecosystem: String) -> String {
        guard ecosystem == "PyPI" else { return name }
        var result = ""
        var wasSeparator = false
        for character in name.lowercased() {
            let isSeparator = character == "-" || character == "_" || character == "."
            if isSeparator { if !wasSeparator { result.append("-") } } else { result.append(character) }
            wasSeparator = isSeparator
        }
        return result
    }

    /// - Parameter pool: the header's free place, and behind it the records.
    static func assemble(
        into pool: consuming [UInt8], ecosystem: String, entries: [(key: [UInt8], record: Range<Int>)], refused: [RefusedRecord],
        refusedCount: Int, read: Int, seconds: Int?
    ) -> [UInt8] {
        var output = pool
        var words: [UInt32] = []
        words.reserveCapacity((entries.count + 1) * entryWords)
        func keep(_ bytes: some Collection<UInt8>) -> (UInt32, UInt32) {
            let place = UInt32(output.count - headerBytes)
            output.append(contentsOf: bytes)
            return (place, UInt32(bytes.count))
        }
        let own = keep(ecosystem.utf8)
        let list = keep((try? CanonicalJSON.encode(refused)) ?? Array("[]".utf8))
        words += [own.0, own.1, list.0, list.1, 0]
        var names: [[UInt8]: (UInt32, UInt32)] = [:]
        for entry in entries {
            let name = names[entry.key] ?? keep(entry.key)
            names[entry.key] = name
            words += [name.0, name.1, UInt32(entry.record.lowerBound), UInt32(entry.record.count), 0]
        }
        let poolBytes = output.count - headerBytes
        output.append(contentsOf: repeatElement(0, count: (8 - output.count % 8) % 8))
        let slots = PackageIndexLayout.slots(for: entries.count + 1)
        var table = [UInt32](repeating: 0, count: slots)
        var number = entries.count
        while number > 0 {
            let key = entries[number - 1].key
            var slot = key.withUnsafeBytes { Int(PackageIndexLayout.hash($0)) } & (slots - 1)
            while table[slot] != 0, entries[Int(table[slot]) - 2].key != key { slot = (slot + 1) & (slots - 1) }
            words[number * entryWords + 4] = table[slot]
            table[slot] = UInt32(number + 1)
            number -= 1
        }
        words.withUnsafeBytes { output.append(contentsOf: $0) }
        table.withUnsafeBytes { output.append(contentsOf: $0) }
        func write(_ value: some FixedWidthInteger, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { for index in 0..<$0.count { output[offset + index] = $0[index] } }
        }
        write(mark, at: 0)
        write(UInt32(1), at: 8)
        write(UInt32(entries.count + 1), at: 12)
        write(UInt32(slots), at: 16)
        write(UInt32(clamping: seconds ?? 0), at: 20)
        write(UInt32(clamping: refusedCount), at: 24)
        write(UInt32(clamping: read), at: 28)
        write(UInt64(poolBytes), at: 32)
        write(output.withUnsafeBytes { PackageIndexLayout.checksum($0) }, at: 40)
        return output
    }

    private func word(_ entry: Int, _ word: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        IndexStorage.word(bytes, entriesStart + 4 * (Self.entryWords * entry + word))
    }

    private func range(_ entry: Int, _ first: Int, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let start = pool.lowerBound + Int(word(entry, first, bytes))
        let end = start + Int(word(entry, first + 1, bytes))
        guard end <= pool.upperBound else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    private func first(_ name: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Int? {
        // The first entry is about the index itself.
        table.first(PackageIndexLayout.hash(name), in: bytes) { $0 > 0 && range($0, 0, bytes).elementsEqual(name) }
    }
}
