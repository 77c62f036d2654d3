// SPDX-License-Identifier: Apache-2.0

/// A tag that never moves, taken apart: `3.13.5-r2-dev` is version `3.13.5`, revision 2, variant `dev`.
struct BuildTag: Hashable, Sendable, Comparable {
    let text: String
    let version: String
    let revision: Int
    let variant: String?

    init?(_ text: String) {
        var parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let position = parts.lastIndex(where: Self.isRevision), position > 0, let revision = Int(parts[position].dropFirst()) else {
            return nil
        }
        let variant = parts[(position + 1)...].joined(separator: "-")
        parts.removeSubrange(position...)
        self.text = text
        self.revision = revision
        version = parts.joined(separator: "-")
        self.variant = variant.isEmpty ? nil : variant
    }

    private static func isRevision(_ part: Substring) -> Bool {
        part.first == "r" && (2...10).contains(part.utf8.count) && part.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether it is a build of a stream such as `3.13` or `3.13-dev`.
    func isBuild(ofStream stream: String) -> Bool {
        var stem = stream[...]
        if let variant {
            guard stem.hasSuffix("-" + variant) else { return false }
            stem = stem.dropLast(variant.count + 1)
        }
        return version == stem || version.hasPrefix(stem + ".") || version.hasPrefix(stem + "-")
    }

    /// Older before newer: numbers of the version as numbers, then the revision.
    static func < (a: BuildTag, b: BuildTag) -> Bool {
        let (left, right) = (numbers(a.version), numbers(b.version))
        if left != right { return left.lexicographicallyPrecedes(right) }
        return (a.version, a.revision) < (b.version, b.revision)
    }

    private static func numbers(_ version: String) -> [Int] {
        version.split(whereSeparator: { !("0"..."9").contains($0) }).map { Int($0.prefix(18)) ?? 0 }
    }

    /// How a version of an image is written in tags.
    static func text(ofVersion version: String) -> String {
        let mapped = version.utf8.map { byte -> UInt8 in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): byte
            default: UInt8(ascii: "-")
            }
        }
        return String(decoding: mapped.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }, as: UTF8.self)
    }
}
