// SPDX-License-Identifier: Apache-2.0
import Archive
import Testing

@Suite struct TarStreamTests {
    private struct Deaf: TarStreamReceiver {
        mutating func begin(_ entry: TarStreamEntry) {}
        mutating func body(_ bytes: UnsafeRawBufferPointer) {}
        mutating func end() {}
    }

    /// A header of GNU tar whose size is binary, as large as a number can be.
    private func header(sized size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) { block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
        put("file", at: 0)
        put("0000644\u{0}0000000\u{0}0000000\u{0}", at: 100)
        block[124] = 0x80
        for place in 0..<8 { block[135 - place] = UInt8(truncatingIfNeeded: size >> (8 * place)) }
        put("00000000000\u{0}        0", at: 136)
        put("ustar  ", at: 257)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", at: 148)
        return block
    }

    @Test(arguments: [Int.max, Int.max - 1, Int.max - 511, 1 << 62]) func `a size beyond all limits is refused, however large it is`(
        _ size: Int
    ) {
        var stream = TarStream(limits: TarLimits())
        var receiver = Deaf()
        let error = #expect(throws: ArchiveError.self) {
            try header(sized: size).withUnsafeBytes { try stream.read($0, into: &receiver) }
        }
        guard case .tooMany = error else {
            Issue.record("expected that there are too many bytes, found \(String(describing: error))")
            return
        }
    }
}
