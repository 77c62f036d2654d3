// SPDX-License-Identifier: Apache-2.0

/// A pattern over relative paths. It names a path and everything below it.
///
/// `*` stands for any characters within one segment, `**` for any number of segments, `{a,b}` for either.
/// `usr/share/man` matches `usr/share/man` and `usr/share/man/man1/ls.1.gz`; `usr/bin/*.sh` matches `usr/bin/a.sh`.
package struct PathPattern: Hashable, Sendable {
    package let text: String
    private let alternatives: [[Segment]]

    private enum Segment: Hashable {
        case literal([UInt8])
        case wild([UInt8])
        case anyDepth
    }

    /// Reads a pattern; nil when it is empty, absolute, has an empty or dot segment, or an unclosed brace.
    package init?(_ text: String) {
        guard let expanded = Self.expand(Array(text.utf8), budget: 64) else { return nil }
        var alternatives: [[Segment]] = []
        for bytes in expanded {
            var segments: [Segment] = []
            for part in bytes.split(separator: 0x2F, omittingEmptySubsequences: false) {
                let segment = Array(part)
                if segment.isEmpty || segment == [0x2E] || segment == [0x2E, 0x2E] { return nil }
                if segment == [0x2A, 0x2A] {
                    // Several in a row mean the same as one, and would be tried in every combination.
                    if segments.last != .anyDepth { segments.append(.anyDepth) }
                } else {
                    segments.append(segment.contains(0x2A) ? .wild(segment) : .literal(segment))
                }
            }
            alternatives.append(segments)
        }
        self.text = text
        self.alternatives = alternatives
    }

    package func matches(_ path: String) -> Bool {
        var copy = path
        return copy.withUTF8 { bytes in
            alternatives.contains { Self.match($0[...], bytes, from: 0) }
        }
    }

    private static func match(_ segments: ArraySlice<Segment>, _ path: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        guard let first = segments.first else { return true }
        if case .anyDepth = first {
            var position = start
            while position <= path.count {
                if match(segments.dropFirst(), path, from: position) { return true }
                guard let slash = nextSlash(path, from: position) else { return segments.count == 1 }
                position = slash + 1
            }
            return false
        }
        guard start < path.count else { return false }
        let end = nextSlash(path, from: start) ?? path.count
        let segment = UnsafeBufferPointer(rebasing: path[start..<end])
        switch first {
        case .literal(let bytes): guard segment.elementsEqual(bytes) else { return false }
        case .wild(let bytes): guard Glob.matches(bytes, segment) else { return false }
        case .anyDepth: return false
        }
        if segments.count == 1 { return true }
        return end < path.count && match(segments.dropFirst(), path, from: end + 1)
    }

    private static func nextSlash(_ path: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        while position < path.count {
            if path[position] == 0x2F { return position }
            position += 1
        }
        return nil
    }

    private static func expand(_ bytes: [UInt8], budget: Int) -> [[UInt8]]? {
        guard !bytes.isEmpty else { return nil }
        guard let open = bytes.firstIndex(of: 0x7B) else { return bytes.contains(0x7D) ? nil : [bytes] }
        guard let close = bytes[open...].firstIndex(of: 0x7D) else { return nil }
        var results: [[UInt8]] = []
        for choice in bytes[(open + 1)..<close].split(separator: 0x2C, omittingEmptySubsequences: false) {
            guard let rest = expand(Array(bytes[..<open]) + choice + Array(bytes[(close + 1)...]), budget: budget / 2) else { return nil }
            results += rest
            if results.count > budget { return nil }
        }
        return results
    }
}
