// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Inspect

/// Layers for tests, entry by entry.
enum TarMaker {
    struct Entry {
        var path: String
        var kind = TarEntry.Kind.file
        var text = ""
        var target = ""
        var mode = 0o644

        static func file(_ path: String, _ text: String = "x", mode: Int = 0o644) -> Entry { Entry(path: path, text: text, mode: mode) }
        static func folder(_ path: String) -> Entry { Entry(path: path, kind: .directory, mode: 0o755) }
        static func link(_ path: String, _ target: String) -> Entry { Entry(path: path, kind: .symlink, target: target, mode: 0o777) }
        static func hardlink(_ path: String, _ target: String) -> Entry { Entry(path: path, kind: .hardlink, target: target) }
    }

    /// Plain ustar, also with names that no writer of ours would take.
    static func tar(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var block = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) { block.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8)) }
            func octal(_ value: Int, _ width: Int) -> String {
                let digits = String(value, radix: 8)
                return String(repeating: "0", count: width - digits.count) + digits
            }
            let name = entry.path.utf8.count <= 100 ? entry.path : ""
            if name.isEmpty {
                let body = Array(entry.path.utf8) + [0]
                bytes += Self.header("././@LongLink", size: body.count, flag: "L") + Self.padded(body)
                put(String(entry.path.prefix(100)), at: 0)
            } else {
                put(name, at: 0)
            }
            put(octal(entry.mode, 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(entry.text.utf8.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            let flag: [TarEntry.Kind: String] = [.file: "0", .directory: "5", .symlink: "2", .hardlink: "1"]
            put(flag[entry.kind] ?? "0", at: 156)
            put(entry.target, at: 157)
            put("ustar\0" + "00", at: 257)
            Self.seal(&block)
            bytes += block + Self.padded(Array(entry.text.utf8))
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private static func header(_ name: String, size: Int, flag: String) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        block.replaceSubrange(0..<name.utf8.count, with: Array(name.utf8))
        let digits = String(size, radix: 8)
        block.replaceSubrange(124..<135, with: Array((String(repeating: "0", count: 11 - digits.count) + digits).utf8))
        block[156] = Array(flag.utf8)[0]
        block.replaceSubrange(257..<265, with: Array("ustar  \0".utf8))
        seal(&block)
        return block
    }

    private static func seal(_ block: inout [UInt8]) {
        for index in 148..<156 { block[index] = 0x20 }
        let digits = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<156, with: Array((String(repeating: "0", count: 6 - digits.count) + digits + "\0 ").utf8))
    }

    private static func padded(_ body: [UInt8]) -> [UInt8] { body + [UInt8](repeating: 0, count: (512 - body.count % 512) % 512) }

    /// What an image of these layers holds.
    static func inventory(
        _ layers: [[Entry]], limits: InspectionLimits = InspectionLimits(), subject: ForeignSubject = ForeignSubject(reference: "test"),
        ports: [String] = []
    ) throws -> ForeignInventory {
        let inspector = Inspector(limits: limits)
        let allowance = InspectionAllowance(limits)
        let scanned = try layers.enumerated().map { number, entries in
            try tar(entries).withUnsafeBytes { try inspector.scan($0, number: number, sharing: allowance) }
        }
        return try inspector.inventory(of: scanned, as: subject, ports: ports)
    }
}
