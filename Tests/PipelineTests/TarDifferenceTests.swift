// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

@testable import Pipeline

@Suite struct TarDifferenceTests {
    private static let base: [RawTar.Entry] = [
        .directory("etc"), .file("etc/one", "first\n"), .file("etc/two", "second\n"), .link("etc/three", to: "two"),
    ]

    @Test func `equal bytes do not differ`() {
        #expect(TarDifference.first(between: RawTar(Self.base).bytes, and: RawTar(Self.base).bytes) == nil)
    }

    struct Change: Sendable {
        var field: String
        var entry: Int
        var expected: String
        var found: String
        var make: @Sendable (inout RawTar.Entry) -> Void
    }
    private static let changes = [
        Change(field: "mode", entry: 2, expected: "0644", found: "0600") { $0.mode = 0o600 },
        Change(field: "uid", entry: 2, expected: "0", found: "7") { $0.uid = 7 },
        Change(field: "gid", entry: 1, expected: "0", found: "8") { $0.gid = 8 },
        Change(field: "mtime", entry: 1, expected: "0", found: "99") { $0.modified = 99 },
        Change(field: "link target", entry: 3, expected: "two", found: "one") { $0.target = "one" },
        Change(field: "byte 2 of the file", entry: 2, expected: "636f6e640a cond.", found: "436f6e640a Cond.") {
            $0.body = Array("seCond\n".utf8)
        },
        Change(field: "size, and byte 0 of the file", entry: 2, expected: "7", found: "1") { $0.body = Array("x".utf8) },
    ]

    @Test(arguments: changes) func `the first field or byte that differs is named`(_ change: Change) throws {
        var other = Self.base
        change.make(&other[change.entry])
        let difference = try #require(TarDifference.first(between: RawTar(Self.base).bytes, and: RawTar(other).bytes))
        #expect(difference.field == change.field && difference.expected == change.expected && difference.found == change.found)
        #expect(difference.path == other[change.entry].path && difference.others.isEmpty)
    }

    @Test func `an entry more, an entry less and another order are named`() throws {
        let whole = RawTar(Self.base).bytes
        var less = Self.base
        less.remove(at: 1)
        let missing = try #require(TarDifference.first(between: whole, and: RawTar(less).bytes))
        #expect(missing.path == "etc/one" && missing.expected == "present" && missing.found == "absent")
        let more = try #require(TarDifference.first(between: RawTar(less).bytes, and: whole))
        #expect(more.path == "etc/one" && more.expected == "absent" && more.found == "present")
        let longer = try #require(TarDifference.first(between: whole, and: RawTar(Self.base + [.file("z", "")]).bytes))
        #expect(longer.path == "z" && longer.expected == "absent")
        var swapped = Self.base
        swapped.swapAt(1, 2)
        #expect(TarDifference.first(between: whole, and: RawTar(swapped).bytes)?.field == "order")
    }

    @Test func `what readers do not see is named by its place in the header`() throws {
        let bytes = RawTar(Self.base).bytes
        var other = bytes
        // The name of the owner of the second entry, with its sum put right.
        let header = 512
        other[header + 265] = UInt8(ascii: "r")
        let sum = String((0..<512).reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(other[header + $1])) }, radix: 8)
        for (offset, byte) in (String(repeating: "0", count: 6 - sum.count) + sum).utf8.enumerated() { other[header + 148 + offset] = byte }
        let difference = try #require(TarDifference.first(between: bytes, and: other))
        #expect(difference.path == "etc/one")
        #expect(difference.field.hasPrefix("chksum of the header") || difference.field.hasPrefix("uname of the header"))
    }

    @Test func `further entries are listed, and what is no archive is compared as bytes`() throws {
        var other = Self.base
        other[1].mode = 0o600
        other[2].mode = 0o600
        let difference = try #require(TarDifference.first(between: RawTar(Self.base).bytes, and: RawTar(other).bytes))
        #expect(difference.path == "etc/one" && difference.others == ["etc/two"])
        let raw = try #require(TarDifference.first(between: [1, 2, 3], and: [1, 9, 3]))
        #expect(raw.field == "byte 1 of the archive" && raw.path == nil)
        #expect(TarDifference.first(between: [1], and: [1, 2])?.field == "length")
    }
}
