// SPDX-License-Identifier: Apache-2.0
package import Base

/// What somebody expects of an image's provenance: who built it, from which source, how, with which parameters.
///
/// A parameter that is not expected is a mismatch: it could change the build in a way that nobody thought of (SLSA 1.2,
/// "Verifying artifacts", step 3).
package struct Expectations: Hashable, Sendable {
    /// Accepted builder ids, compared whole.
    package var builders: [String]
    /// Compared whole.
    package var buildType: String
    /// `repository`, `path` and `revision` of the source -> pattern. One that is missing here must be missing there.
    package var source: [String: TextPattern]
    /// Every other parameter -> its exact value.
    package var parameters: [String: String]

    package init(builders: [String], buildType: String, source: [String: TextPattern], parameters: [String: String]) {
        self.builders = builders
        self.buildType = buildType
        self.source = source
        self.parameters = parameters
    }

    /// What a provenance says.
    package struct Facts: Hashable, Sendable {
        package var builder: String
        package var buildType: String
        package var parameters: [String: JSON]
        /// A parameter that is null counts as absent (SLSA provenance v1, "Parsing rules").
        package init(builder: String, buildType: String, parameters: [String: JSON]) {
            self.builder = builder
            self.buildType = buildType
            self.parameters = parameters.filter { !$0.value.isNull }
        }
    }

    /// Everything in which the facts are not what is expected, one line each; empty when all is.
    package func mismatches(with facts: Facts) -> [String] {
        var found: [String] = []
        if !builders.contains(facts.builder) {
            found.append("expected the builder \(builders.joined(separator: " or ")), found \(facts.builder.prefix(200))")
        }
        if buildType != facts.buildType { found.append("expected the build type \(buildType), found \(facts.buildType.prefix(200))") }
        for (name, pattern) in source.sorted(by: { $0.key < $1.key }) {
            guard let value = facts.parameters[name] else {
                found.append("expected the source's \(name) \(pattern), found none")
                continue
            }
            if value.string.map(pattern.matches) != true {
                found.append("expected the source's \(name) \(pattern), found \(value.canonicalText.prefix(200))")
            }
        }
        for (name, expected) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let value = facts.parameters[name] else {
                found.append("expected the parameter \(name) to be \"\(expected)\", found none")
                continue
            }
            if value != .string(expected) {
                found.append("expected the parameter \(name) to be \"\(expected)\", found \(value.canonicalText.prefix(200))")
            }
        }
        for name in facts.parameters.keys.sorted() where source[name] == nil && parameters[name] == nil {
            let value = facts.parameters[name]?.canonicalText.prefix(200) ?? ""
            found.append("expected no parameter \(name.prefix(80).debugDescription), found it with \(value)")
        }
        return found
    }
}

/// A text in which `*` stands for any characters, also none.
package struct TextPattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ text: String) { description = text }

    package func matches(_ text: String) -> Bool {
        let (pattern, text) = (Array(description.utf8), Array(text.utf8))
        // Greedy with one point of return: at worst the product of the lengths.
        var (p, t) = (0, 0)
        var back: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                back = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                (p, t) = (p + 1, t + 1)
            } else if let point = back {
                p = point.pattern + 1
                t = point.text + 1
                back = (point.pattern, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
