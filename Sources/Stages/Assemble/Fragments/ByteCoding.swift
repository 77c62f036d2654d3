// SPDX-License-Identifier: Apache-2.0

/// Writes numbers, texts and lists one after the other.
struct ByteWriter {
    private(set) var output: [UInt8] = []

    mutating func number(_ value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
    }
    mutating func bytes(_ bytes: some Collection<UInt8>) {
        number(bytes.count)
        output.append(contentsOf: bytes)
    }
    mutating func text(_ text: String) { bytes(text.utf8) }
    mutating func optional(_ text: String?) { optional(text) { $1.text($0) } }
    mutating func optional<Value>(_ value: Value?, _ encode: (Value, inout ByteWriter) -> Void) {
        number(value == nil ? 0 : 1)
        if let value { encode(value, &self) }
    }
    mutating func list<Value>(_ values: [Value], _ encode: (inout ByteWriter, Value) -> Void) {
        number(values.count)
        for value in values { encode(&self, value) }
    }
}

/// Reads what `ByteWriter` wrote. After the first thing that does not fit every answer is empty and `isFinished` stays false:
/// nothing is read outside the buffer and nothing is allocated that it could not hold.
struct ByteReader {
    private var rest: UnsafeRawBufferPointer
    private var hasFailed = false

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// Everything was read, and everything fitted.
    var isFinished: Bool { rest.isEmpty && !hasFailed }

    mutating func fail() {
        hasFailed = true
        rest = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    mutating func number() -> Int {
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(10).enumerated() {
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            guard byte & 0x80 == 0 else { continue }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(index + 1))
            return Int(Int64(bitPattern: value))
        }
        fail()
        return 0
    }
    mutating func bytes() -> UnsafeRawBufferPointer {
        let count = number()
        guard count >= 0, count <= rest.count else {
            fail()
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }
    mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }
    mutating func optional() -> String? { optional { $0.text() } }
    mutating func optional<Value>(_ decode: (inout ByteReader) -> Value) -> Value? {
        switch number() {
        case 0: return nil
        case 1: return decode(&self)
        default:
            fail()
            return nil
        }
    }
    mutating func list<Value>(_ decode: (inout ByteReader) -> Value) -> [Value] {
        let count = number()
        // Every value takes a byte at least.
        guard count >= 0, count <= rest.count else {
            fail()
            return []
        }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count where !hasFailed { values.append(decode(&self)) }
        return values
    }
}
