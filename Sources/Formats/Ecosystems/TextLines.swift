// SPDX-License-Identifier: Apache-2.0

/// The lines of a text, without their ends; bytes that are not UTF-8 are replaced.
struct TextLines: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> Substring? {
        guard position < bytes.count else { return nil }
        let rest = bytes[position...]
        let end = rest.firstIndex(of: 0x0A) ?? bytes.count
        var line = rest[..<end]
        position = end + 1
        if line.last == 0x0D { line = line.dropLast() }
        return Substring(String(decoding: line, as: UTF8.self))
    }

    /// The blocks between empty lines: paragraphs of control data. Nil when there are more than the limit.
    static func paragraphs(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [Range<Int>]? {
        var found: [Range<Int>] = []
        var start = 0
        var position = 0
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let isEmpty = bytes[position..<end].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            if isEmpty {
                if start < position { found.append(start..<position) }
                guard found.count <= limit else { return nil }
                start = end + 1
            }
            position = end + 1
        }
        if start < bytes.count { found.append(start..<bytes.count) }
        return found.count <= limit ? found : nil
    }
}
