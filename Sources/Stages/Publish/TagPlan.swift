// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import OCI

/// The names a release gets.
package struct TagPlan: Hashable, Sendable {
    /// `3.13.5-r1`, of a variant `3.13.5-r1-dev`: never moves.
    package var build: Tag
    /// What the recipe's patterns give, without repetition, in their order.
    package var moving: [Tag]

    /// Fills the recipe's tag patterns for a version.
    package init(recipe: Recipe, version: String, revision: Int) throws {
        let suffix = recipe.variant.map { "-" + $0 } ?? ""
        let version = try Self.tagText(of: version)
        build = try Tag("\(version)-r\(revision)\(suffix)")
        let numbers = version.split(separator: ".", omittingEmptySubsequences: false)
        var values = ["version": version, "stream": recipe.stream]
        for (name, number) in zip(["major", "minor", "patch"], numbers) where !number.isEmpty { values[name] = String(number) }
        var moving: [Tag] = []
        for pattern in recipe.tags {
            let text = try Self.fill(pattern, with: values) + suffix
            do throws(OCIError) {
                let tag = try Tag(text)
                if !moving.contains(tag) { moving.append(tag) }
            } catch {
                throw PublishError.unusablePattern(pattern: pattern, reason: "'\(text.prefix(130))' is not a tag")
            }
        }
        self.moving = moving
        if moving.contains(build) {
            throw PublishError.immutableTag(repository: recipe.name, tag: build.description)
        }
    }

    // Versions have characters that tags do not: 1.0+dfsg, 2~rc1, 1:2.3.
    private static func tagText(of version: String) throws -> String {
        let mapped = version.utf8.map { byte -> UInt8 in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): byte
            default: UInt8(ascii: "-")
            }
        }
        let text = String(decoding: mapped.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }, as: UTF8.self)
        guard !text.isEmpty else { throw PublishError.malformedVersion(version) }
        return text
    }

    private static func fill(_ pattern: String, with values: [String: String]) throws -> String {
        var text = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else {
                throw PublishError.unusablePattern(pattern: pattern, reason: "a '{' is not closed")
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard ["version", "major", "minor", "patch", "stream"].contains(name) else {
                throw PublishError.unusablePattern(pattern: pattern, reason: "'{\(name)}' is not known")
            }
            guard let value = values[name] else {
                throw PublishError.unusablePattern(pattern: pattern, reason: "the version \(values["version"] ?? "") has no \(name) part")
            }
            text += value
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }
}
