// SPDX-License-Identifier: Apache-2.0
import Base

extension TextRule {
    /// A path in the image as people write it: `/etc/nginx/nginx.conf`.
    static let absolutePath = TextRule(
        expected: "a path in the image such as /etc/hosts", pattern: "(?:/[^/]+)+",
        further: { text in
            if !text.hasPrefix("/") {
                return Problem(expected: "a path that begins with a slash such as /etc/hosts", fix: "write /\(text.prefix(200))")
            }
            return pathProblem(text.dropFirst())
        })

    /// The same, or the root.
    static let directoryPath = TextRule(
        expected: "a directory in the image such as /srv", pattern: "(?:/|(?:/[^/]+)+)",
        further: { text in text == "/" ? nil : absolutePath.further?(text) })

    /// A path without leading slash: `usr/lib/jvm/lib/server`.
    static let relativePath = TextRule(
        expected: "a path without leading slash such as usr/lib/ssl", pattern: "[^/]+(?:/[^/]+)*",
        further: { text in leadingSlash(text) ?? pathProblem(text[...]) })

    /// A `PathPattern`: `usr/share/doc/*/copyright`.
    static let pathPattern = TextRule(
        expected: "a path pattern without leading slash such as usr/share/doc/*/copyright", pattern: "[^/]+(?:/[^/]+)*",
        further: { text in
            if let problem = leadingSlash(text) ?? pathProblem(text[...]) { return problem }
            return PathPattern(text) == nil
                ? Problem(expected: "a path pattern such as usr/share/{man,info} or usr/lib/**/*.a, with every brace closed") : nil
        })

    /// The target of a symbolic link.
    static let linkTarget = TextRule(
        expected: "the target of a link such as python3.13", pattern: #"[^\s]+"#,
        further: { text in
            PlaceholderText.unknown(in: text).map {
                Problem(expected: "no other placeholder than {arch} and {triplet}", fix: "correct {\($0)}")
            }
        })

    private static func leadingSlash(_ text: String) -> Problem? {
        guard text.hasPrefix("/") else { return nil }
        return Problem(
            expected: "a path without leading slash such as usr/share/man", fix: "write \(text.drop { $0 == "/" }.prefix(200))")
    }

    private static func pathProblem(_ text: Substring) -> Problem? {
        if text.utf8.contains(where: { $0 < 32 || $0 == 127 }) { return Problem(expected: "a path without control characters") }
        for segment in text.split(separator: "/", omittingEmptySubsequences: false) {
            if segment.isEmpty { return Problem(expected: "a path without empty segments", fix: "remove the doubled or last slash") }
            if segment == "." || segment == ".." { return Problem(expected: "a path without . and .. segments") }
        }
        return PlaceholderText.unknown(in: text).map {
            let nearest = Spelling.nearest(to: $0, among: ["arch", "triplet"])
            return Problem(
                expected: "no other placeholder than {arch} and {triplet}", fix: "write {\(nearest ?? "arch")} instead of {\($0)}")
        }
    }
}

/// The placeholders of a platform in the texts of a recipe: `{arch}` and `{triplet}`.
enum PlaceholderText {
    /// The name in the first pair of braces that is neither a placeholder nor a choice such as `{a,b}`.
    static func unknown(in text: some StringProtocol) -> String? {
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = rest[rest.index(after: open)..<close]
            if !name.contains(","), name != "arch", name != "triplet" { return String(name) }
            rest = rest[rest.index(after: close)...]
        }
        return nil
    }

    /// The text with the placeholders filled in. `${arch}` is a variable of a start plan and stays.
    static func fill(_ text: String, arch: String, triplet: String) -> String {
        guard text.utf8.contains(0x7B) else { return text }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        let values = [(Array("{arch}".utf8), Array(arch.utf8)), (Array("{triplet}".utf8), Array(triplet.utf8))]
        while let byte = rest.first {
            if byte == 0x7B, result.last != 0x24, let (name, value) = values.first(where: { rest.starts(with: $0.0) }) {
                result += value
                rest = rest.dropFirst(name.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
