// SPDX-License-Identifier: Apache-2.0

/// Makes damaged inputs out of good ones, the same ones in every run.
package struct Mutator {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }

    /// A changed copy of one of the samples, at most 64 KiB long.
    package mutating func mutate(_ samples: [[UInt8]]) -> [UInt8] {
        guard var bytes = samples.isEmpty ? nil : samples[below(samples.count)] else { return [] }
        for _ in 0...below(4) { change(&bytes, samples) }
        return Array(bytes.prefix(64 << 10))
    }

    private mutating func change(_ bytes: inout [UInt8], _ samples: [[UInt8]]) {
        let position = below(bytes.count + 1)
        switch below(9) {
        case 0: if position < bytes.count { bytes[position] ^= 1 << UInt8(below(8)) }
        case 1: if position < bytes.count { bytes[position] = UInt8(truncatingIfNeeded: next()) }
        case 2: bytes.removeSubrange(position..<min(bytes.count, position + 1 + below(16)))
        case 3: bytes = Array(bytes.prefix(position))
        case 4: bytes.insert(contentsOf: Self.interesting[below(Self.interesting.count)], at: position)
        case 5:
            // Numbers grow, shrink and change their sign.
            guard let digit = bytes[position...].firstIndex(where: { (0x30...0x39).contains($0) }) else { return }
            bytes.replaceSubrange(digit...digit, with: Self.numbers[below(Self.numbers.count)].utf8)
        case 6:
            let piece = Array(bytes[position..<min(bytes.count, position + 1 + below(64))])
            for _ in 0...below(8) { bytes.insert(contentsOf: piece, at: position) }
        case 7:
            let other = samples[below(samples.count)]
            bytes = Array(bytes.prefix(position)) + other.suffix(below(other.count + 1))
        default:
            for index in position..<min(bytes.count, position + 4) { bytes[index] = 0xFF }
        }
    }

    private static let interesting: [[UInt8]] = [
        [0], [0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0xC0, 0x80], [0xED, 0xA0, 0x80], Array("\u{202E}".utf8), [0x0A], [0x0D, 0x0A],
        Array("..".utf8),
        Array("../".utf8), Array("/".utf8), Array("\"".utf8), Array("\\u0000".utf8), Array("{".utf8), Array("[".utf8),
        Array("[[[[[[[[".utf8),
        Array("-".utf8), Array(":".utf8), Array(" ".utf8), Array("=".utf8), Array("e308".utf8), Array("&a *a".utf8), Array("-----".utf8),
        Array("%00".utf8), Array("%".utf8), [0x1B, 0x5B], [0xE2, 0x80],
    ]
    private static let numbers = [
        "", "00", "-1", "9223372036854775807", "9223372036854775808", "99999999999999999999", "1e9", "0x7f", "007", "4294967296",
    ]

    private mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }

    // SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
