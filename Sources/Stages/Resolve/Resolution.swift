// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Debian
package import OCI

/// A solution on one platform: the locked packages, and every need with what satisfied it.
package struct Resolution: Sendable {
    /// An exclusion and a relation that it satisfies.
    package struct ExclusionUse: Hashable, Sendable {
        package var package: String
        package var neededBy: String
        /// `media-types | mime-support`.
        package var relation: String
    }

    /// A relation of a package in the image.
    struct Edge: Sendable {
        let owner: String
        let relation: String
        /// Names of every package that would have satisfied it.
        let options: [String]
        /// The package that does; nil when an exclusion stands in.
        let satisfiedBy: String?
    }

    package let recipe: String
    package let platform: Platform
    package let lock: PlatformLock
    /// Sorted by package, then by who needs it.
    package let exclusionUses: [ExclusionUse]
    let exclusions: [Exclusion]
    let requests: [(name: String, layer: String)]
    let edges: [Edge]
    /// Needs that neither a package nor an exclusion meets: none after a search.
    var unmet: [String] {
        edges.filter { edge in
            edge.satisfiedBy == nil && !exclusionUses.contains { $0.neededBy == edge.owner && $0.relation == edge.relation }
        }
        .map { "\($0.owner) needs \($0.relation), which is not locked" }
    }

    init(_ recipe: Recipe, _ platform: Platform, _ requests: Requests, _ search: inout Search) throws(ResolveError) {
        var graph = Graph()
        for (name, candidate) in search.picked.sorted(by: { $0.key < $1.key }) where !requests.partial.contains(name) {
            for need in try search.universe.needs(of: candidate) { graph.add(need, from: name, search) }
        }
        let layers = graph.layers(of: recipe, requests)
        let names = layers.keys.sorted()
        let wanted = Set(requests.wanted.map(\.name))
        var sources: [String: [String]] = [:]
        for name in names { for target in graph.targets[name] ?? [] { sources[target, default: []].append(name) } }
        var packages: [LockedPackage] = []
        for name in names {
            guard let candidate = search.picked[name] else { continue }
            var package = Self.locked(search.universe.candidates[candidate], search.universe, layer: layers[name] ?? "image")
            package.dependsOn = (graph.targets[name] ?? []).sorted()
            if !wanted.contains(name) { package.neededBy = sources[name] ?? [] }
            packages.append(package)
        }
        for name in requests.copyrightOnly where layers[name] == nil {
            guard let candidate = search.universe.versions(of: name).first else { continue }
            let layer = recipe.layers.last?.origin ?? "image"
            packages.append(Self.locked(search.universe.candidates[candidate], search.universe, layer: layer))
        }
        self.recipe = recipe.reference
        self.platform = platform
        lock = PlatformLock(platform: platform, packages: packages.sorted { $0.name < $1.name })
        exclusions = recipe.exclusions
        self.requests = requests.wanted
        // Packages that nothing reaches any more were dropped, and their relations with them.
        edges = graph.edges.filter { layers[$0.owner] != nil }
        exclusionUses = graph.uses.filter { layers[$0.neededBy] != nil }
            .sorted { ($0.package, $0.neededBy, $0.relation) < ($1.package, $1.neededBy, $1.relation) }
    }

    private static func locked(_ candidate: Candidate, _ universe: Universe, layer: String) -> LockedPackage {
        let record = candidate.record
        return LockedPackage(
            name: candidate.name, version: candidate.version.description, architecture: record.architecture, source: record.source,
            sourceVersion: record.sourceVersion.description, sha256: record.digest.hex, size: record.size,
            archive: universe.archives[candidate.archive].archive, path: record.path, layer: layer, neededBy: [], dependsOn: [])
    }

    /// Who satisfies whom, once the search is over.
    private struct Graph {
        var targets: [String: Set<String>] = [:]
        var edges: [Edge] = []
        var uses: [ExclusionUse] = []

        // Of several packages that satisfy a need, the first in its order of preference counts.
        mutating func add(_ need: Need, from owner: String, _ search: Search) {
            let candidates = search.universe.candidates
            let options = need.options.map { candidates[$0].name }
            let chosen = need.options.first { search.picked[candidates[$0].name] == $0 }.map { candidates[$0].name }
            edges.append(
                Edge(owner: owner, relation: need.group.description, options: options + need.excused, satisfiedBy: chosen))
            if let chosen {
                if chosen != owner { targets[owner, default: []].insert(chosen) }
            } else {
                for name in need.excused {
                    uses.append(ExclusionUse(package: name, neededBy: owner, relation: need.group.description))
                }
            }
        }

        /// Name -> origin of the lowest layer from whose requests it is reached.
        ///
        /// A layer is what it would be in an image that ends there, so that images share it: a package that a lower layer leaves
        /// out and a higher one asks for after all is taken no lower than by the one that asks.
        func layers(of recipe: Recipe, _ requests: Requests) -> [String: String] {
            var layers: [String: String] = [:]
            var withheld = Set(recipe.layers.flatMap(\.lifts))
            for layer in recipe.layers {
                withheld.subtract(layer.lifts)
                var pending = requests.wanted.filter { $0.layer == layer.origin }.map(\.name)
                while let name = pending.popLast() {
                    guard layers[name] == nil, !withheld.contains(name) else { continue }
                    layers[name] = layer.origin
                    pending += targets[name] ?? []
                }
            }
            return layers
        }
    }
}
