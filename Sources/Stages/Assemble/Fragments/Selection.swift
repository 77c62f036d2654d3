// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Which paths of which package a recipe takes: its patterns, read once for a build.
struct Selection: Sendable {
    private let drops: [(paths: [HeadedPattern], except: [HeadedPattern])]
    /// Patterns of packages that are taken in part. Several layers may ask for parts of one package: the image takes them all,
    /// and the whole when one asks for it.
    private let parts: [String: [HeadedPattern]]

    init(_ recipe: Recipe) {
        drops = recipe.drops.map { ($0.paths.compactMap(HeadedPattern.init), $0.except.compactMap(HeadedPattern.init)) }
        let requests = Dictionary(grouping: recipe.layers.flatMap(\.packages), by: \.package)
        var parts = requests.filter { $0.value.allSatisfy { $0.only != nil } }.mapValues { asked in asked.flatMap { $0.only ?? [] } }
        // A package that the recipe excludes is locked for one reason only: its copyright file is linked to.
        for case .copyrightFrom(let package) in recipe.steps where requests[package] == nil {
            parts[package] = ["usr/share/doc/\(package)/copyright"]
        }
        self.parts = parts.mapValues { $0.compactMap(HeadedPattern.init) }
    }

    /// Whether only parts of the package are asked for.
    func isPartial(_ package: String) -> Bool { parts[package] != nil }

    /// For each line of a package's listing whether it is taken; paths in `lost` belong to somebody else.
    ///
    /// Of a package that is taken in part, exactly what was asked for is taken, and its licence; rules of dropping are for whole ones.
    func kept(_ listing: [String], of package: String, lost: Set<String>) throws(AssembleError) -> [Bool] {
        let bare = listing.map { $0.utf8.last == 0x2F ? String($0.dropLast()) : $0 }
        guard let patterns = parts[package] else {
            return bare.map { path in !isDropped(path) && !(lost.contains(path)) }
        }
        for pattern in patterns where !bare.contains(where: pattern.matches) {
            throw .partialMatchesNothing(package: package, pattern: pattern.text)
        }
        let copyright = "usr/share/doc/\(package)"
        return bare.map { path in
            !lost.contains(path) && (path == copyright || path == copyright + "/copyright" || patterns.contains { $0.matches(path) })
        }
    }

    private func isDropped(_ path: String) -> Bool {
        drops.contains { rule in
            rule.paths.contains { $0.matches(path) } && !rule.except.contains { $0.matches(path) }
        }
    }
}

/// A pattern behind the bytes that every path it matches begins with: most paths fail on those.
private struct HeadedPattern: Sendable {
    private let head: [UInt8]
    private let pattern: PathPattern
    var text: String { pattern.text }

    // Patterns of a loaded recipe are well formed.
    init?(_ text: String) {
        guard let pattern = PathPattern(text) else { return nil }
        self.pattern = pattern
        head = Array(text.utf8.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "{") })
    }

    @Sendable func matches(_ path: String) -> Bool { path.utf8.starts(with: head) && pattern.matches(path) }
}
