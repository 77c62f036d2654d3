// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct CanonicalJSONTests {
    enum Shape: Hashable, Codable {
        case point
        case circle(Int)
        case box(width: Int, height: Int?, tags: [String])
    }
    enum Colour: String, Hashable, Codable { case red, green }
    struct Whole: Hashable, Codable {
        var name = "é\n"
        var count = -3
        var ratio = 0.5
        var flag = true
        var absent: String?
        var present: String? = "x"
        var list: [Int] = [3, 1]
        var nested: [[String]] = [[], ["a"]]
        var map: [String: Int] = ["b": 2, "a": 1]
        var colour = Colour.green
        var shapes: [Shape] = [.point, .circle(2), .box(width: 1, height: nil, tags: ["t"])]
        var digest = Digest.sha256(of: "x")
        var time = Timestamp(seconds: 0)
        var bytes: [UInt8] = [0, 255]
    }

    private func roundTrip<Value: Codable & Equatable>(_ value: Value) throws {
        #expect(try CanonicalJSON.decode(Value.self, from: CanonicalJSON.encode(value)) == value)
        #expect(try CanonicalJSON.decode(Value.self, from: CanonicalJSON.encodePretty(value)) == value)
    }

    @Test func `a value of every kind is read back`() throws {
        try roundTrip(Whole())
        try roundTrip([Whole(), Whole()])
        try roundTrip(["k": Whole()])
    }

    @Test(arguments: [
        (Shape.point, #"{"point":{}}"#), (.circle(2), #"{"circle":{"_0":2}}"#),
        (.box(width: 1, height: nil, tags: ["t"]), #"{"box":{"tags":["t"],"width":1}}"#),
        (.box(width: 1, height: 2, tags: []), #"{"box":{"height":2,"tags":[],"width":1}}"#),
    ]) func `an enum with values is one text and back`(_ shape: Shape, _ text: String) throws {
        #expect(String(decoding: try CanonicalJSON.encode(shape), as: UTF8.self) == text)
        try roundTrip(shape)
    }

    @Test func `nil members are left out and keys are sorted`() throws {
        struct Pair: Codable { var b: Int?; var a: Int? }
        #expect(try CanonicalJSON.encode(Pair(b: 1, a: nil)) == Array(#"{"b":1}"#.utf8))
        #expect(try CanonicalJSON.encode(Pair(b: 1, a: 2)) == Array(#"{"a":2,"b":1}"#.utf8))
    }

    @Test func `nil in a list stays`() throws { try roundTrip([1, nil, 3] as [Int?]) }
    @Test func `single values are values`() throws {
        try roundTrip("text")
        try roundTrip(UInt8.max)
        try roundTrip(Int64.min)
        try roundTrip(Colour.red)
    }

    @Test func `equal values have one digest, others another`() throws {
        var other = Whole()
        #expect(try CanonicalJSON.digest(of: Whole()) == CanonicalJSON.digest(of: other))
        other.map["c"] = 3
        #expect(try CanonicalJSON.digest(of: Whole()) != CanonicalJSON.digest(of: other))
    }

    @Test func `a number that does not fit is refused both ways`() {
        #expect(throws: (any Error).self) { try CanonicalJSON.encode(UInt64.max) }
        #expect(throws: CanonicalJSONError.self) { try CanonicalJSON.decode(UInt8.self, from: Array("256".utf8)) }
        #expect(throws: CanonicalJSONError.self) { try CanonicalJSON.decode(Int.self, from: Array("1.5".utf8)) }
    }

    struct Outer: Codable, Equatable {
        struct Inner: Codable, Equatable { var value: Int }
        var inner: [Inner]
    }

    @Test(arguments: [
        (#"{"inner":[{"value":1},{"value":"x"}]}"#, "inner.1.value", "expected a whole number, found the text x"),
        (#"{"inner":[{}]}"#, "inner.0.value", "the key is missing"), (#"{"inner":{}}"#, "inner", "expected a list, found an object"),
        ("[]", "", "expected an object, found a list"),
    ]) func `a fault is told with the path to it`(_ text: String, _ path: String, _ reason: String) {
        let error = #expect(throws: CanonicalJSONError.self) { try CanonicalJSON.decode(Outer.self, from: Array(text.utf8)) }
        #expect(error?.path == path)
        #expect(error?.reason == reason)
        #expect(error?.diagnosis.remedy.isEmpty == false)
    }

    @Test func `unknown members are passed over`() throws {
        #expect(try CanonicalJSON.decode(Outer.self, from: Array(#"{"inner":[],"new":1}"#.utf8)) == Outer(inner: []))
    }

    @Test func `text that is not JSON is an error of JSON`() {
        #expect(throws: JSONError.self) { try CanonicalJSON.decode(Outer.self, from: Array("{".utf8)) }
    }
}
