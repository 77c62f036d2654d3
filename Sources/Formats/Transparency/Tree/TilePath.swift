// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-tiles

/// The name of a tile or of a bundle of entries: `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.
///
/// A value that exists has exactly one spelling, which is safe as a path.
package struct TilePath: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// Hashes; those of leaves are level 0, and each level stands eight levels of the tree above the one before.
        case hashes(level: Int)
        case entries
    }

    package let kind: Kind
    package let index: Int
    /// Hashes or entries in it, 1 to 256; below 256 the tile is partial.
    package let width: Int

    package static let fullWidth = 256
    /// Of the text; the largest index that can occur has six groups.
    package static let textLimit = 64

    init(_ kind: Kind, index: Int, width: Int = fullWidth) {
        self.kind = kind
        self.index = index
        self.width = width
    }

    package static func hashes(level: Int, index: Int, width: Int = fullWidth) -> TilePath {
        TilePath(.hashes(level: level), index: index, width: width)
    }
    package static func entries(index: Int, width: Int = fullWidth) -> TilePath { TilePath(.entries, index: index, width: width) }

    /// Reads the one spelling of a name; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.textLimit else { return nil }
        let text = String(text)
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
        let first = parts.removeFirst()
        if first == "entries" {
            kind = .entries
        } else {
            guard let level = Self.number(first, limit: 63) else { return nil }
            kind = .hashes(level: level)
        }
        if parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p"), let last = parts.popLast() {
            guard let width = Self.number(last, limit: Self.fullWidth - 1), width > 0 else { return nil }
            self.width = width
            parts[parts.endIndex - 1].removeLast(2)
        } else {
            width = Self.fullWidth
        }
        guard (1...6).contains(parts.count) else { return nil }
        var index = 0
        for (position, part) in parts.enumerated() {
            var digits = part[...]
            if position < parts.count - 1 {
                guard digits.popFirst() == "x" else { return nil }
            }
            guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let group = Int(digits) else {
                return nil
            }
            index = index * 1000 + group
        }
        // Beyond the largest tree; what is below can be multiplied without overflow.
        guard index < MerkleTree.sizeLimit / Self.fullWidth else { return nil }
        self.index = index
        // Groups of zeros in front would be a second spelling.
        guard description == text else { return nil }
    }

    /// Whether a tree of this size, or a smaller one before it, has the tile.
    package func isCovered(bySize size: Int) -> Bool {
        let level = if case .hashes(let level) = kind { level } else { 0 }
        return index * Self.fullWidth + width <= Self.count(level: level, size: size)
    }

    package var isPartial: Bool { width < Self.fullWidth }
    /// The same tile when it is full.
    package var full: TilePath { TilePath(kind, index: index) }

    package var description: String {
        let first = if case .hashes(let level) = kind { "\(level)" } else { "entries" }
        var groups = [Self.pad(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + Self.pad(rest % 1000), at: 0)
            rest /= 1000
        }
        return "tile/\(first)/" + groups.joined(separator: "/") + (isPartial ? ".p/\(width)" : "")
    }

    /// The bytes of a tile of hashes.
    package var byteCount: Int { width * 32 }

    /// The tile at a level that a tree of this size ends in; nil when the level has none or only full ones.
    package static func partial(level: Int, size: Int) -> TilePath? {
        let count = count(level: level, size: size)
        guard count % fullWidth > 0 else { return nil }
        return .hashes(level: level, index: count / fullWidth, width: count % fullWidth)
    }

    /// The tile or bundle with this index as it stands in a tree of this size; nil when the tree does not reach it.
    package static func at(_ kind: Kind, index: Int, size: Int) -> TilePath? {
        let level = if case .hashes(let level) = kind { level } else { 0 }
        let count = count(level: level, size: size) - index * fullWidth
        guard count > 0, index >= 0 else { return nil }
        return TilePath(kind, index: index, width: min(count, fullWidth))
    }

    /// Hashes at a level of tiles in a tree of this size.
    package static func count(level: Int, size: Int) -> Int { level < 8 ? size >> (8 * level) : 0 }

    private static func number(_ text: some StringProtocol, limit: Int) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number <= limit, "\(number)" == text
        else { return nil }
        return number
    }

    private static func pad(_ number: Int) -> String {
        number < 10 ? "00\(number)" : number < 100 ? "0\(number)" : "\(number)"
    }
}
