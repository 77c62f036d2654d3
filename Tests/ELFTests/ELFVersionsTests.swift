// SPDX-License-Identifier: Apache-2.0
import ELF
import Foundation
import Testing

/// Versions of symbols, read from a program of this machine and from its C library.
@Suite struct ELFVersionsTests {
    private static let program = FileManager.default.contents(atPath: "/bin/sh").map(Array.init) ?? []
    private static let library =
        ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/lib"].lazy
        .compactMap { FileManager.default.contents(atPath: $0 + "/libc.so.6") }.first.map(Array.init) ?? []
    private func versions(_ bytes: [UInt8]) throws -> SymbolVersions? {
        try bytes.withUnsafeBytes { try ELFReader.symbolVersions(of: $0) }
    }

    @Test func `a program says which versions it asks of which library, and the library which it has`() throws {
        let asked = try #require(try versions(Self.program)?.needed["libc.so.6"])
        #expect(asked.contains { $0.hasPrefix("GLIBC_2.") } && asked == asked.sorted())
        let provided = try #require(try versions(Self.library)).provided
        #expect(Set(asked).isSubset(of: provided))
        #expect(provided.contains("GLIBC_2.17") && !provided.contains("libc.so.6"))
    }

    @Test func `what is no program has none, and one without versions has no names`() throws {
        #expect(try versions(Array("#!/bin/sh".utf8)) == nil)
        #expect(try versions([]) == nil)
    }

    @Test func `a file that is cut off or altered is an error or another answer, never a trap`() throws {
        let bytes = Self.library
        for count in stride(from: 0, to: min(bytes.count, 4096), by: 61) { _ = try? versions(Array(bytes.prefix(count))) }
        var state: UInt64 = 7
        for _ in 0..<40 {
            var spoiled = bytes
            for _ in 0..<200 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                spoiled[Int(state >> 33) % min(spoiled.count, 200_000)] = UInt8(truncatingIfNeeded: state >> 20)
            }
            _ = try? versions(spoiled)
        }
    }
}
