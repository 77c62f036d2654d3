// SPDX-License-Identifier: Apache-2.0

/// A tar that holds whatever a test says, hostile things too: nothing is checked.
package struct RawTar: Sendable {
    package struct Entry: Sendable {
        package var path: String
        /// The type flag of ustar: `0` file, `1` hard link, `2` symbolic link, `3` `4` devices, `5` directory, `6` pipe.
        package var type: Character
        package var mode: Int
        package var uid = 0
        package var gid = 0
        /// Seconds since 1970; nil takes the package's.
        package var modified: Int?
        package var target = ""
        package var body: [UInt8] = []
        /// PAX records before the entry.
        package var records: [(key: String, value: String)] = []

        package static func file(_ path: String, _ text: String = "", mode: Int = 0o644, modified: Int? = nil) -> Entry {
            bytes(path, Array(text.utf8), mode: mode, modified: modified)
        }
        package static func bytes(_ path: String, _ body: [UInt8], mode: Int = 0o644, modified: Int? = nil) -> Entry {
            Entry(path: path, type: "0", mode: mode, modified: modified, body: body)
        }
        package static func directory(_ path: String, mode: Int = 0o755, modified: Int? = nil) -> Entry {
            Entry(path: path.hasSuffix("/") ? path : path + "/", type: "5", mode: mode, modified: modified)
        }
        package static func link(_ path: String, to target: String) -> Entry {
            Entry(path: path, type: "2", mode: 0o777, target: target)
        }
        package static func hardLink(_ path: String, to target: String) -> Entry {
            Entry(path: path, type: "1", mode: 0o644, target: target)
        }
        package static func special(_ path: String, _ type: Character) -> Entry { Entry(path: path, type: type, mode: 0o644) }

        package func with(_ change: (inout Entry) -> Void) -> Entry {
            var copy = self
            change(&copy)
            return copy
        }
    }

    package var entries: [Entry]
    package var modified: Int
    package init(_ entries: [Entry], modified: Int = 0) {
        self.entries = entries
        self.modified = modified
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var entry = entry
            if entry.path.utf8.count > 100 { entry.records.append(("path", entry.path)) }
            if !entry.records.isEmpty {
                let records = Array(entry.records.map { Self.record($0.key, $0.value) }.joined().utf8)
                bytes += header(.init(path: "pax", type: "x", mode: 0o644), size: records.count) + Self.padded(records)
            }
            bytes += header(entry, size: entry.body.count) + Self.padded(entry.body)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private func header(_ entry: Entry, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, limit: Int) {
            for (index, byte) in text.utf8.prefix(limit).enumerated() { block[offset + index] = byte }
        }
        put(entry.path, at: 0, limit: 100)
        for (value, offset, digits) in [
            (entry.mode, 100, 7), (entry.uid, 108, 7), (entry.gid, 116, 7), (size, 124, 11), (entry.modified ?? modified, 136, 11),
        ] {
            let text = String(value, radix: 8)
            put(String(repeating: "0", count: max(0, digits - text.count)) + text, at: offset, limit: digits)
        }
        put("        ", at: 148, limit: 8)
        put(String(entry.type), at: 156, limit: 1)
        put(entry.target, at: 157, limit: 100)
        put("ustar\u{0}00", at: 257, limit: 8)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0}", at: 148, limit: 7)
        return block
    }

    private static func record(_ key: String, _ value: String) -> String {
        let payload = " \(key)=\(value)\n"
        var length = payload.utf8.count + 1
        while "\(length)".count + payload.utf8.count != length { length = "\(length)".count + payload.utf8.count }
        return "\(length)\(payload)"
    }

    private static func padded(_ body: [UInt8]) -> [UInt8] { body + [UInt8](repeating: 0, count: (512 - body.count % 512) % 512) }
}
