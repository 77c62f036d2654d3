// SPDX-License-Identifier: Apache-2.0
import Base
import Debian
import TestKit
import Testing

@Suite struct Deb822Tests {
    @Test func `paragraphs, continuation lines and comments`() throws {
        let text = "Package: a\nDescription: first\n  second\n .\n# comment\n\tthird\nEmpty:\n\n \n\nPACKAGE: b\r\n"
        let paragraphs = try Deb822.paragraphs(text)
        #expect(paragraphs.count == 2)
        #expect(paragraphs[0]["description"] == "first\n second\n.\nthird")
        #expect(paragraphs[0]["Empty"] == "")
        #expect(paragraphs[0].lines("Description") == ["first", "second", ".", "third"])
        #expect(paragraphs[1]["Package"] == "b")
        #expect(paragraphs[1]["Version"] == nil)
    }

    @Test(arguments: [" stray\n", "no colon\n", ": nothing\n", "A: 1\na: 2\n", "A B: 1\n", "-A: 1\n"])
    func `malformed control data is refused`(text: String) {
        #expect(throws: DebianError.self) { try Deb822.paragraphs(text) }
    }

    @Test func `limits hold`() {
        let limits = Deb822.Limits(bytes: 100, paragraphs: 2, fieldsPerParagraph: 2)
        #expect(throws: DebianError.tooLarge(what: "bytes of control data", limit: 100)) {
            try Deb822.paragraphs(String(repeating: "A: b\n\n", count: 20), limits: limits)
        }
        #expect(throws: DebianError.tooLarge(what: "paragraphs", limit: 2)) {
            try Deb822.paragraphs("A: 1\n\nA: 1\n\nA: 1\n", limits: limits)
        }
        #expect(throws: DebianError.tooLarge(what: "fields in a paragraph", limit: 2)) {
            try Deb822.paragraphs("A: 1\nB: 1\nC: 1\n", limits: limits)
        }
    }
}

@Suite struct ReleaseFileTests {
    let archive = VirtualArchive("trixie", [VirtualPackage("a")])

    @Test func `the signed part is read`() throws {
        let release = try ReleaseFile(inRelease: Array(try archive.inRelease().utf8))
        #expect(release.suite == "trixie")
        #expect(release.date == Timestamp(rfc3339: "2025-11-15T09:12:00Z"))
        #expect(release.validUntil == nil)
        #expect(release.acquireByHash)
        #expect(release.architectures == ["amd64", "arm64"])
        let entry = try #require(release.packages(component: "main", architecture: "amd64"))
        #expect(entry.path == "main/binary-amd64/Packages.gz")
        let bytes = try #require(try archive.files()["dists/trixie/\(entry.byHashPath)"])
        #expect(Digest.sha256(of: bytes) == entry.digest)
        #expect(bytes.count == entry.size)
        #expect(release.packages(component: "main", architecture: "sparc") == nil)
    }

    @Test func `dashes are unescaped and white space at the end of lines does not count`() throws {
        let text =
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- -a\nb \t\r\n\n"
            + "-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n\n"
        #expect(String(decoding: try ClearsignedMessage.body(of: Array(text.utf8)), as: UTF8.self) == "-a\nb\n\n")
    }

    static let head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nSuite: trixie\n"
    static let tail = "-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n"
    @Test(arguments: [
        "", "Suite: evil\n" + head + tail, "\n" + head + tail, head, head + "-----BEGIN PGP SIGNATURE-----\nx\n",
        head + tail + "Suite: evil\n",
        head + tail + head + tail, head + "-----BEGIN PGP SIGNED MESSAGE-----\n" + tail, head + "-x\n" + tail, head + "\u{0}\n" + tail,
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\nX: y\n\na\n" + tail,
        "-----BEGIN PGP SIGNED MESSAGE-----\nSuite: evil\n\na\n" + tail,
        head + String(repeating: "x", count: 9000) + "\n" + tail,
        head + "-----BEGIN PGP SIGNATURE-----\n-----BEGIN PGP SIGNED MESSAGE-----\n" + tail,
    ]) func `text outside the signed part is refused`(text: String) {
        #expect(throws: DebianError.self) { try ClearsignedMessage.body(of: Array(text.utf8)) }
    }

    @Test(arguments: [
        " \(String(repeating: "a", count: 64)) 1 ../x", " \(String(repeating: "a", count: 64)) 1 /x",
        " \(String(repeating: "A", count: 64)) 1 x",
        " \(String(repeating: "a", count: 64)) -1 x", " abc 1 x", " \(String(repeating: "a", count: 64)) 1 x y",
        " \(String(repeating: "a", count: 64)) 1 x\n \(String(repeating: "b", count: 64)) 1 x",
    ]) func `a bad list of files is refused`(line: String) {
        #expect(throws: DebianError.self) {
            try ReleaseFile(release: Array("Date: Sat, 15 Nov 2025 09:12:00 UTC\nSHA256:\n\(line)\n".utf8))
        }
    }

    @Test(arguments: [
        ("a", true), ("a/b.c/..d", true), ("", false), (".", false), ("..", false), ("a/../b", false), ("a//b", false), ("/a", false),
        ("a/", false), ("a b", false), ("a\\b", false), ("a?b", false), ("a#b", false), ("ä", false), ("...", true),
    ]) func `paths below a mirror`(path: String, isSafe: Bool) { #expect(RelativePath.isSafe(path) == isSafe) }
}

@Suite struct ScriptNormaliserTests {
    @Test func `comments, blank lines, the package and the triplet do not count`() {
        let a = "#!/bin/sh\nset -e\n\n  # by debhelper 13.1\nldconfig /usr/lib/x86_64-linux-gnu/libfoo1  \t\nlibfoo1-x\n"
        let b = "#!/bin/sh -e\n# by debhelper 13.9\nset -e\nldconfig /usr/lib/aarch64-linux-gnu/libbar2\nlibbar2-x"
        let expected = "set -e\nldconfig /usr/lib/@TRIPLET@/@PACKAGE@\n@PACKAGE@-x\n"
        let first = ScriptNormaliser.normalised(Array(a.utf8), package: "libfoo1", triplet: "x86_64-linux-gnu")
        #expect(String(decoding: first, as: UTF8.self) == expected)
        #expect(
            ScriptNormaliser.normalisedHash(a, package: "libfoo1", triplet: "x86_64-linux-gnu")
                == ScriptNormaliser.normalisedHash(b, package: "libbar2", triplet: "aarch64-linux-gnu"))
        #expect(ScriptNormaliser.normalisedHash(a, package: "libfoo1", triplet: "x86_64-linux-gnu") == Digest.sha256(of: expected))
    }

    @Test func `an empty script is one line feed`() {
        #expect(ScriptNormaliser.normalisedHash("#!/bin/sh\n", package: "a", triplet: "b") == Digest.sha256(of: "\n"))
        #expect(ScriptNormaliser.normalisedHash("aaa", package: "aa", triplet: "b") == Digest.sha256(of: "@PACKAGE@a\n"))
    }
}
