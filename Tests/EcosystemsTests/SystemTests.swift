// SPDX-License-Identifier: Apache-2.0
import Base
import Ecosystems
import SBOM
import Testing

@Suite struct SystemTests {
    private func dpkg(_ text: String) throws -> PackageReading { try Array(text.utf8).withUnsafeBytes { try DpkgDatabase.packages($0) } }

    @Test func `what dpkg has installed is found with its source, and what it removed is not`() throws {
        let reading = try Samples.bytes("dpkg-database", "good-status").withUnsafeBytes { try DpkgDatabase.packages($0) }
        #expect(reading.packages.map(\.name) == ["libc6", "bash"])
        #expect(reading.packages[0].source == "glibc")
        #expect(reading.packages[0].sourceVersion == "2.41-12")
        #expect(reading.packages[1].version == "5.2.37-2+b2")
        #expect(reading.packages[1].sourceVersion == "5.2.37-2")
        #expect(reading.faults.isEmpty)
    }

    @Test func `a Debian package's URL names its source as scanners expect`() throws {
        let debian = Distribution(identifier: "debian", version: "13", name: nil)
        let packages = try Samples.bytes("dpkg-database", "good-status").withUnsafeBytes { try DpkgDatabase.packages($0) }.packages
        #expect(packages[0].purl(on: debian)?.description == "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc")
        #expect(
            packages[1].purl(on: debian)?.description
                == "pkg:deb/debian/bash@5.2.37-2%2Bb2?arch=amd64&distro=debian-13&upstream=bash%405.2.37-2")
    }

    @Test func `a damaged paragraph is told and its neighbours stay`() throws {
        let reading = try dpkg("Package: a\nVersion: 1\n\nno colon here\n\nPackage: b\n\nPackage: c\nVersion: 2\n")
        #expect(reading.packages.map(\.name) == ["a", "c"])
        #expect(reading.faults.count == 2)
    }

    @Test func `more packages than any machine has are refused`() {
        let text = String(repeating: "Package: a\nVersion: 1\n\n", count: DpkgDatabase.recordLimit + 1)
        #expect(throws: EcosystemsError.tooMuch(what: "packages in a dpkg database", limit: DpkgDatabase.recordLimit)) { try dpkg(text) }
    }

    @Test func `lists of files name paths below the root`() throws {
        let list = Array("/.\n/usr\n/usr/bin/bash\n".utf8).withUnsafeBytes { DpkgDatabase.list($0, package: "bash") }
        #expect(list.owned == [OwnedPaths(package: "bash", paths: ["usr", "usr/bin/bash"])])
        let sums = Array("d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n\n".utf8).withUnsafeBytes { DpkgDatabase.sums($0, package: "x") }
        #expect(sums.owned == [OwnedPaths(package: "x", paths: ["usr/bin/a b"])])
    }

    @Test func `apk's packages, sources and paths are found`() throws {
        let reading = try Samples.bytes("apk-database", "good-two").withUnsafeBytes { try ApkDatabase.packages($0) }
        #expect(
            reading.packages.map { "\($0.name) \($0.version) \($0.source ?? "")" } == ["musl 1.2.5-r0 musl", "libcrypto3 3.3.1-r3 openssl"])
        #expect(reading.packages[1].license == "Apache-2.0")
        #expect(reading.owned[0].paths == ["lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1"])
        let alpine = Distribution(identifier: "alpine", version: "3.20.3", name: nil)
        #expect(
            reading.packages[1].purl(on: alpine)?.description
                == "pkg:apk/alpine/libcrypto3@3.3.1-r3?arch=x86_64&distro=alpine-3.20.3&upstream=openssl")
    }

    @Test func `an apk paragraph without a name is told`() throws {
        let reading = try Samples.bytes("apk-database", "good-nameless").withUnsafeBytes { try ApkDatabase.packages($0) }
        #expect(reading.packages.map(\.name) == ["b"])
        #expect(reading.faults.count == 2)
    }

    @Test func `rpm's packages are read out of SQLite, across pages, and its keys are none`() throws {
        let reading = try Samples.bytes("rpm-database", "good-three").withUnsafeBytes { try RPMDatabase.packages($0) }
        #expect(reading.packages.map { "\($0.name) \($0.version)" } == ["bash 5.1.8-9.el9", "shadow-utils 2:4.9-10.el9"])
        #expect(reading.packages[0].license == "GPLv3+")
        #expect(reading.owned[0].paths == ["usr/bin/bash", "usr/bin/sh", "usr/share/man/man1/bash.1.gz"])
        #expect(reading.owned[1].paths.count == 300)
        let rhel = Distribution(identifier: "rhel", version: "9.4", name: nil)
        #expect(
            reading.packages[1].purl(on: rhel)?.description
                == "pkg:rpm/rhel/shadow-utils@4.9-10.el9?arch=x86_64&distro=rhel-9.4&epoch=2&upstream=shadow-utils-4.9-10.el9.src.rpm")
        #expect(reading.faults.isEmpty)
    }

    @Test func `a tree of pages is walked`() throws {
        let reading = try Samples.bytes("rpm-database", "good-many").withUnsafeBytes { try RPMDatabase.packages($0) }
        #expect(reading.packages.count == 60)
    }

    @Test func `a damaged header is told and its neighbours stay`() throws {
        let reading = try Samples.bytes("rpm-database", "good-one-damaged").withUnsafeBytes { try RPMDatabase.packages($0) }
        #expect(reading.packages.map(\.name) == ["bash", "z"])
        #expect(reading.faults.count == 1)
    }

    @Test func `pages that point at each other end`() throws {
        var bytes = try Samples.bytes("rpm-database", "good-many")
        // Every child of an interior page becomes the page itself.
        for start in stride(from: 512, to: bytes.count, by: 512) where bytes[start] == 0x05 {
            let own: [UInt8] = [0, 0, 0, UInt8(start / 512 + 1)]
            bytes.replaceSubrange(start + 8..<start + 12, with: own)
            for cell in 0..<(Int(bytes[start + 3]) << 8 | Int(bytes[start + 4])) {
                let place = start + (Int(bytes[start + 12 + 2 * cell]) << 8 | Int(bytes[start + 13 + 2 * cell]))
                bytes.replaceSubrange(place..<place + 4, with: own)
            }
        }
        let reading = bytes.withUnsafeBytes { try? RPMDatabase.packages($0) }
        #expect(reading?.packages.isEmpty != false)
        #expect((reading?.faults.count ?? 1) > 0)
    }

    @Test func `older databases of rpm are named and not taken for empty`() {
        var berkeley = [UInt8](repeating: 0, count: 512)
        berkeley.replaceSubrange(12..<16, with: [0x61, 0x15, 0x06, 0])
        let words = [berkeley, Array("RpmP".utf8), [1, 2, 3]].map { bytes in
            bytes.withUnsafeBytes { RPMDatabase.olderFormat($0) }.diagnosis.summary
        }
        #expect(words[0].contains("Berkeley DB"))
        #expect(words[1].contains("ndb"))
        #expect(words[2].contains("unknown"))
    }

    @Test(arguments: [
        ("ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=\"Debian 13\"\n", "debian", "13"), ("ID='alpine'\nVERSION_ID=3.20\n", "alpine", "3.20"),
        ("# c\nID=arch\n", "arch", nil),
    ]) func `a distribution is what os-release says`(text: String, identifier: String, version: String?) {
        let found = Array(text.utf8).withUnsafeBytes { Distribution(reading: $0) }
        #expect(found?.identifier == identifier)
        #expect(found?.version == version)
    }
}
