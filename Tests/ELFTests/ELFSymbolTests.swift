// SPDX-License-Identifier: Apache-2.0
import Base
import ELF
import Foundation
import Testing

@Suite struct ELFSymbolTests {
    enum Hash: CaseIterable { case classic, gnu }

    /// A library with the symbols `SSL_new` (defined) and `BIO_dump` (asked of others): names lie in its string table as DT_NEEDED.
    static func library(_ hash: Hash, is64: Bool = true, isLittleEndian: Bool = true, chain: UInt64 = 1) -> [UInt8] {
        var builder = ELFBuilder(is64: is64, isLittleEndian: isLittleEndian)
        builder.needed = ["SSL_new", "BIO_dump"]
        func symbol(_ name: UInt64) -> [UInt8] {
            let b = builder
            return is64
                ? b.number(name, 4) + [0x12, 0] + b.number(0, 2) + b.word(0) + b.word(0)
                : b.number(name, 4) + b.word(0) + b.word(0) + [0x12, 0] + b.number(0, 2)
        }
        let symbols = symbol(0) + symbol(9) + symbol(1)
        let tag: UInt64 = hash == .classic ? 4 : 0x6FFF_FEF5
        let b = builder
        let table: [UInt8] =
            hash == .classic
            ? [1, 3, 0, 0, 0, 0].flatMap { b.number($0, 4) }
            // One bucket that begins at symbol 2, whose chain ends there.
            : [1, 2, 1, 0].flatMap { b.number($0, 4) } + b.word(0) + b.number(2, 4) + b.number(chain, 4)
        builder.dynamic = [(6, 0), (tag, 0)]
        let start = builder.base + UInt64(builder.bytes.count)
        builder.dynamic = [(6, start), (tag, start + UInt64(symbols.count))]
        builder.extra = symbols + table
        return builder.bytes
    }

    @Test(arguments: Hash.allCases) func `symbols that are defined or asked for are found, others not`(hash: Hash) throws {
        for (is64, isLittleEndian) in [(true, true), (true, false), (false, true), (false, false)] {
            let bytes = Self.library(hash, is64: is64, isLittleEndian: isLittleEndian)
            let found = try ELFReader.dynamicSymbols(["SSL_new", "BIO_dump", "SSL", "SSL_newer", "dump"], in: bytes)
            #expect(found == ["SSL_new", "BIO_dump"])
        }
    }

    @Test func `what has no symbol table tells nothing, which is not absence`() throws {
        #expect(try ELFReader.dynamicSymbols(["a"], in: Array("#!/bin/sh".utf8)) == nil)
        #expect(try ELFReader.dynamicSymbols(["a"], in: ELFBuilder().bytes) == nil)
        var builder = ELFBuilder()
        builder.needed = ["libc.so.6"]
        #expect(try ELFReader.dynamicSymbols(["libc.so.6"], in: builder.bytes) == nil)
    }

    @Test func `tables that lead out of the file are refused`() {
        // A chain without an end.
        #expect(throws: ELFError.self) { try ELFReader.dynamicSymbols(["a"], in: Self.library(.gnu, chain: 2)) }
        for length in stride(from: 64, to: Self.library(.gnu).count, by: 7) {
            _ = try? ELFReader.dynamicSymbols(["a"], in: Array(Self.library(.gnu).prefix(length)))
        }
        var builder = ELFBuilder()
        builder.needed = ["x"]
        builder.dynamic = [(6, 0xFFFF_FFFF_FFFF_FFF0), (4, builder.base)]
        #expect(throws: ELFError.self) { try ELFReader.dynamicSymbols(["a"], in: builder.bytes) }
    }

    @Test func `the C library of this machine has printf and not what nobody wrote`() throws {
        let folders = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"]
        guard let path = folders.map({ $0 + "/libc.so.6" }).first(where: FileManager.default.fileExists),
            let data = FileManager.default.contents(atPath: path)
        else { return print("SKIPPED: ELFSymbolTests: no C library was found") }
        #expect(try ELFReader.dynamicSymbols(["printf", "ashlar_never"], in: Array(data)) == ["printf"])
    }
}
