// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Artifacts

@Suite struct HostileYAMLTests {
    private func problem(_ text: String) -> String {
        do {
            _ = try YAMLDocument.parse(Array(text.utf8), file: "x.yaml")
            return ""
        } catch {
            return error.diagnosis.summary
        }
    }

    @Test func `an alias is refused at its place`() {
        #expect(problem("a: &x 1\nb: [*x]") == "x.yaml:2:5: expected YAML, found an anchor or alias")
    }

    @Test func `an anchor that nothing uses is refused`() {
        #expect(problem("a: &x 1").contains("x.yaml:1:4: expected YAML, found an anchor or alias"))
        #expect(problem("a: &x {b: 1}").contains("an anchor or alias"))
    }

    @Test func `a merge key is refused`() { #expect(problem("<<: {a: 1}").contains("an anchor or alias")) }

    @Test func `a bomb of aliases inside a key is refused at once`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        text += "? *a39\n: 1\n"
        let duration = ContinuousClock().measure { #expect(problem(text).contains("an anchor or alias")) }
        #expect(duration < .seconds(5))
    }

    @Test(arguments: ["a: |\n  x && y *z\n  #define p &q\n", "a: 'x & *y'", "a: \"usr/share/doc/*/*\"", "a: b&c", "# &x *y\na: 1"])
    func `text that looks a little like an anchor is taken`(_ text: String) { #expect(problem(text).isEmpty) }

    @Test(arguments: ["a: !!python/object 1", "a: !x {b: 1}", "!x [1]"]) func `a tag is refused`(_ text: String) {
        #expect(problem(text).contains("the tag"))
    }

    @Test func `deep nesting is refused`() {
        #expect(problem(String(repeating: "[", count: 60) + String(repeating: "]", count: 60)).contains("nested levels"))
        #expect(problem(String(repeating: "[", count: 500_000)).contains("x.yaml"))
    }

    @Test func `a file over the limit is refused`() {
        let text = "a: " + String(repeating: "x", count: YAMLDocument.sizeLimit)
        #expect(problem(text).contains("expected at most 1048576 bytes, found 1048579"))
    }

    @Test func `too many values are refused`() {
        #expect(problem("[" + String(repeating: "1,", count: 60_000) + "]").contains("more than 50000 values"))
    }

    @Test func `a second document is refused`() { #expect(problem("a: 1\n---\nb: 2\n").contains("another document")) }
    @Test func `a key that is a list is refused`() { #expect(problem("? [a]\n: 1\n").contains("a key that is not a plain text")) }
    @Test func `an unclosed quote is refused with its place`() { #expect(problem("a: 1\nb: \"x\n").hasPrefix("x.yaml:")) }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: ArtifactsError.self) { try YAMLDocument.parse([0x61, 0x3A, 0x20, 0xFF], file: "x.yaml") }
        #expect(throws: ArtifactsError.self) { try YAMLDocument.parse([0x61, 0x3A, 0x20, 0x00], file: "x.yaml") }
    }

    @Test func `an empty file is nothing`() throws {
        #expect(try YAMLDocument.parse([], file: "x.yaml").kind == .null)
        #expect(try YAMLDocument.parse(Array("# only a remark\n".utf8), file: "x.yaml").kind == .null)
        #expect(try !Sample.diagnoses(changing: ["images/python/3.13.yaml": ""]).isEmpty)
    }

    @Test(arguments: [
        ("1", YAMLNode.Kind.integer), ("-7", .integer), ("3.10", .number), ("1e3", .number), ("0x1F", .number), ("0o7", .number),
        (".5", .number), ("1.", .number), (".inf", .number), ("true", .boolean), ("yes", .text), ("null", .null), ("~", .null),
        ("2024-10-07", .text), ("1.2.3", .text), ("8080/tcp", .text), ("e3", .text), ("-", .text), (".", .text), ("0x", .text),
        ("+", .text), ("1e", .text),
    ]) func `an unquoted scalar is what the core schema says`(_ text: String, _ kind: YAMLNode.Kind) {
        #expect(YAMLNode.kind(ofPlain: text) == kind)
    }

    /// Every change ends in a catalog or in diagnoses; the seed makes a failure repeatable.
    @Test(arguments: 1...8) func `altered bytes never end in anything but diagnoses`(_ seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let alphabet = Array("\n :-[]{}\"'|>&*!#%@,?0a\t".utf8)
        for _ in 0..<40 {
            var bytes = Array(Sample.recipe.utf8)
            for _ in 0...random(4) {
                switch random(3) {
                case 0: bytes[random(bytes.count)] = alphabet[random(alphabet.count)]
                case 1: bytes.insert(alphabet[random(alphabet.count)], at: random(bytes.count))
                default: bytes.removeSubrange(random(bytes.count / 2)..<(bytes.count / 2 + random(bytes.count / 2)))
                }
            }
            var files = Sample.files.mapValues { Array($0.utf8) }
            files["images/python/3.13.yaml"] = bytes
            do {
                _ = try RecipeLoader(CatalogFiles(files)).catalog()
            } catch let error as Diagnoses {
                #expect(error.all.allSatisfy { !$0.remedy.isEmpty && !$0.summary.isEmpty })
            }
        }
    }
}
