// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct SpellingTests {
    static let words = ["entrypoint", "environment", "exclude", "tls", "base", "cmd"]

    @Test(arguments: [
        ("entrypont", "entrypoint"), ("entrypiont", "entrypoint"), ("enviroment", "environment"), ("excludes", "exclude"), ("tsl", "tls"),
        ("bases", "base"), ("bsae", "base"), ("Base", "base"), ("cmd", "cmd"),
    ]) func `the nearest word is found`(_ word: String, _ nearest: String) {
        #expect(Spelling.nearest(to: word, among: Self.words) == nearest)
    }

    @Test(arguments: ["", "x", "zzzzzz", "stream", "entry", "completely-other"]) func `a far word has no nearest`(_ word: String) {
        #expect(Spelling.nearest(to: word, among: Self.words) == nil)
    }

    @Test func `of two as near the first is taken`() {
        #expect(Spelling.nearest(to: "bat", among: ["cat", "hat"]) == "cat")
        #expect(Spelling.nearest(to: "bat", among: [] as [String]) == nil)
    }
}

@Suite struct ReferenceSpellingTests {
    static let known = ["base:13", "python:3.13-dev", "python:3.13", "postgres:17", "python:3.13.5-r3"]

    @Test(arguments: [
        ("pyton:3.13", "python:3.13"), ("python:3.14", "python:3.13"), ("pyton", "python:3.13"), ("phyton:77", "python:3.13"),
        ("python", "python:3.13"), ("postgras:1", "postgres:17"), ("python:3.13.5-r4", "python:3.13.5-r3"),
    ]) func `the nearest reference is found by its name, then by its tag`(_ word: String, _ nearest: String) {
        #expect(Spelling.nearestReference(to: word, among: Self.known) == nearest)
    }

    // A right name whose tags are all far may mean any of them.
    @Test(arguments: ["node:20", "", "python:latest-and-greatest", "python@sha256:00"]) func `a far one is not`(_ word: String) {
        #expect(Spelling.nearestReference(to: word, among: Self.known) == nil)
        #expect(Spelling.nearestReference(to: word, among: []) == nil)
    }
}

@Suite struct Base64URLTests {
    @Test func `bytes of every length come back`() {
        for count in 0...9 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 251 &+ 62) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [([], ""), ([0xFB, 0xFF], "-_8"), ([1], "AQ"), ([1, 2, 3], "AQID")] as [([UInt8], String)])
    func `base64url has one text for each bytes`(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text) == bytes)
    }

    @Test(arguments: ["AQ==", "+/8", "AR", "A", "A Q", "+A", "/w", "AB"]) func `other texts are not base64url`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}

@Suite struct GlobTests {
    @Test(arguments: [
        ("", "", true), ("*", "", true), ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "ab", false), ("*a*a*", "banana", true),
        ("a", "ab", false), ("ab", "a", false), ("*.sh", "x.sh.sh", true), ("***", "x", true), ("a*b*c", "aXbXbXcX", false),
    ]) func `a star stands for any characters`(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob.matches(Array(pattern.utf8), Array(text.utf8)) == matches)
    }
}

@Suite struct DigestTests {
    // FIPS 180-2, examples of SHA-256.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ]) func `known texts have known digests`(_ text: String, _ hex: String) {
        #expect(Digest.sha256(of: text).hex == hex)
        #expect(Digest.sha256(of: AnySequence(Array(text.utf8))).description == "sha256:" + hex)
        #expect(Digest("sha256:" + hex) == Digest.sha256(of: text))
        #expect(Digest(hex: hex)?.bytes.count == 32)
    }

    @Test func `pieces have the digest of the whole`() {
        let bytes = (0..<1000).map { UInt8($0 & 255) }
        var hasher = DigestHasher()
        hasher.update(Array(bytes[..<10]))
        hasher.update(bytes[10..<999])
        bytes[999...].withUnsafeBytes { hasher.update($0) }
        #expect(hasher.finish() == Digest.sha256(of: bytes))
    }

    static let hex = String(repeating: "0a", count: 32)
    static let wrong: [String] = [
        "", hex, "sha256:", "sha512:\(hex)", "sha256:\(hex)0", "sha256:\(hex.dropLast())", "sha256:\(hex.uppercased())", "SHA256:\(hex)",
        "sha256:\(hex.dropLast())g", " sha256:\(hex)", "sha256:\(hex.dropLast(2))é",
    ]
    @Test(arguments: wrong) func `what is not a digest is refused`(_ text: String) { #expect(Digest(text) == nil) }

    @Test func `it is a text in JSON`() throws {
        let digest = Digest.sha256(of: "x")
        #expect(try CanonicalJSON.value(of: digest) == .string(digest.description))
        #expect(throws: CanonicalJSONError.self) { try CanonicalJSON.decode(Digest.self, from: Array("\"sha256:0\"".utf8)) }
    }

    @Test func `hexadecimal text is read and written`() {
        #expect(Hex.encode([0, 0x0F, 0xF0, 0xFF]) == "000ff0ff")
        #expect(Hex.decode("000fF0Ff") == [0, 0x0F, 0xF0, 0xFF])
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
        #expect(Hex.decode("") == [])
    }
}

@Suite struct ConcurrencyTests {
    actor Counter {
        var running = 0
        var most = 0
        var started = 0
        func begin() {
            running += 1
            started += 1
            most = max(most, running)
        }
        func end() { running -= 1 }
    }
    struct Broken: Error {}

    @Test func `results keep the order of the elements`() async throws {
        let results = try await (0..<100).concurrentMap(limit: 8) { number in
            if number % 3 == 0 { await Task.yield() }
            return number * 2
        }
        #expect(results == (0..<100).map { $0 * 2 })
    }

    @Test(arguments: [1, 3, 0, -5]) func `never more than the limit run at once`(_ limit: Int) async throws {
        let counter = Counter()
        _ = try await Array(0..<40).concurrentMap(limit: limit) { number in
            await counter.begin()
            for _ in 0..<5 { await Task.yield() }
            await counter.end()
            return number
        }
        #expect(await counter.most <= max(1, limit))
        #expect(await counter.started == 40)
    }

    @Test func `nothing is nothing`() async throws { #expect(try await [Int]().concurrentMap(limit: 4) { $0 }.isEmpty) }

    @Test func `the first error ends it`() async {
        let counter = Counter()
        await #expect(throws: Broken.self) {
            _ = try await Array(0..<1000).concurrentMap(limit: 2) { number in
                await counter.begin()
                if number == 3 { throw Broken() }
                return number
            }
        }
        #expect(await counter.started < 1000)
    }

    @Test func `results that are nil are results`() async throws {
        #expect(try await [1, 2].concurrentMap(limit: 2) { $0 == 1 ? nil : $0 } == [nil, 2])
    }
}

@Suite struct DiagnosisTests {
    @Test func `a diagnosis ends with what to do`() {
        let diagnosis = Diagnosis("a.b", .policy, "expected x, found y", remedy: "write x", notes: ["line"])
        #expect(diagnosis.rendered == "error[a.b]: expected x, found y\n  line\n  fix  write x")
    }

    @Test func `several are told together and none is lost`() {
        let first = Diagnosis("a.a", .malformed, "one", remedy: "do one")
        let second = Diagnosis("b.b", .policy, "two", remedy: "do two", notes: ["n"])
        #expect(Diagnoses([first]).diagnosis == first)
        let joined = Diagnoses([first, second]).diagnosis
        #expect(joined.kind == .malformed)
        #expect(joined.notes == ["also b.b: two", "  n", "  fix  do two"])
        #expect(!Diagnoses([]).diagnosis.remedy.isEmpty)
    }
}
