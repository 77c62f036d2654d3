// SPDX-License-Identifier: Apache-2.0
import Base
import Debian
import TestKit
import Testing

@Suite struct PackageIndexTests {
    static let archive = VirtualArchive(
        "trixie",
        [
            VirtualPackage(
                "libc6", "2.41-12",
                [
                    "Source": "glibc (2.41-11)", "Multi-Arch": "same", "Priority": "required", "Depends": "libgcc-s1",
                    "Installed-Size": "13226",
                ]),
            VirtualPackage(
                "mawk", "1.3.4-1", ["Provides": "awk, awk-posix (= 1.2), odd (>= 3)", "Essential": "yes", "Multi-Arch": "foreign"]),
            VirtualPackage("gawk", "1:5.2.1-2+b1", ["Provides": "awk", "Source": "gawk", "Pre-Depends": "a,\n b | c"]),
            VirtualPackage(
                "libc6", "2.42-1", architecture: "all", ["Conflicts": "x", "Breaks": "y", "Replaces": "z", "multi-arch": "allowed"]),
            VirtualPackage("arm", architecture: "arm64"),
        ])

    @Test func `fields are read back`() throws {
        let index = try Self.archive.index()
        #expect(index.count == 4)
        let all = index.candidates(named: "libc6")
        #expect(all.map(\.version.description) == ["2.41-12", "2.42-1"])
        let libc = try #require(all.first)
        #expect(libc.architecture == "amd64")
        #expect((libc.source, libc.sourceVersion.description) == ("glibc", "2.41-11"))
        #expect((libc.priority, libc.multiArch, libc.isEssential) == ("required", .same, false))
        #expect(libc.installedSize == 13226)
        let deb = try Self.archive.packages[0].deb()
        #expect(libc.digest == Digest.sha256(of: deb))
        #expect(libc.size == deb.count)
        #expect(libc.path == "pool/main/l/libc6/libc6_2.41-12_amd64.deb")
        #expect(try libc.relations(.depends).map(\.description) == ["libgcc-s1"])
        #expect(try libc.relations(.conflicts).isEmpty)
        #expect(try all[1].relations(.conflicts).map(\.description) == ["x"])
        #expect(try all[1].relations(.breaks).map(\.description) == ["y"])
        #expect(try all[1].relations(.replaces).map(\.description) == ["z"])
        #expect(all[1].multiArch == .allowed)
        #expect((all[1].source, all[1].sourceVersion.description) == ("libc6", "2.42-1"))
        let gawk = try #require(index.candidates(named: "gawk").first)
        #expect((gawk.source, gawk.sourceVersion.description) == ("gawk", "1:5.2.1-2+b1"))
        #expect(try gawk.relations(.preDepends).map(\.description) == ["a", "b | c"])
        #expect(libc.compareVersion(with: all[1]) < 0)
        #expect(index.candidates(named: "arm").isEmpty)
        #expect(index.candidates(named: "").isEmpty)
    }

    @Test func `provided names are found with their versions`() throws {
        let index = try Self.archive.index()
        #expect(index.providers(of: "awk").map(\.record.name) == ["mawk", "gawk"])
        #expect(index.providers(of: "awk").allSatisfy { $0.version == nil })
        #expect(index.providers(of: "awk-posix").map { $0.version?.description } == ["1.2"])
        // Only an exact version is one (Policy 7.5).
        #expect(index.providers(of: "odd").map { $0.version?.description } == [nil])
        #expect(index.providers(of: "mawk").isEmpty)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000]) func `pieces may end anywhere`(size: Int) throws {
        let text = Array(try Self.archive.packagesText(architecture: "amd64").utf8)
        var whole = PackageIndexBuilder()
        try whole.append(text)
        var pieces = PackageIndexBuilder()
        for start in stride(from: 0, to: text.count, by: size) { try pieces.append(Array(text[start..<min(start + size, text.count)])) }
        #expect(try whole.finish() == pieces.finish())
    }

    @Test func `many names share a table`() throws {
        let packages = (0..<500).map { VirtualPackage("p\($0)", "1", ["Provides": "v\($0 % 7), w\($0)"]) }
        let index = try VirtualArchive("x", packages).index()
        for number in 0..<500 { #expect(index.candidates(named: "p\(number)").map(\.number) == [number]) }
        #expect(index.providers(of: "v3").count == 71)
        #expect(index.namesResembling("p4999").contains("p499"))
        #expect(Spelling.nearest(to: "p4999", among: index.namesResembling("p4999")) != nil)
        #expect(index.record(499)?.name == "p499")
        #expect(index.record(500) == nil)
        #expect(index.record(-1) == nil)
    }

    static let stanza =
        "Package: a\nVersion: 1\nArchitecture: all\nFilename: pool/a.deb\nSize: 1\nSHA256: \(String(repeating: "0f", count: 32))\n"
    @Test func `the smallest paragraph is enough and an empty file is an empty index`() throws {
        var builder = PackageIndexBuilder()
        try builder.append(Array(Self.stanza.utf8))
        #expect(try PackageIndex(builder.finish()).candidates(named: "a").first?.digest.hex == String(repeating: "0f", count: 32))
        var empty = PackageIndexBuilder()
        #expect(try PackageIndex(empty.finish()).candidates(named: "a").isEmpty)
    }

    @Test(arguments: [
        ("Package: a\n", ""), ("Package: a", "Package: A/b"), ("Version: 1\n", ""), ("Version: 1", "Version: 1_2"),
        ("pool/a.deb", "../a.deb"),
        ("pool/a.deb", "/a.deb"), ("Size: 1", "Size: x"), ("Size: 1", "Size: 0"), ("0f0f", "0F0F"), ("0f0f", "0g0f"), ("0f0f", "0f"),
        ("Size: 1\n", "Size: 1\nSize: 2\n"), ("Size: 1\n", "Size: 1\nProvides: a (\n"), ("Architecture: all", "Architecture: a/b"),
    ]) func `an unusable paragraph is refused`(old: String, new: String) {
        var builder = PackageIndexBuilder()
        let range = Self.stanza.firstRange(of: old)
        let text = range.map { Self.stanza.replacingCharacters(in: $0, new) } ?? ""
        #expect(throws: DebianError.self) {
            try builder.append(Array((text + "\n").utf8))
            _ = try builder.finish()
        }
    }

    @Test func `limits hold`() {
        var small = PackageIndexBuilder(limits: .init(textBytes: 100))
        #expect(throws: DebianError.tooLarge(what: "bytes of a Packages file", limit: 100)) { try small.append(Array(Self.stanza.utf8)) }
        var stanza = PackageIndexBuilder(limits: .init(stanzaBytes: 20))
        #expect(throws: DebianError.tooLarge(what: "bytes in one paragraph", limit: 20)) { try stanza.append(Array(Self.stanza.utf8)) }
        var records = PackageIndexBuilder(limits: .init(records: 1))
        #expect(throws: DebianError.tooLarge(what: "packages in an index", limit: 1)) {
            try records.append(Array((Self.stanza + "\n" + Self.stanza + "\n").utf8))
        }
    }

    @Test func `a compressed index is built in one call`() throws {
        let bytes = try #require(try Self.archive.files()["dists/trixie/main/binary-amd64/Packages.gz"])
        let built = try bytes.withUnsafeBytes { try PackageIndexBuilder.build(named: "Packages.gz", $0) }
        #expect(try PackageIndex(built).count == 4)
        #expect(throws: DebianError.self) {
            try Array(bytes.dropLast(9)).withUnsafeBytes { try PackageIndexBuilder.build(named: "Packages.gz", $0) }
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, _ new: String) -> String {
        self[..<range.lowerBound] + new + self[range.upperBound...]
    }
}

@Suite struct DamagedIndexTests {
    static func stored() throws -> [UInt8] {
        var builder = PackageIndexBuilder()
        try builder.append(Array(try PackageIndexTests.archive.packagesText(architecture: "amd64").utf8))
        return try builder.finish()
    }

    @Test func `every flipped byte and every cut is an error`() throws {
        let good = try Self.stored()
        for place in good.indices {
            var bad = good
            bad[place] ^= 0x41
            #expect(throws: DebianError.self) { try PackageIndex(bad) }
        }
        for length in stride(from: 0, to: good.count, by: 5) {
            #expect(throws: DebianError.self) { try PackageIndex(Array(good[..<length])) }
        }
        #expect(throws: DebianError.self) { try PackageIndex(good + [0]) }
    }

    /// Whoever forges an index can make the checksum fit; then fields may lie, but no access may leave the buffer.
    @Test func `a forged index with a good checksum does no harm`() throws {
        let good = try Self.stored()
        for place in 48..<good.count {
            for value: UInt8 in [0, 0x7F, 0xFF] where good[place] != value {
                var bad = good
                bad[place] = value
                bad.replaceSubrange(40..<48, with: withUnsafeBytes(of: PackageIndexForgery.checksum(bad).littleEndian, Array.init))
                let index = try PackageIndex(bad)
                for name in ["libc6", "mawk", "gawk"] { for record in index.candidates(named: name) { use(record) } }
                for name in ["awk", "awk-posix", "odd"] { for provider in index.providers(of: name) { use(provider.record) } }
                _ = index.namesResembling("libc6")
            }
        }
    }

    private func use(_ record: PackageRecord) {
        _ = (record.name, record.version, record.architecture, record.source, record.sourceVersion, record.priority, record.path)
        _ = (record.digest, record.size, record.installedSize, record.isEssential, record.multiArch)
        for field in PackageRecord.RelationField.allCases { _ = try? record.relations(field) }
        _ = record.compareVersion(with: record)
    }
}
