// SPDX-License-Identifier: Apache-2.0
import Base

/// A part of a JSON Schema with the definitions it refers to.
struct Schema: Sendable {
    var json: [String: JSON]
    var definitions: [String: JSON] = [:]

    /// The schema of one kind, with what the parts below it define.
    init(_ json: [String: JSON], using parts: [Schema] = []) {
        self.json = json
        for part in parts { definitions.merge(part.definitions) { first, _ in first } }
    }
}

/// How a value is written in YAML: one description from which both the reading and the JSON Schema come.
struct Shape<Value: Sendable>: Sendable {
    let schema: Schema
    /// For errors: `a list of package names`.
    let expected: String
    /// The kinds of node it is written as.
    let kinds: Set<YAMLNode.Kind>
    /// Reads a node; reports every mistake, and gives nil when there was one that leaves no value.
    let read: @Sendable (YAMLNode, inout Reader) -> Value?

    /// The same writing, with another value made of it.
    func map<Other>(_ transform: @escaping @Sendable (Value) -> Other) -> Shape<Other> {
        let read = read
        return Shape<Other>(schema: schema, expected: expected, kinds: kinds) { node, reader in read(node, &reader).map(transform) }
    }

    /// The value with its place.
    var located: Shape<Located<Value>> {
        let read = read
        return Shape<Located<Value>>(schema: schema, expected: expected, kinds: kinds) { node, reader in
            read(node, &reader).map { Located(value: $0, place: node.place) }
        }
    }

    /// A further rule over the value: `problem` says what was expected instead, or nil.
    func checked(_ problem: @escaping @Sendable (Value) -> String?) -> Shape {
        let read = read
        return Shape(schema: schema, expected: expected, kinds: kinds) { node, reader in
            guard let value = read(node, &reader) else { return nil }
            guard let expected = problem(value) else { return value }
            reader.badValue(node, expected: expected)
            return nil
        }
    }

    /// Either of two writings that differ in kind.
    static func either(_ first: Shape, _ second: Shape) -> Shape {
        let kinds = first.kinds.union(second.kinds)
        let expected = "\(first.expected) or \(second.expected)"
        let schema = Schema(["anyOf": [.object(first.schema.json), .object(second.schema.json)]], using: [first.schema, second.schema])
        return Shape(schema: schema, expected: expected, kinds: kinds) { node, reader in
            if first.kinds.contains(node.kind) { return first.read(node, &reader) }
            if second.kinds.contains(node.kind) { return second.read(node, &reader) }
            reader.wrongType(node, expected: expected, kinds: kinds)
            return nil
        }
    }
}

extension Shape where Value == String {
    /// A text that keeps a rule.
    static func text(_ rule: TextRule) -> Shape {
        Shape(schema: Schema(rule.schema), expected: rule.expected, kinds: [.text]) { node, reader in
            guard node.kind == .text else {
                reader.wrongType(node, expected: rule.expected, kinds: [.text])
                return nil
            }
            if let problem = rule.problem(with: node.text, &reader) {
                reader.badValue(node, expected: problem.expected, fix: problem.fix)
                return nil
            }
            return node.text
        }
    }

    /// One of some names.
    static func choice(_ kind: String, _ names: [String]) -> Shape {
        Shape(schema: Schema(["type": "string", "enum": JSON(names)]), expected: "a \(kind)", kinds: [.text]) { node, reader in
            guard node.kind == .text else {
                reader.wrongType(node, expected: "a \(kind)", kinds: [.text])
                return nil
            }
            guard names.contains(node.text) else {
                reader.report(.unknownName(node.place, kind: kind, name: node.text, known: names))
                return nil
            }
            return node.text
        }
    }
}

extension Shape where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Shape {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let schema = Schema(["type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound)])
        return Shape(schema: schema, expected: expected, kinds: [.integer]) { node, reader in
            guard node.kind == .integer else {
                reader.wrongType(node, expected: expected, kinds: [.integer])
                return nil
            }
            guard let value = Int(node.text), range.contains(value) else {
                reader.badValue(node, expected: expected)
                return nil
            }
            return value
        }
    }
}

extension Shape where Value == Bool {
    static let boolean = Shape(schema: Schema(["type": "boolean"]), expected: "true or false", kinds: [.boolean]) { node, reader in
        guard node.kind == .boolean else {
            reader.wrongType(node, expected: "true or false", kinds: [.boolean])
            return nil
        }
        return node.text.lowercased() == "true"
    }
}
