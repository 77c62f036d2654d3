// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM
import Testing

@testable import Ecosystems

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
        #expect(list.owned.map { "\($0.package): \($0.paths.joined(separator: " "))" } == ["bash: usr usr/bin/bash"])
        let sums = Array("d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n\n".utf8).withUnsafeBytes { DpkgDatabase.sums($0, package: "x") }
        #expect(sums.owned.map { "\($0.package): \($0.paths.joined(separator: " "))" } == ["x: usr/bin/a b"])
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

    @Test func `a thousand pointers to the same bytes of a page are no thousand packages`() throws {
        var bytes = try Samples.bytes("rpm-database", "good-many")
        func short(_ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
        var pointers = 0
        for page in stride(from: 512, to: bytes.count, by: 512) where bytes[page] == 0x0D && short(page + 3) > 0 {
            let cell = (0..<short(page + 3)).map { short(page + 8 + 2 * $0) }.max() ?? 0
            let count = (cell - 8) / 2
            pointers += count
            bytes.replaceSubrange(page + 3..<page + 5, with: [UInt8(count >> 8), UInt8(count & 0xFF)])
            for index in 0..<count {
                bytes.replaceSubrange(page + 8 + 2 * index..<page + 10 + 2 * index, with: [UInt8(cell >> 8), UInt8(cell & 0xFF)])
            }
        }
        let reading = try bytes.withUnsafeBytes { try RPMDatabase.packages($0) }
        #expect(pointers > 1000)
        #expect(reading.packages.count < 200, "\(pointers) pointers")
        #expect(!reading.faults.isEmpty)
    }

    /// A header whose one folder has a long name, and whose files are all in it.
    private func header(folder: Int, files: Int) -> [UInt8] {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        let values: [(tag: Int, type: Int, count: Int, bytes: [UInt8])] = [
            (1000, 6, 1, Array("bomb\0".utf8)), (1001, 6, 1, Array("1\0".utf8)), (1002, 6, 1, Array("1\0".utf8)),
            (1116, 4, files, [UInt8](repeating: 0, count: 4 * files)),
            (1117, 8, files, [UInt8](repeating: 0x61, count: 2 * files).enumerated().map { $0.offset % 2 == 0 ? $0.element : 0 }),
            (1118, 8, 1, [UInt8](repeating: 0x62, count: folder) + [0]),
        ]
        var (index, store): ([UInt8], [UInt8]) = ([], [])
        for value in values {
            index += word(value.tag) + word(value.type) + word(store.count) + word(value.count)
            store += value.bytes
        }
        return word(values.count) + word(store.count) + index + store
    }

    @Test func `a folder's name that is long and has many files does not fill the memory`() throws {
        let header = header(folder: 4000, files: 200_000)
        var reading = PackageReading()
        try header.withUnsafeBytes { try RPMHeader($0).read(into: &reading) }
        #expect(reading.packages.map(\.name) == ["bomb"])
        #expect(reading.ownedBytes <= PackageReading.ownedByteLimit)
        #expect(reading.faults.count == 1)
        #expect(reading.faults.first?.contains("is not read") == true)
    }

    @Test func `a path that no system opens is told, and its neighbours stay`() throws {
        var reading = PackageReading()
        try self.header(folder: PackageReading.pathLimit, files: 1).withUnsafeBytes { try RPMHeader($0).read(into: &reading) }
        try self.header(folder: 3, files: 1).withUnsafeBytes { try RPMHeader($0).read(into: &reading) }
        #expect(reading.owned.map(\.paths) == [[], ["bbba"]])
        #expect(reading.faults == ["a path of 4097 bytes"])
    }

    @Test func `files of an apk package in a folder with a long name do not fill the memory`() throws {
        let text = "P:a\nV:1\nF:\(String(repeating: "f", count: 4000))\n" + String(repeating: "R:x\n", count: 100_000) + "\nP:b\nV:1\n"
        let reading = try Array(text.utf8).withUnsafeBytes { try ApkDatabase.packages($0) }
        #expect(reading.packages.map(\.name) == ["a", "b"])
        #expect(reading.ownedBytes <= PackageReading.ownedByteLimit)
        #expect(reading.faults.count == 1)
    }

    @Test func `lists of more files than any package has end, and it is said`() {
        let count = PackageReading.ownedCountLimit + 10
        let list = Array(String(repeating: "/a\n", count: count).utf8).withUnsafeBytes { DpkgDatabase.list($0, package: "a") }
        let record = Array(String(repeating: "a,\n", count: count).utf8).withUnsafeBytes {
            PythonPackage.record($0, package: "a", in: "usr/lib")
        }
        for reading in [list, record] {
            #expect(reading.ownedCount == PackageReading.ownedCountLimit)
            #expect(reading.faults.count == 1)
        }
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
