// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import GRDB
import TestKit
import Testing

@testable import Records

private func part(_ name: String, _ version: String, source: String? = nil, license: String? = nil, files: [String] = [])
    -> ImageContents.Part
{
    ImageContents.Part(
        InstalledPackage(
            ecosystem: .debian("trixie"), name: name, version: version, architecture: "amd64",
            source: SourceVersion(name: source ?? name, version: version)),
        license: license, licenseIdentifiers: license?.split(separator: " ").map(String.init).filter { $0 != "AND" } ?? [],
        files: files.map { ImageContents.File(path: $0, digest: .sha256(of: $0)) })
}

private func contents(_ name: String, _ parts: [ImageContents.Part]) -> ImageContents {
    ImageContents(
        repository: "r", image: .sha256(of: "index " + name),
        platforms: [ImageContents.Platform(platform: "linux/amd64", manifest: .sha256(of: name), parts: parts)])
}

@Suite struct HoldingsTests {
    let scratch: TestFolder
    let store: RecordStore

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    private func manifests(_ parts: [HeldPart]) throws -> [Digest] {
        let all = parts.reduce(into: HolderSet()) { $0.formUnion($1.holders) }
        return Array(try store.manifests(of: all))
    }

    @Test func `images are found by package, source, path, bytes and licence`() throws {
        let libc = part("libc6", "2.41-12", source: "glibc", license: "LGPL-2.1-or-later AND GPL-2.0-only", files: ["usr/lib/libc.so.6"])
        let perl = part("perl-base", "5.40-1", source: "perl", license: "Artistic-1.0", files: ["usr/bin/perl"])
        try store.index([contents("a", [libc, perl]), contents("b", [libc]), contents("c", [part("libc6", "2.41-13", source: "glibc")])])
        let (a, b, c) = (Digest.sha256(of: "a"), Digest.sha256(of: "b"), Digest.sha256(of: "c"))
        #expect(try manifests(store.heldParts(named: "libc6")) == [a, b, c])
        #expect(try manifests(store.heldParts(named: "glibc")) == [a, b, c])
        #expect(try manifests(store.heldParts(named: "perl")) == [a])
        #expect(try manifests(store.heldParts(path: "usr/bin/perl")) == [a])
        #expect(try manifests(store.heldParts(path: "usr/*/libc.so*")) == [a, b])
        #expect(try manifests(store.heldParts(path: "usr/bin/python")) == [])
        #expect(try manifests(store.heldParts(file: .sha256(of: "usr/lib/libc.so.6"))) == [a, b])
        #expect(try manifests(store.heldParts(license: "gpl-2.0-ONLY")) == [a, b])
        #expect(try manifests(store.heldParts(license: "GPL-2.0")) == [])
        let versions = try store.heldSources([("Debian:trixie", "glibc"), ("Debian:sid", "glibc")])
        #expect(versions.map(\.version).sorted() == ["2.41-12", "2.41-13"])
        #expect(try store.heldNames(in: "Debian").map(\.name) == ["glibc", "perl"])
        let holders = try store.holders(try #require(store.heldParts(named: "perl-base").first).holders)
        #expect(holders.map(\.image) == [.sha256(of: "index a")])
        #expect(try store.indexedImages().count == 3)
    }

    @Test func `an image that is indexed again is not counted twice`() throws {
        let one = contents("a", [part("x", "1"), part("x", "1")])
        try store.index([one])
        try store.index([one, contents("b", [part("x", "1")])])
        #expect(try store.holderCount() == 2)
        #expect(try manifests(store.heldParts(named: "x")) == [.sha256(of: "a"), .sha256(of: "b")])
    }

    @Test func `what fails in the middle leaves nothing`() throws {
        try store.index([contents("a", [part("x", "1", files: ["f"])])])
        try store.write { try $0.execute(sql: "ALTER TABLE held_licenses RENAME TO gone") }
        #expect(throws: RecordsError.self) {
            try store.index([contents("b", [part("y", "1", license: "MIT", files: ["g"]), part("x", "1")])])
        }
        try store.write { try $0.execute(sql: "ALTER TABLE gone RENAME TO held_licenses") }
        #expect(try store.holderCount() == 1)
        #expect(try store.heldParts(path: "g").isEmpty)
        try store.index([contents("b", [part("y", "1", license: "MIT", files: ["g"])])])
        #expect(try manifests(store.heldParts(license: "MIT")) == [.sha256(of: "b")])
    }

    @Test func `equal parts are stored once, and what differs in a file is another part`() throws {
        try store.index([
            contents("a", [part("x", "1", files: ["f"])]), contents("b", [part("x", "1", files: ["f"])]),
            contents("c", [part("x", "1", files: ["g"])]),
        ])
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM held_parts") } == 2)
    }

    @Test func `more images than a page has are all found, in batches and one by one`() throws {
        let count = 2 * RecordStore.pageSize + 300
        let images = (0..<count).map { contents("\($0)", [part("common", "1"), part("p\($0 % 7)", "1")]) }
        try store.index(Array(images.prefix(1500)))
        for image in images.dropFirst(1500).prefix(10) { try store.index([image]) }
        try store.index(Array(images.dropFirst(1510)))
        #expect(try manifests(store.heldParts(named: "common")) == (0..<count).map { Digest.sha256(of: "\($0)") })
        #expect(try manifests(store.heldParts(named: "p3")) == stride(from: 3, to: count, by: 7).map { Digest.sha256(of: "\($0)") })
    }

    @Test func `what a recipe brings is found by its path and is no package`() throws {
        var own = ImageContents.Part(.files(of: "recipe:files/etc/motd"))
        own.files = [ImageContents.File(path: "etc/motd", digest: .sha256(of: "hello")), ImageContents.File(path: "etc/link", digest: nil)]
        try store.index([contents("a", [own])])
        #expect(try store.heldParts(path: "etc/motd").map(\.package.name) == ["recipe:files/etc/motd"])
        #expect(try store.heldParts(path: "etc/link").map(\.digest) == [nil])
        #expect(try store.heldNames(in: "recipe").isEmpty)
    }

    @Test func `copies that a package was built with are sources that an image holds`() throws {
        var static1 = part("busybox-static", "1.37")
        static1.package.builtUsing = [SourceVersion(name: "glibc", version: "2.41-11")]
        try store.index([contents("a", [static1])])
        #expect(try store.heldSources([("Debian:trixie", "glibc")]).map(\.version) == ["2.41-11"])
    }

    @Test(arguments: [[0], [5], [0, 1, 2], [127, 128, 129, 16_511, 16_512, 3_000_000], Array(0..<10_000)])
    func `a list of numbers is read as it was written`(numbers: [Int]) throws {
        var bytes: [UInt8] = []
        HolderList.append(Array(numbers.prefix(2)), after: -1, to: &bytes)
        HolderList.append(Array(numbers.dropFirst(2)), after: numbers.prefix(2).last ?? -1, to: &bytes)
        var set = HolderSet()
        try bytes.withUnsafeBytes { try HolderList.read($0, into: &set) }
        #expect(Array(set) == numbers)
        #expect(set.count == numbers.count)
    }

    @Test(arguments: [[0], [0x80], [0x80, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [1, 0]] as [[UInt8]])
    func `a damaged list is refused`(bytes: [UInt8]) {
        var set = HolderSet()
        #expect(throws: RecordsError.self) { try bytes.withUnsafeBytes { try HolderList.read($0, into: &set) } }
    }
}
