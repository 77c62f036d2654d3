// SPDX-License-Identifier: Apache-2.0

/// A JSON value (RFC 8259). Objects are unordered; the canonical form sorts their keys by UTF-8 bytes.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    package subscript(key: String) -> JSON? { if case .object(let members) = self { members[key] } else { nil } }
    package subscript(index: Int) -> JSON? {
        if case .array(let items) = self, items.indices.contains(index) { items[index] } else { nil }
    }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var int: Int? { if case .int(let value) = self { Int(value) } else { nil } }
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    package var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
    package init(nilLiteral: ()) { self = .null }
    package init(_ value: String) { self = .string(value) }
    package init(_ value: Int) { self = .int(Int64(value)) }
    package init(_ values: [String]) { self = .array(values.map { .string($0) }) }
    package init(_ values: [String: String]) { self = .object(values.mapValues { .string($0) }) }
}

extension JSON {
    /// The one text of this value: keys sorted by UTF-8 bytes, no white space, only the escapes RFC 8259 demands.
    package var canonicalBytes: [UInt8] {
        var writer = JSONWriter(indent: nil)
        writer.write(self)
        return writer.bytes
    }
    package var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }
    /// The same order of keys with two spaces of indentation and a final newline, for files that people review.
    package var prettyBytes: [UInt8] {
        var writer = JSONWriter(indent: 2)
        writer.write(self)
        writer.bytes.append(0x0A)
        return writer.bytes
    }
    package var digest: Digest { Digest.sha256(of: canonicalBytes) }
}

/// Writes JSON text with sorted keys.
struct JSONWriter {
    var bytes: [UInt8] = []
    let indent: Int?
    private var depth = 0
    init(indent: Int?) { self.indent = indent }

    mutating func write(_ value: JSON) {
        switch value {
        case .null: bytes += Array("null".utf8)
        case .bool(let flag): bytes += Array((flag ? "true" : "false").utf8)
        case .int(let number): bytes += Array(String(number).utf8)
        case .number(let number):
            if number == number.rounded(), abs(number) < 1e15 {
                bytes += Array(String(Int64(number)).utf8)
            } else {
                bytes += Array("\(number)".utf8)
            }
        case .string(let text): write(text)
        case .array(let items):
            guard !items.isEmpty else { return bytes += [0x5B, 0x5D] }
            open(0x5B)
            for (position, item) in items.enumerated() {
                if position > 0 { separate() }
                write(item)
            }
            close(0x5D)
        case .object(let members):
            guard !members.isEmpty else { return bytes += [0x7B, 0x7D] }
            open(0x7B)
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (position, member) in sorted.enumerated() {
                if position > 0 { separate() }
                write(member.key)
                bytes.append(0x3A)
                if indent != nil { bytes.append(0x20) }
                write(member.value)
            }
            close(0x7D)
        }
    }

    private mutating func open(_ bracket: UInt8) {
        bytes.append(bracket)
        depth += 1
        newline()
    }
    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        newline()
        bytes.append(bracket)
    }
    private mutating func separate() {
        bytes.append(0x2C)
        newline()
    }
    private mutating func newline() {
        guard let indent else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * indent))
    }

    private mutating func write(_ text: String) {
        var text = text
        bytes.append(0x22)
        text.withUTF8 { source in
            // Runs without anything to escape, which is nearly all text, are copied whole.
            var start = 0
            for index in 0..<source.count where source[index] < 0x20 || source[index] == 0x22 || source[index] == 0x5C {
                bytes.append(contentsOf: source[start..<index])
                escape(source[index])
                start = index + 1
            }
            bytes.append(contentsOf: source[start...])
        }
        bytes.append(0x22)
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: bytes += [0x5C, 0x22]
        case 0x5C: bytes += [0x5C, 0x5C]
        case 0x0A: bytes += [0x5C, 0x6E]
        case 0x0D: bytes += [0x5C, 0x72]
        case 0x09: bytes += [0x5C, 0x74]
        default: bytes += Array("\\u00".utf8) + Array(Hex.encode([byte]).utf8)
        }
    }
}
