// SPDX-License-Identifier: Apache-2.0
// https://www.debian.org/doc/debian-policy/ch-controlfields.html#version

/// A version of a Debian package: `[epoch:]upstream[-revision]`, ordered as Policy 5.6.12 says.
///
/// Two spellings of one version are equal: `1.0` and `0:1.00-0`. `description` keeps the spelling.
package struct DebianVersion: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// As it was written.
    package let description: String

    /// Reads a version; throws `badVersion` for anything Policy does not allow (an upstream version may start with a letter,
    /// as dpkg accepts too).
    package init(_ text: String) throws(DebianError) {
        var copy = text
        if let reason = copy.withUTF8({ Self.fault(in: UnsafeRawBufferPointer($0)) }) { throw .badVersion(text, reason: reason) }
        description = text
    }

    /// For bytes that an index builder has checked already.
    init(checked text: String) { description = text }

    /// The number before the colon; 0 when there is none.
    package var epoch: Int {
        let parts = description.split(separator: ":", maxSplits: 1)
        return parts.count == 2 ? Int(parts[0]) ?? 0 : 0
    }

    /// Everything between epoch and revision: `1.0.28+dfsg`.
    package var upstream: String {
        var rest = description[...]
        if let colon = rest.firstIndex(of: ":") { rest = rest[rest.index(after: colon)...] }
        if let hyphen = rest.lastIndex(of: "-") { rest = rest[..<hyphen] }
        return String(rest)
    }

    /// Everything behind the last hyphen; nil for a native package, which compares like `0`.
    package var revision: String? {
        let rest = description.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""
        guard let hyphen = rest.lastIndex(of: "-") else { return nil }
        return String(rest[rest.index(after: hyphen)...])
    }

    /// The version as upstream calls it, for display: `1.0.28` of `1:1.0.28+dfsg1-2`. Marks of repackaging are removed.
    package var upstreamVersion: String {
        let text = upstream
        for mark in ["+dfsg", "~dfsg", ".dfsg", "-dfsg", "+ds", "~ds", ".ds", "+repack", "+really", "+debian", "+deb"] {
            guard let range = Self.range(of: mark, in: text), range > text.startIndex else { continue }
            return String(text[..<range])
        }
        return text
    }

    /// The components of the upstream version for tags: `3`, `13`, `5`. Ends before the first character but letters, digits
    /// and dots, so that `21.0.8+9` gives `21`, `0`, `8` and `2.0~rc1` gives `2`, `0`.
    package var parts: [String] {
        let plain = upstreamVersion.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
        return plain.split(separator: ".").map(String.init)
    }

    package static func < (a: DebianVersion, b: DebianVersion) -> Bool { compare(a, b) < 0 }
    package static func == (a: DebianVersion, b: DebianVersion) -> Bool { compare(a, b) == 0 }

    package func hash(into hasher: inout Hasher) {
        var copy = description
        copy.withUTF8 { Self.hash(UnsafeRawBufferPointer($0), into: &hasher) }
    }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func range(of word: String, in text: String) -> String.Index? {
        text.indices.first { text[$0...].hasPrefix(word) }
    }
}
