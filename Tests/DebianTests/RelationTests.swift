// SPDX-License-Identifier: Apache-2.0
import Debian
import Testing

@Suite struct RelationTests {
    @Test(arguments: [
        ("libc6", "libc6"), (" libc6(>=2.41) ,a|b ", "libc6 (>= 2.41), a | b"), ("a (< 1), b (> 2)", "a (<= 1), b (>= 2)"),
        ("a (<< 1~), b (>> 2), c (= 3), d (<= 4)", "a (<< 1~), b (>> 2), c (= 3), d (<= 4)"),
        ("python3:any (>= 3.13), libx:native, gcc:amd64", "python3:any (>= 3.13), libx:native, gcc:amd64"),
        ("a [amd64 !i386] <!nocheck> <stage1 cross>, b", "a [amd64 !i386], b"), ("a,, b ,", "a, b"), ("a\n , b\n | c", "a, b | c"),
        ("", ""),
        ("g++-14 (= 14.2.0-19)", "g++-14 (= 14.2.0-19)"),
    ]) func `a field is read and written in one form`(field: (String, String)) throws {
        let groups = try RelationGroup.parse(field.0)
        #expect(groups.map(\.description).joined(separator: ", ") == field.1)
        #expect(try RelationGroup.parse(field.1) == groups)
    }

    @Test(arguments: [
        "a |", "| a", "a b", "a (", "a ()", "a (>= )", "a (>= 1", "a (=> 1)", "a (1)",
        "-a", "a [", "a []", "a:", "a (>= 1 2)", "a <x", "ä",
        "a (>= 1-)",
    ])
    func `a malformed field is refused`(text: String) {
        #expect(throws: DebianError.self) { try RelationGroup.parse(text) }
    }

    @Test(arguments: [
        ("a", "amd64", true), ("a [amd64]", "amd64", true), ("a [amd64]", "arm64", false), ("a [!amd64]", "amd64", false),
        ("a [!amd64 !i386]", "arm64", true), ("a [linux-any]", "arm64", true), ("a [any-arm64]", "arm64", true),
    ]) func `architecture lists restrict`(text: String, architecture: String, applies: Bool) throws {
        #expect(try RelationGroup.parse(text)[0].alternatives[0].applies(on: architecture) == applies)
    }

    @Test(arguments: [
        ("<<", "1.0", false), ("<<", "1.1", true), ("<=", "1.0", true), ("<=", "0.9", false), ("=", "1.0", true), ("=", "1.0-1", false),
        (">=", "1.0", true), (">=", "1.1", false), (">>", "1.0", false), (">>", "0.9~", true),
    ]) func `operators compare with the bound`(symbol: String, bound: String, holds: Bool) throws {
        let relation = try #require(RelationOperator(rawValue: symbol))
        #expect(VersionConstraint(relation, try DebianVersion(bound)).holds(for: try DebianVersion("1.0")) == holds)
    }
}
