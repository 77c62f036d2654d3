// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Check
import ELF
import OCI
import Testing
import VEX

@Suite struct StatementProverTests {
    static func statement(_ evidence: TriageEvidence...) -> TriageStatement {
        TriageStatement(
            place: Place(file: "catalog/vex/a.yaml"), vulnerability: "CVE-2025-1", aliases: [], images: [], streams: [],
            package: TriagePackage(name: .binary("hello"), versions: .exactly(["1"])), status: .notAffected,
            justification: .vulnerableCodeNotPresent, impact: nil, action: nil, notes: nil, evidence: evidence, author: "Ada",
            timestamp: Timestamp(seconds: 0), expires: Timestamp(seconds: 1))
    }

    /// The good image with a library that nothing loads, one that a plug-in loads, and a script.
    static func image() -> GoodImage {
        var image = GoodImage()
        let folder = "usr/lib/x86_64-linux-gnu"
        func library(_ path: String, _ soname: String, _ needed: [String] = []) -> FileEntry {
            var entry = FileEntry.elf(path, "hello", ELFFacts(machine: "amd64", kind: "library", soname: soname, needed: needed))
            entry.size = 1000
            return entry
        }
        image.entries += [
            library("\(folder)/libidle.so.1.2", "libidle.so.1"), .link("\(folder)/libidle.so.1", "libidle.so.1.2", "hello"),
            library("\(folder)/libused.so.1", "libused.so.1"), library("\(folder)/libdeep.so.1", "libdeep.so.1"),
            library("\(folder)/plugins/plugin.so", "plugin.so", ["libused.so.1"]),
        ]
        image.change("usr/lib/x86_64-linux-gnu/libused.so.1") { $0.facts?.elf?.needed = ["libdeep.so.1"] }
        for index in image.entries.indices where image.entries[index].kind == .file { image.entries[index].size = 1000 }
        return image
    }

    static func prove(_ evidence: TriageEvidence, _ image: GoodImage = image(), files: [String: [UInt8]] = [:]) -> TriageProof? {
        var prover = StatementProver(image.image, image.recipe) { files[$0] ?? Array("nothing in particular".utf8) }
        return prover.prove(statement(evidence)).first
    }

    @Test func `what is not there is proved, what is there refutes`() {
        #expect(Self.prove(.packageAbsent("openssl"))?.outcome == .proved)
        let package = Self.prove(.packageAbsent("libc6"))
        #expect(package?.outcome == .refuted && package?.detail == "libc6 1")
        #expect(Self.prove(.pathAbsent("usr/lib/**/libminizip*"))?.outcome == .proved)
        let path = Self.prove(.pathAbsent("usr/bin/hello*"))
        #expect(path?.outcome == .refuted && path?.detail == "usr/bin/hello and 1 more")
        #expect(Self.prove(.onlyArchitectures(["s390x", "i386"]))?.outcome == .proved)
        #expect(Self.prove(.onlyArchitectures(["s390x", "amd64"]))?.detail == "the image is for amd64")
        #expect(Self.prove(.review("I looked"))?.outcome == .stated)
    }

    @Test func `a source of which a package holds a copy is not absent`() throws {
        let good = Self.image()
        var image = good.image
        let hello = try #require(image.packages.firstIndex { $0.locked.name == "hello" })
        image.packages[hello].control = "Package: hello\nStatic-Built-Using: openssl (= 3.5.1-1),\n golang-1.24 (= 1.24.4-1)\n"
        var prover = StatementProver(image, good.recipe) { _ in nil }
        let copy = prover.prove(Self.statement(.packageAbsent("openssl"))).first
        #expect(copy?.outcome == .refuted && copy?.detail == "hello was built with a copy of openssl 3.5.1-1")
        #expect(prover.prove(Self.statement(.packageAbsent("golang-1.24"))).first?.outcome == .refuted)
        #expect(prover.prove(Self.statement(.packageAbsent("zlib"))).first?.outcome == .proved)
    }

    @Test func `a library that nothing loads is proved, with what is taken for granted`() {
        let proof = Self.prove(.libraryUnreachable("libidle.so.1"))
        #expect(proof?.outcome == .proved, "\(proof?.detail ?? "")")
        #expect(proof?.assumptions.count == 2)
    }

    @Test func `a library that a program or a module loads refutes, with the way to it`() {
        let proof = Self.prove(.libraryUnreachable("libdeep.so.1"))
        let folder = "usr/lib/x86_64-linux-gnu"
        #expect(proof?.outcome == .refuted)
        #expect(proof?.detail == "\(folder)/plugins/plugin.so -> \(folder)/libused.so.1 -> \(folder)/libdeep.so.1")
        #expect(Self.prove(.libraryUnreachable("libc.so.6"))?.detail == "usr/bin/hello -> \(folder)/libc.so.6")
    }

    @Test func `a library that some file names may be opened while a program runs`() {
        let proof = Self.prove(.libraryUnreachable("libidle.so.1"), files: ["usr/bin/hello-script": Array("dlopen(\"libidle.so\")".utf8)])
        #expect(proof?.outcome == .refuted && proof?.detail == "usr/bin/hello-script has the text libidle.so, and might open it")
        var prover = StatementProver(Self.image().image, Self.image().recipe) { _ in nil }
        let unread = prover.prove(Self.statement(.libraryUnreachable("libidle.so.1"))).first
        #expect(unread?.outcome == .refuted && unread?.detail.contains("could not be read") == true)
    }

    @Test func `a library that is not there is not unreachable but absent`() {
        let proof = Self.prove(.libraryUnreachable("libgone.so.1"))
        #expect(proof?.outcome == .refuted && proof?.detail.contains("path-absent") == true)
    }

    @Test func `a symbol table that cannot be read proves nothing`() {
        let files = "usr/lib/**/libidle.so*"
        #expect(Self.prove(.symbolAbsent(files: files, symbol: "f"))?.detail.contains("no dynamic symbol table") == true)
        #expect(Self.prove(.symbolAbsent(files: "usr/lib/**/libgone*", symbol: "f"))?.outcome == .refuted)
    }

    @Test func `nothing is said about a platform without the package`() {
        var image = Self.image()
        image.packages = ["base-files", "libc6"]
        var prover = StatementProver(image.image, image.recipe) { _ in nil }
        #expect(prover.prove(Self.statement(.packageAbsent("openssl"))).isEmpty)
    }
}
