// SPDX-License-Identifier: Apache-2.0

/// How a start plan is written: one line of the helper `start` for each element. Its language is the helper's; here the
/// mistakes that can be seen without running it are found, with their place.
enum StartPlanShape {
    /// The first words of lines.
    static let verbs = [
        "unless", "with", "end", "require-file", "lock", "clear", "mkdir", "env", "unset", "text", "file", "hex", "write", "run", "sync",
        "fsync", "rename", "exec",
    ]
    static let lineLimit = 512
    static let depthLimit = 8

    static let plan = Shape<[String]>(
        schema: lines.schema, expected: lines.expected, kinds: lines.kinds
    ) { node, reader in
        let before = reader.problems.count
        guard let plan = lines.read(node, &reader), reader.problems.count == before else { return nil }
        checkBlocks(plan, node, &reader)
        return reader.problems.count == before ? plan : nil
    }

    private static let lines = Shape<[String]>.list(of: line, named: "a list of lines of the start plan", minimum: 1)

    private static let line: Shape<String> = {
        let text = Shape.text(TextRule(expected: "one line of text", pattern: #"[^\x00-\x08\x0A-\x1F]*"#))
        return Shape(schema: text.schema, expected: text.expected, kinds: text.kinds) { node, reader in
            guard let line = text.read(node, &reader) else { return nil }
            guard let verb = verb(of: line), !verbs.contains(verb) else { return line }
            reader.report(.unknownName(node.place, kind: "start verb", name: verb, known: verbs))
            return nil
        }
    }()

    /// Blocks are closed, and the last line becomes the server.
    private static func checkBlocks(_ plan: [String], _ node: YAMLNode, _ reader: inout Reader) {
        var depth = 0
        var last: String?
        for (index, line) in plan.enumerated() {
            guard let verb = verb(of: line) else { continue }
            last = verb
            if verb == "unless" || verb == "with" { depth += 1 }
            if verb == "end" { depth -= 1 }
            guard depth < 0 || depth > depthLimit else { continue }
            let expected = depth < 0 ? "an unless or with before each end" : "at most \(depthLimit) blocks inside one another"
            let fix = depth < 0 ? "remove the end" : "write the plan flatter"
            return reader.report(.contradiction(node.items[index].place, expected: expected, found: YAMLNode.quoted(line), fix: fix))
        }
        let place = node.items.last?.place ?? node.place
        if depth > 0 {
            reader.report(.contradiction(place, expected: "an end for each unless and with", found: "\(depth) too few", fix: "add end"))
        } else if last != "exec" {
            reader.report(
                .contradiction(
                    place, expected: "a plan whose last line is exec", found: YAMLNode.quoted(plan.last ?? ""),
                    fix: "add a line such as exec /usr/bin/server"))
        }
        if plan.count > lineLimit {
            reader.report(
                .contradiction(node.place, expected: "at most \(lineLimit) lines", found: "\(plan.count)", fix: "shorten the plan"))
        }
    }

    /// The first word; nil for an empty line or a comment.
    private static func verb(of line: String) -> String? {
        guard let word = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first, !word.hasPrefix("#") else { return nil }
        return String(word)
    }
}
