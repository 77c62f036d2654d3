// SPDX-License-Identifier: Apache-2.0
import Debian

/// The order of versions in one ecosystem, as OSV ranges need it.
package enum VersionOrder: Hashable, Sendable, CaseIterable {
    case debian, python, npm, go, maven, cargo

    /// By OSV's name of an ecosystem; nil when its order is not known here.
    package init?(ecosystem: String) {
        switch ecosystem.prefix(while: { $0 != ":" }) {
        case "Debian": self = .debian
        case "PyPI": self = .python
        case "npm": self = .npm
        case "Go": self = .go
        case "Maven": self = .maven
        case "crates.io": self = .cargo
        default: return nil
        }
    }

    /// Whether the text is a version of the ecosystem. Long ones are refused everywhere.
    package func isValid(_ version: String) -> Bool {
        guard !version.isEmpty, version.utf8.count <= 256 else { return false }
        return switch self {
        case .debian: (try? DebianVersion(version)) != nil
        case .python: PythonVersion(version) != nil
        case .npm, .go, .cargo: SemanticVersion(version, style: self == .go ? .go : .npm) != nil
        case .maven: true
        }
    }

    /// Negative, zero or positive as `a` is older than, equal to or newer than `b`; nil when one of them is no version.
    package func compare(_ a: String, _ b: String) -> Int? {
        guard a.utf8.count <= 256, b.utf8.count <= 256 else { return nil }
        switch self {
        case .debian:
            guard let left = try? DebianVersion(a), let right = try? DebianVersion(b) else { return nil }
            return DebianVersion.compare(left, right)
        case .python:
            guard let left = PythonVersion(a), let right = PythonVersion(b) else { return nil }
            return PythonVersion.compare(left, right)
        case .npm, .go, .cargo:
            let style: SemanticVersion.Style = self == .go ? .go : .npm
            guard let left = SemanticVersion(a, style: style), let right = SemanticVersion(b, style: style) else { return nil }
            return SemanticVersion.compare(left, right)
        case .maven: return MavenVersion.compare(MavenVersion(a), MavenVersion(b))
        }
    }
}

/// A decimal number of any length, without leading zeros.
struct Numeral: Hashable, Comparable {
    let digits: [UInt8]
    init(_ text: some Sequence<UInt8>) { digits = Array(text.drop { $0 == 0x30 }) }
    static let zero = Numeral([])
    static func < (a: Numeral, b: Numeral) -> Bool {
        a.digits.count != b.digits.count ? a.digits.count < b.digits.count : a.digits.lexicographicallyPrecedes(b.digits)
    }
    static func compare(_ a: Numeral, _ b: Numeral) -> Int { a == b ? 0 : a < b ? -1 : 1 }
    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
