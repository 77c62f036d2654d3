// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Ecosystems
import Inspect
import Testing

@Suite struct LayerTests {
    private func paths(_ layers: [[TarMaker.Entry]]) throws -> [String] { try TarMaker.inventory(layers).files.map(\.path) }

    @Test func `a later layer replaces, adds and takes away`() throws {
        let found = try TarMaker.inventory([
            [.file("a", "old"), .file("b/c"), .file("b/d")], [.file("a", "newer"), .file("b/.wh.c", ""), .file("e")],
        ])
        #expect(found.files.map(\.path) == ["a", "b/d", "e"])
        #expect(found.files[0].size == 5)
        #expect(found.files.map(\.layer) == [1, 0, 1])
        #expect(found.unread.isEmpty)
    }

    @Test func `an opaque folder hides the layers below and not its own`() throws {
        let lower: [TarMaker.Entry] = [.file("d/old"), .file("d/sub/old"), .file("keep")]
        #expect(try paths([lower, [.file("d/new"), .file("d/.wh..wh..opq", "")]]) == ["d/new", "keep"])
        #expect(try paths([lower, [.file(".wh..wh..opq", ""), .file("only")]]) == ["only"])
    }

    @Test func `a whiteout and a new file of one name: the file is there`() throws {
        #expect(try paths([[.file("a", "1")], [.file("a", "2"), .file(".wh.a", "")]]) == ["a"])
    }

    @Test func `a file in the place of a folder takes the folder's content with it`() throws {
        #expect(try paths([[.file("a/b/c")], [.file("a")], [.folder("a"), .file("a/x")]]) == ["a/x"])
        #expect(try paths([[.file("a/b/c")], [.folder("a")]]) == ["a/b/c"])
    }

    @Test func `entries below a link to a folder land where the link leads`() throws {
        let found = try paths([[.folder("usr/lib"), .link("lib", "usr/lib"), .link("abs", "/usr")], [.file("lib/x"), .file("abs/y")]])
        #expect(found == ["abs", "lib", "usr/lib/x", "usr/y"])
    }

    @Test func `a link out of the root stays inside it`() throws {
        #expect(try paths([[.link("up", "../../../etc"), .folder("etc"), .file("up/x")]]) == ["etc/x", "up"])
    }

    @Test func `loops of links end and are told`() throws {
        let found = try TarMaker.inventory([[.link("a", "b"), .link("b", "a"), .link("self", "self"), .file("a/x"), .file("self/y")]])
        #expect(found.files.map(\.path) == ["a", "b", "self"])
        #expect(found.unread.map(\.path) == ["a/x", "self/y"])
        #expect(found.unread.allSatisfy { $0.reason.contains("loop of links") })
    }

    @Test func `names that lead out are told, an absolute one is below the root`() throws {
        let found = try TarMaker.inventory([[.file("../up"), .file("a/../../b"), .file("/abs"), .file("./x//y")]])
        #expect(found.files.map(\.path) == ["abs", "x/y"])
        #expect(found.unread.count == 2)
    }

    @Test func `folders too deep and names too long are told`() throws {
        let deep = Array(repeating: "d", count: 300).joined(separator: "/")
        let found = try TarMaker.inventory([[.file(deep), .file(String(repeating: "n", count: 256)), .file("ok")]])
        #expect(found.files.map(\.path) == ["ok"])
        #expect(found.unread.count == 2)
    }

    @Test func `a hard link is a name of the same file and is counted once`() throws {
        let found = try TarMaker.inventory([[.file("a", "body"), .hardlink("b", "a"), .hardlink("c", "nowhere")]])
        #expect(found.files.map(\.path) == ["a", "b"])
        #expect(found.files[1].digest == found.files[0].digest)
        #expect(found.size == 4)
        #expect(found.unread.map(\.path) == ["c"])
    }

    @Test func `more entries than allowed are an error`() {
        let entries = (0..<20).map { TarMaker.Entry.file("f\($0)") }
        #expect(throws: InspectError.self) { try TarMaker.inventory([entries], limits: InspectionLimits(entries: 10)) }
        // Also when no single layer has so many.
        #expect(throws: InspectError.self) { try TarMaker.inventory([entries, entries], limits: InspectionLimits(entries: 30)) }
    }

    @Test func `lists of packages' files and databases are counted over all layers together`() throws {
        let list = TarMaker.Entry.file("var/lib/dpkg/info/a.list", "/a\n/b\n")
        let status = TarMaker.Entry.file("var/lib/dpkg/status", "Package: a\nVersion: 1\n")
        let layers = [[list, status], [list, status]]
        #expect(throws: InspectError.tooMany(what: "paths in lists of packages", limit: 3)) {
            try TarMaker.inventory(layers, limits: InspectionLimits(ownedPaths: 3))
        }
        #expect(throws: InspectError.tooMany(what: "bytes of paths in lists of packages", limit: 3)) {
            try TarMaker.inventory(layers, limits: InspectionLimits(ownedBytes: 3))
        }
        #expect(throws: InspectError.tooMany(what: "packages", limit: 1)) {
            try TarMaker.inventory(layers, limits: InspectionLimits(packages: 1))
        }
        #expect(try TarMaker.inventory(layers, limits: InspectionLimits(packages: 2, ownedPaths: 4, ownedBytes: 4)).unread.isEmpty)
    }

    @Test func `a file that lists more than any package has is read in part, and that is said`() throws {
        let record = String(repeating: "a,\n", count: 1_000_001)
        let found = try TarMaker.inventory([[.file("usr/lib/x-1.dist-info/RECORD", record), .file("usr/lib/a")]])
        #expect(found.unread.map(\.path) == ["usr/lib/x-1.dist-info/RECORD"])
        #expect(found.files.first { $0.path == "usr/lib/a" }?.owner == "pypi/x")
    }

    @Test func `a bomb is an error, packed with gzip or zstd`() throws {
        let tar = TarMaker.tar([.file("zeros", String(repeating: "0", count: 4 << 20))])
        let inspector = Inspector(limits: InspectionLimits(ratio: 10, freeBytes: 1 << 20))
        for packed in [try Gzip.encode(tar), try Zstd.encode(tar)] {
            #expect(throws: InspectError.tooLarge(number: 0, packed: packed.count, limit: 1 << 20)) {
                try packed.withUnsafeBytes { try inspector.scan($0, number: 0, sharing: InspectionAllowance(inspector.limits)) }
            }
        }
    }

    @Test func `packed layers and plain ones tell the same, in one piece or many`() throws {
        let entries: [TarMaker.Entry] = [
            .file("etc/os-release", "ID=debian\n"), .file("big", String(repeating: "abc", count: 1 << 20)), .folder("e"),
        ]
        let tar = TarMaker.tar(entries)
        let inspector = Inspector()
        let plain = try TarMaker.inventory([entries])
        for packed in [try Gzip.encode(tar), try Zstd.encode(tar)] {
            let layer = try packed.withUnsafeBytes { try inspector.scan($0, number: 0, sharing: InspectionAllowance(inspector.limits)) }
            let found = try inspector.inventory(of: [layer], as: ForeignSubject(reference: "test"), ports: [])
            #expect(found.files == plain.files)
            #expect(found.distribution?.identifier == "debian")
        }
    }

    @Test func `a stream cut anywhere is an error or tells what was whole`() throws {
        let tar = TarMaker.tar([.file("a", "body"), .file("b", "more")])
        let inspector = Inspector()
        for count in stride(from: 1, to: tar.count - 1024, by: 37) where count % 512 != 0 {
            #expect(throws: InspectError.self) {
                try tar.prefix(count).withUnsafeBytes {
                    try inspector.scan($0, number: 0, sharing: InspectionAllowance(inspector.limits))
                }
            }
        }
    }

    @Test func `a file too large to look into is hashed and told`() throws {
        let found = try TarMaker.inventory(
            [[.file("large", String(repeating: "x", count: 5000)), .file("small")]], limits: InspectionLimits(fileBytes: 4096))
        #expect(found.files.map(\.path) == ["large", "small"])
        #expect(found.files[0].digest != nil)
        #expect(found.unread.map(\.path) == ["large"])
    }

    @Test func `lines about what was not read are bounded and counted`() throws {
        let entries = (0..<50).map { TarMaker.Entry.file("../\($0)") }
        let found = try TarMaker.inventory([entries], limits: InspectionLimits(unread: 10))
        #expect(found.unread.count <= 12)
        #expect(found.unread.contains { $0.reason.contains("40 more") })
    }
}
