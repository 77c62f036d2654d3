// SPDX-License-Identifier: Apache-2.0
import Base
import ELF
import Foundation
import Testing

@Suite struct ELFReaderTests {
    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func `either class and either byte order gives the same facts`(is64: Bool, isLittleEndian: Bool) throws {
        var builder = ELFBuilder(is64: is64, isLittleEndian: isLittleEndian)
        builder.interpreter = "/lib64/ld-linux-x86-64.so.2"
        builder.needed = ["libssl.so.3", "libc.so.6"]
        builder.runPath = "$ORIGIN/../lib:/opt/lib"
        builder.rPath = "/ignored"
        builder.buildID = [0xDE, 0xAD, 0xBE, 0xEF]
        builder.hasRelro = true
        builder.dynamic = [(0x6FFF_FFFB, 0x0800_0001)]
        let facts = try #require(try ELFReader.facts(of: builder.bytes))
        #expect(facts.kind == "executable")
        #expect(facts.interpreter == "/lib64/ld-linux-x86-64.so.2")
        #expect(facts.needed == ["libssl.so.3", "libc.so.6"])
        #expect(facts.runPath == ["$ORIGIN/../lib", "/opt/lib"])
        #expect(facts.buildID == "deadbeef")
        #expect(facts.flags == ["bind-now", "pie", "relro"])
        #expect(facts.machine == (is64 && isLittleEndian ? "amd64" : "other-62"))
    }

    @Test(
        arguments: [
            (62, true, true, 0, "amd64"), (183, true, true, 0, "arm64"), (40, false, true, 0x0500_0400, "armhf"),
            (40, false, true, 0x0500_0200, "other-40"), (21, true, true, 2, "ppc64el"), (21, true, false, 1, "other-21"),
            (243, true, true, 5, "riscv64"), (22, true, false, 0, "s390x"), (3, false, true, 0, "other-3"),
            (62, false, true, 0, "other-62"),
        ] as [(UInt16, Bool, Bool, UInt32, String)])
    func `the machine has Debian's name`(machine: UInt16, is64: Bool, isLittleEndian: Bool, flags: UInt32, name: String) throws {
        let builder = ELFBuilder(is64: is64, isLittleEndian: isLittleEndian, machine: machine, flags: flags)
        #expect(try ELFReader.facts(of: builder.bytes)?.machine == name)
    }

    @Test func `a library, a static program, an object and a core file are told apart`() throws {
        var library = ELFBuilder(soname: "libx.so.1")
        #expect(try ELFReader.facts(of: library.bytes)?.kind == "library")
        #expect(try ELFReader.facts(of: library.bytes)?.soname == "libx.so.1")
        library.interpreter = "/lib/ld.so"
        #expect(try ELFReader.facts(of: library.bytes)?.kind == "library")
        #expect(try ELFReader.facts(of: ELFBuilder(type: 2).bytes)?.kind == "executable")
        #expect(try ELFReader.facts(of: ELFBuilder(type: 2).bytes)?.flags == [])
        let staticPIE = try ELFReader.facts(of: ELFBuilder(dynamic: [(0x6FFF_FFFB, 0x0800_0000)]).bytes)
        #expect(staticPIE?.kind == "executable" && staticPIE?.flags == ["pie"] && staticPIE?.interpreter == nil)
        #expect(try ELFReader.facts(of: ELFBuilder(type: 1).bytes)?.kind == "object")
        #expect(try ELFReader.facts(of: ELFBuilder(type: 4).bytes)?.kind == "core")
        #expect(throws: ELFError.malformed(what: "type", found: "9")) { try ELFReader.facts(of: ELFBuilder(type: 9).bytes) }
    }

    @Test func `weak hardening is seen in either spelling`() throws {
        let old = ELFBuilder(dynamic: [(22, 0), (24, 0)], stack: 7)
        #expect(try ELFReader.facts(of: old.bytes)?.flags == ["bind-now", "executable-stack", "text-relocations"])
        #expect(try ELFReader.facts(of: ELFBuilder(dynamic: [(30, 0xC)]).bytes)?.flags == ["bind-now", "text-relocations"])
        #expect(try ELFReader.facts(of: ELFBuilder(rPath: "/a::/b").bytes)?.runPath == ["/a", "/b"])
    }

    @Test(arguments: [[], [0x7F], Array("#!/bin/sh\n".utf8), Array("\u{7F}ELx".utf8)] as [[UInt8]])
    func `other files are not ELF`(bytes: [UInt8]) throws {
        #expect(try ELFReader.facts(of: bytes) == nil)
    }

    static let full: [UInt8] = {
        var builder = ELFBuilder(is64: true)
        builder.interpreter = "/lib/ld.so"
        builder.needed = ["libc.so.6"]
        builder.runPath = "$ORIGIN"
        builder.buildID = [1, 2, 3, 4]
        return builder.bytes
    }()

    @Test func `cut short at any offset it is refused`() throws {
        for count in 4..<Self.full.count {
            #expect(throws: ELFError.self, "\(count)") { try ELFReader.facts(of: Array(Self.full[..<count])) }
        }
    }

    @Test func `any damaged byte parses or is refused`() {
        for offset in Self.full.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var damaged = Self.full
                damaged[offset] = value
                _ = try? ELFReader.facts(of: damaged)
            }
        }
    }

    @Test func `offsets at the end of the number range do not overflow`() {
        // Every 8-byte field of header, program headers and dynamic section, one after another.
        for offset in stride(from: 24, to: Self.full.count - 8, by: 4) {
            for value in [UInt64.max, UInt64.max - 7, 1 << 63, UInt64(Self.full.count)] {
                var damaged = Self.full
                withUnsafeBytes(of: value.littleEndian) { damaged.replaceSubrange(offset..<offset + 8, with: $0) }
                _ = try? ELFReader.facts(of: damaged)
            }
        }
    }

    @Test func `strings outside the table and a missing table are refused`() {
        #expect(throws: ELFError.self) { try ELFReader.facts(of: ELFBuilder(dynamic: [(1, 4000)]).bytes) }
        let unmapped = ELFBuilder(needed: ["a"], dynamic: [(5, 16)])
        // The later, right string table wins; without it the address 16 is in no segment.
        #expect((try? ELFReader.facts(of: unmapped.bytes))??.needed == ["a"])
        let errors: [ELFError] = [
            .outOfBounds(what: "x", offset: 1, fileSize: 2), .malformed(what: "x", found: "y"), .tooMany(what: "x", limit: 1),
        ]
        for error in errors { #expect(error.diagnosis.summary.contains("expected") && error.diagnosis.summary.contains("found")) }
    }

    @Test(arguments: ["/bin/ls", "/usr/bin/env"]) func `a program of this machine is read, when it has one`(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), let facts = try ELFReader.facts(of: [UInt8](data)) else { return }
        #expect(facts.kind == "executable")
        #expect(facts.needed.contains { $0.hasPrefix("libc.") } || facts.needed.isEmpty || facts.interpreter != nil)
    }

    @Test func `the C library of this machine is a library, when it has one`() throws {
        for triplet in ["x86_64-linux-gnu", "aarch64-linux-gnu"] {
            guard let data = FileManager.default.contents(atPath: "/lib/\(triplet)/libc.so.6") else { continue }
            let facts = try #require(try ELFReader.facts(of: [UInt8](data)))
            #expect(facts.kind == "library" && facts.soname == "libc.so.6" && facts.interpreter != nil)
            #expect(facts.machine == (triplet.hasPrefix("x86") ? "amd64" : "arm64"))
        }
    }
}
