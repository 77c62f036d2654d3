// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
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

    @Test func `copies that a package was built with are sources that an image holds, and say in what they are`() throws {
        var static1 = part("busybox-static", "1.37")
        static1.package.builtUsing = [SourceVersion(name: "glibc", version: "2.41-11")]
        try store.index([contents("a", [static1]), contents("b", [part("libc6", "2.41-12", source: "glibc")])])
        let held = try store.heldSources([("Debian:trixie", "glibc")]).sorted { $0.version < $1.version }
        #expect(held.map(\.version) == ["2.41-11", "2.41-12"])
        #expect(held.map(\.carrier) == ["busybox-static 1.37", nil])
        #expect(try held.map { Array(try store.manifests(of: $0.holders)) } == [[.sha256(of: "a")], [.sha256(of: "b")]])
        #expect(try store.heldCopies(named: "glibc").map(\.carrier) == ["busybox-static 1.37"])
        #expect(try store.heldNames(in: "Debian").map(\.name) == ["busybox-static", "glibc"])
    }

    @Test func `copies of an image that was indexed without them are added, in front of newer ones`() throws {
        var carrier = part("tool", "1")
        try store.index([contents("a", [carrier])])
        carrier.package.builtUsing = [SourceVersion(name: "golang-1.24", version: "1.24.4-1")]
        try store.index([contents("b", [carrier])])
        try store.index([contents("a", [carrier])])
        try store.index([contents("a", [carrier])])
        let held = try store.heldSources([("Debian:trixie", "golang-1.24")])
        #expect(try held.map { Array(try store.manifests(of: $0.holders)) } == [[.sha256(of: "a"), .sha256(of: "b")]])
        #expect(try store.holderCount() == 2)
    }

    @Test func `a manifest that two indexes share is found for both, and so is an index that two repositories have`() throws {
        var first = contents("a", [part("x", "1", files: ["f"])])
        first.platforms.append(.init(platform: "linux/arm64", manifest: .sha256(of: "arm"), parts: [part("x", "1", files: ["f"])]))
        var second = contents("a", [part("x", "1", files: ["f"])])
        second.image = .sha256(of: "another index")
        second.platforms.append(.init(platform: "linux/arm64", manifest: .sha256(of: "other arm"), parts: [part("x", "2", files: ["f"])]))
        var third = second
        third.repository = "elsewhere"
        try store.index([first])
        try store.index([second, third])
        let holders = try store.heldParts(path: "f").filter { $0.package.version == "1" }.flatMap { try store.holders($0.holders) }
        #expect(
            holders.map { "\($0.repository) \($0.image.short) \($0.platform)" }.sorted()
                == [
                    "r \(first.image.short) linux/amd64", "r \(first.image.short) linux/arm64", "r \(second.image.short) linux/amd64",
                    "elsewhere \(second.image.short) linux/amd64",
                ].sorted())
        #expect(try store.holderCount() == 3)
        #expect(
            try store.indexedImages() == [
                HeldImage(repository: "r", image: first.image), HeldImage(repository: "r", image: second.image),
                HeldImage(repository: "elsewhere", image: second.image),
            ])
    }

    @Test func `a store of the older layout keeps who holds what, and is looked through once more`() throws {
        let path = try scratch.folder("old")
        let before = try #require(Schema.changes.lastIndex { $0.contains("CREATE TABLE holders") })
        do {
            let queue = try DatabaseQueue(path: path + "/records.sqlite")
            try queue.write { database in
                for change in Schema.changes[...before] { try database.execute(sql: change) }
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(before + 1)")
                try database.execute(
                    sql: "INSERT INTO holders (id, manifest, platform, image, repository) VALUES (0, ?, 'linux/amd64', ?, 'r')",
                    arguments: [Digest.sha256(of: "a").description, Digest.sha256(of: "index a").description])
                try database.execute(
                    sql: "INSERT INTO holder_pages VALUES (0, ?)", arguments: [Data(Digest.sha256(of: "a").bytes)])
                try database.execute(sql: "INSERT INTO held_sources VALUES ('Debian:trixie', 'x', '1', x'01', 0)")
            }
            try queue.close()
        }
        let store = try RecordStore(folder: path)
        let held = try store.heldSources([("Debian:trixie", "x")])
        #expect(try held.flatMap { try store.holders($0.holders) }.map(\.image) == [.sha256(of: "index a")])
        #expect(try store.indexedImages().isEmpty)
        try store.index([contents("a", [part("x", "1")])])
        #expect(try store.indexedImages().count == 1)
        #expect(try store.holderCount() == 1)
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
