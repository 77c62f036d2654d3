// SPDX-License-Identifier: Apache-2.0
// https://semver.org/spec/v2.0.0.html

/// A version by Semantic Versioning 2.0.0, as npm and Go spell it. Build metadata has no weight.
struct SemanticVersion {
    enum Style { case npm, go }

    private let numbers: [Numeral]
    private let prerelease: [[UInt8]]

    /// Missing numbers are zero, as in Go's own `1.21`. nil when it is no version.
    init?(_ text: String, style: Style) {
        var rest = Array(text.utf8)[...]
        if style == .go, rest.starts(with: "go".utf8) { rest = rest.dropFirst(2) } else if rest.first == 0x76 { rest = rest.dropFirst() }
        rest = rest.prefix { $0 != 0x2B }
        let core = rest.prefix { Numeral.isDigit($0) || $0 == 0x2E }
        var tail = rest.dropFirst(core.count)
        let parts = core.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        numbers = (0..<3).map { $0 < parts.count ? Numeral(parts[$0]) : .zero }
        if tail.isEmpty {
            prerelease = []
            return
        }
        if tail.first == 0x2D {
            tail = tail.dropFirst()
        } else {
            // The Go toolchain's own: 1.21rc2 is 1.21.0-rc.2.
            guard style == .go, let digit = tail.firstIndex(where: Numeral.isDigit), tail[digit...].allSatisfy(Numeral.isDigit),
                ["rc", "beta"].contains(String(decoding: tail[..<digit], as: UTF8.self))
            else { return nil }
            prerelease = [Array(tail[..<digit]), Array(tail[digit...])]
            return
        }
        let identifiers = tail.split(separator: 0x2E, omittingEmptySubsequences: false).map(Array.init)
        let isPlain = identifiers.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { Numeral.isDigit($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
        }
        guard isPlain else { return nil }
        prerelease = identifiers
    }

    // Section 11.
    static func compare(_ a: SemanticVersion, _ b: SemanticVersion) -> Int {
        for (left, right) in zip(a.numbers, b.numbers) where left != right { return left < right ? -1 : 1 }
        if a.prerelease.isEmpty || b.prerelease.isEmpty {
            return a.prerelease.isEmpty == b.prerelease.isEmpty ? 0 : a.prerelease.isEmpty ? 1 : -1
        }
        for (left, right) in zip(a.prerelease, b.prerelease) {
            let isNumber = (left.allSatisfy(Numeral.isDigit), right.allSatisfy(Numeral.isDigit))
            if isNumber.0, isNumber.1 {
                let difference = Numeral.compare(Numeral(left), Numeral(right))
                if difference != 0 { return difference }
            } else if isNumber.0 != isNumber.1 {
                return isNumber.0 ? -1 : 1
            } else if left != right {
                return left.lexicographicallyPrecedes(right) ? -1 : 1
            }
        }
        return a.prerelease.count == b.prerelease.count ? 0 : a.prerelease.count < b.prerelease.count ? -1 : 1
    }
}
