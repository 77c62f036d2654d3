// SPDX-License-Identifier: Apache-2.0
import Base
import ELF
import Ecosystems
import SBOM
import TestKit
import Testing

@Suite struct LanguageTests {
    private func go(_ name: String) throws -> PackageReading? {
        try Samples.bytes("go-build-info", name).withUnsafeBytes { bytes in
            try ELFSections(bytes).flatMap { try GoBuildInfo(bytes, $0)?.reading }
        }
    }

    @Test func `Python's metadata end where the description begins`() throws {
        let reading = try Samples.bytes("python-metadata", "good-metadata").withUnsafeBytes { try PythonPackage.metadata($0) }
        #expect(reading.packages.map { "\($0.name) \($0.version) \($0.license ?? "")" } == ["Flask_Login 0.6.3 MIT"])
        #expect(reading.packages[0].purl(on: nil)?.description == "pkg:pypi/flask-login@0.6.3")
    }

    @Test func `a record's paths are resolved and none leaves the root`() throws {
        let bytes = Array("a.py,,\n../../../../../../etc/passwd,,\n../x,,\n\"q,r.py\",,\n/abs,,\n".utf8)
        let reading = bytes.withUnsafeBytes { PythonPackage.record($0, package: "a", in: "usr/lib/site") }
        #expect(reading.owned[0].paths == ["usr/lib/site/a.py", "usr/lib/x", "usr/lib/site/q,r.py"])
    }

    @Test func `an installed npm package is one with name and version`() throws {
        let scoped = try Samples.bytes("npm-manifest", "good-scoped").withUnsafeBytes { try NPMPackage.manifest($0) }
        #expect(scoped?.packages[0].purl(on: nil)?.description == "pkg:npm/%40babel/core@7.24.0")
        #expect(scoped?.packages[0].license == "MIT")
        let old = try Samples.bytes("npm-manifest", "good-old-licences").withUnsafeBytes { try NPMPackage.manifest($0) }
        #expect(old?.packages[0].license == "MIT OR Apache-2.0")
        #expect(try Samples.bytes("npm-manifest", "good-not-a-package").withUnsafeBytes { try NPMPackage.manifest($0) } == nil)
    }

    @Test(arguments: [("good-v3", ["a 1.2.3", "@s/b 2.0.0"]), ("good-v1", ["a 1.0.0", "b 2.0.0"])])
    func `a lock file declares and does not install`(name: String, expected: [String]) throws {
        let reading = try Samples.bytes("npm-lock", name).withUnsafeBytes { try NPMPackage.lock($0) }
        #expect(Set(reading.packages.map { "\($0.name) \($0.version)" }) == Set(expected))
        #expect(reading.packages.allSatisfy { $0.state == .declared })
    }

    @Test(arguments: ["good-inline", "good-without-section", "good-pointers", "good-big-endian"])
    func `a Go program names its modules in both forms`(name: String) throws {
        let packages = try go(name)?.packages.map { "\($0.name) \($0.version)" } ?? []
        let toolchain = name == "good-inline" || name == "good-without-section" ? "1.22.1" : "1.16.5"
        #expect(
            packages == ["example.com/tool v1.4.0", "github.com/BurntSushi/toml v1.3.2", "golang.org/x/net v0.23.0", "stdlib \(toolchain)"])
    }

    @Test func `what was replaced counts, and a program of another compiler is none`() throws {
        #expect(try go("good-no-go") == nil)
        #expect(throws: EcosystemsError.self) { try go("bad-outside") }
        #expect(try go("good-inline")?.packages[1].purl(on: nil)?.description == "pkg:golang/github.com/BurntSushi/toml@v1.3.2")
    }

    @Test func `crates that only built a program are not in it`() throws {
        let reading = try Samples.bytes("rust-audit", "good-three").withUnsafeBytes { try RustAudit.packages($0) }
        #expect(reading.packages.map { "\($0.name) \($0.version)" } == ["app 0.1.0", "serde 1.0.200"])
    }

    @Test func `a Java archive tells its own name, what was shaded into it and what lies inside`() throws {
        let reading = try Samples.bytes("java-archive", "good-nested").withUnsafeBytes {
            try JavaArchive.packages($0, named: "commons-lang3-3.12.0.jar")
        }
        #expect(
            reading.packages.map { "\($0.group ?? "-"):\($0.name):\($0.version) \($0.inside ?? "")" } == [
                "org.apache.commons:commons-lang3:3.12.0 ", "com.shaded:shaded:9.9 ", "log4j:log4j:1.2.17 lib/log4j-1.2.17.jar",
            ])
        #expect(reading.packages[0].license == "Apache-2.0")
        #expect(reading.packages[2].purl(on: nil)?.description == "pkg:maven/log4j/log4j@1.2.17")
    }

    @Test func `an archive with code that says nothing of itself is there without a version`() throws {
        func packages(_ member: String, named name: String) throws -> [String] {
            try StoredZip.bytes([member]).withUnsafeBytes { try JavaArchive.packages($0, named: name) }.packages.map {
                "\($0.group ?? "-"):\($0.name):\($0.version)"
            }
        }
        #expect(try packages("com/example/App.class", named: "app.jar") == ["-:app:"])
        #expect(try packages("com/example/App.class", named: "app-1.2.jar") == ["-:app:1.2"])
        #expect(try packages("com/example/messages.txt", named: "app.jar").isEmpty)
    }

    @Test func `archives in archives end somewhere, and it is said`() throws {
        let reading = try Samples.bytes("java-archive", "good-twelve-deep").withUnsafeBytes { try JavaArchive.packages($0, named: "a.jar") }
        #expect(reading.packages.isEmpty)
        #expect(reading.faults.count == 1)
        #expect(reading.faults.first?.contains("levels deep") == true)
    }
}
