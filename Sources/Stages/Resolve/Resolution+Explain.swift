// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI

extension Resolution {
    /// Why a package is in the image, as the shortest path from a request; or why it is not.
    ///
    ///     libexpat1 2.7.1-2 (trixie) is in python:3.13 on linux/amd64
    ///       image asks for python3.13
    ///       python3.13 needs libexpat1 (>= 2.6.0)
    /// - Parameter platforms: of which the same is true; this one's alone when left out.
    package func explain(_ package: String, on platforms: [Platform]? = nil) -> String {
        let platform = (platforms ?? [platform]).map(\.description).joined(separator: ", ")
        if let locked = lock.packages.first(where: { $0.name == package }) {
            let head = "\(package) \(locked.version) (\(locked.archive)) is in \(recipe) on \(platform)"
            return ([head] + path(to: package).map { "  " + $0 }).joined(separator: "\n")
        }
        if let exclusion = exclusions.first(where: { $0.package == package }) {
            let uses = exclusionUses.filter { $0.package == package }.map { "  \($0.neededBy) needs \($0.relation)" }
            let head = "\(package) is left out of \(recipe) on \(platform): \(exclusion.reason)"
            return ([head] + (uses.isEmpty ? ["  nothing on this platform needs it"] : uses)).joined(separator: "\n")
        }
        let passed = edges.filter { $0.options.contains(package) }.map { edge in
            "  \(edge.owner) needs \(edge.relation): " + (edge.satisfiedBy.map { "\($0) is taken" } ?? "an exclusion stands in")
        }
        if !passed.isEmpty { return (["\(package) is not in \(recipe) on \(platform)"] + passed).joined(separator: "\n") }
        let near = Spelling.nearest(to: package, among: lock.packages.map(\.name)).map { "; did you mean \($0)?" } ?? ""
        return "\(package) is not in \(recipe) on \(platform): nothing in it needs it\(near)"
    }

    /// Whether the package is in the image, or would be without an exclusion.
    package func concerns(_ package: String) -> Bool {
        lock.packages.contains { $0.name == package } || exclusionUses.contains { $0.package == package }
    }

    // Breadth first, so the path is a shortest one; requests in the order of the recipe.
    private func path(to package: String) -> [String] {
        let bySource = Dictionary(grouping: edges, by: \.owner)
        var cameBy: [String: Edge] = [:]
        var seen = Set(requests.map(\.name))
        var queue = requests.map(\.name)
        var head = 0
        while head < queue.count, !seen.contains(package) {
            for edge in bySource[queue[head]] ?? [] {
                guard let target = edge.satisfiedBy, seen.insert(target).inserted else { continue }
                cameBy[target] = edge
                queue.append(target)
            }
            head += 1
        }
        var lines: [String] = []
        var name = package
        while let edge = cameBy[name] {
            let provided = edge.satisfiedBy == name && !edge.relation.contains(name) ? " (provided by \(name))" : ""
            lines.append("\(edge.owner) needs \(edge.relation)\(provided)")
            name = edge.owner
        }
        if let request = requests.first(where: { $0.name == name }) {
            lines.append("\(request.layer) asks for \(name)")
        } else {
            lines.append("a step takes its copyright file")
        }
        return lines.reversed()
    }
}

extension Resolver {
    /// Why a package is in an image, or why not, on one platform.
    package func explain(_ package: String, in recipe: Recipe, on platform: Platform) throws(ResolveError) -> String {
        try resolution(of: recipe, on: platform).explain(package)
    }
}

extension [Resolution] {
    /// Why a package is in an image, or why not; platforms with the same reason share it.
    package func explain(_ package: String) -> String {
        var groups: [(first: Resolution, platforms: [Platform])] = []
        for resolution in self {
            let reason = resolution.explain(package, on: [])
            if let same = groups.firstIndex(where: { $0.first.explain(package, on: []) == reason }) {
                groups[same].platforms.append(resolution.platform)
            } else {
                groups.append((resolution, [resolution.platform]))
            }
        }
        return groups.map { $0.first.explain(package, on: $0.platforms) }.joined(separator: "\n")
    }
}
