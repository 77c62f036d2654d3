// SPDX-License-Identifier: Apache-2.0
import Base

/// A map with known keys, as a table: the reader, the JSON Schema and the errors about unknown keys come from it.
struct RecordShape<Record: Sendable>: Sendable {
    /// The name of its definition in the schema: `contractTest`.
    let name: String
    /// For errors: `a contract test`.
    let title: String
    let keys: [Key]
    let empty: @Sendable () -> Record
    /// Rules over more than one key; not asked when a key was already wrong.
    var check: @Sendable (Record, YAMLNode, inout Reader) -> Void = { _, _, _ in }

    struct Key: Sendable {
        let name: String
        let isRequired: Bool
        let summary: String
        let schema: Schema
        let read: @Sendable (YAMLNode, inout Reader, inout Record) -> Void
    }

    var shape: Shape<Record> {
        Shape(schema: schema, expected: "a map (\(title))", kinds: [.map]) { node, reader in read(node, &reader) }
    }

    private func read(_ node: YAMLNode, _ reader: inout Reader) -> Record? {
        guard node.kind == .map else {
            reader.wrongType(node, expected: "a map (\(title))", kinds: [.map])
            return nil
        }
        let before = reader.problems.count
        var record = empty()
        for pair in node.pairs {
            guard let key = keys.first(where: { $0.name == pair.key }) else {
                reader.report(.unknownKey(pair.keyPlace, key: pair.key, within: title, known: keys.map(\.name)))
                continue
            }
            reader.within(pair.key) { key.read(pair.value, &$0, &record) }
        }
        for key in keys where key.isRequired && !node.pairs.contains(where: { $0.key == key.name }) {
            reader.report(.missingKey(node.place, key: key.name, within: title))
        }
        guard reader.problems.count == before else { return nil }
        check(record, node, &reader)
        return reader.problems.count == before ? record : nil
    }

    private var schema: Schema {
        var properties: [String: JSON] = [:]
        for key in keys {
            var json = key.schema.json
            json["description"] = JSON(key.summary)
            properties[key.name] = .object(json)
        }
        var definition: [String: JSON] = [
            "type": "object", "additionalProperties": false, "properties": .object(properties), "title": JSON(title),
        ]
        let required = keys.filter(\.isRequired).map(\.name)
        if !required.isEmpty { definition["required"] = JSON(required) }
        var schema = Schema(["$ref": JSON("#/$defs/\(name)")], using: keys.map(\.schema))
        schema.definitions[name] = .object(definition)
        return schema
    }
}

extension RecordShape.Key {
    typealias Member<Value> = WritableKeyPath<Record, Value> & Sendable

    /// A key that must be there.
    static func required<Value>(_ name: String, _ member: any Member<Value>, _ shape: Shape<Value>, _ summary: String) -> Self {
        make(name, true, shape, summary) { $0[keyPath: member] = $1 }
    }
    /// The same for a member that is nil until it was read.
    static func required<Value>(_ name: String, _ member: any Member<Value?>, _ shape: Shape<Value>, _ summary: String) -> Self {
        make(name, true, shape, summary) { $0[keyPath: member] = $1 }
    }
    /// A key that may be left out; the record's own default stands then.
    static func optional<Value>(_ name: String, _ member: any Member<Value>, _ shape: Shape<Value>, _ summary: String) -> Self {
        make(name, false, shape, summary) { $0[keyPath: member] = $1 }
    }
    /// A key that may be left out; nil stands then.
    static func optional<Value>(_ name: String, _ member: any Member<Value?>, _ shape: Shape<Value>, _ summary: String) -> Self {
        make(name, false, shape, summary) { $0[keyPath: member] = $1 }
    }

    private static func make<Value>(
        _ name: String, _ isRequired: Bool, _ shape: Shape<Value>, _ summary: String,
        _ store: @escaping @Sendable (inout Record, Value) -> Void
    ) -> Self {
        Self(name: name, isRequired: isRequired, summary: summary, schema: shape.schema) { node, reader, record in
            if let value = shape.read(node, &reader) { store(&record, value) }
        }
    }
}
