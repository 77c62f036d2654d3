// SPDX-License-Identifier: Apache-2.0
// https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/

/// An SPDX licence expression: `Apache-2.0 AND (MIT OR GPL-2.0-or-later WITH Bison-exception-2.2)`.
package indirect enum LicenseExpression: Hashable, Sendable, Codable, CustomStringConvertible {
    /// An identifier of the SPDX list or a `LicenseRef-`.
    case license(String)
    case exception(String, with: String)
    /// All of them hold at once (AND).
    case all([LicenseExpression])
    /// One of them may be chosen (OR).
    case any([LicenseExpression])

    /// All of these at once, flattened and each said once, in the order of first mention; nil when there are none.
    package static func joining(all terms: [LicenseExpression]) -> LicenseExpression? {
        let terms = flattened(terms) { if case .all(let inner) = $0 { inner } else { nil } }
        return terms.count > 1 ? .all(terms) : terms.first
    }

    /// A choice between these, flattened and each said once, in the order of first mention; nil when there are none.
    package static func joining(any terms: [LicenseExpression]) -> LicenseExpression? {
        let terms = flattened(terms) { if case .any(let inner) = $0 { inner } else { nil } }
        return terms.count > 1 ? .any(terms) : terms.first
    }

    package var description: String {
        switch self {
        case .license(let name): name
        case .exception(let name, let exception): "\(name) WITH \(exception)"
        case .all(let terms): terms.map(\.operand).joined(separator: " AND ")
        case .any(let terms): terms.map(\.operand).joined(separator: " OR ")
        }
    }

    /// Every identifier that is named, in order, each once.
    package var identifiers: [String] {
        var seen: Set<String> = []
        return allIdentifiers.filter { seen.insert($0).inserted }
    }

    package init(from decoder: any Decoder) throws {
        self = try LicenseExpression(decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    // AND binds tighter than OR; people do not know that, so both are put in parentheses.
    private var operand: String {
        switch self {
        case .license, .exception: description
        case .all, .any: "(\(description))"
        }
    }

    private var allIdentifiers: [String] {
        switch self {
        case .license(let name): [name]
        case .exception(let name, let exception): [name, exception]
        case .all(let terms), .any(let terms): terms.flatMap(\.allIdentifiers)
        }
    }

    private static func flattened(
        _ terms: [LicenseExpression], _ inner: (LicenseExpression) -> [LicenseExpression]?
    ) -> [LicenseExpression] {
        var seen: Set<LicenseExpression> = []
        return terms.flatMap { inner($0) ?? [$0] }.filter { seen.insert($0).inserted }
    }
}

/// A licence that the SPDX list does not have, with its text: what a `LicenseRef-` stands for.
package struct ExtractedLicense: Hashable, Sendable, Codable, Comparable {
    /// `LicenseRef-public-domain-3f2a9c01`: the name it was given and the beginning of its text's digest.
    package var identifier: String
    /// The name as it was written: `public-domain`.
    package var name: String
    package var text: String
    package init(identifier: String, name: String, text: String) {
        self.identifier = identifier
        self.name = name
        self.text = text
    }
    package static func < (a: ExtractedLicense, b: ExtractedLicense) -> Bool { a.identifier < b.identifier }
}
