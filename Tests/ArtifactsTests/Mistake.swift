// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Testing

/// One change of the sample that must be refused, with where and how.
struct Mistake: Sendable, CustomStringConvertible {
    let path: String
    let text: String
    /// What the sentence must hold, beside the place.
    let says: String
    /// What the remedy must hold.
    let fix: String
    let isSeenBySchema: Bool
    /// What was put in.
    let description: String
    /// The line of the change.
    let line: Int

    init(_ file: File, _ old: String, _ new: String, says: String, fix: String = "", seen isSeenBySchema: Bool = true) {
        let original = Sample.files[file.rawValue] ?? ""
        path = file.rawValue
        if let range = original.range(of: old) {
            text = original.replacingCharacters(in: range, with: new)
            line = original[..<range.lowerBound].count { $0 == "\n" } + 1
        } else {
            text = original
            line = 0
        }
        self.says = says
        self.fix = fix
        self.isSeenBySchema = isSeenBySchema
        description = new
    }

    enum File: String {
        case recipe = "images/python/3.13.yaml"
        case older = "images/python/3.9.yaml"
        case image = "images/python/image.yaml"
        case base = "profiles/base.yaml"
        case tls = "profiles/tls.yaml"
        case suite = "suites/trixie.yaml"
        case scripts = "scripts.yaml"
    }

    static let all: [Mistake] = keys + types + names + values + across + plans + otherFiles

    private static let keys: [Mistake] = [
        .init(.recipe, "entrypoint:", "entrypont:", says: "expected a key of a recipe, found \"entrypont\"", fix: "write entrypoint"),
        .init(.recipe, "cmd:", "zzzzzz:", says: "found \"zzzzzz\"", fix: "the keys here are stream"),
        .init(.recipe, "exclude:", "excludes:", says: "expected a key of the contents", fix: "write exclude"),
        .init(.recipe, "stream: \"3.13\"\n", "", says: "expected the key stream in a recipe, found none"),
        .init(.base, ", reason: only scripts use it", "", says: "expected the key reason in an exclusion"),
        .init(.base, ", reason: nobody reads it there", "", says: "expected the key reason in a drop rule"),
        .init(.recipe, ", reason: a choice stays", "", says: "expected the key reason in an exception"),
        .init(.tls, ", reason: default paths of the library", "", says: "expected the key reason in a part of a package"),
        .init(.base, "suite: trixie", "stream: \"1\"", says: "expected a key of a profile, found \"stream\""),
        .init(.recipe, "title: Python 3.13", "title: a\ntitle: b", says: "expected each key once, found \"title\" again", seen: false),
    ]
    private static let types: [Mistake] = [
        .init(.recipe, "\"3.13\"", "3.13", says: "stream: expected a stream name such as 3.13, found the number 3.13", fix: "\"3.13\""),
        .init(
            .recipe, "entrypoint: [", "entrypoint: /usr/bin/python3.13 #", says: "expected a list of words, found the text",
            fix: "as a list"),
        .init(.recipe, "port: 8080", "port: \"8080\"", says: "found the text \"8080\"", fix: "without quotes: 8080"),
        .init(.recipe, "{MODE: image}", "[MODE]", says: "environment: expected a map of variables, found a list"),
        .init(.recipe, "MODE: image", "MODE: 1", says: "environment.MODE: expected a text, found the number 1", fix: "in quotes: \"1\""),
        .init(.recipe, "MODE: image", "MODE: true", says: "expected a text, found true", fix: "in quotes: \"true\""),
        .init(.recipe, "MODE: image", "MODE: ~", says: "expected a text, found nothing"),
        .init(.recipe, "timeout: 10", "timeout: long", says: "expected a whole number from 1 to 3600"),
        .init(.recipe, "- restart", "- {restart: 1}", says: "expected a key of a server step"),
        .init(
            .recipe, "{copyright-from: gcc-14-base}", "copyright-from", says: "with what it must be told",
            fix: "{copyright-from: <package>}"),
    ]
    private static let names: [Mistake] = [
        .init(
            .recipe, "extends: tls", "extends: tsl", says: "expected the name of a profile, found \"tsl\"", fix: "write tls", seen: false),
        .init(
            .recipe, "extends: dev", "extends: deb", says: "expected the name of a profile, found \"deb\"", fix: "write dev", seen: false),
        .init(
            .base, "suite: trixie", "suite: trixy", says: "expected the name of a suite, found \"trixy\"", fix: "write trixie", seen: false),
        .init(.base, "linux/arm64", "linux/am64", says: "expected the name of a platform", fix: "write linux/amd64"),
        .init(.base, "usr-merge", "usrmerge", says: "expected the name of a step, found \"usrmerge\"", fix: "write usr-merge"),
        .init(.recipe, "[noshell]", "[nohsell]", says: "expected the name of a helper", fix: "write noshell"),
        .init(.recipe, "SIGINT", "SIGNIT", says: "expected the name of a signal", fix: "write SIGINT"),
        .init(.recipe, "rule: elf-closure", "rule: elf-closing", says: "expected the name of a rule", fix: "write elf-closure"),
        .init(.recipe, "compression: zstd", "compression: xz", says: "expected the name of a compression"),
        .init(.recipe, "users: nonroot", "users: noroot", says: "expected the name of a choice of users", fix: "write nonroot"),
        .init(.recipe, "probe: dynamic", "probe: dinamic", says: "expected the name of a probe", fix: "write dynamic"),
        .init(
            .recipe, "answers, drop", "answrs, drop", says: "expected the name of a contract test, found \"answrs\"", fix: "write answers",
            seen: false),
        .init(.recipe, "fpm]", "fmp]", says: "expected the name of a PHP interface", fix: "write fpm"),
    ]
    private static let values: [Mistake] = [
        .init(.recipe, "8080/tcp", "80800/tcp", says: "expected a port from 1 to 65535", seen: false),
        .init(.recipe, "8080/tcp", "\"8080\"", says: "expected a port with its protocol", fix: "write 8080/tcp"),
        .init(.recipe, "{version}", "{vesion}", says: "expected placeholders out of", fix: "write {version}", seen: false),
        .init(.recipe, "\"{version}\"", "\"a b\"", says: "expected a tag"),
        .init(.recipe, "\"{version}\"", "latest", says: "expected a tag other than latest", fix: "image.yaml", seen: false),
        .init(.recipe, "\"{version}\"", "\"-x\"", says: "expected a tag"),
        .init(.recipe, "package:python", "pkg:python", says: "expected package:<name>", fix: "write package:python3.13-minimal"),
        .init(.recipe, "mode: \"0640\"", "mode: \"640\"", says: "expected four octal digits"),
        .init(.recipe, "owner: \"65532:0\"", "owner: \"nonroot:0\"", says: "expected a numeric uid:gid"),
        .init(.recipe, "path: /var/lib/app", "path: var/lib/app", says: "that begins with a slash", fix: "write /var/lib/app"),
        .init(.recipe, "path: /var/lib/app", "path: /var/../app", says: "without . and .. segments", seen: false),
        .init(.recipe, "/etc/{triplet}", "/etc/{tripled}", says: "no other placeholder", fix: "write {triplet}", seen: false),
        .init(.base, "usr/share/man", "/usr/share/man", says: "without leading slash", fix: "write usr/share/man"),
        .init(.base, "[usr/share/man,", "[\"usr/share/{man\",", says: "with every brace closed", seen: false),
        .init(.recipe, "2024-10-07", "2024-02-31", says: "expected a day of the calendar", seen: false),
        .init(.recipe, "2024-10-07", "October 2024", says: "expected a day"),
        .init(.recipe, "media-types", "Media", says: "expected a package name"),
        .init(.recipe, "title: Python 3.13", "title: \"  \"", says: "expected one line of text"),
        .init(.recipe, "send-hex: \"00ff\"", "send-hex: \"00f\"", says: "expected pairs of hexadecimal digits"),
        .init(.base, "LANG: C", "1LANG: C", says: "expected a variable name such as LANG, found the key \"1LANG\""),
        .init(.base, "65532:65532", "nonroot", says: "expected a numeric uid:gid"),
    ]
    private static let across: [Mistake] = [
        .init(.recipe, "2024-10-07", "2029-10-31", says: "expected end-of-life after release", seen: false),
        .init(.base, "65532:65532", "0:0", says: "expected run-as a user that is not root", fix: "numeric-non-root-user", seen: false),
        .init(.recipe, "name: answers", "name: imports its C modules", says: "expected each contract test once", seen: false),
        .init(.recipe, "args: [", "run: [x]\n    args: [", says: "expected either run or args", seen: false),
        .init(.recipe, "probe: dynamic", "probe: dynamic\n    run: [x]", says: "expected either run or probe", seen: false),
        .init(.recipe, "drop: nothing listens", "drop: x, run: [x]", says: "expected nothing but name and drop", seen: false),
        .init(.recipe, "users: nonroot", "users: root", says: "expected a test as users that are not root", fix: "variant", seen: false),
        .init(.recipe, "- kill:", "- kill: {at: /x}\n        - kill:", says: "expected a key of a kill step"),
        .init(.recipe, "send-hex: \"00ff\"", "send-hex: \"00ff\", send: a", says: "expected either send or send-hex", seen: false),
        .init(.recipe, "content: \"a", "source: x, content: \"a", says: "expected either content or source", seen: false),
        .init(
            .recipe, "files/app.conf", "files/ap.conf", says: "expected the file files/ap.conf", fix: "write files/app.conf", seen: false),
        .init(.recipe, "package: media-types", "package: tzdata", says: "found tzdata, which profile:base asks for", seen: false),
        .init(.recipe, "package: media-types", "package: python3.13-minimal", says: "found python3.13-minimal in both", seen: false),
        .init(.recipe, "start: [", "cmd: [", says: "expected each key once, found \"cmd\" again", seen: false),
        .init(.base, "suite: trixie\n", "extends: tls\n", says: "expected profiles that end at one without extends", seen: false),
        .init(.base, "suite: trixie\n", "", says: "expected the key suite", seen: false),
        .init(.recipe, "stream: \"3.13\"", "stream: \"3.14\"", says: "expected the stream that the file is named after", seen: false),
        .init(
            .older, "extends: base", "extends: base\nhelpers: [noshell]", says: "expected a start plan for the helpers noshell", seen: false
        ),
    ]
    private static let plans: [Mistake] = [
        .init(.recipe, "mkdir 0700", "mkdri 0700", says: "expected the name of a start verb", fix: "write mkdir", seen: false),
        .init(.recipe, "mkdir 0700", "unless /x", says: "expected an end for each unless and with", fix: "add end", seen: false),
        .init(.recipe, "mkdir 0700 ${DATA}", "end", says: "expected an unless or with before each end", seen: false),
        .init(.recipe, ", \"exec /usr/bin/python3.13\"", "", says: "expected a plan whose last line is exec", seen: false),
    ]
    private static let otherFiles: [Mistake] = [
        .init(.image, "latest: \"3.13\"", "latest: \"3.12\"", says: "expected the name of a stream", fix: "write 3.13", seen: false),
        .init(.image, "latest:", "streams: [\"3.1\"]\nlatest:", says: "expected the name of a stream, found \"3.1\"", seen: false),
        .init(.image, "title: Python\n", "", says: "expected the key title in image.yaml"),
        .init(.image, "licence: PSF-2.0", "licence: PSF-2.0 AND", says: "expected an SPDX licence expression", seen: false),
        .init(.suite, ", maximum-age-days: 120", "", says: "expected maximum-age-days", seen: false),
        .init(.suite, "04B5", "04b5", says: "expected a full key fingerprint"),
        .init(.suite, "archives:", "name: bookworm\narchives:", says: "expected the name of the file, trixie", seen: false),
        .init(.scripts, "emulate: [ca-bundle]", "emulate: [ca-bundel]", says: "expected the name of a step", fix: "write ca-bundle"),
        .init(.scripts, "ignore: upgrade only", "note: x", says: "expected either ignore or emulate, found neither", seen: false),
        .init(.scripts, "{prerm:", "{prermm:", says: "expected a kind of script"),
        .init(.scripts, Sample.hash(2), Sample.hash(1), says: "expected each script once", seen: false),
    ]
}

@Suite struct MistakeTests {
    @Test(arguments: Mistake.all) func `a mistake is refused with its place and its remedy`(_ mistake: Mistake) throws {
        #expect(mistake.line > 0, "the sample no longer holds what is to be changed")
        let found = try Sample.diagnoses(changing: [mistake.path: mistake.text])
        let match = found.first { $0.summary.contains(mistake.says) }
        #expect(match != nil, "\(found.map(\.rendered).joined(separator: "\n"))")
        #expect(mistake.fix.isEmpty || match?.remedy.contains(mistake.fix) == true, "\(match?.remedy ?? "")")
        #expect(match?.remedy.isEmpty != true)
    }

    @Test(arguments: Mistake.all.filter { $0.isSeenBySchema && !$0.says.contains("expected the key") })
    func `the place is the line of the mistake`(_ mistake: Mistake) throws {
        let found = try Sample.diagnoses(changing: [mistake.path: mistake.text])
        #expect(found.contains { $0.summary.hasPrefix("catalog/\(mistake.path):\(mistake.line):") }, "\(found.map(\.summary))")
    }

    @Test func `all mistakes of a file are told at once`() throws {
        let text = """
            stream: 3.13
            extends: nowhere
            plattforms: [linux/amd64]
            entrypoint: x
            contents:
              packages: [Bad, {package: a1}]
            """
        let found = try Sample.diagnoses(changing: ["images/python/3.13.yaml": text]).map(\.summary)
        #expect(found.count == 6, "\(found)")
        #expect(found.contains { $0.hasPrefix("catalog/images/python/3.13.yaml:6:14: contents.packages[0]:") })
    }

    @Test func `a mistake of a profile is told once`() throws {
        let found = try Sample.diagnoses(changing: ["profiles/base.yaml": "suite: [trixie]"])
        #expect(found.count == 1, "\(found)")
    }

    @Test func `mistakes of another image do not stand in the way`() throws {
        let loader = Sample.loader(changing: ["images/other/image.yaml": "title: [", "images/other/1.yaml": "x"])
        #expect(try loader.recipe("python:3.9").version == .literal("3.9.1"))
        #expect(throws: Diagnoses.self) { try loader.catalog() }
    }
}
