// SPDX-License-Identifier: Apache-2.0

/// Collects the mistakes of one file while shapes read it, and knows where in the document they are.
struct Reader {
    /// Where in the document: `contents`, `drop`, `[1]`.
    private var trail: [String] = []
    private(set) var problems: [ArtifactsError] = []
    private var expressions: [String: Regex<AnyRegexOutput>] = [:]
    // A file full of mistakes would cost a spelling search for each.
    private static let problemLimit = 200

    var at: String {
        var text = ""
        for step in trail { text += text.isEmpty || step.hasPrefix("[") ? step : "." + step }
        return text.isEmpty ? "the file" : text
    }

    mutating func report(_ problem: ArtifactsError) {
        if problems.count < Self.problemLimit { problems.append(problem) }
    }

    mutating func within<Result>(_ step: String, _ body: (inout Reader) -> Result) -> Result {
        trail.append(step)
        defer { trail.removeLast() }
        return body(&self)
    }

    mutating func wrongType(_ node: YAMLNode, expected: String, kinds: Set<YAMLNode.Kind>) {
        var fix = "write \(expected)"
        if node.isScalar, node.kind != .text, node.kind != .null, kinds.contains(.text) {
            fix = "write it in quotes: \"\(node.text)\""
        } else if node.kind == .text, let wanted = kinds.first(where: { $0 == .integer || $0 == .boolean }),
            YAMLNode.kind(ofPlain: node.text) == wanted
        {
            fix = "write it without quotes: \(node.text)"
        } else if kinds == [.list], node.isScalar, node.kind != .null {
            fix = "write it as a list: [\(node.text.prefix(60))]"
        }
        report(.wrongType(node.place, at: at, expected: expected, found: node.described, fix: fix))
    }

    mutating func badValue(_ node: YAMLNode, expected: String, fix: String? = nil) {
        report(.badValue(node.place, at: at, expected: expected, found: node.described, fix: fix ?? "write \(expected)"))
    }

    /// Whether the whole text matches an expression of the tables. They are constants: one that cannot be compiled fails
    /// the test that compiles all of them.
    mutating func matches(_ text: String, _ pattern: String) -> Bool {
        if expressions[pattern] == nil { expressions[pattern] = try? Regex(pattern) }
        guard let expression = expressions[pattern] else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }
}
