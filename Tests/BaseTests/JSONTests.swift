// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct JSONTests {
    static let texts: [(String, JSON)] = [
        ("null", JSON.null), ("true", true), ("false", false), ("0", 0), ("-7", -7), ("9223372036854775807", .int(.max)),
        ("1.5", .number(1.5)), ("1e2", .number(100)), ("9223372036854775808", .number(9.223372036854775808e18)), ("\"\"", ""),
        ("[]", []), ("{}", [:]), (" [ 1 , \"a\" ] ", [1, "a"]), ("{\"a\":{\"b\":[null]}}", ["a": ["b": [nil]]]),
        ("\"\\u00e9\\ud83d\\ude00\\n\\/\\\\\\\"\"", "é😀\n/\\\""), ("\"\u{7F}\"", "\u{7F}"),
    ]

    @Test(arguments: texts) func `JSON text is read`(_ text: String, _ value: JSON) throws { #expect(try JSON.parse(text) == value) }

    @Test(arguments: [
        "", " ", "nul", "truee", "01", "-", "-01", "1.", ".5", "1e", "+1", "1 2", "[1,]", "[,1]", "[1", "{", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"",
        "\"\t\"",
        "1e999", "NaN", "Infinity", "[1]]", "\u{FEFF}1", "\"\\u00zz\"",
    ]) func `what is not JSON is refused`(_ text: String) { #expect(throws: JSONError.self) { try JSON.parse(text) } }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xC0, 0x80, 0x22]) }
        // Half of a character before an escape.
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xC3, 0x5C, 0x6E, 0x22]) }
    }

    @Test func `a key that stands twice is refused also when it is escaped`() {
        #expect(throws: JSONError.duplicateKey("a", offset: 7)) { try JSON.parse("{\"a\":1,\"\\u0061\":2}") }
    }

    @Test func `the error says at which byte`() {
        #expect(throws: JSONError.unexpected("byte 0x7d", offset: 5)) { try JSON.parse("{\"a\":}") }
        #expect(throws: JSONError.unexpected("the end", offset: 2)) { try JSON.parse("[1") }
        #expect(throws: JSONError.unexpected("a leading zero", offset: 1)) { try JSON.parse("[01]") }
    }

    @Test func `depth and size are bounded`() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSON.parse(nested(128))
        #expect(throws: JSONError.tooDeep(limit: 128)) { try JSON.parse(nested(129)) }
        #expect(throws: JSONError.tooDeep(limit: 128)) { try JSON.parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.tooLarge(limit: 3, found: 4)) { try JSON.parse(Array("1234".utf8), limit: 3) }
        #expect(try JSON.parse(Array("123".utf8), limit: 3) == 123)
    }

    @Test func `many siblings are not depth`() throws {
        let text = "[" + Array(repeating: "{}", count: 500).joined(separator: ",") + "]"
        #expect(try JSON.parse(text).array?.count == 500)
    }

    @Test func `canonical keys are sorted by their bytes`() {
        let value: JSON = ["b": 1, "a": 2, "B": 3, "é": 4, "aa": 5, "": 6, "z": 7]
        #expect(value.canonicalText == #"{"":6,"B":3,"a":2,"aa":5,"b":1,"z":7,"é":4}"#)
    }

    @Test func `canonical text has only the escapes that must be`() {
        let value: JSON = .string("\"\\/\u{1}\u{1F}\u{8}\n\r\t\u{7F}é😀")
        #expect(value.canonicalText == "\"\\\"\\\\/\\u0001\\u001f\\u0008\\n\\r\\t\u{7F}é😀\"")
    }

    @Test func `canonical numbers are whole when they can be`() {
        #expect(JSON.number(2).canonicalText == "2")
        #expect(JSON.number(-0.5).canonicalText == "-0.5")
        #expect(JSON.int(.min).canonicalText == "-9223372036854775808")
    }

    @Test func `pretty text ends with a newline and holds the same value`() throws {
        let value: JSON = ["a": [1, [:], []], "b": ["c": nil]]
        let text = String(decoding: value.prettyBytes, as: UTF8.self)
        #expect(text == "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}\n")
        #expect(try JSON.parse(text) == value)
    }

    @Test func `equal values have one digest`() throws {
        let first = try JSON.parse("{\"a\":1,\"b\":[2]}")
        let second = try JSON.parse(" { \"b\" : [ 2 ] , \"a\" : 1 } ")
        #expect(first.digest == second.digest)
        #expect(first.digest == Digest.sha256(of: "{\"a\":1,\"b\":[2]}"))
    }

    @Test(arguments: 1...20) func `canonical text is read back as the same value`(_ seed: UInt64) throws {
        var random = Random(seed)
        let value = random.json(depth: 4)
        #expect(try JSON.parse(value.canonicalBytes) == value)
        #expect(try JSON.parse(value.prettyBytes).canonicalBytes == value.canonicalBytes)
    }

    @Test(arguments: 1...10) func `altered JSON is a value or an error`(_ seed: UInt64) {
        var random = Random(seed)
        let original = random.json(depth: 4).canonicalBytes
        for _ in 0..<200 {
            var bytes = original
            for _ in 0...random.number(3) where !bytes.isEmpty {
                bytes[random.number(bytes.count)] = Array("{}[]\",:\\u0e-.tfn \n".utf8 + [0, 0xFF])[random.number(20)]
            }
            if let value = try? JSON.parse(bytes) { #expect((try? JSON.parse(value.canonicalBytes)) == value) }
        }
    }
}

/// A small generator whose seed makes a failure repeatable.
struct Random {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// From 0 up to, but not including, the limit.
    mutating func number(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
    mutating func text() -> String {
        let alphabet: [Character] = ["a", "Z", "é", "😀", "\"", "\\", "\n", "\u{1}", "/", " ", "0", "{"]
        return String((0..<number(6)).map { _ in alphabet[number(alphabet.count)] })
    }
    mutating func json(depth: Int) -> JSON {
        switch number(depth > 0 ? 7 : 5) {
        case 0: .null
        case 1: .bool(number(2) == 0)
        case 2: .int(Int64(number(1 << 30)) * (number(2) == 0 ? 1 : -1))
        case 3: .number(Double(number(1 << 20)) + 0.25)
        case 4: .string(text())
        case 5: .array((0..<number(5)).map { _ in json(depth: depth - 1) })
        default: .object(Dictionary((0..<number(5)).map { _ in (text(), json(depth: depth - 1)) }, uniquingKeysWith: { $1 }))
        }
    }
}
