// SPDX-License-Identifier: Apache-2.0
import Archive
import Testing

@Suite struct ArArchiveTests {
    static func header(_ name: String, _ size: String) -> [UInt8] {
        func field(_ text: String, _ width: Int) -> [UInt8] { Array(text.utf8) + [UInt8](repeating: 0x20, count: width - text.utf8.count) }
        return field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("100644", 8) + field(size, 10) + [0x60, 0x0A]
    }
    static let mark = Array("!<arch>\n".utf8)
    static let deb =
        mark + header("debian-binary", "4") + Array("2.0\n".utf8) + header("control.tar.xz/", "3") + [1, 2, 3, 0x0A]
        + header("data.tar.xz", "5") + [9, 8, 7, 6, 5]

    @Test func `members are found by name, odd ones padded`() throws {
        let archive = try ArArchive(Self.deb)
        #expect(archive.members.map(\.name) == ["debian-binary", "control.tar.xz", "data.tar.xz"])
        let data = try #require(archive.member(withPrefix: "data.tar"))
        #expect(Array(Self.deb[data.range]) == [9, 8, 7, 6, 5])
        #expect(archive.member("control.tar") == nil)
        #expect(try ArArchive(Self.deb + [0x0A]) == archive)
    }

    @Test func `cut short at any offset is truncated or ends between members`() {
        for count in 0..<Self.deb.count {
            switch Fixtures.outcome({ () throws(ArchiveError) in try ArArchive(Array(Self.deb[..<count])) }) {
            case .success(let archive): #expect([8, 72, 135, 136].contains(count), "\(count): \(archive.members)")
            case .failure(let error): #expect(error == .truncated(.ar, offset: count))
            }
        }
    }

    @Test(arguments: [
        ("//", "4"), ("/", "4"), ("/12", "4"), ("#1/20", "4"), ("a", "-4"), ("a", "4x"), ("a", ""), ("", "4"), ("a/b", "4"),
        ("a\u{1}", "4"),
        ("debian-binary", "9999999999"),
    ])
    func `long names, bad sizes and bad names are refused`(name: String, size: String) {
        #expect(throws: ArchiveError.self) { try ArArchive(Self.mark + Self.header(name, size) + [1, 2, 3, 4]) }
    }

    @Test func `equal names, a wrong mark and too many members are refused`() {
        let member = Self.header("a", "0")
        #expect(throws: ArchiveError.corrupt(.ar, offset: 68, reason: "a second member of the same name")) {
            try ArArchive(Self.mark + member + member)
        }
        #expect(throws: ArchiveError.self) { try ArArchive(Array("!<arch>x".utf8) + member) }
        #expect(throws: ArchiveError.tooMany(.ar, what: "members", limit: 2)) { try ArArchive(Self.deb, memberLimit: 2) }
        var unmarked = Self.deb
        unmarked[8 + 58] = 0
        #expect(throws: ArchiveError.self) { try ArArchive(unmarked) }
    }
}
