// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
import Testing

@Suite struct XZTests {
    @Test func `a file decodes to its content`() throws {
        #expect(try XZ.decode(Fixtures.helloXZ, limit: 100) == Fixtures.hello)
        #expect(try XZ.decode(Fixtures.emptyXZ, limit: 0).isEmpty)
    }

    @Test func `streams after one another are one content, with padding between them`() throws {
        let joined = Fixtures.helloXZ + [0, 0, 0, 0] + Fixtures.emptyXZ + Fixtures.helloXZ + [0, 0, 0, 0]
        #expect(try XZ.decode(joined, limit: 12) == Fixtures.hello + Fixtures.hello)
        #expect(joined.withUnsafeBytes { XZ.uncompressedSize($0) } == 12)
    }

    @Test func `a bomb is refused before anything is decoded`() {
        #expect(throws: ArchiveError.tooLarge(.xz, limit: Fixtures.zerosCount - 1)) {
            try XZ.decode(Fixtures.zerosXZ, limit: Fixtures.zerosCount - 1)
        }
    }

    @Test func `a streamed bomb is refused when it passes the limit`() {
        var handed = 0
        #expect(throws: ArchiveError.tooLarge(.xz, limit: 1 << 20)) {
            try Fixtures.zerosXZ.withUnsafeBytes {
                try XZ.decode($0, limit: 1 << 20) {
                    handed += $0.count; return .more
                }
            }
        }
        #expect(handed == 1 << 20)
    }

    @Test func `chunks are at most a mebibyte and add up`() throws {
        var sizes: [Int] = []
        try Fixtures.zerosXZ.withUnsafeBytes {
            try XZ.decode($0, limit: 4 << 20) {
                sizes.append($0.count); return .more
            }
        }
        #expect(sizes == [1 << 20, 1 << 20, 1 << 20, 5])
        #expect(try XZ.decode(Fixtures.zerosXZ, limit: 4 << 20).count == Fixtures.zerosCount)
    }

    @Test func `whoever receives chunks may stop`() throws {
        var calls = 0
        try Fixtures.zerosXZ.withUnsafeBytes {
            try XZ.decode($0, limit: 4 << 20) { _ in
                calls += 1; return .stop
            }
        }
        #expect(calls == 1)
    }

    @Test func `a dictionary beyond the memory limit is refused`() {
        #expect(throws: ArchiveError.tooMuchMemory(.xz, limit: 1 << 20)) {
            try XZ.decode(Fixtures.helloXZ, limit: 100, memoryLimit: 1 << 20)
        }
    }

    @Test func `cut short at any offset is truncated`() {
        for count in 0..<Fixtures.helloXZ.count {
            let error = #expect(throws: ArchiveError.self) { try XZ.decode(Array(Fixtures.helloXZ[..<count]), limit: 100) }
            guard case .truncated(.xz, _) = error else {
                Issue.record("\(count) bytes gave \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `a flipped bit anywhere is refused or harmless`() {
        for offset in Fixtures.helloXZ.indices {
            for bit in 0..<8 {
                var damaged = Fixtures.helloXZ
                damaged[offset] ^= 1 << bit
                if case .success(let content) = Fixtures.outcome({ () throws(ArchiveError) in try XZ.decode(damaged, limit: 1 << 20) }) {
                    #expect(content == Fixtures.hello)
                }
            }
        }
    }

    @Test func `an index that states less than the content is refused`() throws {
        // The index of the empty file behind the blocks of another: sizes contradict each other.
        let spliced = Fixtures.helloXZ.dropLast(36) + Fixtures.emptyXZ.suffix(20)
        #expect(throws: ArchiveError.self) { try XZ.decode(Array(spliced), limit: 100) }
    }
}

@Suite struct GzipTests {
    @Test func `members after one another are one content`() throws {
        #expect(try Gzip.decode(Fixtures.helloGzip, limit: 6) == Fixtures.hello)
        #expect(try Gzip.decode(Fixtures.helloGzip + Fixtures.helloGzip, limit: 12) == Fixtures.hello + Fixtures.hello)
    }

    @Test func `a long member before a short one still fits`() throws {
        let long = [UInt8](repeating: 7, count: 300_000)
        let joined = try Gzip.encode(long) + Fixtures.helloGzip + Gzip.encode([]) + Gzip.encode(long)
        #expect(try Gzip.decode(joined, limit: 700_000) == long + Fixtures.hello + long)
    }

    @Test(arguments: [0, 1, 6, 12]) func `what was encoded decodes again`(level: Int) throws {
        let compressor = try GzipCompressor(level: level)
        for count in [0, 1, 511, 70_000] {
            let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 5) }
            #expect(try Gzip.decode(compressor.encode(content), limit: count) == content)
        }
    }

    @Test func `a member has no time, no name and operating system 255`() throws {
        let member = try Gzip.encode(Fixtures.hello)
        #expect(Array(member[..<8]) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
        #expect(member[9] == 255)
        #expect(try Gzip.encode(Fixtures.hello) == member)
    }

    @Test func `a bomb is refused`() throws {
        let bomb = try Gzip.encode([UInt8](repeating: 0, count: 1 << 20))
        #expect(throws: ArchiveError.tooLarge(.gzip, limit: 1000)) { try Gzip.decode(bomb, limit: 1000) }
        #expect(throws: ArchiveError.tooLarge(.gzip, limit: 5)) { try Gzip.decode(Fixtures.helloGzip, limit: 5) }
    }

    @Test func `a stated size that lies costs nothing`() throws {
        var lying = Fixtures.helloGzip
        for index in lying.count - 4..<lying.count { lying[index] = 0xFF }
        #expect(throws: ArchiveError.self) { try Gzip.decode(lying, limit: 1 << 40) }
    }

    @Test func `cut short at any offset is refused`() {
        for count in 0..<Fixtures.helloGzip.count {
            #expect(throws: ArchiveError.self) { try Gzip.decode(Array(Fixtures.helloGzip[..<count]), limit: 100) }
        }
    }

    @Test func `bytes after the last member are refused`() {
        #expect(throws: ArchiveError.self) { try Gzip.decode(Fixtures.helloGzip + [0], limit: 100) }
        #expect(throws: ArchiveError.corrupt(.gzip, offset: 26, reason: "something else than the gzip mark")) {
            try Gzip.decode(Fixtures.helloGzip + [UInt8](repeating: 0, count: 32), limit: 100)
        }
    }
}

@Suite struct ZstdTests {
    @Test func `a frame decodes whether or not it states its size`() throws {
        #expect(try Zstd.decode(Fixtures.helloZstd, limit: 6) == Fixtures.hello)
        #expect(try Zstd.decode(Zstd.encode(Fixtures.hello), limit: 6) == Fixtures.hello)
        #expect(try Zstd.decode(Zstd.encode([]), limit: 0).isEmpty)
    }

    @Test func `frames after one another are one content, skippable ones left out`() throws {
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let known = try Zstd.encode(Fixtures.hello)
        #expect(try Zstd.decode(known + skippable + known, limit: 12) == Fixtures.hello + Fixtures.hello)
        #expect(try Zstd.decode(known + skippable + Fixtures.helloZstd, limit: 12) == Fixtures.hello + Fixtures.hello)
    }

    @Test func `a bomb is refused, stated or not`() throws {
        #expect(throws: ArchiveError.tooLarge(.zstd, limit: 1000)) { try Zstd.decode(Fixtures.zerosZstd, limit: 1000) }
        let stated = try Zstd.encode([UInt8](repeating: 0, count: 1 << 20))
        #expect(throws: ArchiveError.tooLarge(.zstd, limit: 1000)) { try Zstd.decode(stated, limit: 1000) }
    }

    @Test func `chunks are at most a mebibyte and add up`() throws {
        var sizes: [Int] = []
        try Fixtures.zerosZstd.withUnsafeBytes {
            try Zstd.decode($0, limit: 4 << 20) {
                sizes.append($0.count); return .more
            }
        }
        #expect(sizes.reduce(0, +) == Fixtures.zerosCount)
        #expect(sizes.allSatisfy { $0 <= 1 << 20 })
    }

    @Test func `cut short at any offset is truncated`() throws {
        for file in [Fixtures.helloZstd, try Zstd.encode(Fixtures.hello)] {
            for count in 0..<file.count {
                let error = #expect(throws: ArchiveError.self) { try Zstd.decode(Array(file[..<count]), limit: 100) }
                guard case .truncated(.zstd, _) = error else {
                    Issue.record("\(count) bytes gave \(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func `a wrong checksum is its own error`() throws {
        var damaged = try Zstd.encode(Fixtures.hello)
        damaged[damaged.count - 1] ^= 1
        #expect(throws: ArchiveError.checksumMismatch(.zstd, offset: 0)) { try Zstd.decode(damaged, limit: 100) }
    }

    @Test func `the same bytes and level give the same frame`() throws {
        let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        let kept = try ZstdCompressor(level: 19)
        _ = try kept.encode(Fixtures.hello)
        #expect(try kept.encode(content) == Zstd.encode(content, level: 19))
    }
}

@Suite struct DecompressorTests {
    @Test func `the suffix picks the decoder`() throws {
        #expect(try Decompressor.decode(named: "data.tar.xz", Fixtures.helloXZ, limit: 6) == Fixtures.hello)
        #expect(try Decompressor.decode(named: "main/Packages.gz", Fixtures.helloGzip, limit: 6) == Fixtures.hello)
        #expect(try Decompressor.decode(named: "control.tar.zst", Fixtures.helloZstd, limit: 6) == Fixtures.hello)
        #expect(try Decompressor.decode(named: "data.tar", Fixtures.hello, limit: 6) == Fixtures.hello)
        #expect(try Decompressor.decode(named: "a.d/Packages", Fixtures.hello, limit: 6) == Fixtures.hello)
    }

    @Test func `an unknown suffix and a long plain file are refused`() {
        #expect(throws: ArchiveError.unknownSuffix(name: "data.tar.bz2")) {
            try Decompressor.decode(named: "data.tar.bz2", Fixtures.hello, limit: 6)
        }
        #expect(throws: ArchiveError.tooLarge(.tar, limit: 5)) { try Decompressor.decode(named: "data.tar", Fixtures.hello, limit: 5) }
    }

    @Test(arguments: ["x.xz", "x.gz", "x.zst", "x"]) func `every format hands out chunks`(name: String) throws {
        let file = [".xz": Fixtures.helloXZ, ".gz": Fixtures.helloGzip, ".zst": Fixtures.helloZstd][name.dropFirst()] ?? Fixtures.hello
        var content: [UInt8] = []
        try file.withUnsafeBytes {
            try Decompressor.decode(named: name, $0, limit: 6) {
                content += Array($0); return .more
            }
        }
        #expect(content == Fixtures.hello)
    }

    @Test func `versions are told for provenance`() {
        let versions = CompressorVersions.current
        for version in [versions.libdeflate, versions.zstd, versions.liblzma] { #expect(version.first?.isNumber == true) }
    }

    @Test func `every error says what was expected, what was found and what to do`() {
        let errors: [ArchiveError] = [
            .truncated(.xz, offset: 1), .corrupt(.tar, offset: 1, reason: "x"), .checksumMismatch(.tar, offset: 1),
            .tooLarge(.gzip, limit: 1),
            .tooMuchMemory(.xz, limit: 1), .tooMany(.ar, what: "members", limit: 1), .unsupported(.tar, offset: 1, feature: "x"),
            .unknownSuffix(name: "x"), .unsafePath("a\u{1B}[2Jb", fault: .controlCharacter), .notWritable(path: "x", reason: "y"),
            .libraryFailure(.zstd, code: 1),
        ]
        for diagnosis in errors.map(\.diagnosis) {
            #expect(diagnosis.summary.contains("expected") && diagnosis.summary.contains("found"))
            #expect(!diagnosis.remedy.isEmpty)
            #expect(!diagnosis.rendered.unicodeScalars.contains("\u{1B}"))
        }
        #expect(Set(errors.map(\.diagnosis.code)).count == errors.count)
    }
}
