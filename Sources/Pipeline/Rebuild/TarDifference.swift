// SPDX-License-Identifier: Apache-2.0
import Archive
import Base

/// The first thing in which two archives differ.
package struct TarDifference: Hashable, Sendable {
    /// Of the entry; nil when it is not about one.
    package var path: String?
    /// `mode`, `size`, `byte 1024 of the file`, `entry`.
    package var field: String
    package var expected: String
    package var found: String
    /// Further entries that differ, sorted, at most a hundred.
    package var others: [String] = []

    /// Compares two archives entry by entry: names, then fields, then bytes. Nil when they are the same bytes.
    package static func first(between expected: [UInt8], and found: [UInt8]) -> TarDifference? {
        guard expected != found else { return nil }
        guard let left = try? TarReader.entries(of: expected), let right = try? TarReader.entries(of: found) else {
            return raw(expected, found)
        }
        let comparison = Comparison(expected: expected, found: found, left: left, right: right)
        return comparison.first() ?? raw(expected, found)
    }

    /// Two archives that a reader takes for the same: which byte, and of which field of which header.
    private static func raw(_ expected: [UInt8], _ found: [UInt8]) -> TarDifference {
        let offset = zip(expected, found).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(expected.count, found.count)
        guard offset < expected.count, offset < found.count else {
            return TarDifference(field: "length", expected: "\(expected.count) bytes", found: "\(found.count) bytes")
        }
        let entry = (try? TarReader.entries(of: expected))?.first { offset < ($0.body.upperBound + 511) / 512 * 512 }
        var field = "byte \(offset) of the archive"
        if let entry, case let start = entry.body.lowerBound - 512, (start..<start + 512).contains(offset) {
            field = "\(headerField(offset - start)) of the header, byte \(offset - start)"
        }
        return TarDifference(path: entry?.path, field: field, expected: hex(expected, offset), found: hex(found, offset))
    }

    // POSIX.1-2017 pax, "ustar Header Block".
    private static func headerField(_ offset: Int) -> String {
        let fields = [
            (100, "name"), (108, "mode"), (116, "uid"), (124, "gid"), (136, "size"), (148, "mtime"), (156, "chksum"), (157, "typeflag"),
            (257, "linkname"), (263, "magic"), (265, "version"), (297, "uname"), (329, "gname"), (337, "devmajor"), (345, "devminor"),
            (500, "prefix"),
        ]
        return fields.first { offset < $0.0 }?.1 ?? "padding"
    }

    fileprivate static func hex(_ bytes: [UInt8], _ offset: Int, end: Int? = nil) -> String {
        let window = bytes[offset..<min(end ?? bytes.count, offset + 16)]
        let text = String(String.UnicodeScalarView(window.map { (0x20..<0x7F).contains($0) ? Unicode.Scalar($0) : "." }))
        return "\(Hex.encode(window)) \(text)"
    }
}

private struct Comparison {
    let expected: [UInt8]
    let found: [UInt8]
    let left: [TarEntry]
    let right: [TarEntry]

    private static let limit = 100

    func first() -> TarDifference? {
        let known = Dictionary(left.map { ($0.path, $0) }) { first, _ in first }
        let other = Dictionary(right.map { ($0.path, $0) }) { first, _ in first }
        var differing = Set(known.keys).symmetricDifference(other.keys)
        for (path, entry) in known { if let twin = other[path], difference(entry, twin) != nil { differing.insert(path) } }
        var first = zip(left, right).lazy.compactMap { pair(known, other, $0, $1) }.first
        if first == nil, left.count != right.count {
            let longer = left.count > right.count ? left[right.count] : right[left.count]
            first = presence(longer.path, isExpected: left.count > right.count)
        }
        guard var first else { return nil }
        first.others = Array(differing.subtracting([first.path].compactMap(\.self)).sorted().prefix(Self.limit))
        return first
    }

    private func pair(_ known: [String: TarEntry], _ other: [String: TarEntry], _ a: TarEntry, _ b: TarEntry) -> TarDifference? {
        guard a.path == b.path else {
            if other[a.path] == nil { return presence(a.path, isExpected: true) }
            if known[b.path] == nil { return presence(b.path, isExpected: false) }
            return TarDifference(path: a.path, field: "order", expected: a.path, found: b.path)
        }
        return difference(a, b)
    }

    private func presence(_ path: String, isExpected: Bool) -> TarDifference {
        TarDifference(path: path, field: "entry", expected: isExpected ? "present" : "absent", found: isExpected ? "absent" : "present")
    }

    private func difference(_ a: TarEntry, _ b: TarEntry) -> TarDifference? {
        func octal(_ mode: Int) -> String { "0" + String(mode, radix: 8) }
        let fields = [
            ("kind", a.kind.rawValue, b.kind.rawValue), ("mode", octal(a.mode), octal(b.mode)), ("uid", "\(a.uid)", "\(b.uid)"),
            ("gid", "\(a.gid)", "\(b.gid)"), ("mtime", "\(a.modified)", "\(b.modified)"),
            ("link target", a.target ?? "none", b.target ?? "none"), ("size", "\(a.size)", "\(b.size)"),
        ]
        let bodyA = expected[a.body]
        let bodyB = found[b.body]
        let offset = bodyA == bodyB ? nil : zip(bodyA, bodyB).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        if let (name, left, right) = fields.first(where: { $0.1 != $0.2 }) {
            var difference = TarDifference(path: a.path, field: name, expected: left, found: right)
            if name == "size", let offset { difference.field = "size, and byte \(offset) of the file" }
            return difference
        }
        if let offset {
            return TarDifference(
                path: a.path, field: "byte \(offset) of the file",
                expected: TarDifference.hex(expected, a.body.lowerBound + offset, end: a.body.upperBound),
                found: TarDifference.hex(found, b.body.lowerBound + offset, end: b.body.upperBound))
        }
        guard a.extendedAttributes != b.extendedAttributes else { return nil }
        return TarDifference(
            path: a.path, field: "extended attributes", expected: a.extendedAttributes.keys.sorted().joined(separator: " "),
            found: b.extendedAttributes.keys.sorted().joined(separator: " "))
    }
}
