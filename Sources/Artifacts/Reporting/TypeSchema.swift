// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
import Base

/// The JSON Schema of a type that is written as JSON, found by letting the type read from a decoder that notes what is asked for.
///
/// So the schema cannot differ from the type. Types that are not a map, a list, a text, a number or one of some words have a rule here.
struct TypeSchema {
    private final class Notes {
        var definitions: [String: JSON] = [:]
        var open: Set<String> = []
    }
    private let notes = Notes()
    /// `Type.member` -> what it is.
    private let descriptions: [String: String]

    init(descriptions: [String: String]) { self.descriptions = descriptions }

    /// What every type below `type` is called and looks like.
    var definitions: [String: JSON] { notes.definitions }

    /// The schema of a type, with the definitions of what it is made of noted on the way.
    func schema<Value: Decodable>(of type: Value.Type) throws -> JSON { try look(type).schema }

    fileprivate func look<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSON, sample: Value) {
        func found(_ schema: JSON, _ sample: Any) throws -> (schema: JSON, sample: Value) {
            guard let sample = sample as? Value else { throw Unknown(type: "\(type)") }
            return (schema, sample)
        }
        switch type {
        case is String.Type: return try found(["type": "string"], "")
        case is Int.Type: return try found(["type": "integer"], 0)
        case is Bool.Type: return try found(["type": "boolean"], false)
        case is Double.Type: return try found(["type": "number"], 0.0)
        case is Timestamp.Type:
            return try found(["type": "string", "format": "date-time"], Timestamp(seconds: 0))
        case let collection as any Collected.Type:
            let (schema, sample) = try collection.look(self)
            return try found(schema, sample)
        case let words as any CaseIterable.Type:
            let (names, first) = Self.words(words)
            guard let first, !names.isEmpty else { throw Unknown(type: "\(type)") }
            return try found(["type": "string", "enum": JSON(names)], first)
        default: break
        }
        let name = String(String(reflecting: type).drop { $0 != "." }.dropFirst())
        guard notes.open.insert(name).inserted else { throw Unknown(type: name) }
        defer { notes.open.remove(name) }
        let decoder = NotingDecoder(schema: self, name: name)
        let sample = try Value(from: decoder)
        guard decoder.members.isMap else { throw Unknown(type: name) }
        var definition: [String: JSON] = [
            "type": "object", "additionalProperties": false, "properties": .object(decoder.members.properties), "title": JSON(name),
        ]
        if !decoder.members.required.isEmpty { definition["required"] = JSON(decoder.members.required.sorted()) }
        notes.definitions[name] = .object(definition)
        return (["$ref": JSON("#/$defs/\(name)")], sample)
    }

    fileprivate func described(_ schema: JSON, _ member: String, of name: String) -> JSON {
        guard var members = schema.object, let text = descriptions["\(name).\(member)"] else { return schema }
        members["description"] = JSON(text)
        return .object(members)
    }

    private static func words<Words: CaseIterable>(_ type: Words.Type) -> ([String], Any?) {
        let all = Array(type.allCases)
        return (all.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }, all.first)
    }

    /// A type that there is no rule for.
    struct Unknown: Error { let type: String }
}

private protocol Collected { static func look(_ schema: TypeSchema) throws -> (JSON, Any) }
extension Array: Collected where Element: Decodable {
    fileprivate static func look(_ schema: TypeSchema) throws -> (JSON, Any) {
        (["type": "array", "items": try schema.look(Element.self).schema], [Element]())
    }
}
extension Dictionary: Collected where Key == String, Value: Decodable {
    fileprivate static func look(_ schema: TypeSchema) throws -> (JSON, Any) {
        (["type": "object", "additionalProperties": try schema.look(Value.self).schema], [String: Value]())
    }
}

/// Gives every member a sample of its type, and notes it.
private struct NotingDecoder: Decoder {
    final class Members {
        var isMap = false
        var properties: [String: JSON] = [:]
        var required: Set<String> = []
    }
    let schema: TypeSchema
    let name: String
    let members = Members()
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        members.isMap = true
        return KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw TypeSchema.Unknown(type: name) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw TypeSchema.Unknown(type: name) }

    struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: NotingDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { false }

        private func note<Value: Decodable>(_ type: Value.Type, _ key: Key, isRequired: Bool) throws -> Value {
            let (schema, sample) = try decoder.schema.look(type)
            decoder.members.properties[key.stringValue] = decoder.schema.described(schema, key.stringValue, of: decoder.name)
            if isRequired { decoder.members.required.insert(key.stringValue) }
            return sample
        }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try note(type, key, isRequired: true) }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try note(type, key, isRequired: true) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try note(type, key, isRequired: true) }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try note(type, key, isRequired: true) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try note(type, key, isRequired: true) }
        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            try note(type, key, isRequired: false)
        }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try note(type, key, isRequired: false) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try note(type, key, isRequired: false) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try note(type, key, isRequired: false) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try note(type, key, isRequired: false) }

        private func refuse<Result>() throws -> Result { throw TypeSchema.Unknown(type: decoder.name) }
        func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try refuse() }
        func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try refuse() }
        func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try refuse() }
        func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try refuse() }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try refuse() }
        func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try refuse() }
        func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try refuse() }
        func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try refuse() }
        func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try refuse() }
        func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try refuse() }
        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
            try refuse()
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try refuse() }
        func superDecoder() throws -> any Decoder { try refuse() }
        func superDecoder(forKey key: Key) throws -> any Decoder { try refuse() }
    }
}
