// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
import Base

/// The name of a repository inside a registry: `python`, `team/images/python`.
package struct RepositoryName: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package let description: String

    /// With the registry's host a name has at most this many characters.
    package static let limit = 255

    package init(_ text: some StringProtocol) throws(OCIError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .malformedRepository(String(text), reason: "it is empty") }
        guard bytes.count <= Self.limit else { throw .malformedRepository(String(text), reason: "it is longer than 255 characters") }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if let reason = Self.fault(in: component) { throw .malformedRepository(String(text), reason: reason) }
        }
        description = String(text)
    }

    /// The last component: `python` of `team/images/python`.
    package var lastComponent: String { description.split(separator: "/").last.map(String.init) ?? description }

    package static func < (a: RepositoryName, b: RepositoryName) -> Bool { a.description < b.description }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try RepositoryName(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: error.diagnosis.summary))
        }
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    // [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
    private static func fault(in component: ArraySlice<UInt8>) -> String? {
        guard let first = component.first, let last = component.last else { return "two slashes stand together or at an end" }
        guard isAlphanumeric(first), isAlphanumeric(last) else {
            return "every component begins and ends with a lower-case letter or a digit"
        }
        var separator: [UInt8] = []
        for byte in component {
            guard !isAlphanumeric(byte) else {
                separator = []
                continue
            }
            separator.append(byte)
            let isSound =
                switch separator {
                case [UInt8(ascii: ".")], [UInt8(ascii: "_")], [UInt8(ascii: "_"), UInt8(ascii: "_")]: true
                default: separator.allSatisfy { $0 == UInt8(ascii: "-") }
                }
            guard isSound else { return "letters and digits are separated by one '.', one or two '_', or any number of '-'" }
        }
        return nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
}
