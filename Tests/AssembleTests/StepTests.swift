// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import TestKit
import Testing

@testable import Assemble

struct StepTests {
    private static let osRelease = """
        PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
        NAME="Debian GNU/Linux"
        VERSION_ID="13"
        VERSION="13 (trixie)"
        VERSION_CODENAME=trixie
        DEBIAN_VERSION_FULL=13.8
        ID=debian
        HOME_URL="https://www.debian.org/"

        """
    private let baseFiles = DebBuilder(
        "base-files",
        entries: [
            .file("./usr/lib/os-release", osRelease), .link("./etc/os-release", to: "../usr/lib/os-release"),
            .file("./etc/debian_version", "13.8\n"),
        ],
        controlFiles: [
            "md5sums": "b1946ac92492d2347c6235b4d2611184  usr/lib/os-release\nb1946ac92492d2347c6235b4d2611184  etc/debian_version\n"
        ])

    private func bench(_ steps: Step...) -> Bench {
        var bench = Bench()
        bench.recipe.steps = steps
        return bench
    }

    @Test func `os-release takes the place of the packaged one`() async throws {
        let bench = bench(.osRelease)
        let image = try await bench.assemble([baseFiles])
        let lines = try #require(try bench.text("usr/lib/os-release", in: image)).split(separator: "\n")
        for line in ["ID=debian", "VERSION_ID=\"13\"", "VERSION_CODENAME=trixie", "NAME=\"Ashlar\""] { #expect(lines.contains(line[...])) }
        #expect(image["usr/lib/os-release"]?.owner == "recipe:steps/os-release")
        #expect(image["etc/os-release"]?.target == "../usr/lib/os-release")
        #expect(
            try bench.text("var/lib/dpkg/status.d/base-files.md5sums", in: image)
                == "b1946ac92492d2347c6235b4d2611184  etc/debian_version\n")
        #expect(image.package("base-files")?.dropped == ["etc/os-release", "usr/lib/os-release"])
        let holders = try bench.layers(image.platforms[0]).filter { $0.paths.contains("usr/lib/os-release") }
        #expect(holders.map(\.layer.origin) == ["configuration"])
    }

    @Test(arguments: [Step.osRelease, .caBundle, .javaTruststore, .busyboxLinks, .phpModules(version: "8.4", interfaces: ["fpm"])])
    func `a step without what it works on says what is missing`(_ step: Step) async throws {
        let refusal = await bench(step).refusal([.program("other")])
        #expect(refusal?.code == "assemble.missing-input")
        #expect(refusal?.summary.contains(step.name) == true)
    }

    @Test func `accounts are those of the recipe, and root and nobody`() async throws {
        var bench = bench(.accounts)
        bench.recipe.users = [
            User(name: "root", uid: 0, gid: 0, home: "/root"), User(name: "app", uid: 1000, gid: 100, home: "/home/app"),
            User(name: "bare", uid: 1001, gid: 100, home: "/"),
        ]
        bench.recipe.groups = [Group(name: "users", gid: 100)]
        let image = try await bench.assemble([])
        #expect(
            try bench.text("etc/passwd", in: image) == """
                root:x:0:0:root:/root:/usr/sbin/nologin
                app:x:1000:100:app:/home/app:/usr/sbin/nologin
                bare:x:1001:100:bare:/:/usr/sbin/nologin
                nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

                """)
        #expect(try bench.text("etc/group", in: image) == "root:x:0:\nusers:x:100:\nnogroup:x:65534:\n")
        #expect(image["home/app"].map { [$0.mode, $0.uid, $0.gid] } == [0o700, 1000, 100])
        #expect(image["root"].map { [$0.mode, $0.uid] } == [0o700, 0])
        #expect(!image.paths.contains(""))
    }

    @Test func `name service and time zone are plain files and links`() async throws {
        let bench = bench(.nsswitch, .timeZone)
        let image = try await bench.assemble([])
        #expect(try bench.text("etc/nsswitch.conf", in: image)?.contains("hosts: files dns\n") == true)
        #expect(image["etc/localtime"]?.target == "/usr/share/zoneinfo/Etc/UTC")
    }

    @Test func `a line of the recipe replaces what a step writes`() async throws {
        var bench = bench(.nsswitch)
        bench.recipe.files = [RecipeFile(path: "etc/nsswitch.conf", content: "hosts: dns\n")]
        #expect(try await bench.text("etc/nsswitch.conf", in: bench.assemble([])) == "hosts: dns\n")
    }

    @Test func `the certificate bundle holds every certificate in the order of names`() async throws {
        let bench = bench(.caBundle)
        let image = try await bench.assemble([.certificates])
        let bundle = try #require(try bench.text("etc/ssl/certs/ca-certificates.crt", in: image))
        #expect(bundle == Certificates.pem("AAAA") + Certificates.pem("BBBB") + Certificates.pem("CCCC"))
        #expect(image["etc/ssl/certs/ca-certificates.crt"]?.owner == "recipe:steps/ca-bundle")
    }

    @Test func `a program of its own package stays, and busybox stands in for the rest`() async throws {
        let bench = bench(.busyboxLinks)
        let applets = ["[", "[[", "ar", "awk", "base64", "busybox", "cat"] + (1...30).map { "x\($0 + 10)" }
        let table = Array(("@" + applets.joined(separator: "\u{0}") + "\u{0}\u{0}").utf8)
        // A decoy comes first: `[` and `[[` without a table behind them.
        let decoy = Array("\u{7F}ELF\u{0}[\u{0}[[\u{0}A\u{0}".utf8)
        let binary: [UInt8] = decoy + [UInt8](repeating: 3, count: 100) + table + [9, 9]
        let busybox = DebBuilder("busybox-static", entries: [.bytes("./bin/busybox", binary, mode: 0o755)])
        let image = try await bench.assemble([busybox, .program("awk")])
        #expect(image["usr/bin/cat"]?.target == "busybox")
        #expect(image["usr/bin/[["]?.owner == "recipe:steps/busybox-links")
        #expect(image["usr/bin/awk"]?.owner == "awk")
        #expect(image["usr/bin/busybox"]?.kind == .file)
        #expect(image.paths.filter { $0.hasPrefix("usr/bin/x") }.count == 30)
        let garbled = busybox.changed { $0.entries = [.bytes("./bin/busybox", Array(binary.prefix(60)))] }
        #expect(await bench.refusal([garbled])?.code == "assemble.missing-input")
    }

    @Test func `every PHP extension is enabled for every interface`() async throws {
        let bench = bench(.phpModules(version: "8.4", interfaces: ["cli", "fpm"]))
        let php = DebBuilder(
            "php8.4-common",
            entries: [
                .file("./usr/lib/php/8.4/php.ini-production.cli", "cli ini\n"), .file("./usr/lib/php/8.4/php.ini-production", "ini\n"),
                .file("./usr/share/php8.4-mysql/mysql/mysqlnd.ini", "; priority=10\nextension=mysqlnd.so\n"),
                .file("./usr/share/php8.4-common/common/ctype.ini", "extension=ctype.so\n"),
                .file("./usr/share/php8.3-common/common/old.ini", "extension=old.so\n"),
                .file("./usr/share/php8.4-common/common/README", ""),
            ])
        let image = try await bench.assemble([php])
        #expect(try bench.text("etc/php/8.4/cli/php.ini", in: image) == "cli ini\n")
        #expect(try bench.text("etc/php/8.4/fpm/php.ini", in: image) == "ini\n")
        #expect(try bench.text("etc/php/8.4/mods-available/ctype.ini", in: image) == "extension=ctype.so\n")
        for interface in ["cli", "fpm"] {
            #expect(image["etc/php/8.4/\(interface)/conf.d/10-mysqlnd.ini"]?.target == "/etc/php/8.4/mods-available/mysqlnd.ini")
            #expect(image["etc/php/8.4/\(interface)/conf.d/20-ctype.ini"] != nil)
        }
        #expect(!image.paths.contains { $0.contains("old") && $0.hasPrefix("etc") })
    }

    @Test func `helpers and the start plan are written, and a missing helper is named`() async throws {
        var bench = Bench()
        bench.recipe.helpers = ["start"]
        bench.recipe.start = ["mkdir /run/{arch}", "exec /usr/bin/tool"]
        #expect(await bench.refusal([])?.code == "assemble.missing-helper")
        bench.helpers = [.amd64: [HelperBinary(name: "start", path: "usr/libexec/ashlar/start", bytes: [1, 2, 3], compiler: "cc")]]
        let image = try await bench.assemble([])
        #expect(try bench.bytes("usr/libexec/ashlar/start", in: image) == [1, 2, 3])
        #expect(image["usr/libexec/ashlar/start"]?.mode == 0o755)
        #expect(try bench.text("etc/ashlar/start.plan", in: image) == "mkdir /run/amd64\nexec /usr/bin/tool\n")
    }

    @Test(arguments: ["usr/.wh.x", "var/lib/dpkg/status.d/fake"]) func `a line of the recipe speaks for no package`(_ path: String)
        async throws
    {
        var bench = Bench()
        bench.recipe.files = [RecipeFile(path: path, content: "")]
        #expect(await bench.refusal([])?.code == "assemble.unsafe-path")
    }

    @Test(
        arguments: [
            ("../b", "usr/a/link", "usr/b"), ("b", "link", "b"), ("/x/./y", "usr/link", "x/y"), ("../../b", "usr/link", nil),
            ("..", "usr/a/link", "usr"), ("../..", "usr/a/link", ""),
        ])
    func `a link's target is a path`(_ target: String, _ link: String, _ expected: String?) {
        #expect(ImagePath.resolve(target, from: link) == expected)
    }

    @Test(
        arguments: [
            ("#!/bin/sh\n", "/bin/sh"), ("#! /usr/bin/python3 -I\n", "/usr/bin/python3"), ("#!/usr/bin/env perl\nx", "perl"),
            ("#!/usr/bin/env -S LANG=C python3 -I\n", "python3"), ("#!\n", nil), ("#!/", "/"), ("text", nil), ("", nil),
        ])
    func `a script names its interpreter`(_ text: String, _ expected: String?) {
        #expect(Array(text.utf8).withUnsafeBytes { Shebang.interpreter(of: $0) } == expected)
    }
}

enum Certificates {
    static func pem(_ base64: String) -> String { "-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n" }
}

extension DebBuilder {
    static var certificates: DebBuilder {
        let folder = "./usr/share/ca-certificates/mozilla/"
        return DebBuilder(
            "ca-certificates", architecture: "all",
            entries: [
                .file(folder + "B_Root.crt", Certificates.pem("BBBB")), .file(folder + "C_Főtanúsítvány.crt", Certificates.pem("CCCC")),
                // Without a last line feed, and behind a link.
                .file(folder + "real", String(Certificates.pem("AAAA").dropLast())), .link(folder + "A_Root.crt", to: "real"),
            ])
    }
}
