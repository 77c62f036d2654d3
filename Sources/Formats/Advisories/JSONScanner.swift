// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc8259
import Base

/// Walks over JSON text where it lies, without making values of what nobody asks for.
///
/// Bounded: at most `depthLimit` levels. Syntax errors throw `notJSON` and end the document; a value of another kind than the one
/// asked for throws `shape`, and the caller may go back to `position` and skip it.
struct JSONScanner {
    /// A string in the text, without its quotes.
    struct Text {
        var start: Int
        var end: Int
        /// It has escapes: its bytes are not its content.
        var isEscaped: Bool
        @inline(__always) var range: Range<Int> { start..<end }
    }
    /// Where a walk through an object or array stands.
    struct Members {
        fileprivate var isFirst = true
    }

    let bytes: UnsafeRawBufferPointer
    let feed: String
    private(set) var position = 0
    private var depth = 0
    static let depthLimit = 64

    init(_ bytes: UnsafeRawBufferPointer, feed: String) {
        self.bytes = bytes
        self.feed = feed
    }

    /// Goes back to a place that was passed, at the level it was passed at.
    mutating func rewind(to mark: (position: Int, depth: Int)) {
        position = mark.position
        depth = mark.depth
    }
    var mark: (position: Int, depth: Int) { (position, depth) }

    func wrong(_ expected: String) -> AdvisoriesError { .shape(feed: feed, offset: position, expected: expected) }

    func unexpected() -> AdvisoriesError {
        .notJSON(
            feed: feed, offset: position,
            found: position < bytes.count ? "the byte 0x" + Hex.encode([bytes[position]]) : "the end: it is cut short")
    }

    @inline(__always) mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// The first byte of the next value.
    @inline(__always) mutating func peek() throws(AdvisoriesError) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw unexpected() }
        return bytes[position]
    }

    mutating func beginObject(_ what: String) throws(AdvisoriesError) -> Members { try begin(0x7B, what) }
    mutating func beginArray(_ what: String) throws(AdvisoriesError) -> Members { try begin(0x5B, what) }

    @inline(__always) private mutating func begin(_ bracket: UInt8, _ what: String) throws(AdvisoriesError) -> Members {
        guard try peek() == bracket else { throw try otherKind(what) }
        position += 1
        depth += 1
        guard depth <= Self.depthLimit else { throw .tooLarge(what: "nested levels in \(feed)", limit: Self.depthLimit) }
        return Members()
    }

    // What is no value at all is a fault of the document, not of the record.
    private func otherKind(_ what: String) throws(AdvisoriesError) -> AdvisoriesError {
        switch bytes[position] {
        case 0x7B, 0x5B, 0x22, 0x74, 0x66, 0x6E, 0x2D, 0x30...0x39: return wrong(what)
        default: throw unexpected()
        }
    }

    /// The next key, with the scanner in front of its value; nil behind the last member.
    @inline(__always) mutating func nextKey(_ members: inout Members) throws(AdvisoriesError) -> Text? {
        guard try next(&members, closing: 0x7D) else { return nil }
        guard try peek() == 0x22 else { throw unexpected() }
        let key = try text()
        guard try peek() == 0x3A else { throw unexpected() }
        position += 1
        return key
    }

    /// Whether another item follows; the scanner is in front of it.
    @inline(__always) mutating func nextItem(_ members: inout Members) throws(AdvisoriesError) -> Bool {
        try next(&members, closing: 0x5D)
    }

    @inline(__always) private mutating func next(_ members: inout Members, closing: UInt8) throws(AdvisoriesError) -> Bool {
        let byte = try peek()
        if byte == closing {
            position += 1
            depth -= 1
            return false
        }
        if members.isFirst {
            members.isFirst = false
            return true
        }
        guard byte == 0x2C else { throw unexpected() }
        position += 1
        guard try peek() != closing else { throw unexpected() }
        return true
    }

    /// The string in front of the scanner.
    @inline(__always) mutating func string(_ what: String) throws(AdvisoriesError) -> Text {
        guard try peek() == 0x22 else { throw try otherKind(what) }
        return try text()
    }

    @inline(__always) private mutating func text() throws(AdvisoriesError) -> Text {
        position += 1
        let start = position
        var isEscaped = false
        while true {
            position = Self.stop(in: bytes, from: position)
            guard position < bytes.count else { throw unexpected() }
            switch bytes[position] {
            case 0x22:
                let end = position
                position += 1
                return Text(start: start, end: end, isEscaped: isEscaped)
            case 0x5C:
                isEscaped = true
                guard position + 1 < bytes.count else {
                    position = bytes.count
                    throw unexpected()
                }
                position += 2
            default: throw unexpected()
            }
        }
    }

    /// The first byte at or behind `start` that is a quote, a backslash or a control character; eight bytes at a time.
    @inline(__always) private static func stop(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ 0x2222_2222_2222_2222
            let slash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let found =
                ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- 0x2020_2020_2020_2020) & ~word)
            let marks = found & highs
            if marks != 0 { return index + marks.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5C, bytes[index] >= 0x20 { index += 1 }
        return index
    }

    /// Passes over any value.
    mutating func skipValue() throws(AdvisoriesError) {
        switch try peek() {
        case 0x22: _ = try text()
        case 0x7B:
            var members = try beginObject("an object")
            while try nextKey(&members) != nil { try skipValue() }
        case 0x5B:
            var items = try beginArray("an array")
            while try nextItem(&items) { try skipValue() }
        case 0x74: try word("true")
        case 0x66: try word("false")
        case 0x6E: try word("null")
        case 0x2D, 0x30...0x39: _ = try number("a number")
        default: throw unexpected()
        }
    }

    private mutating func word(_ text: StaticString) throws(AdvisoriesError) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == text.utf8Start[offset] else { throw unexpected() }
            position += 1
        }
    }

    /// The number in front of the scanner, as it is spelled.
    mutating func number(_ what: String) throws(AdvisoriesError) -> Range<Int> {
        let first = try peek()
        guard first == 0x2D || (0x30...0x39).contains(first) else { throw try otherKind(what) }
        let start = position
        if first == 0x2D { position += 1 }
        let lead = position
        try digits()
        guard bytes[lead] != 0x30 || position == lead + 1 else { throw unexpected() }
        if position < bytes.count, bytes[position] == 0x2E {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == 0x65 {
            position += 1
            if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
            try digits()
        }
        return start..<position
    }

    private mutating func digits() throws(AdvisoriesError) {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > start else { throw unexpected() }
    }

    /// Nothing but white space may follow the document.
    mutating func end() throws(AdvisoriesError) {
        skipSpace()
        guard position == bytes.count else { throw unexpected() }
    }
}

// What becomes a value.
extension JSONScanner {
    /// Whether a string without escapes is spelled like this.
    @inline(__always) func equals(_ text: Text, _ word: StaticString) -> Bool {
        guard text.end - text.start == word.utf8CodeUnitCount, !text.isEscaped else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[text.start + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// The content as UTF-8; what is not UTF-8 or half an escape becomes U+FFFD.
    func content(_ text: Text) -> [UInt8] {
        guard text.isEscaped else { return Array(bytes[text.range]) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.end - text.start)
        var index = text.start
        while index < text.end {
            let byte = bytes[index]
            index += 1
            guard byte == 0x5C, index < text.end else {
                decoded.append(byte)
                continue
            }
            let kind = bytes[index]
            index += 1
            switch kind {
            case 0x6E: decoded.append(0x0A)
            case 0x74: decoded.append(0x09)
            case 0x72: decoded.append(0x0D)
            case 0x62: decoded.append(0x08)
            case 0x66: decoded.append(0x0C)
            case 0x75: decoded += Array(String(Character(scalar(&index, text.end))).utf8)
            default: decoded.append(kind)
            }
        }
        return decoded
    }

    func value(_ text: Text) -> String { String(decoding: content(text), as: UTF8.self) }

    private func scalar(_ index: inout Int, _ end: Int) -> Unicode.Scalar {
        guard let high = quad(&index, end) else { return "\u{FFFD}" }
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
        guard index + 6 <= end, bytes[index] == 0x5C, bytes[index + 1] == 0x75 else { return "\u{FFFD}" }
        index += 2
        guard let low = quad(&index, end), (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private func quad(_ index: inout Int, _ end: Int) -> UInt32? {
        guard index + 4 <= end, let pair = Hex.decode(String(decoding: bytes[index..<index + 4], as: UTF8.self)), pair.count == 2 else {
            return nil
        }
        index += 4
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
}
