// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Which paths of which package a recipe takes: its patterns, read once for a build.
struct Selection: Sendable {
    /// What one layer takes of a package, and those below it.
    struct Share: Sendable {
        let layer: String
        /// Nil when it is the whole package.
        let patterns: [HeadedPattern]?
    }

    private let drops: [(paths: [HeadedPattern], except: [HeadedPattern])]
    private let origins: [String]
    /// Package -> what each layer asks of it, lowest first.
    private let requests: [String: [(layer: Int, only: [String]?)]]
    private let copyrightOnly: Set<String>

    init(_ recipe: Recipe) {
        drops = recipe.drops.map { ($0.paths.compactMap(HeadedPattern.init), $0.except.compactMap(HeadedPattern.init)) }
        origins = recipe.layers.map(\.origin)
        var requests: [String: [(layer: Int, only: [String]?)]] = [:]
        for (number, layer) in recipe.layers.enumerated() {
            for request in layer.packages { requests[request.package, default: []].append((number, request.only)) }
        }
        self.requests = requests
        // A package that the recipe excludes is locked for one reason only: its copyright file is linked to.
        copyrightOnly = Set(
            recipe.steps.compactMap { step in
                if case .copyrightFrom(let package) = step, requests[package] == nil { package } else { nil }
            })
    }

    /// The layers that take something of a package, lowest first; one for most packages.
    ///
    /// Where several layers ask for parts of it, each takes what those below it have not: so a layer stays what it is in an image
    /// that ends there. Together they take all that is asked for, and the whole when one asks for it.
    func shares(of package: LockedPackage) -> [Share] {
        if copyrightOnly.contains(package.name) {
            return [share(package.layer, ["usr/share/doc/\(package.name)/copyright"])]
        }
        guard let asked = requests[package.name] else { return [Share(layer: package.layer, patterns: nil)] }
        let lowest = origins.firstIndex(of: package.layer) ?? 0
        var shares: [Share] = []
        var patterns: [String]? = []
        for (number, request) in asked.enumerated() {
            guard let known = patterns else { break }
            if !shares.isEmpty, let only = request.only, only.allSatisfy(known.contains) { continue }
            patterns = request.only.map { known + $0 }
            // What layers up to the package's own ask for lies in that one.
            if let next = asked.dropFirst(number + 1).first, next.layer <= max(lowest, request.layer), patterns != nil { continue }
            shares.append(share(shares.isEmpty ? package.layer : origins[request.layer], patterns))
        }
        return shares
    }

    private func share(_ layer: String, _ patterns: [String]?) -> Share {
        Share(layer: layer, patterns: patterns?.compactMap(HeadedPattern.init))
    }

    /// For each line of a package's listing whether it is taken; paths in `lost` belong to somebody else.
    ///
    /// Of a package that is taken in part, exactly what was asked for is taken, and its licence; rules of dropping are for whole ones.
    func kept(_ listing: [String], of package: String, as share: Share, lost: Set<String>) throws(AssembleError) -> [Bool] {
        let bare = listing.map { $0.utf8.last == 0x2F ? String($0.dropLast()) : $0 }
        guard let patterns = share.patterns else {
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
struct HeadedPattern: Sendable {
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
