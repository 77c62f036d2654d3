// SPDX-License-Identifier: Apache-2.0

extension DebianVersion {
    /// Negative, zero or positive as `a` is older than, equal to or newer than `b`.
    package static func compare(_ a: DebianVersion, _ b: DebianVersion) -> Int {
        var left = a.description
        var right = b.description
        return left.withUTF8 { l in right.withUTF8 { r in compare(UnsafeRawBufferPointer(l), UnsafeRawBufferPointer(r)) } }
    }

    /// The same over the bytes of two well-formed versions; malformed ones get some order, and never a fault.
    package static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let left = Parts(a)
        let right = Parts(b)
        if left.epoch != right.epoch { return left.epoch < right.epoch ? -1 : 1 }
        let upstream = order(a, left.upstream, b, right.upstream)
        return upstream != 0 ? upstream : order(a, left.revision, b, right.revision)
    }

    /// Where the three parts stand. An absent revision is an empty range, which has the order of `0`.
    private struct Parts {
        var epoch = 0
        var upstream: Range<Int>
        var revision: Range<Int>

        @inline(__always) init(_ bytes: UnsafeRawBufferPointer) {
            var start = 0
            var hyphen = -1
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                if byte == 0x3A, start == 0 {
                    epoch = 0
                    for digit in bytes[..<index] where digit >= 0x30 && digit <= 0x39 { epoch = epoch &* 10 &+ Int(digit & 15) }
                    start = index + 1
                    hyphen = -1
                } else if byte == 0x2D {
                    hyphen = index
                }
                index += 1
            }
            upstream = start..<(hyphen < 0 ? bytes.count : hyphen)
            revision = hyphen < 0 ? bytes.count..<bytes.count : hyphen + 1..<bytes.count
        }
    }

    // Letters before other characters, a tilde before everything, even the end. Digits and the end weigh nothing.
    @inline(__always) private static func weight(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ end: Int) -> Int {
        guard index < end else { return 0 }
        let byte = bytes[index]
        if byte >= 0x30, byte <= 0x39 { return 0 }
        if byte == 0x7E { return -1 }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A ? Int(byte) : Int(byte) + 256
    }

    @inline(__always) private static func isDigit(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ end: Int) -> Bool {
        index < end && bytes[index] >= 0x30 && bytes[index] <= 0x39
    }

    // Policy 5.6.12: alternately compare the longest run without digits by weight and the longest run of digits by value.
    private static func order(_ a: UnsafeRawBufferPointer, _ first: Range<Int>, _ b: UnsafeRawBufferPointer, _ second: Range<Int>) -> Int {
        var i = first.lowerBound
        var j = second.lowerBound
        let endA = first.upperBound
        let endB = second.upperBound
        while i < endA || j < endB {
            while (i < endA && !isDigit(a, i, endA)) || (j < endB && !isDigit(b, j, endB)) {
                let difference = weight(a, i, endA) - weight(b, j, endB)
                if difference != 0 { return difference }
                i += 1
                j += 1
            }
            while i < endA, a[i] == 0x30 { i += 1 }
            while j < endB, b[j] == 0x30 { j += 1 }
            var firstDifference = 0
            while isDigit(a, i, endA), isDigit(b, j, endB) {
                if firstDifference == 0 { firstDifference = Int(a[i]) - Int(b[j]) }
                i += 1
                j += 1
            }
            if isDigit(a, i, endA) { return 1 }
            if isDigit(b, j, endB) { return -1 }
            if firstDifference != 0 { return firstDifference }
        }
        return 0
    }

    // Equal versions feed equal bytes: digits without leading zeros, each run closed.
    static func hash(_ bytes: UnsafeRawBufferPointer, into hasher: inout Hasher) {
        let parts = Parts(bytes)
        hasher.combine(parts.epoch)
        for range in [parts.upstream, parts.revision] {
            var index = range.lowerBound
            repeat {
                while index < range.upperBound, !isDigit(bytes, index, range.upperBound) {
                    hasher.combine(bytes[index])
                    index += 1
                }
                hasher.combine(UInt8(0xFE))
                while index < range.upperBound, bytes[index] == 0x30 { index += 1 }
                while isDigit(bytes, index, range.upperBound) {
                    hasher.combine(bytes[index])
                    index += 1
                }
                hasher.combine(UInt8(0xFF))
            } while index < range.upperBound
        }
    }

    /// What is wrong with a version's bytes; nil when nothing is.
    package static func fault(in bytes: UnsafeRawBufferPointer) -> String? {
        var start = 0
        var hyphen = -1
        for index in 0..<bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2B, 0x7E: continue
            case 0x2D: hyphen = index
            case 0x3A:
                guard start == 0 else { continue }
                // dpkg takes epochs up to the largest C int.
                guard index > 0, index <= 9, bytes[..<index].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                    return "the epoch is not a number of at most nine digits"
                }
                start = index + 1
            default: return "a character that is not allowed"
            }
        }
        let end = hyphen < start ? bytes.count : hyphen
        if bytes.count > 512 { return "longer than 512 bytes" }
        if start == end { return bytes.isEmpty ? "empty" : "no upstream version" }
        if hyphen >= start {
            if hyphen + 1 == bytes.count { return "no revision behind the hyphen" }
            if bytes[(hyphen + 1)...].contains(0x3A) { return "a colon in the revision" }
        }
        return nil
    }
}
