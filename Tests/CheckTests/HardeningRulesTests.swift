// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Check
import ELF
import OCI
import Testing

@Suite struct HardeningRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var expected: [String]
        var spoil: @Sendable (inout GoodImage) -> Void
        init(_ description: String, _ expected: [String], _ spoil: @escaping @Sendable (inout GoodImage) -> Void) {
            testDescription = description
            self.expected = expected
            self.spoil = spoil
        }
    }

    @Test func `an image that keeps every rule has no findings`() {
        #expect(GoodImage().findings() == [])
    }

    static func adding(_ description: String, _ rules: String..., entry: FileEntry) -> Case {
        Case(description, rules.map { "\($0) \(entry.path)" }) { $0.entries.append(entry) }
    }

    static let programs: [Case] = [
        adding("a shell", "no-shell", entry: .file("usr/bin/dash", mode: 0o755)),
        adding("a shell elsewhere", "no-shell", entry: .file("usr/lib/busybox", mode: 0o755)),
        adding("a link named sh to any program", "no-shell", entry: .link("usr/bin/sh", "hello", "hello")),
        adding("a dangling link named sh among programs", "no-shell", "no-dangling-links", entry: .link("usr/bin/sh", "dash", "hello")),
        adding("a file named sh that cannot run", entry: .file("usr/share/sh")),
        adding("a directory named bash", entry: .directory("usr/share/bash")),
        adding("apt", "no-package-manager", entry: .file("usr/bin/apt-get", mode: 0o755)),
        adding("pip of a version", "no-package-manager", entry: .file("usr/bin/pip3.13", mode: 0o755)),
        adding("cpan of a version", "no-package-manager", entry: .file("usr/bin/cpan5.40-x86_64-linux-gnu", mode: 0o755)),
        adding("a program whose name only begins so", entry: .file("usr/bin/aptly", mode: 0o755)),
        adding("a program with a number", entry: .file("usr/bin/python3.13", mode: 0o755)),
        adding("setuid", "no-setuid", entry: .file("usr/bin/su", mode: 0o4755)),
        adding("setgid", "no-setuid", entry: .file("usr/bin/wall", mode: 0o2755)),
        adding("a setgid directory", entry: .directory("var/mail", mode: 0o2755)),
        adding("capabilities", "no-file-capabilities", entry: .file("usr/bin/ping", mode: 0o755, facts: FileFacts(hasCapabilities: true))),
        adding("a secret", "no-secrets", entry: .file("etc/key.pem", facts: FileFacts(secrets: ["private-key"]))),
        adding(
            "a script without its interpreter", "script-interpreters",
            entry: .file("usr/bin/x", mode: 0o755, facts: FileFacts(interpreter: "/usr/bin/perl"))),
        adding("a script by name", entry: .file("usr/bin/x", mode: 0o755, facts: FileFacts(interpreter: "hello"))),
        adding(
            "a script by a name that is missing", "script-interpreters",
            entry: .file("usr/bin/x", mode: 0o755, facts: FileFacts(interpreter: "perl"))),
        adding("a script that cannot run", entry: .file("usr/share/x", facts: FileFacts(interpreter: "/usr/bin/perl"))),
    ]

    static let paths: [Case] = [
        adding("a world-writable file", "no-world-writable", entry: .file("etc/x", mode: 0o666)),
        adding("another sticky directory", "no-world-writable", entry: .directory("run", mode: 0o1777)),
        adding("something in /dev", "no-devices", entry: .file("dev/null")),
        adding("a file of nobody", "owned-paths", entry: .file("opt", "")),
        adding("a file of a package that is not there", "owned-paths", entry: .file("opt", "perl")),
        adding("a file of an unnamed line", "owned-paths", entry: .file("opt", "recipe:")),
        adding("a status of no package", "status-entries", entry: .file("var/lib/dpkg/status.d/perl", "recipe:files/x")),
        adding("a dangling link", "no-dangling-links", entry: .link("usr/lib/x.so", "x.so.1", "hello")),
        adding("a link to itself", "no-dangling-links", entry: .link("opt", "opt", "hello")),
        adding("a link to a device", entry: .link("opt", "/dev/stdout", "hello")),
        adding(
            "a hard link to nothing", "no-dangling-links",
            entry: FileEntry(path: "opt", kind: .hardlink, mode: 0o644, target: "etc/x", owner: "hello")),
        adding("a manual page", "no-docs", entry: .file("usr/share/man/man1/hello.1.gz")),
        adding("a changelog", "no-docs", entry: .file("usr/share/doc/libc6/changelog.gz")),
        adding("a notice", entry: .file("usr/share/doc/libc6/NOTICE.txt")),
        adding("a file only root may read", "works-as-group-0", entry: .file("etc/shadow", mode: 0o600)),
        adding("a file only group 0 may read", "works-as-group-0", entry: .file("etc/x", mode: 0o640)),
        adding("a program only root may run", "works-as-group-0", entry: .file("usr/bin/x", mode: 0o744)),
        Case("a closed directory with something in it", ["works-as-group-0 root"]) { $0.entries.append(.file("root/x")) },
        Case("a data directory of the user alone", ["works-as-group-0 var/lib/hello"]) { $0.change("var/lib/hello") { $0.mode = 0o700 } },
        Case("a data directory of another group", ["works-as-group-0 var/lib/hello"]) { $0.change("var/lib/hello") { $0.gid = 65532 } },
        Case("a data directory of root", ["works-as-group-0 var/lib/hello"]) { $0.change("var/lib/hello") { $0.uid = 0 } },
        Case("a volume that is not in the image", []) { $0.recipe.volumes = ["/data"] },
        Case("tmp not sticky", ["no-world-writable tmp", "tmp-is-sticky tmp"]) { $0.change("tmp") { $0.mode = 0o777 } },
        Case("var/tmp missing", ["tmp-is-sticky var/tmp"]) { $0.remove("var/tmp") },
    ]

    static let identity: [Case] = [
        Case("no debian_version", ["os-release-keeps-debian-id etc/debian_version"]) { $0.remove("etc/debian_version") },
        Case("no os-release", ["os-release-keeps-debian-id etc/os-release", "no-dangling-links etc/os-release"]) {
            $0.remove("usr/lib/os-release")
        },
        Case("another ID", ["os-release-keeps-debian-id etc/os-release"]) {
            $0.contents["usr/lib/os-release"] = "ID=ashlar\nVERSION_ID=13\n"
        },
        Case("no version", ["os-release-keeps-debian-id etc/os-release"]) {
            $0.contents["usr/lib/os-release"] = "ID=debian\nVERSION_ID=\"\"\n"
        },
        Case("a package without status", ["status-entries var/lib/dpkg/status.d/hello"]) { $0.remove("var/lib/dpkg/status.d/hello") },
        Case("a package without checksums", ["status-entries var/lib/dpkg/status.d/hello.md5sums"]) {
            $0.remove("var/lib/dpkg/status.d/hello.md5sums")
        },
        Case("checksums of a file that is not there", ["status-entries var/lib/dpkg/status.d/hello.md5sums"]) {
            $0.contents["var/lib/dpkg/status.d/hello.md5sums"] = "d41d8cd98f00b204e9800998ecf8427e  usr/bin/gone\n"
        },
        Case("no copyright file", ["licences-kept usr/share/doc/base-files/copyright"]) { $0.remove("usr/share/doc/base-files/copyright") },
        Case("user root", ["numeric-non-root-user"]) { $0.recipe.runAs = "0:0" },
        Case("a user by name", ["numeric-non-root-user"]) { $0.recipe.runAs = "nonroot" },
        Case("a user without group", ["numeric-non-root-user"]) { $0.recipe.runAs = "65532" },
        Case("an octal user", ["numeric-non-root-user"]) { $0.recipe.runAs = "065532:0" },
        Case("a user out of range", ["numeric-non-root-user", "works-as-group-0 var/lib/hello"]) { $0.recipe.runAs = "4294967295:65532" },
    ]

    static func needing(_ library: String, runPath: [String] = [], path: String = "opt/app/bin/x", machine: String = "amd64") -> FileEntry {
        .elf(path, "hello", ELFFacts(machine: machine, kind: "library", needed: [library], runPath: runPath))
    }
    static func library(_ path: String, machine: String = "amd64") -> FileEntry {
        .elf(path, "hello", ELFFacts(machine: machine, kind: "library"))
    }

    static let closure: [Case] = [
        adding("a missing library", "elf-closure", entry: needing("libx.so.1")),
        adding("a library in a built-in directory", entry: needing("libc.so.6")),
        adding("a library by its path", entry: needing("/lib/x86_64-linux-gnu/libc.so.6")),
        adding("a library by a relative path", "elf-closure", entry: needing("x86_64-linux-gnu/libc.so.6")),
        adding("another machine", "elf-closure", entry: needing("libc.so.6", machine: "arm64")),
        adding("an object for another machine", entry: .elf("opt", "hello", ELFFacts(machine: "other-247", kind: "object"))),
        Case("a library by origin", []) {
            $0.entries += [needing("liby.so", runPath: ["$ORIGIN/../lib"]), library("opt/app/lib/liby.so")]
        },
        Case("a library by origin in braces", []) {
            $0.entries += [needing("liby.so", runPath: ["/no", "${ORIGIN}"]), library("opt/app/bin/liby.so")]
        },
        Case("a library by the LIB token", []) {
            $0.entries += [needing("liby.so", runPath: ["/opt/$LIB"]), library("opt/lib/x86_64-linux-gnu/liby.so")]
        },
        Case("a library in the directory of another machine", ["elf-closure opt/app/bin/x", "elf-closure opt/app/lib/liby.so"]) {
            $0.entries += [needing("liby.so", runPath: ["$ORIGIN/../lib"]), library("opt/app/lib/liby.so", machine: "arm64")]
        },
        Case("a library in a relative run path", ["elf-closure opt/app/bin/x"]) {
            $0.entries += [needing("liby.so", runPath: ["lib"]), library("lib2/liby.so")]
        },
        Case("a library in a declared directory", []) {
            $0.entries += [needing("liby.so"), library("usr/lib/jvm/lib/server/liby.so")]
            $0.recipe.libraryDirectories = ["usr/lib/jvm/lib/server"]
        },
        Case("a library in a declared pattern", []) {
            $0.entries += [
                needing("liby.so"), .directory("usr/lib/jvm/java-21-amd64/lib"), library("usr/lib/jvm/java-21-amd64/lib/liby.so"),
            ]
            $0.recipe.libraryDirectories = ["usr/lib/jvm/java-*/lib"]
        },
        Case("a library that is a text", ["elf-closure opt/app/bin/x"]) { $0.entries += [needing("liby.so"), .file("usr/lib/liby.so")] },
        Case("no interpreter", ["elf-closure usr/bin/hello", "elf-closure usr/lib/x86_64-linux-gnu/libc.so.6"]) {
            $0.remove("usr/lib/ld-linux-x86-64.so.2")
        },
        Case(
            "the wrong platform",
            ["elf-closure usr/bin/hello", "elf-closure usr/lib/ld-linux-x86-64.so.2", "elf-closure usr/lib/x86_64-linux-gnu/libc.so.6"]
        ) { $0.platform = .arm64 },
    ]

    @Test(arguments: programs + paths + identity + closure) func `each thing that breaks a rule is found, and nothing else`(_ test: Case) {
        var image = GoodImage()
        test.spoil(&image)
        #expect(image.refusals() == test.expected)
    }

    @Test func `every rule is broken by some case`() {
        let broken = Set(
            (Self.programs + Self.paths + Self.identity + Self.closure).flatMap(\.expected).compactMap {
                $0.split(separator: " ").first.map(String.init)
            })
        #expect(broken.sorted() == HardeningChecker().ruleIDs)
    }

    @Test func `every rule explains itself`() {
        for rule in HardeningRules.all {
            #expect(rule.title.hasSuffix(".") && rule.why.hasSuffix(".") && !rule.remedy.hasSuffix("."))
            #expect(rule.id.allSatisfy { $0.isLowercase || $0 == "-" || $0.isNumber })
        }
        #expect(Set(HardeningRules.all.map(\.id)).count == HardeningRules.all.count)
    }

    @Test func `findings do not depend on the order of the entries`() {
        var image = GoodImage()
        image.entries += (0..<20).map { .file("opt/f\($0)", "", mode: 0o666) }
        let findings = image.findings()
        image.entries.reverse()
        #expect(image.findings() == findings)
    }
}
