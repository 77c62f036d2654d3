// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF
import Testing

@testable import Assemble

struct FragmentCodecTests {
    @Test(arguments: 0..<60) func `what is written is read`(_ seed: Int) throws {
        var generator = Seeded(seed: UInt64(seed))
        let fragment = Fragment.random(using: &generator)
        #expect(FragmentCodec.decode(FragmentCodec.encode(fragment)) == fragment)
    }

    @Test func `bytes that are cut short or go on are nothing`() throws {
        var generator = Seeded(seed: 7)
        let bytes = FragmentCodec.encode(Fragment.random(using: &generator))
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 300)) {
            #expect(FragmentCodec.decode(Array(bytes.prefix(count))) == nil)
        }
        #expect(FragmentCodec.decode(bytes + [0]) == nil)
    }

    @Test(arguments: 0..<40) func `damaged bytes are read without harm`(_ seed: Int) throws {
        var generator = Seeded(seed: UInt64(seed))
        var bytes = FragmentCodec.encode(Fragment.random(using: &generator))
        for _ in 0..<20 {
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = FragmentCodec.decode(bytes)
        }
        _ = FragmentCodec.decode((0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        _ = FragmentCodec.decode([UInt8](repeating: 0xFF, count: 400))
    }

    @Test(arguments: [0, 1, -1, 127, 128, 16_384, Int.max, Int.min]) func `every number fits`(_ number: Int) {
        var writer = ByteWriter()
        writer.number(number)
        #expect(writer.output.count <= 10)
        writer.output.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            #expect(reader.number() == number)
            #expect(reader.isFinished)
        }
    }
}

/// SplitMix64: the same sequence for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Fragment {
    static func random(using generator: inout Seeded) -> Fragment {
        func number(_ limit: Int) -> Int { Int.random(in: 0...limit, using: &generator) }
        func text() -> String { String((0..<number(12)).map { _ in Character(["a", "b", "/", "ü", "é", "\n", "🙂"][number(6)]) }) }
        func texts() -> [String] { (0..<number(3)).map { _ in text() } }
        func maybe<Value>(_ value: Value) -> Value? { number(1) == 0 ? nil : value }
        let kinds: [FileEntry.Kind] = [.file, .directory, .symlink, .hardlink]
        let entries = (0..<number(40)).map { index in
            let elf = ELFFacts(
                machine: text(), kind: text(), interpreter: maybe(text()), soname: maybe(text()), needed: texts(), runPath: texts(),
                buildID: maybe(text()), flags: texts())
            let facts = FileFacts(elf: maybe(elf), interpreter: maybe(text()), secrets: texts(), hasCapabilities: number(1) == 0)
            return FileEntry(
                path: "usr/share/" + text() + "\(index)", kind: kinds[number(3)], mode: number(0o7777), uid: number(70_000), gid: number(9),
                size: number(Int.max - 1), modified: number(8_589_934_591), digest: maybe(Digest.sha256(of: text())), target: maybe(text()),
                owner: "package", facts: maybe(facts))
        }
        return Fragment(
            package: "package", entries: entries, bodies: entries.map { _ in number(1 << 40) - 1 }, newest: number(1 << 33),
            control: text(),
            copyright: maybe(text()), conffiles: texts(),
            scripts: (0..<number(3)).map { _ in .init(kind: text(), bytes: Array(text().utf8)) },
            dropped: texts(),
            tarSize: number(1 << 40))
    }
}
