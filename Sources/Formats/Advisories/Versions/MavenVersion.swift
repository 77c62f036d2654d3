// SPDX-License-Identifier: Apache-2.0
// https://maven.apache.org/pom.html#version-order-specification

/// A version of Maven, in the order of its ComparableVersion: any text is one.
struct MavenVersion {
    indirect enum Item {
        case number(Numeral)
        case word(String)
        case list([Item])
    }
    private let items: [Item]

    init(_ text: String) {
        var parser = Parser()
        items = parser.parse(Array(text.lowercased().utf8))
    }

    static func compare(_ a: MavenVersion, _ b: MavenVersion) -> Int { lists(a.items, b.items) }

    private static func lists(_ a: [Item], _ b: [Item]) -> Int {
        for index in 0..<max(a.count, b.count) {
            let difference =
                index < a.count
                ? compare(a[index], index < b.count ? b[index] : nil) : -compare(b[index], nil)
            if difference != 0 { return difference }
        }
        return 0
    }

    private static func compare(_ a: Item, _ b: Item?) -> Int {
        switch (a, b) {
        case (.number(let number), nil): return number == .zero ? 0 : 1
        case (.word(let word), nil): return order(rank(word), rank(""))
        case (.list(let items), nil):
            for item in items {
                let difference = compare(item, nil)
                if difference != 0 { return difference }
            }
            return 0
        case (.number(let left), .number(let right)?): return Numeral.compare(left, right)
        case (.number, _): return 1
        case (.word(let left), .word(let right)?): return order(rank(left), rank(right))
        case (.word, _): return -1
        case (.list(let left), .list(let right)?): return lists(left, right)
        case (.list, .number?): return -1
        case (.list, _): return 1
        }
    }

    private static let qualifiers = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"]

    // Words that are known come in their order, others behind them by the alphabet.
    private static func rank(_ word: String) -> (Int, String) {
        qualifiers.firstIndex(of: word).map { ($0, "") } ?? (qualifiers.count, word)
    }
    private static func order(_ a: (Int, String), _ b: (Int, String)) -> Int { a == b ? 0 : a < b ? -1 : 1 }

    private struct Parser {
        private var stack: [[Item]] = [[]]

        mutating func parse(_ text: [UInt8]) -> [Item] {
            var start = 0
            var isDigit = false
            for (index, byte) in text.enumerated() {
                if byte == 0x2E || byte == 0x2D || byte == 0x5F {
                    add(index == start ? .number(.zero) : item(text[start..<index], isDigit: isDigit, beforeDigit: false))
                    start = index + 1
                    if byte != 0x2E { push() }
                } else if Numeral.isDigit(byte) {
                    if !isDigit, index > start {
                        pushUnlessEmpty()
                        add(item(text[start..<index], isDigit: false, beforeDigit: true))
                        start = index
                        push()
                    }
                    isDigit = true
                } else {
                    if isDigit, index > start {
                        add(item(text[start..<index], isDigit: true, beforeDigit: false))
                        start = index
                        push()
                    }
                    isDigit = false
                }
            }
            if start < text.count {
                if !isDigit { pushUnlessEmpty() }
                add(item(text[start...], isDigit: isDigit, beforeDigit: false))
            }
            while stack.count > 1 {
                let inner = Self.normalized(stack.removeLast())
                stack[stack.count - 1].append(.list(inner))
            }
            return Self.normalized(stack[0])
        }

        private mutating func add(_ item: Item) { stack[stack.count - 1].append(item) }
        private mutating func push() { if stack.count < 256 { stack.append([]) } }
        private mutating func pushUnlessEmpty() { if stack.last?.isEmpty == false { push() } }

        private func item(_ text: ArraySlice<UInt8>, isDigit: Bool, beforeDigit: Bool) -> Item {
            if isDigit { return .number(Numeral(text)) }
            let word = String(decoding: text, as: UTF8.self)
            switch word {
            case "a" where beforeDigit: return .word("alpha")
            case "b" where beforeDigit: return .word("beta")
            case "m" where beforeDigit: return .word("milestone")
            case "ga", "final", "release": return .word("")
            case "cr": return .word("rc")
            default: return .word(word)
            }
        }

        // What says nothing at the end is left out, up to the first that says something.
        private static func normalized(_ items: [Item]) -> [Item] {
            var items = items
            var index = items.count - 1
            while index >= 0 {
                if isNull(items[index]) {
                    items.remove(at: index)
                } else if case .list = items[index] {
                } else {
                    break
                }
                index -= 1
            }
            return items
        }

        private static func isNull(_ item: Item) -> Bool {
            switch item {
            case .number(let number): number == .zero
            case .word(let word): word.isEmpty
            case .list(let items): items.isEmpty
            }
        }
    }
}
