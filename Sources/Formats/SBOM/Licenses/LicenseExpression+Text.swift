// SPDX-License-Identifier: Apache-2.0
// https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/

extension LicenseExpression {
    /// Reads an SPDX licence expression of at most 64 KiB and 32 levels of parentheses.
    package init(_ text: String) throws(SBOMError) {
        guard text.utf8.count <= 64 << 10 else { throw .malformedLicense(text, reason: "it is longer than 64 KiB") }
        var parser = ExpressionParser(text)
        self = try parser.parse()
    }
}

private struct ExpressionParser {
    private let text: String
    private let tokens: [String]
    private var position = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        var tokens: [String] = []
        var word: [UInt8] = []
        func flush() {
            if !word.isEmpty { tokens.append(String(decoding: word, as: UTF8.self)) }
            word = []
        }
        for byte in text.utf8 {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: flush()
            case 0x28, 0x29:
                flush()
                tokens.append(byte == 0x28 ? "(" : ")")
            default: word.append(byte)
            }
        }
        flush()
        self.tokens = tokens
    }

    mutating func parse() throws(SBOMError) -> LicenseExpression {
        let expression = try choice()
        guard position == tokens.count else { throw refused("\"\(tokens[position])\" stands where AND, OR or the end was expected") }
        return expression
    }

    private func refused(_ reason: String) -> SBOMError { .malformedLicense(text, reason: reason) }

    private mutating func take(_ keyword: String) -> Bool {
        guard position < tokens.count, tokens[position].uppercased() == keyword else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(SBOMError) -> LicenseExpression {
        var terms = [try conjunction()]
        while take("OR") { terms.append(try conjunction()) }
        return LicenseExpression.joining(any: terms) ?? terms[0]
    }

    private mutating func conjunction() throws(SBOMError) -> LicenseExpression {
        var terms = [try term()]
        while take("AND") { terms.append(try term()) }
        return LicenseExpression.joining(all: terms) ?? terms[0]
    }

    private mutating func term() throws(SBOMError) -> LicenseExpression {
        if take("(") {
            depth += 1
            guard depth <= 32 else { throw refused("more than 32 levels of parentheses") }
            let inner = try choice()
            depth -= 1
            guard take(")") else { throw refused("a parenthesis is not closed") }
            return inner
        }
        let name = try identifier()
        return take("WITH") ? .exception(name, with: try identifier()) : .license(name)
    }

    private mutating func identifier() throws(SBOMError) -> String {
        guard position < tokens.count else { throw refused("it ends where an identifier was expected") }
        let token = tokens[position]
        guard !["AND", "OR", "WITH", ")"].contains(token.uppercased()), token.utf8.allSatisfy(Self.isIdentifierByte) else {
            throw refused("\"\(token)\" is not an identifier")
        }
        position += 1
        return token
    }

    // `+` is the "or any later version" of SPDX; the colon separates a DocumentRef.
    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        PackageURL.isTypeByte(byte) || byte == 0x2B || byte == 0x3A
    }
}
