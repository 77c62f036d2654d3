// SPDX-License-Identifier: Apache-2.0
import Base

/// A tag with placeholders: `{major}.{minor}`.
enum TagPattern {
    static let placeholders = ["version", "major", "minor", "patch", "stream"]

    /// OCI distribution-spec, "Pulling manifests": `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
    static func isTag(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128, isWord(first) else { return false }
        return text.utf8.allSatisfy { isWord($0) || $0 == 0x2E || $0 == 0x2D }
    }

    /// The rule of the key `tags`.
    static let rule = TextRule(
        expected: "a tag such as \"{major}.{minor}\"", pattern: "[A-Za-z0-9_{][A-Za-z0-9._{}-]*", limit: 128,
        further: { text in
            if text == "latest" {
                return .init(expected: "a tag other than latest", fix: "remove it here and name the stream at latest in image.yaml")
            }
            var unknown: String?
            let filled = fill(text) { name in
                if !placeholders.contains(name) { unknown = unknown ?? name }
                return "1"
            }
            if let unknown {
                let nearest = Spelling.nearest(to: unknown, among: placeholders).map { "write {\($0)}" }
                return .init(
                    expected: "placeholders out of \(placeholders.map { "{\($0)}" }.joined(separator: ", "))",
                    fix: nearest ?? "choose one of them instead of {\(unknown)}")
            }
            guard let filled, isTag(filled) else {
                return .init(expected: "a tag of letters, digits, dots, dashes and underscores such as \"{major}.{minor}\"")
            }
            return nil
        })

    /// The text with each placeholder's value; nil when a value is missing.
    static func fill(_ pattern: String, _ value: (String) -> String?) -> String? {
        var result = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            guard let text = value(String(rest[rest.index(after: open)..<close])) else { return nil }
            result += rest[..<open] + text
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}

extension Recipe {
    /// The tags of this recipe for an upstream version such as `3.13.5`, in the order of the recipe, each once.
    ///
    /// A variant's name is appended: `3.13-dev`. A tag that asks for a part the version does not have is left out.
    package func expandTags(version: String) -> [String] {
        let plain = Self.tagText(of: version)
        let parts = plain.prefix { $0.isNumber || $0 == "." }.split(separator: ".", omittingEmptySubsequences: false)
        func part(_ index: Int) -> String? { parts.indices.contains(index) && !parts[index].isEmpty ? String(parts[index]) : nil }
        var tags: [String] = []
        for pattern in self.tags {
            let filled = TagPattern.fill(pattern) { name in
                switch name {
                case "version": plain
                case "stream": stream
                case "major": part(0)
                case "minor": part(1)
                case "patch": part(2)
                // The loader refuses others; what is no tag is refused by whoever sets it.
                default: "{\(name)}"
                }
            }
            guard let filled else { continue }
            let tag = variant.map { "\(filled)-\($0)" } ?? filled
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    /// A version as part of a tag: `1:2.3+dfsg` is `1-2.3-dfsg`. Empty when nothing in it can begin a tag.
    package static func tagText(of version: String) -> String {
        let mapped = version.utf8.map { TagPattern.isTag("_\(Character(Unicode.Scalar($0)))") ? $0 : 0x2D }
        return String(decoding: mapped.drop { $0 == 0x2D || $0 == 0x2E }, as: UTF8.self)
    }
}
