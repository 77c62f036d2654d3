// SPDX-License-Identifier: Apache-2.0
import Base

/// One line of a map, in the order of the file.
struct Entry<Value: Sendable>: Sendable {
    let key: String
    let place: Place
    let value: Value
}

extension Shape {
    /// A list. With `unique`, two elements of one name are a mistake.
    static func list<Element>(
        of element: Shape<Element>, named expected: String, minimum: Int = 0,
        unique: (kind: String, name: @Sendable (Element) -> String)? = nil
    ) -> Shape where Value == [Element] {
        var json: [String: JSON] = ["type": "array", "items": .object(element.schema.json)]
        if minimum > 0 { json["minItems"] = JSON(minimum) }
        let unique = unique
        return Shape(schema: Schema(json, using: [element.schema]), expected: expected, kinds: [.list]) { node, reader in
            guard node.kind == .list else {
                reader.wrongType(node, expected: expected, kinds: [.list])
                return nil
            }
            if node.items.count < minimum { reader.badValue(node, expected: "\(expected), at least \(minimum)") }
            var values: [Element] = []
            var seen: Set<String> = []
            for (index, item) in node.items.enumerated() {
                guard let value = reader.within("[\(index)]", { element.read(item, &$0) }) else { continue }
                if let unique, !seen.insert(unique.name(value)).inserted {
                    reader.report(.duplicate(item.place, kind: unique.kind, name: unique.name(value)))
                }
                values.append(value)
            }
            return values
        }
    }

    /// A map from names that keep a rule to values of one shape.
    static func entries<Member>(_ keys: TextRule, to member: Shape<Member>, named expected: String) -> Shape
    where Value == [Entry<Member>] {
        let json: [String: JSON] = [
            "type": "object", "propertyNames": .object(keys.schema), "additionalProperties": .object(member.schema.json),
        ]
        return Shape(schema: Schema(json, using: [member.schema]), expected: expected, kinds: [.map]) { node, reader in
            guard node.kind == .map else {
                reader.wrongType(node, expected: expected, kinds: [.map])
                return nil
            }
            return node.pairs.compactMap { pair in
                reader.within(pair.key) { reader in
                    if let problem = keys.problem(with: pair.key, &reader) {
                        let found = "the key \(YAMLNode.quoted(pair.key))"
                        reader.report(
                            .badValue(
                                pair.keyPlace, at: reader.at, expected: problem.expected, found: found,
                                fix: problem.fix ?? "write \(problem.expected)"))
                    }
                    return member.read(pair.value, &reader).map { Entry(key: pair.key, place: pair.keyPlace, value: $0) }
                }
            }
        }
    }

    /// The same as a dictionary.
    static func dictionary<Member>(_ keys: TextRule, to member: Shape<Member>, named expected: String) -> Shape
    where Value == [String: Member] {
        Shape<[Entry<Member>]>.entries(keys, to: member, named: expected).map { entries in
            Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        }
    }

    /// A map with exactly one of these keys, which says what the value is.
    static func oneOf(_ name: String, _ choices: [Choice]) -> Shape {
        let names = choices.map(\.key)
        let properties = choices.map { choice in
            var json = choice.shape.schema.json
            json["description"] = JSON(choice.summary)
            return (choice.key, JSON.object(json))
        }
        let json: [String: JSON] = [
            "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
            "properties": .object(Dictionary(properties, uniquingKeysWith: { first, _ in first })),
        ]
        let expected = "a map with one of \(names.joined(separator: ", "))"
        return Shape(schema: Schema(json, using: choices.map(\.shape.schema)), expected: expected, kinds: [.map]) { node, reader in
            guard node.kind == .map, node.pairs.count == 1, let pair = node.pairs.first else {
                reader.wrongType(node, expected: expected, kinds: [.map])
                return nil
            }
            guard let choice = choices.first(where: { $0.key == pair.key }) else {
                reader.report(.unknownKey(pair.keyPlace, key: pair.key, within: name, known: names))
                return nil
            }
            return reader.within(pair.key) { choice.shape.read(pair.value, &$0) }
        }
    }

    /// A key that decides what a map is.
    struct Choice: Sendable {
        let key: String
        let shape: Shape
        let summary: String
        init(_ key: String, _ shape: Shape, _ summary: String) {
            self.key = key
            self.shape = shape
            self.summary = summary
        }
    }
}
