// SPDX-License-Identifier: Apache-2.0

/// The nearest right spelling of a word, for errors that help.
package enum Spelling {
    /// The candidate with the fewest edits, when it is near enough to be meant; the first in order on a tie.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let limit = Swift.max(1, Swift.min(3, (word.count + 1) / 3))
        var best: (String, Int)?
        for candidate in candidates {
            let distance = edits(Array(word.utf8), Array(candidate.utf8), limit: limit)
            if distance <= limit, best.map({ distance < $0.1 }) ?? true { best = (candidate, distance) }
        }
        return best?.0
    }

    /// The nearest of references such as `python:3.13`. A name that was left half, or has another tag behind it, finds its image.
    package static func nearestReference(to reference: String, among candidates: [String]) -> String? {
        if let near = nearest(to: reference, among: candidates) { return near }
        let (name, tag) = split(reference)
        let parts = candidates.map { (name: split($0).name, whole: $0) }
        guard let meant = nearest(to: name, among: parts.map(\.name)) else { return nil }
        let own = parts.filter { $0.name == meant }.map(\.whole)
        if let tag, let near = nearest(to: "\(meant):\(tag)", among: own) { return near }
        // The name is right, and none of its tags is near: any of them may be meant.
        return meant == name && tag != nil ? nil : own.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    private static func split(_ reference: String) -> (name: String, tag: String?) {
        guard let end = reference.firstIndex(where: { $0 == ":" || $0 == "@" }) else { return (reference, nil) }
        return (String(reference[..<end]), String(reference[reference.index(after: end)...]))
    }

    // Optimal string alignment distance (two neighbours that changed places count once), given up beyond the limit.
    private static func edits(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
        guard abs(a.count - b.count) <= limit else { return limit + 1 }
        var older: [Int] = []
        var previous = Array(0...b.count)
        for (row, left) in a.enumerated() {
            var current = [row + 1]
            for (column, right) in b.enumerated() {
                var cost = Swift.min(previous[column] + (left == right ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left == b[column - 1], right == a[row - 1] { cost = Swift.min(cost, older[column - 1] + 1) }
                current.append(cost)
            }
            older = previous
            previous = current
        }
        return previous[b.count]
    }
}
