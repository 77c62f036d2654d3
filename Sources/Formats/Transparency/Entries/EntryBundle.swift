// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-tiles#log-entries

/// Up to 256 consecutive entries in one file, each after its length in two bytes, big endian.
package enum EntryBundle {
    /// Bytes of one entry.
    package static let entryLimit = 65535
    /// Bytes of a full bundle of the largest entries.
    package static let limit = TilePath.fullWidth * (entryLimit + 2)

    package static func bytes(_ entries: [[UInt8]]) throws(TransparencyError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.count + 2 })
        for entry in entries {
            try check(entry)
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 0xFF))
            bytes += entry
        }
        return bytes
    }

    /// Refuses what does not fit into a log.
    package static func check(_ entry: [UInt8]) throws(TransparencyError) {
        guard (1...entryLimit).contains(entry.count) else { throw .entryTooLarge(found: entry.count) }
    }

    /// The entries of a file; as many as the path's width, and nothing after them.
    package static func entries(_ bytes: [UInt8], at path: TilePath) throws(TransparencyError) -> [[UInt8]] {
        let kind = "bundle of entries \(path)"
        guard bytes.count <= limit else { throw .tooLarge(kind: kind, limit: limit, found: bytes.count) }
        var entries: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            guard position + 2 <= bytes.count, case let length = Int(bytes[position]) << 8 | Int(bytes[position + 1]),
                position + 2 + length <= bytes.count
            else { throw .malformed(kind: kind, reason: "it ends inside entry \(entries.count)") }
            guard length > 0 else { throw .malformed(kind: kind, reason: "entry \(entries.count) is empty") }
            entries.append(Array(bytes[position + 2..<position + 2 + length]))
            position += 2 + length
            guard entries.count <= path.width else { throw .malformed(kind: kind, reason: "it has more than \(path.width) entries") }
        }
        guard entries.count == path.width else {
            throw .malformed(kind: kind, reason: "it has \(entries.count) entries, not \(path.width)")
        }
        return entries
    }
}
