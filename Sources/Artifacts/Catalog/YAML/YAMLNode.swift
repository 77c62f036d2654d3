// SPDX-License-Identifier: Apache-2.0
// https://yaml.org/spec/1.2.2/

/// One value of a YAML document with its place, read by the core schema of YAML 1.2 (§10.3).
///
/// The text of a number is kept, so that `3.10` is never taken for `3.1`.
struct YAMLNode: Sendable {
    enum Kind: String, Sendable {
        case null, boolean, integer, number, text, list, map
    }
    struct Pair: Sendable {
        let key: String
        let keyPlace: Place
        let value: YAMLNode
    }
    let place: Place
    let kind: Kind
    /// The text of a scalar; empty for a list or a map.
    let text: String
    let items: [YAMLNode]
    let pairs: [Pair]

    init(place: Place, kind: Kind, text: String = "", items: [YAMLNode] = [], pairs: [Pair] = []) {
        self.place = place
        self.kind = kind
        self.text = text
        self.items = items
        self.pairs = pairs
    }

    var isScalar: Bool { kind != .list && kind != .map }

    /// What it is, for a person: `the number 3.13`, `the text "yes"`, `a list`.
    var described: String {
        switch kind {
        case .null: "nothing"
        case .boolean: text
        case .integer, .number: "the number \(text.prefix(40))"
        case .text: "the text \(Self.quoted(text))"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// The text in double quotes, on one line, cut off after 60 characters.
    static func quoted(_ text: String) -> String {
        let head = text.prefix(60).map { character in
            character.isNewline ? "\\n" : character.unicodeScalars.allSatisfy { $0.value < 32 || $0.value == 127 } ? "?" : "\(character)"
        }
        return "\"" + head.joined() + (text.count > 60 ? "…" : "") + "\""
    }

    /// The kind of an unquoted scalar. A date is a text: the core schema knows none.
    static func kind(ofPlain text: String) -> Kind {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "false", "False", "FALSE": return .boolean
        case ".inf", ".Inf", ".INF", "-.inf", "+.inf", ".nan", ".NaN", ".NAN": return .number
        default: break
        }
        var rest = Array(text.utf8)[...]
        if rest.starts(with: Array("0x".utf8)) || rest.starts(with: Array("0o".utf8)) {
            let isHexadecimal = rest[1] == 0x78
            let digits = rest.dropFirst(2)
            let fits = digits.allSatisfy { isHexadecimal ? isHex($0) : (0x30...0x37).contains($0) }
            return !digits.isEmpty && fits ? .number : .text
        }
        if let first = rest.first, first == 0x2B || first == 0x2D { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty { return whole.isEmpty ? .text : .integer }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == 0x2E {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return .text }
        if rest.first == 0x65 || rest.first == 0x45 {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == 0x2B || sign == 0x2D { rest = rest.dropFirst() }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return .text }
            return .number
        }
        return rest.isEmpty ? .number : .text
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
