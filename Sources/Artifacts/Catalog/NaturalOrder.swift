// SPDX-License-Identifier: Apache-2.0

/// The order in which people count: `3.9` before `3.13`.
package enum NaturalOrder {
    package static func precedes(_ a: String, _ b: String) -> Bool {
        var left = Array(a.utf8)[...]
        var right = Array(b.utf8)[...]
        while let first = left.first, let second = right.first {
            if isDigit(first), isDigit(second) {
                let one = takeNumber(&left)
                let two = takeNumber(&right)
                if one.count != two.count { return one.count < two.count }
                if one != two { return one.lexicographicallyPrecedes(two) }
            } else {
                if first != second { return first < second }
                left = left.dropFirst()
                right = right.dropFirst()
            }
        }
        if left.isEmpty && right.isEmpty { return a.utf8.lexicographicallyPrecedes(b.utf8) }
        return left.isEmpty
    }

    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
        let digits = bytes.prefix(while: isDigit)
        bytes = bytes.dropFirst(digits.count)
        return Array(digits.drop { $0 == 0x30 })
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
