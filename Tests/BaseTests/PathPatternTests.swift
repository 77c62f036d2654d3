// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("usr/share/man", "usr/share/man"), ("usr/share/man", "usr/share/man/man1/ls.1.gz"), ("usr/bin/*.sh", "usr/bin/a.sh"),
        ("usr/bin/*", "usr/bin/a/b"), ("usr/share/doc/*/copyright", "usr/share/doc/libc6/copyright"), ("**/*.a", "libx.a"),
        ("**/*.a", "usr/lib/x/libx.a"), ("usr/**", "usr/a"), ("usr/**/man", "usr/man"), ("usr/**/man", "usr/a/b/man/x"),
        ("**", "anything/at/all"), ("usr/share/{man,info}", "usr/share/info/x"), ("{a,b}/{c,d}", "b/c"), ("a{,b}c", "ac"),
        ("a*b*c", "aXbYbZc"),
        ("*", "a"), ("a*", "a"), ("usr/lib/*-linux-gnu", "usr/lib/x86_64-linux-gnu/libc.so.6"), ("a/**/**/b", "a/b"), ("é*", "éa"),
    ]) func `a pattern matches a path and everything below`(_ pattern: String, _ path: String) throws {
        #expect(try #require(PathPattern(pattern)).matches(path))
    }

    @Test(arguments: [
        ("usr/share/man", "usr/share/mandb"), ("usr/share/man", "usr/share"), ("usr/share/man", "share/man"),
        ("usr/bin/*.sh", "usr/bin/a/b.sh"),
        ("usr/bin/*.sh", "usr/bin/sh"), ("usr/share/doc/*/copyright", "usr/share/doc/copyright"), ("**/*.a", "x.ab"),
        ("usr/**/man", "usr/share"),
        ("{a,b}", "c"), ("a*b*c", "aXbYbZ"), ("*", ""), ("a.c", "abc"), ("usr/**/x", "usr"), ("usr/**", "usr"), ("A", "a"),
    ]) func `another path does not match`(_ pattern: String, _ path: String) throws {
        #expect(try !#require(PathPattern(pattern)).matches(path))
    }

    @Test(arguments: ["", "/usr", "usr/", "a//b", ".", "..", "a/../b", "a/./b", "{a", "a}", "{a,b", "{,/}", "{a,}/..", "a/{,b}"])
    func `a pattern that cannot be meant is refused`(_ text: String) { #expect(PathPattern(text) == nil) }

    @Test func `choices that multiply without end are refused`() {
        #expect(PathPattern(String(repeating: "{a,b}", count: 30)) == nil)
        #expect(PathPattern(String(repeating: "{a,b}", count: 3)) != nil)
    }

    @Test func `stars that could be matched in many ways take little time`() throws {
        let glob = try #require(PathPattern(String(repeating: "a*", count: 40) + "b"))
        let depth = try #require(PathPattern("**/a/**/a/**/a/b"))
        let duration = ContinuousClock().measure {
            #expect(!glob.matches(String(repeating: "a", count: 2000)))
            #expect(!depth.matches(Array(repeating: "a", count: 60).joined(separator: "/")))
        }
        #expect(duration < .seconds(5))
    }

    @Test func `many double stars in a row take no longer than one`() throws {
        let pattern = try #require(PathPattern(Array(repeating: "**", count: 200).joined(separator: "/") + "/z"))
        let deep = Array(repeating: "a", count: 40).joined(separator: "/")
        #expect(!pattern.matches(deep))
        #expect(pattern.matches(deep + "/z"))
        #expect(pattern.matches("z"))
    }
}
