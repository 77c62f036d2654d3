// SPDX-License-Identifier: Apache-2.0
private import Yams

/// Reads one YAML document of a bounded size and depth, without anchors, aliases, tags, merge keys or duplicate keys.
enum YAMLDocument {
    static let sizeLimit = 1 << 20
    static let depthLimit = 24
    static let nodeLimit = 50_000

    /// The document's root; an empty document is a null.
    static func parse(_ bytes: [UInt8], file: String) throws(ArtifactsError) -> YAMLNode {
        guard bytes.count <= sizeLimit else { throw .tooLarge(file: file, limit: sizeLimit, found: bytes.count) }
        let start = Place(file: file)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notYAML(start, problem: "bytes that are not UTF-8", fix: "save the file as UTF-8")
        }
        if let alias = firstAlias(bytes, file: file) { throw aliases(alias) }
        let root: Node
        // The parser forgets the anchors of its nodes when it goes: it stays until the tree was copied.
        let parser: Parser
        do {
            parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let node = try parser.singleRoot() else { return YAMLNode(place: start, kind: .null) }
            root = node
        } catch {
            throw problem(error, file: file)
        }
        var copier = Copier(file: file)
        let tree = try copier.copy(root, depth: 0)
        return withExtendedLifetime(parser) { tree }
    }

    /// Every alias needs an anchor of the same name. Looking for such a pair in the bytes refuses them before the tree is
    /// built: hashing a key that nests aliases takes time without bounds.
    private static func firstAlias(_ bytes: [UInt8], file: String) -> Place? {
        var anchors: Set<ArraySlice<UInt8>> = []
        var aliases: [(name: ArraySlice<UInt8>, offset: Int)] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == 0x26 || byte == 0x2A else { continue }
            if index > 1, isName(bytes[index - 2]) { continue }
            let offset = index - 1
            let start = index
            while index < bytes.count, isName(bytes[index]) { index += 1 }
            guard index > start else { continue }
            if byte == 0x26 { anchors.insert(bytes[start..<index]) } else { aliases.append((bytes[start..<index], offset)) }
        }
        guard let first = aliases.first(where: { anchors.contains($0.name) }) else { return nil }
        let before = bytes[..<first.offset]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return Place(file: file, line: before.count { $0 == 0x0A } + 1, column: first.offset - lineStart + 1)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F || byte == 0x2D
    }

    fileprivate static func aliases(_ place: Place) -> ArtifactsError {
        .notYAML(
            place, problem: "an anchor or alias",
            fix: "write the value out where it is used; text that only looks like one goes into a file named by source")
    }

    private static func problem(_ error: any Error, file: String) -> ArtifactsError {
        let fix = "correct the YAML at this place; indentation, quotes and brackets are the usual causes"
        guard let error = error as? YamlError else { return .notYAML(Place(file: file), problem: "a fault", fix: fix) }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            let found = problem.hasPrefix("found ") ? String(problem.dropFirst(6)) : problem
            return .notYAML(Place(file: file, line: mark.line, column: mark.column), problem: found, fix: fix)
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.count(where: \.isNewline) + 1
            return .notYAML(Place(file: file, line: line), problem: problem, fix: fix)
        case .duplicatedKeysInMapping(let names, let context):
            let place = Place(file: file, line: context.mark.line, column: context.mark.column)
            return .duplicate(place, kind: "key", name: names.first ?? "")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return .notYAML(Place(file: file), problem: "a fault", fix: fix)
        }
    }

    private struct Copier {
        let file: String
        var count = 0

        mutating func copy(_ node: Node, depth: Int) throws(ArtifactsError) -> YAMLNode {
            let place = place(of: node)
            count += 1
            guard depth <= YAMLDocument.depthLimit else {
                throw .notYAML(place, problem: "more than \(YAMLDocument.depthLimit) nested levels", fix: "write it flatter")
            }
            guard count <= YAMLDocument.nodeLimit else {
                throw .notYAML(place, problem: "more than \(YAMLDocument.nodeLimit) values", fix: "split the file")
            }
            if node.anchor != nil { throw YAMLDocument.aliases(place) }
            switch node {
            case .scalar(let scalar):
                try refuseTag(scalar.tag.description, at: place, standard: "str")
                let isPlain = scalar.style == .plain
                return YAMLNode(place: place, kind: isPlain ? YAMLNode.kind(ofPlain: scalar.string) : .text, text: scalar.string)
            case .sequence(let sequence):
                try refuseTag(sequence.tag.description, at: place, standard: "seq")
                var items: [YAMLNode] = []
                for item in sequence { items.append(try copy(item, depth: depth + 1)) }
                return YAMLNode(place: place, kind: .list, items: items)
            case .mapping(let mapping):
                try refuseTag(mapping.tag.description, at: place, standard: "map")
                var pairs: [YAMLNode.Pair] = []
                for (key, value) in mapping {
                    let keyPlace = self.place(of: key)
                    guard case .scalar(let scalar) = key, key.anchor == nil else {
                        throw .notYAML(keyPlace, problem: "a key that is not a plain text", fix: "write a name before the colon")
                    }
                    if scalar.string == "<<" { throw YAMLDocument.aliases(keyPlace) }
                    pairs.append(.init(key: scalar.string, keyPlace: keyPlace, value: try copy(value, depth: depth + 1)))
                }
                return YAMLNode(place: place, kind: .map, pairs: pairs)
            case .alias: throw YAMLDocument.aliases(place)
            }
        }

        private func place(of node: Node) -> Place {
            Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        }

        private func refuseTag(_ tag: String, at place: Place, standard: String) throws(ArtifactsError) {
            if tag.isEmpty || tag == "tag:yaml.org,2002:\(standard)" { return }
            throw .notYAML(place, problem: "the tag \(tag)", fix: "remove the word that begins with !")
        }
    }
}
