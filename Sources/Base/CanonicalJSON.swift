// SPDX-License-Identifier: Apache-2.0

/// Codable values as canonical JSON: equal values give equal bytes, and so a digest.
///
/// Nil members are left out; keys are sorted by their UTF-8 bytes.
package enum CanonicalJSON {
    package static func value(of value: some Encodable) throws -> JSON { try TreeEncoder.encode(value) }
    package static func encode(_ value: some Encodable) throws -> [UInt8] { try TreeEncoder.encode(value).canonicalBytes }
    /// Canonical order with indentation, for files that people review in pull requests.
    package static func encodePretty(_ value: some Encodable) throws -> [UInt8] { try TreeEncoder.encode(value).prettyBytes }
    package static func digest(of value: some Encodable) throws -> Digest { Digest.sha256(of: try encode(value)) }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], limit: Int = 64 << 20) throws -> Value {
        try decode(type, from: JSON.parse(bytes, limit: limit))
    }
    package static func decode<Value: Decodable>(_ type: Value.Type, from json: JSON) throws -> Value {
        do {
            return try TreeDecoder(json: json, codingPath: []).unbox(type)
        } catch let error as DecodingError {
            throw CanonicalJSONError(error, decoding: "\(type)")
        }
    }
}

/// A JSON document that is not the value that was expected, with the path to the fault.
package struct CanonicalJSONError: Diagnosable {
    package let type: String
    package let path: String
    package let reason: String

    init(_ error: DecodingError, decoding type: String) {
        self.type = type
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            self.path = (found.codingPath + [key]).map(\.stringValue).joined(separator: ".")
            self.reason = "the key is missing"
            return
        @unknown default: context = .init(codingPath: [], debugDescription: "\(error)")
        }
        path = context.codingPath.map(\.stringValue).joined(separator: ".")
        reason = context.debugDescription
    }

    package var diagnosis: Diagnosis {
        Diagnosis(
            "json.not-a-\(type.lowercased())", .malformed, "expected a \(type) in JSON, at \(path.isEmpty ? "the top" : path): \(reason)",
            remedy: "restore the file from version control or make it again; it was edited or written by another version")
    }
}

private struct Index: CodingKey {
    let intValue: Int?
    var stringValue: String { "\(intValue ?? 0)" }
    init(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
}

// MARK: - Encoding

/// A place in the tree that is being written. Nested containers fill theirs after they were handed out, so the tree is
/// folded into a value at the end.
private final class Box {
    var json: JSON = .null
    var members: [String: Box]?
    var items: [Box]?

    init(_ json: JSON = .null) { self.json = json }

    var folded: JSON {
        if let members { return .object(members.mapValues(\.folded)) }
        if let items { return .array(items.map(\.folded)) }
        return json
    }
}

private struct TreeEncoder: Encoder {
    let box: Box
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func encode(_ value: some Encodable, path: [any CodingKey] = []) throws -> JSON {
        if let json = value as? JSON { return json }
        let box = Box()
        try value.encode(to: TreeEncoder(box: box, codingPath: path))
        return box.folded
    }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if box.members == nil { box.members = [:] }
        return KeyedEncodingContainer(KeyedWriter(box: box, codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if box.items == nil { box.items = [] }
        return UnkeyedWriter(box: box, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { SingleWriter(box: box, codingPath: codingPath) }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    let codingPath: [any CodingKey]

    private func set(_ value: JSON, _ key: Key) { box.members?[key.stringValue] = Box(value) }
    private func nested(_ key: Key) -> TreeEncoder {
        let child = Box()
        box.members?[key.stringValue] = child
        return TreeEncoder(box: child, codingPath: codingPath + [key])
    }
    func encodeNil(forKey key: Key) { set(.null, key) }
    func encode(_ value: some Encodable, forKey key: Key) throws { set(try TreeEncoder.encode(value, path: codingPath + [key]), key) }
    func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { TreeEncoder(box: box, codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }
}

private struct UnkeyedWriter: UnkeyedEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var count: Int { box.items?.count ?? 0 }

    private func append(_ value: JSON) { box.items?.append(Box(value)) }
    private func nested() -> TreeEncoder {
        let child = Box()
        box.items?.append(child)
        return TreeEncoder(box: child, codingPath: codingPath + [Index(intValue: count - 1)])
    }
    func encodeNil() { append(.null) }
    func encode(_ value: some Encodable) throws { append(try TreeEncoder.encode(value, path: codingPath + [Index(intValue: count)])) }
    func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> { nested().container(keyedBy: type) }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
    func superEncoder() -> any Encoder { nested() }
}

private struct SingleWriter: SingleValueEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    func encodeNil() { box.json = .null }
    func encode(_ value: Bool) { box.json = .bool(value) }
    func encode(_ value: String) { box.json = .string(value) }
    func encode(_ value: Double) { box.json = .number(value) }
    func encode(_ value: Float) { box.json = .number(Double(value)) }
    func encode(_ value: Int) { box.json = .int(Int64(value)) }
    func encode(_ value: Int8) { box.json = .int(Int64(value)) }
    func encode(_ value: Int16) { box.json = .int(Int64(value)) }
    func encode(_ value: Int32) { box.json = .int(Int64(value)) }
    func encode(_ value: Int64) { box.json = .int(value) }
    func encode(_ value: UInt) throws { try encodeInteger(value) }
    func encode(_ value: UInt8) { box.json = .int(Int64(value)) }
    func encode(_ value: UInt16) { box.json = .int(Int64(value)) }
    func encode(_ value: UInt32) { box.json = .int(Int64(value)) }
    func encode(_ value: UInt64) throws { try encodeInteger(value) }
    func encode(_ value: some Encodable) throws { box.json = try TreeEncoder.encode(value, path: codingPath) }
    private func encodeInteger(_ value: some BinaryInteger) throws {
        guard let number = Int64(exactly: value) else {
            throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: "does not fit 63 bits"))
        }
        box.json = .int(number)
    }
}

// MARK: - Decoding

private struct TreeDecoder: Decoder {
    let json: JSON
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func mismatch(_ expected: String) -> DecodingError {
        let found =
            switch json {
            case .null: "null"
            case .bool: "a boolean"
            case .int, .number: "a number"
            case .string(let text): "the text \(text.prefix(60))"
            case .array: "a list"
            case .object: "an object"
            }
        return .dataCorrupted(.init(codingPath: codingPath, debugDescription: "expected \(expected), found \(found)"))
    }

    func unbox<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == JSON.self, let value = json as? Value { return value }
        return try Value(from: self)
    }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let members = json.object else { throw mismatch("an object") }
        return KeyedDecodingContainer(KeyedReader(members: members, codingPath: codingPath))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let items = json.array else { throw mismatch("a list") }
        return UnkeyedReader(items: items, codingPath: codingPath)
    }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleReader(decoder: self) }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSON]
    let codingPath: [any CodingKey]
    var allKeys: [Key] { members.keys.sorted().compactMap(Key.init(stringValue:)) }

    private func child(_ key: Key) throws -> TreeDecoder {
        guard let value = members[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return TreeDecoder(json: value, codingPath: codingPath + [key])
    }
    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try child(key).json.isNull }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try child(key).unbox(type) }
    func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try child(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try child(key).unkeyedContainer() }
    func superDecoder() throws -> any Decoder { TreeDecoder(json: .object(members), codingPath: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
    let items: [JSON]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    init(items: [JSON], codingPath: [any CodingKey]) {
        self.items = items
        self.codingPath = codingPath
    }

    private mutating func next() throws -> TreeDecoder {
        let path = codingPath + [Index(intValue: currentIndex)]
        guard currentIndex < items.count else {
            throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "the list is too short"))
        }
        defer { currentIndex += 1 }
        return TreeDecoder(json: items[currentIndex], codingPath: path)
    }
    mutating func decodeNil() throws -> Bool {
        guard currentIndex < items.count, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().unbox(type) }
    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct SingleReader: SingleValueDecodingContainer {
    let decoder: TreeDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.json.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try required(decoder.json.bool, "true or false") }
    func decode(_ type: String.Type) throws -> String { try required(decoder.json.string, "a text") }
    func decode(_ type: Double.Type) throws -> Double {
        if case .int(let value) = decoder.json { return Double(value) }
        guard case .number(let value) = decoder.json else { throw decoder.mismatch("a number") }
        return value
    }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.unbox(type) }

    private func required<Value>(_ value: Value?, _ expected: String) throws -> Value {
        guard let value else { throw decoder.mismatch(expected) }
        return value
    }
    private func integer<Number: FixedWidthInteger>() throws -> Number {
        guard case .int(let value) = decoder.json, let number = Number(exactly: value) else { throw decoder.mismatch("a whole number") }
        return number
    }
}
