// SPDX-License-Identifier: Apache-2.0

/// Which repositories a grant is about: `*` stands for characters within a segment, `**` for any segments.
///
/// `team/*` is `team/a` and not `team/a/b`; `team/**` is everything below `team`; `**` is everything; `**/python` is any `python`.
package struct RepositoryPattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private let segments: [Segment]
    private let isEverything: Bool

    private enum Segment: Hashable {
        case literal(String)
        case wild([UInt8])
        case anyDepth
    }

    /// Reads a pattern; nil when it is longer than a name may be, has an empty segment or a character no name has.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 255, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        var segments: [Segment] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            if part == "**" {
                // Several in a row mean the same as one, and would be tried in every combination.
                if segments.last != .anyDepth { segments.append(.anyDepth) }
            } else if part.isEmpty || part.contains("**") {
                return nil
            } else {
                segments.append(part.contains("*") ? .wild(Array(part.utf8)) : .literal(String(part)))
            }
        }
        // Each further one would multiply the ways to match.
        guard segments.count(where: { $0 == .anyDepth }) <= 2 else { return nil }
        description = text
        self.segments = segments
        isEverything = segments == [.anyDepth]
    }

    package func matches(_ repository: String) -> Bool {
        if isEverything { return true }
        return Self.match(segments[...], repository.split(separator: "/", omittingEmptySubsequences: false)[...])
    }

    private static func match(_ segments: ArraySlice<Segment>, _ names: ArraySlice<Substring>) -> Bool {
        guard let first = segments.first else { return names.isEmpty }
        let rest = segments.dropFirst()
        switch first {
        case .anyDepth:
            // At the end it names what is below, so that `team/**` is not `team` itself.
            if rest.isEmpty { return !names.isEmpty }
            return (0...names.count).contains { match(rest, names.dropFirst($0)) }
        case .literal(let text): return names.first.map { $0 == text } == true && match(rest, names.dropFirst())
        case .wild(let pattern): return names.first.map { Glob.matches(pattern, Array($0.utf8)) } == true && match(rest, names.dropFirst())
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x2F, 0x2A: true
        default: false
        }
    }
}
