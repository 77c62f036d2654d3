// SPDX-License-Identifier: Apache-2.0

/// Texts in which `*` stands for any characters.
package enum Glob {
    package static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool { text.withUnsafeBufferPointer { matches(pattern, $0) } }

    /// Greedy, with one point of return: linear in practice, quadratic at worst.
    static func matches(_ pattern: [UInt8], _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == 0x2A {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = star {
                p = back.pattern + 1
                t = back.text + 1
                star = (back.pattern, back.text + 1)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == 0x2A { p += 1 }
        return p == pattern.count
    }
}
