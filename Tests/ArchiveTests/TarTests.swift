// SPDX-License-Identifier: Apache-2.0
import Archive
import Testing

/// Headers as other programs write them, to test what the writer never writes.
enum RawTar {
    static func block(
        _ name: String, type: Character = "0", size: String = "00000000000", link: String = "", magic: [UInt8] = Array("ustar\u{0}00".utf8),
        change: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: [UInt8], _ offset: Int) { block.replaceSubrange(offset..<offset + text.count, with: text) }
        put(Array(name.utf8), 0)
        put(Array("0000644\u{0}0000000\u{0}0000000\u{0}".utf8), 100)
        put(Array(size.utf8), 124)
        put(Array("00000000000\u{0}".utf8), 136)
        put(Array(String(type).utf8), 156)
        put(Array(link.utf8), 157)
        put(magic, 257)
        change(&block)
        return sealed(block)
    }

    static func sealed(_ block: [UInt8]) -> [UInt8] {
        var block = block
        block.replaceSubrange(148..<156, with: repeatElement(0x20, count: 8))
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<155, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\u{0}").utf8))
        return block
    }

    static func octal(_ number: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: 11 - text.count) + text
    }

    static func body(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512) }

    static func extended(_ type: Character, _ content: String) -> [UInt8] {
        block("././@LongLink", type: type, size: octal(content.utf8.count)) + body(Array(content.utf8))
    }

    static func pax(_ records: [(String, String)]) -> String {
        records.map { key, value in
            var length = key.utf8.count + value.utf8.count + 3
            while "\(length)".utf8.count + key.utf8.count + value.utf8.count + 3 != length { length += 1 }
            return "\(length) \(key)=\(value)\n"
        }.joined()
    }

    static let gnu: [UInt8] = Array("ustar  \u{0}".utf8)
}

@Suite struct TarReaderTests {
    func entries(_ bytes: [UInt8], _ limits: TarLimits = TarLimits()) throws -> [TarEntry] {
        try TarReader.entries(of: bytes + TarWriter.end, limits: limits)
    }

    @Test func `leading dots and trailing slashes are removed, the raw path kept`() throws {
        let list = try entries(RawTar.block("./", type: "5") + RawTar.block("./usr/bin/", type: "5") + RawTar.block("././a", type: "0"))
        #expect(list.map(\.path) == ["", "usr/bin", "a"])
        #expect(list.map(\.rawPath) == ["./", "./usr/bin/", "././a"])
        #expect(list.map(\.kind) == [.directory, .directory, .file])
    }

    @Test func `GNU long names and PAX records name the next entry only`() throws {
        let long = "./usr/" + String(repeating: "n", count: 180)
        let target = String(repeating: "t/", count: 80) + "end"
        let list = try entries(
            RawTar.extended("L", long + "\u{0}") + RawTar.extended("K", target + "\u{0}")
                + RawTar.block("cut", type: "2", link: "cut", magic: RawTar.gnu)
                + RawTar.extended("x", RawTar.pax([("path", "p/\(long.dropFirst(2))"), ("mtime", "-1.5"), ("uid", "4000000000")]))
                + RawTar.block("cut") + RawTar.block("plain"))
        #expect(list.map(\.path) == [String(long.dropFirst(2)), "p/" + long.dropFirst(2), "plain"])
        #expect(list[0].target == target)
        #expect(list[1].modified == -2)
        #expect(list[1].uid == 4_000_000_000)
        #expect(list[2].uid == 0)
    }

    @Test func `extended attributes are kept as bytes`() throws {
        let list = try entries(
            RawTar.extended("x", RawTar.pax([("SCHILY.xattr.security.capability", "\u{1}=\n\u{0}x"), ("comment", "é")])) + RawTar.block("a")
        )
        #expect(list[0].extendedAttributes == ["security.capability": [1, 0x3D, 0x0A, 0, 0x78]])
    }

    @Test func `PAX and base-256 sizes decide where the next entry begins`() throws {
        let base256 = RawTar.block("b") { block in
            block.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0, count: 9) + [2, 1])
        }
        let list = try entries(
            RawTar.extended("x", RawTar.pax([("size", "3")])) + RawTar.block("a") + RawTar.body([1, 2, 3]) + base256
                + RawTar.body([UInt8](repeating: 7, count: 513)) + RawTar.block("c"))
        #expect(list.map(\.size) == [3, 513, 0])
        #expect(list.map(\.path) == ["a", "b", "c"])
    }

    @Test func `devices and pipes are reported as such`() throws {
        let list = try entries(["3", "4", "6"].map { RawTar.block("d\($0)", type: $0) }.reduce([], +))
        #expect(list.map(\.kind) == [.characterDevice, .blockDevice, .fifo])
    }

    @Test func `a prefix is used in ustar and not in GNU headers`() throws {
        func withPrefix(_ magic: [UInt8]) -> [UInt8] {
            RawTar.block("name", magic: magic) { $0.replaceSubrange(345..<351, with: Array("prefix".utf8)) }
        }
        #expect(try entries(withPrefix(Array("ustar\u{0}00".utf8))).map(\.path) == ["prefix/name"])
        #expect(try entries(withPrefix(RawTar.gnu)).map(\.path) == ["name"])
    }

    @Test(arguments: [
        ("/etc/passwd", TarPath.Fault.absolute), ("../x", .parentSegment), ("a/../../x", .parentSegment), ("./..", .parentSegment),
        ("a//b", .emptySegment), ("a/./b", .dotSegment), ("a\nb", .controlCharacter), (".//etc", .absolute), ("\u{7F}", .controlCharacter),
    ])
    func `a path that escapes or hides is refused`(path: String, fault: TarPath.Fault) {
        for tar in [RawTar.block(path), RawTar.block("l", type: "1", link: path), RawTar.extended("L", path) + RawTar.block("x")] {
            let error = #expect(throws: ArchiveError.self) { try entries(tar) }
            guard case .unsafePath(_, fault) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func `long paths and segments and paths that are not UTF-8 are refused`() {
        let segment = String(repeating: "s", count: 256)
        #expect(throws: ArchiveError.unsafePath(segment, fault: .segmentTooLong(bytes: 256))) {
            try entries(RawTar.extended("L", segment) + RawTar.block("x"))
        }
        let long = String(repeating: "abcdefg/", count: 513) + "x"
        #expect(throws: ArchiveError.unsafePath(long, fault: .tooLong(bytes: 4105))) {
            try entries(RawTar.extended("L", long) + RawTar.block("x"))
        }
        #expect(throws: ArchiveError.self) { try entries(RawTar.block("x") { $0[0] = 0xFF }) }
        #expect(TarPath.fault(in: "a\u{0}b") == .nulByte)
        #expect(TarPath.fault(in: "") == .empty)
        #expect(TarPath.fault(in: "...") == nil)
    }

    @Test func `a wrong checksum is refused and a signed one accepted`() throws {
        var damaged = RawTar.block("x")
        damaged[0] = 0x79
        #expect(throws: ArchiveError.checksumMismatch(.tar, offset: 0)) { try entries(damaged) }
        var signed = RawTar.block("é")
        let sum = signed.enumerated().reduce(0) { $0 + ((148..<156).contains($1.0) ? 32 : Int(Int8(bitPattern: $1.1))) }
        signed.replaceSubrange(
            148..<155, with: Array((String(repeating: "0", count: 6 - String(sum, radix: 8).count) + String(sum, radix: 8) + "\u{0}").utf8))
        #expect(try entries(signed).map(\.path) == ["é"])
    }

    @Test func `what programs disagree about is refused`() {
        let cases: [[UInt8]] = [
            RawTar.block("l", type: "1", size: RawTar.octal(5), link: "a") + RawTar.body([1, 2, 3, 4, 5]),
            RawTar.block("d", type: "5", size: RawTar.octal(1)) + RawTar.body([1]),
            RawTar.block("f/", type: "0"), RawTar.block("s", type: "S"), RawTar.block("m", type: "M"),
            RawTar.extended("x", RawTar.pax([("GNU.sparse.major", "1")])) + RawTar.block("a"),
            RawTar.extended("g", RawTar.pax([("path", "all")])) + RawTar.block("a"),
            RawTar.block("s", type: "2", link: ""), RawTar.block("s", type: "2", link: "a\nb"),
            RawTar.block("n") { $0[108] = 0xFF }, RawTar.block("n") { $0[100] = 0x39 },
        ]
        for tar in cases { #expect(throws: ArchiveError.self) { try entries(tar) } }
        #expect(throws: ArchiveError.self) { try TarReader.entries(of: TarWriter.end + RawTar.block("late") + TarWriter.end) }
    }

    @Test(arguments: ["", "x", "5 a=b", "99 a=b\n", "3 =\n", "6 a=bc", "0 a=b\n", "9999999999 a=b\n", " 6 a=b\n", "6\u{0}a=b\n"])
    func `malformed PAX records are refused`(records: String) {
        guard !records.isEmpty else { return }
        #expect(throws: ArchiveError.self) { try entries(RawTar.extended("x", records) + RawTar.block("a")) }
    }

    @Test func `malformed PAX values are refused`() {
        for (key, value) in [("size", "-1"), ("size", "9999999999999999999"), ("uid", ""), ("mtime", "1.x"), ("mtime", "x")] {
            #expect(throws: ArchiveError.self) { try entries(RawTar.extended("x", RawTar.pax([(key, value)])) + RawTar.block("a")) }
        }
    }

    @Test func `limits on entries, bodies and extension headers hold`() {
        let three = (0..<3).flatMap { RawTar.block("f\($0)", size: RawTar.octal(400)) + RawTar.body([UInt8](repeating: 1, count: 400)) }
        #expect(throws: ArchiveError.tooMany(.tar, what: "entries", limit: 2)) { try entries(three, TarLimits(entries: 2)) }
        #expect(throws: ArchiveError.self) { try entries(three, TarLimits(bodyBytes: 1199)) }
        #expect((try? entries(three, TarLimits(bodyBytes: 1200)))?.count == 3)
        #expect(throws: ArchiveError.self) { try entries(RawTar.extended("L", "abcdef") + RawTar.block("x"), TarLimits(extensionBytes: 5)) }
        // A stated size near the end of the number range must not overflow.
        #expect(throws: ArchiveError.self) {
            try entries(RawTar.extended("x", RawTar.pax([("size", "999999999999999999")])) + RawTar.block("a"))
        }
        let huge = RawTar.block("b") { $0.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7)) }
        #expect(throws: ArchiveError.self) { try entries(huge, TarLimits(bodyBytes: Int.max)) }
    }

    @Test func `cut short at any offset is truncated, also inside the end`() throws {
        let tar =
            RawTar.extended("x", RawTar.pax([("path", "long/name")])) + RawTar.block("a", size: RawTar.octal(3)) + RawTar.body([1, 2, 3])
            + TarWriter.end
        for count in 0..<tar.count {
            #expect(throws: ArchiveError.truncated(.tar, offset: count)) { try TarReader.entries(of: Array(tar[..<count])) }
        }
        #expect(try TarReader.entries(of: Array(tar.dropLast(1024)), limits: TarLimits(end: .optional)).count == 1)
        #expect(throws: ArchiveError.truncated(.tar, offset: 1024)) {
            try TarReader.entries(of: Array(tar[..<1024]), limits: TarLimits(end: .optional))
        }
    }

    @Test func `any damaged byte in the headers parses or is refused`() {
        let tar =
            RawTar.extended("x", RawTar.pax([("path", "long/name"), ("mtime", "12.5")])) + RawTar.block("a", size: RawTar.octal(3))
            + RawTar.body([1, 2, 3]) + TarWriter.end
        for offset in 0..<tar.count {
            for value: UInt8 in [0, 0x2F, 0x39, 0x80, 0xFF] {
                var damaged = tar
                damaged[offset] = value
                // The checksum is made right again, so that the damage reaches the fields.
                for block in [0, 1024] where offset >= block && offset < block + 512 {
                    damaged.replaceSubrange(block..<block + 512, with: RawTar.sealed(Array(damaged[block..<block + 512])))
                }
                if case .success(let entries) = Fixtures.outcome({ () throws(ArchiveError) in try TarReader.entries(of: damaged) }) {
                    for entry in entries { #expect(entry.path.isEmpty || TarPath.fault(in: entry.path) == nil) }
                }
            }
        }
    }
}

@Suite struct TarWriterTests {
    func roundTrip(_ header: TarHeader, _ body: [UInt8] = []) throws -> TarEntry {
        var writer = TarWriter(reserving: TarWriter.size(of: header, body: body.count) + 1024)
        try writer.append(header, body: body)
        #expect(writer.bytes.count == TarWriter.size(of: header, body: body.count))
        writer.writeEnd()
        let entries = try TarReader.entries(of: writer.bytes)
        #expect(entries.count == 1)
        let entry = try #require(entries.first)
        #expect(Array(writer.bytes[entry.body]) == body)
        return entry
    }

    @Test func `paths of every length come back`() throws {
        for count in Array(1...4) + Array(95...105) + Array(150...160) + Array(250...262) + [500, 4000, 4094] {
            for width in [1, 50, 99, 100, 101, 155, 156, 255] {
                // Segments of one width, the last one of what is left.
                var path = String((1...count).map { $0 % (width + 1) == 0 ? "/" : "p" })
                if path.hasSuffix("/") { path = String(path.dropLast()) + "p" }
                guard TarPath.fault(in: path) == nil else { continue }
                for kind in [TarEntry.Kind.file, .directory, .symlink, .hardlink] {
                    let isLink = kind == .symlink || kind == .hardlink
                    let header = TarHeader(
                        path: path, kind: kind, mode: 0o755, uid: 65532, modified: 1_700_000_000, target: isLink ? path : nil)
                    let entry = try roundTrip(header)
                    #expect(entry.path == path && entry.kind == kind && entry.target == header.target && entry.uid == 65532)
                    #expect(entry.modified == 1_700_000_000 && entry.mode == 0o755)
                }
            }
        }
    }

    @Test func `bodies around a block come back without a full block of padding`() throws {
        for count in Array(0...3) + Array(510...514) + Array(1023...1025) {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &+ 1) }
            let header = TarHeader(path: "f", kind: .file, mode: 0o644)
            #expect(try roundTrip(header, body).size == count)
            #expect(TarWriter.size(of: header, body: count) == 512 + (count + 511) / 512 * 512)
        }
    }

    @Test func `numbers that ustar cannot hold go into PAX records`() throws {
        let header = TarHeader(path: "f", kind: .file, mode: 0o7777, uid: 2_097_152, gid: 4_294_967_294, modified: 8_589_934_592)
        let entry = try roundTrip(header, [1])
        #expect(entry.uid == 2_097_152 && entry.gid == 4_294_967_294 && entry.modified == 8_589_934_592 && entry.mode == 0o7777)
        #expect(try roundTrip(TarHeader(path: "f", kind: .file, mode: 0, modified: -5)).modified == -5)
    }

    @Test func `ustar is enough whenever it can be`() throws {
        let fits = [
            String(repeating: "a", count: 100), String(repeating: "d", count: 155) + "/" + String(repeating: "n", count: 100),
            "usr/share/ñ",
        ]
        for path in fits { #expect(TarWriter.size(of: TarHeader(path: path, kind: .file, mode: 0o644)) == 512) }
        let directory = String(repeating: "d", count: 155) + "/" + String(repeating: "n", count: 99)
        #expect(TarWriter.size(of: TarHeader(path: directory, kind: .directory, mode: 0o755)) == 512)
        #expect(TarWriter.size(of: TarHeader(path: directory + "n", kind: .directory, mode: 0o755)) == 1536)
    }

    @Test func `a header has no names and no clock`() throws {
        var writer = TarWriter()
        try writer.append(TarHeader(path: "usr/bin", kind: .directory, mode: 0o755))
        #expect(String(decoding: writer.bytes[..<9], as: UTF8.self) == "usr/bin/\u{0}")
        #expect(writer.bytes[265..<329].allSatisfy { $0 == 0 })
        #expect(String(decoding: writer.bytes[136..<148], as: UTF8.self) == "00000000000\u{0}")
        #expect(String(decoding: writer.bytes[257..<265], as: UTF8.self) == "ustar\u{0}00")
    }

    @Test func `fragments joined are one archive`() throws {
        var parts: [UInt8] = []
        for name in ["a", "b", "c"] {
            var writer = TarWriter()
            try writer.append(TarHeader(path: name, kind: .file, mode: 0o644), body: [1])
            parts += writer.bytes
        }
        #expect(try TarReader.entries(of: parts + TarWriter.end).map(\.path) == ["a", "b", "c"])
    }

    @Test func `the root directory comes back as the empty path`() throws {
        let entry = try roundTrip(TarHeader(path: "", kind: .directory, mode: 0o755))
        #expect(entry.path.isEmpty && entry.rawPath == "./")
    }

    @Test func `entries that no reader would accept are not written`() {
        let cases: [(TarHeader, [UInt8])] = [
            (TarHeader(path: "../x", kind: .file, mode: 0o644), []), (TarHeader(path: "", kind: .file, mode: 0o644), []),
            (TarHeader(path: "d", kind: .directory, mode: 0o755), [1]), (TarHeader(path: "f", kind: .file, mode: 0o170644), []),
            (TarHeader(path: "f", kind: .file, mode: 0, uid: -1), []), (TarHeader(path: "s", kind: .symlink, mode: 0o777), []),
            (TarHeader(path: "s", kind: .symlink, mode: 0o777, target: ""), []),
            (TarHeader(path: "h", kind: .hardlink, mode: 0o644, target: "/etc"), []),
            (TarHeader(path: "f", kind: .file, mode: 0, target: "x"), []), (TarHeader(path: "c", kind: .characterDevice, mode: 0), []),
        ]
        for (header, body) in cases {
            var writer = TarWriter()
            #expect(throws: ArchiveError.self) { try writer.append(header, body: body) }
            #expect(writer.bytes.isEmpty)
        }
    }
}
