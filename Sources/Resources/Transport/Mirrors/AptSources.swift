// SPDX-License-Identifier: Apache-2.0
// https://manpages.debian.org/trixie/apt/sources.list.5.en.html

/// One place that apt takes packages from.
struct AptSource: Sendable, Hashable {
    /// As written: `http://…`, `mirror+file:/etc/apt/mirrors/debian.list`.
    var uri: String
    var suites: [String]
}

/// Reads apt's two source formats, and keeps what is an archive of binary packages and not disabled.
enum AptSources {
    static let limit = 1 << 20

    /// Lines such as `deb [signed-by=…] https://host/debian trixie main`.
    static func oneLine(_ text: String) -> [AptSource] {
        text.prefix(limit).split(whereSeparator: \.isNewline).compactMap { line in
            var rest = line.prefix { $0 != "#" }.drop(while: \.isWhitespace)
            guard rest.hasPrefix("deb"), let afterType = rest.dropFirst(3).first, afterType.isWhitespace else { return nil }
            rest = rest.dropFirst(3).drop(while: \.isWhitespace)
            if rest.hasPrefix("[") {
                guard let bracket = rest.firstIndex(of: "]") else { return nil }
                rest = rest[rest.index(after: bracket)...]
            }
            let words = rest.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count >= 2 else { return nil }
            return AptSource(uri: words[0], suites: [words[1]])
        }
    }

    /// Paragraphs of `Types:`, `URIs:`, `Suites:` and more.
    static func deb822(_ text: String) -> [AptSource] {
        var sources: [AptSource] = []
        var fields: [String: [String]] = [:]
        var current: String?
        func finish() {
            defer { fields = [:] }
            let disabled = ["no", "false", "off", "0", "without", "disable"]
            guard fields["types"]?.contains("deb") == true, !disabled.contains(fields["enabled"]?.first?.lowercased() ?? "yes") else {
                return
            }
            for uri in fields["uris"] ?? [] { sources.append(AptSource(uri: uri, suites: fields["suites"] ?? [])) }
        }
        for line in text.prefix(limit).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.hasPrefix("#") { continue }
            if line.allSatisfy(\.isWhitespace) {
                finish()
                current = nil
            } else if line.first?.isWhitespace == true {
                if let current { fields[current, default: []] += line.split(whereSeparator: \.isWhitespace).map(String.init) }
            } else if let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].lowercased()
                fields[name] = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace).map(String.init)
                current = name
            }
        }
        finish()
        return sources
    }
}
