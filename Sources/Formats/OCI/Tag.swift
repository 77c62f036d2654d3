// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
package import Base

/// A name for a manifest inside a repository: `3.13`, `3.13.5-r1`.
package struct Tag: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package let description: String

    /// Reads `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
    package init(_ text: some StringProtocol) throws(OCIError) {
        let bytes = Array(text.utf8)
        guard (1...128).contains(bytes.count), bytes.allSatisfy(Self.isWord), let first = bytes.first, first != 0x2E, first != 0x2D
        else { throw .malformedTag(String(text)) }
        description = String(text)
    }

    private init(prefix: String, of digest: Digest, suffix: String) { description = prefix + digest.hex + suffix }

    /// Where cosign keeps the signatures of a manifest: `sha256-<hex>.sig`.
    package static func signatures(of digest: Digest) -> Tag { Tag(prefix: "sha256-", of: digest, suffix: ".sig") }
    /// Where cosign keeps the attestations of a manifest: `sha256-<hex>.att`.
    package static func attestations(of digest: Digest) -> Tag { Tag(prefix: "sha256-", of: digest, suffix: ".att") }
    /// Where the referrers of a manifest are listed in a registry without the referrers API: `sha256-<hex>`.
    ///
    /// Distribution-spec, "Referrers Tag Schema".
    package static func referrers(of digest: Digest) -> Tag { Tag(prefix: "sha256-", of: digest, suffix: "") }

    /// Whether the tag is one of those derived from a digest, not a name that a person chose.
    package var isDerived: Bool {
        guard description.hasPrefix("sha256-") else { return false }
        let rest = description.dropFirst(7)
        guard Digest(hex: rest.prefix(64)) != nil else { return false }
        return ["", ".sig", ".att", ".sbom"].contains(rest.dropFirst(64))
    }

    /// Whether the tag has the form of those that builds set once and for all: `3.13.5-r1`, `3.13.5-r1-dev`.
    package var isBuild: Bool {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        return parts.dropFirst().contains { part in
            part.utf8.first == 0x72 && part.utf8.count > 1 && part.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
        }
    }

    /// Whether the tag is where cosign keeps signatures and attestations of a manifest.
    package var isEvidence: Bool { isDerived && description.utf8.contains(0x2E) }

    package static func < (a: Tag, b: Tag) -> Bool { a.description.utf8.lexicographicallyPrecedes(b.description.utf8) }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try Tag(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: error.diagnosis.summary))
        }
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 0x5F, 0x2E, 0x2D: true
        default: false
        }
    }
}
