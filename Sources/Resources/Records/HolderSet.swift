// SPDX-License-Identifier: Apache-2.0

/// Numbers of holders: one bit for each.
package struct HolderSet: Hashable, Sendable, Sequence {
    private var words: [UInt64] = []

    package init() {}

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    mutating func insert(_ number: Int) {
        let place = number >> 6
        if place >= words.count { words.append(contentsOf: repeatElement(0, count: place + 1 - words.count)) }
        words[place] |= 1 << UInt64(number & 63)
    }

    package mutating func formUnion(_ other: HolderSet) {
        if other.words.count > words.count { words.append(contentsOf: repeatElement(0, count: other.words.count - words.count)) }
        for place in other.words.indices { words[place] |= other.words[place] }
    }

    package func union(_ other: HolderSet) -> HolderSet {
        var result = self
        result.formUnion(other)
        return result
    }

    /// In ascending order.
    package func makeIterator() -> Iterator { Iterator(words: words, place: 0, rest: words.first ?? 0) }

    package struct Iterator: IteratorProtocol {
        fileprivate let words: [UInt64]
        fileprivate var place: Int
        fileprivate var rest: UInt64
        package mutating func next() -> Int? {
            while rest == 0 {
                place += 1
                guard place < words.count else { return nil }
                rest = words[place]
            }
            let bit = rest.trailingZeroBitCount
            rest &= rest - 1
            return place << 6 + bit
        }
    }
}

/// Ascending numbers as differences, seven bits a byte, as they are stored.
enum HolderList {
    /// No store has as many.
    static let limit = 1 << 26

    /// Appends numbers, which are larger than `last` and ascend.
    static func append(_ numbers: [Int], after last: Int, to bytes: inout [UInt8]) {
        var last = last
        for number in numbers {
            var difference = UInt64(number - last)
            while difference >= 0x80 {
                bytes.append(UInt8(difference & 0x7F) | 0x80)
                difference >>= 7
            }
            bytes.append(UInt8(difference))
            last = number
        }
    }

    /// Adds the numbers of a stored list to a set.
    static func read(_ bytes: UnsafeRawBufferPointer, into set: inout HolderSet) throws(RecordsError) {
        var number = -1
        var difference = 0
        var shift = 0
        for byte in bytes {
            difference |= Int(byte & 0x7F) << shift
            if byte & 0x80 != 0 {
                shift += 7
                guard shift <= 28 else { throw .damaged(table: "held_sources", reason: "a number that is too large") }
                continue
            }
            number += difference
            guard difference > 0, number < limit else { throw .damaged(table: "held_sources", reason: "numbers that do not ascend") }
            set.insert(number)
            difference = 0
            shift = 0
        }
        guard shift == 0 else { throw .damaged(table: "held_sources", reason: "a list that is cut short") }
    }
}

extension HolderSet {
    init(list: some Sequence<Int>) {
        self.init()
        for number in list { insert(number) }
    }
}
