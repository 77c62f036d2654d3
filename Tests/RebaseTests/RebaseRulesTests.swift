// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF
import OCI
import Testing

@testable import Rebase

private typealias R = RootMaker

@Suite struct RebaseRulesTests {
    private func refusals(_ findings: [RebaseFinding]) -> [String] {
        findings.filter { $0.weight == .refusal }.map { "\($0.rule) \($0.path)" }
    }
    private func notes(_ findings: [RebaseFinding]) -> [String] { findings.filter { $0.weight == .note }.map { "\($0.rule) \($0.path)" } }

    @Test func `an application that only adds files is moved without a word`() throws {
        #expect(try R.findings([R.file("app/main.py")], from: [R.file("usr/lib/x", "1")], onto: [R.file("usr/lib/x", "2")]).isEmpty)
    }

    @Test func `a file that the application replaced and the base changes is a refusal`() throws {
        let found = try R.findings([R.file("lib/ssl", "mine")], from: [R.file("lib/ssl", "old")], onto: [R.file("lib/ssl", "fixed")])
        #expect(refusals(found) == ["shadowed-file lib/ssl"])
        #expect(found[0].reason.contains("replaces this file, which the new base changes"))
    }

    @Test func `a file that the application removed and the base changes is a refusal`() throws {
        let found = try R.findings([R.gone("etc/x")], from: [R.file("etc/x", "old")], onto: [R.file("etc/x", "new")])
        #expect(refusals(found) == ["shadowed-file etc/x"])
        #expect(found[0].reason.contains("removes"))
    }

    @Test func `a file that is the same in both bases is told`() throws {
        let found = try R.findings([R.file("etc/x", "mine")], from: [R.file("etc/x", "a")], onto: [R.file("etc/x", "a")])
        #expect(refusals(found).isEmpty && notes(found) == ["shadowed-file etc/x"])
    }

    @Test func `a file that the new base brings where the application has one is a refusal, unless they are equal`() throws {
        #expect(refusals(try R.findings([R.file("opt/x", "mine")], from: [], onto: [R.file("opt/x", "new")])) == ["shadowed-file opt/x"])
        #expect(try R.findings([R.file("opt/x", "new")], from: [], onto: [R.file("opt/x", "new")]).isEmpty)
    }

    @Test func `records of packages that describe the old base are a refusal`() throws {
        let path = "var/lib/dpkg/status.d/libc6"
        let replaced = try R.findings([R.file(path, "mine")], from: [R.file(path, "1")], onto: [R.file(path, "2")])
        #expect(refusals(replaced) == ["package-records \(path)"])
        #expect(refusals(try R.findings([R.file("var/lib/dpkg/status")], from: [], onto: [])) == ["package-records var/lib/dpkg/status"])
        // One more package beside those of the base describes the application.
        #expect(try R.findings([R.file("var/lib/dpkg/status.d/tool")], from: [], onto: []).isEmpty)
    }

    @Test func `a library that is gone, or has another name, is a refusal`() throws {
        let old = R.library("usr/lib/libssl.so.3", "3", soname: "libssl.so.3")
        let app = R.program("app/tool", needed: ["libssl.so.3"])
        #expect(
            refusals(try R.findings([app], from: [old], onto: [R.library("usr/lib/libssl.so.4", "4", soname: "libssl.so.4")])) == [
                "library-closure app/tool"
            ])
        let renamed = try R.findings([app], from: [old], onto: [R.library("usr/lib/libssl.so.3", "4", soname: "libssl.so.4")])
        #expect(refusals(renamed) == ["library-closure app/tool"])
        #expect(renamed.contains { $0.reason.contains("named libssl.so.4, not libssl.so.3") })
    }

    @Test func `versions of symbols that a program asks for must still be there`() throws {
        let app = R.program("app/tool", needed: ["libc.so.6"])
        let asked = SymbolVersions(needed: ["libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.38"]])
        func versions(_ provided: [String]) -> [String: SymbolVersions] {
            ["app/tool": asked, "usr/lib/libc.so.6": SymbolVersions(provided: provided)]
        }
        let library = { (text: String) in R.library("usr/lib/libc.so.6", text, soname: "libc.so.6") }
        let older = try R.findings(
            [app], from: [library("1")], onto: [library("2")], versions: versions(["GLIBC_2.2.5", "GLIBC_2.38"]),
            newVersions: versions(["GLIBC_2.2.5"]))
        #expect(refusals(older) == ["library-closure app/tool"])
        #expect(older[0].reason.contains("GLIBC_2.38"))
        let newer = try R.findings(
            [app], from: [library("1")], onto: [library("2")], versions: versions(["GLIBC_2.2.5", "GLIBC_2.38"]),
            newVersions: versions(["GLIBC_2.2.5", "GLIBC_2.38", "GLIBC_2.40"]))
        #expect(newer.isEmpty)
    }

    @Test func `a program of the new base that finds the application's library instead of its own is held against it`() throws {
        let base = { (text: String) in
            [R.library("usr/lib/libz.so.1", text, soname: "libz.so.1"), R.program("usr/bin/py", text, needed: ["libz.so.1"])]
        }
        let found = try R.findings(
            [R.library("usr/lib/libz.so.1", "mine", soname: "libz.so.1")], from: base("1"), onto: base("2"),
            versions: [
                "usr/bin/py": SymbolVersions(needed: ["libz.so.1": ["Z_2"]]), "usr/lib/libz.so.1": SymbolVersions(provided: ["Z_2"]),
            ])
        // The maker of these roots has one list of versions for a path: the file itself is told anyway.
        #expect(refusals(found) == ["shadowed-file usr/lib/libz.so.1"])
    }

    @Test func `what did not work before is nobody's change`() throws {
        #expect(try R.findings([R.program("app/tool", needed: ["libnone.so"], interpreter: "/lib/none")], from: [], onto: []).isEmpty)
        #expect(try R.findings([R.link("app/l", "/nowhere")], from: [], onto: []).isEmpty)
    }

    @Test func `interpreters of programs and scripts must still be there`() throws {
        let base = [R.file("lib64/ld.so"), R.file("usr/bin/python3.13")]
        let app = [
            R.program("app/tool", needed: [], interpreter: "/lib64/ld.so"), R.file("app/a.py", interpreter: "python3.13"),
            R.file("app/b.py", interpreter: "/usr/bin/python3.13"),
        ]
        #expect(try R.findings(app, from: base, onto: base).isEmpty)
        #expect(
            refusals(try R.findings(app, from: base, onto: [])).filter { $0.hasPrefix("interpreter") } == [
                "interpreter app/a.py", "interpreter app/b.py", "interpreter app/tool",
            ])
    }

    @Test func `links into the base must still lead somewhere`() throws {
        let found = try R.findings([R.link("app/venv/python", "/usr/bin/py")], from: [R.file("usr/bin/py")], onto: [R.file("usr/bin/py4")])
        #expect(refusals(found) == ["dangling-link app/venv/python"])
    }

    @Test func `what a container starts must be there`() throws {
        let found = try R.findings(
            [], from: [R.file("usr/bin/py")], onto: [R.file("usr/bin/py4")], config: ["Entrypoint": ["/usr/bin/py"], "User": "1"])
        #expect(refusals(found).contains("start-program "))
    }

    @Test(arguments: [
        ("usr/bin/python3.13", "usr/bin/python3.14"),
        ("usr/lib/jvm/java-21-openjdk-amd64/bin/java", "usr/lib/jvm/java-25-openjdk-amd64/bin/java"),
        ("usr/lib/php/20240924/x.so", "usr/lib/php/20250925/x.so"), ("usr/lib/ruby/3.3.0/x", "usr/lib/ruby/3.4.0/x"),
        ("usr/share/perl/5.40/x", "usr/share/perl/5.42/x"),
    ]) func `another version of a runtime is a refusal`(old: String, new: String) throws {
        #expect(refusals(try R.findings([], from: [R.file(old)], onto: [R.file(new)])) == ["runtime-version "])
        #expect(try R.findings([], from: [R.file(old, "1")], onto: [R.file(old, "2")]).isEmpty)
    }

    @Test func `what could not be read is a refusal, a file that was only hashed is told`() throws {
        let found = try R.findings(
            [R.file("model.bin")], from: [], onto: [],
            unread: [
                Unread(path: "model.bin", layer: 1, reason: "hashed"), Unread(path: "up", layer: 1, reason: "leads out"),
                Unread(path: "b", layer: 0, reason: "base's"),
            ])
        #expect(refusals(found) == ["readable-layers up"])
        #expect(notes(found) == ["readable-layers model.bin"])
    }

    @Test func `many findings of one rule are counted`() throws {
        let old = (0..<100).map { R.file("etc/\($0)", "1") }
        let found = try R.findings((0..<100).map { R.gone("etc/\($0)") }, from: old, onto: (0..<100).map { R.file("etc/\($0)", "2") })
        #expect(found.count == RebaseJudge.findingLimit + 1)
        #expect(found.last?.reason == "and 60 more of this rule" && found.last?.weight == .refusal)
    }
}

@Suite struct ReleaseStepTests {
    private func rules(_ old: Release, _ new: Release, _ allowed: VersionStep = .patch) -> [String] {
        RebaseJudge().findings(from: old, onto: new, allowing: allowed).map(\.rule)
    }

    @Test func `patches move by themselves, more must be allowed`() {
        #expect(rules(AppImages.release("3.13.5"), AppImages.release("3.13.6")).isEmpty)
        #expect(rules(AppImages.release("3.13.5"), AppImages.release("3.13.5", 2)).isEmpty)
        #expect(rules(AppImages.release("17.12"), AppImages.release("17.13")) == ["same-version"])
        #expect(rules(AppImages.release("17.12"), AppImages.release("17.13"), .minor).isEmpty)
        #expect(rules(AppImages.release("1.26"), AppImages.release("2.0"), .minor) == ["same-version"])
        #expect(rules(AppImages.release("1.26"), AppImages.release("2.0"), .major).isEmpty)
        #expect(rules(AppImages.release("21.0.13.1+2"), AppImages.release("21.0.14")).isEmpty)
    }

    @Test func `another stream or image is refused whatever is allowed`() {
        #expect(rules(AppImages.release(), AppImages.release(stream: "3.14"), .major) == ["same-stream"])
        #expect(rules(AppImages.release(), AppImages.release(repository: "nginx"), .major) == ["same-stream"])
    }
}
