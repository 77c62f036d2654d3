// SPDX-License-Identifier: Apache-2.0
import Base
import Debian

/// The number of a CVE as one integer: year and sequence. nil for anything else.
package enum CVENumber {
    package static func parse(_ text: some StringProtocol) -> UInt64? {
        var copy = String(text)
        return copy.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard bytes.count >= 13, bytes.count <= 24, bytes[0] == 0x43, bytes[1] == 0x56, bytes[2] == 0x45, bytes[3] == 0x2D, bytes[8] == 0x2D
        else { return nil }
        var year: UInt64 = 0
        for index in 4..<8 {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            year = year * 10 + UInt64(bytes[index] & 15)
        }
        var number: UInt64 = 0
        for index in 9..<bytes.count {
            guard (0x30...0x39).contains(bytes[index]), number < 100_000_000_000 else { return nil }
            number = number * 10 + UInt64(bytes[index] & 15)
        }
        return year << 40 | number
    }
}

/// Two numbers for each CVE, sorted by CVE: a stored table that is searched where its bytes lie.
///
///     0  mark "ASHLARCT"          8
///     8  format version           u32
///     12 rows                     u32
///     16 kind                     u32   1 scores (EPSS), 2 known exploited (KEV)
///     20 seconds of the data      u32   0 when the feed does not say
///     24 refused records          u32
///     28 bytes of their list      u32   0 when there are none
///     32 zero                     u64
///     40 checksum of all others   u64
///     48 rows: CVE u64, two numbers u32; the first refused records as JSON
package struct CVETable: Sendable {
    package enum Kind: UInt32, Hashable, Sendable { case scores = 1, exploited = 2 }
    struct Row {
        var cve: UInt64
        var first: UInt32
        var second: UInt32
    }
    private static let mark: UInt64 = 0x5443_5241_4C48_5341
    private static let headerBytes = 48
    private let storage: IndexStorage
    package let count: Int
    package let kind: Kind
    /// When the data is from, in seconds since 1970; nil when the feed does not say.
    package let seconds: Int?
    /// Lines or records that could not be used.
    package let refusedCount: Int
    private let listBytes: Int
    /// So many refused records are listed; all are counted.
    static let listLimit = 1000

    package init(_ bytes: [UInt8]) throws(AdvisoriesError) { try self.init(IndexStorage(copying: bytes)) }
    /// Opens a mapped file, which `owner` keeps alive.
    package init(mapped bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) throws(AdvisoriesError) {
        try self.init(IndexStorage(mapped: bytes, owner: owner))
    }

    private init(_ storage: IndexStorage) throws(AdvisoriesError) {
        self.storage = storage
        let bytes = storage.bytes
        if let fault = storage.fault(mark: Self.mark, version: 1, headerBytes: Self.headerBytes) { throw .badIndex(reason: fault) }
        guard let kind = Kind(rawValue: IndexStorage.word(bytes, 16)) else { throw .badIndex(reason: "a file of another kind") }
        count = Int(IndexStorage.word(bytes, 12))
        self.kind = kind
        let time = Int(IndexStorage.word(bytes, 20))
        seconds = time == 0 ? nil : time
        refusedCount = Int(IndexStorage.word(bytes, 24))
        listBytes = Int(IndexStorage.word(bytes, 28))
        guard bytes.count == Self.headerBytes + 16 * count + listBytes else { throw .badIndex(reason: "a length that is wrong") }
    }

    /// Lines or records that could not be used; the first of them.
    package var refused: [RefusedRecord] {
        let bytes = storage.withBytes { Array($0[($0.count - listBytes)...]) }
        return (try? CanonicalJSON.decode([RefusedRecord].self, from: bytes)) ?? []
    }

    package subscript(cve: String) -> (first: UInt32, second: UInt32)? {
        guard let wanted = CVENumber.parse(cve) else { return nil }
        return storage.withBytes { bytes in
            var low = 0
            var high = count
            while low < high {
                let middle = (low + high) / 2
                let place = Self.headerBytes + 16 * middle
                let found = IndexStorage.long(bytes, place)
                if found == wanted { return (IndexStorage.word(bytes, place + 8), IndexStorage.word(bytes, place + 12)) }
                if found < wanted { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    /// Sorted; of rows with the same CVE the one with the larger numbers stays.
    ///
    /// - Parameters:
    ///   - refused: the first records that could not be used.
    ///   - refusedCount: how many there were.
    static func assemble(_ rows: [Row], kind: Kind, seconds: Int?, refused: [RefusedRecord], refusedCount: Int) -> [UInt8] {
        let sorted = rows.sorted { ($0.cve, $0.first, $0.second) < ($1.cve, $1.first, $1.second) }
        var kept: [Row] = []
        kept.reserveCapacity(sorted.count)
        for row in sorted {
            if kept.last?.cve == row.cve { kept[kept.count - 1] = row } else { kept.append(row) }
        }
        let list = refused.isEmpty ? [] : (try? CanonicalJSON.encode(Array(refused.prefix(listLimit)))) ?? []
        var output: [UInt8] = []
        output.reserveCapacity(headerBytes + 16 * kept.count + list.count)
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { output.append(contentsOf: $0) } }
        append(mark)
        append(UInt32(1))
        append(UInt32(kept.count))
        append(kind.rawValue)
        append(UInt32(clamping: seconds ?? 0))
        append(UInt32(clamping: refusedCount))
        append(UInt32(list.count))
        append(UInt64(0))
        append(UInt64(0))
        kept.withUnsafeBytes { output.append(contentsOf: $0) }
        output.append(contentsOf: list)
        let checksum = output.withUnsafeBytes { PackageIndexLayout.checksum($0) }
        withUnsafeBytes(of: checksum.littleEndian) { for index in 0..<8 { output[40 + index] = $0[index] } }
        return output
    }
}
