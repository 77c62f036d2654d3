// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Debian
package import OCI

/// One archive of a suite for one platform.
package struct ArchiveIndex: Sendable {
    /// `trixie`, `trixie-updates`, `trixie-security`.
    package var archive: String
    package var index: PackageIndex
    package init(_ archive: String, _ index: PackageIndex) {
        self.archive = archive
        self.index = index
    }
}

/// Recipe -> Lock: picks the exact packages of an image and can say why each of them is there. No effects.
///
/// Of each package the highest version over all archives is taken, of equal versions that of the first archive; a lower one
/// only when the highest fits nowhere. Essential packages are not pulled in by themselves, Recommends never.
package struct Resolver: Sendable {
    private let archives: [Platform: [ArchiveIndex]]
    private let stepLimit: Int
    private let held: Set<PackageVersion>

    /// The indexes of one suite, in the order of its archives. `stepLimit` bounds the search on each platform.
    ///
    /// - Parameter held: Versions that are not to be picked, as if no archive had them.
    package init(archives: [Platform: [ArchiveIndex]], holding held: Set<PackageVersion> = [], stepLimit: Int = 200_000) {
        self.archives = archives
        self.stepLimit = stepLimit
        self.held = held
    }

    /// The same archives without these versions.
    package func holding(_ held: Set<PackageVersion>) -> Resolver {
        Resolver(archives: archives, holding: self.held.union(held), stepLimit: stepLimit)
    }

    /// The lock of a recipe on all its platforms. With the previous lock its revision is counted on.
    package func resolve(_ recipe: Recipe, previous: Lock? = nil) throws(ResolveError) -> Lock {
        try lock(recipe, of: try resolutions(of: recipe), previous: previous)
    }

    /// The exact packages on one platform.
    package func resolve(_ recipe: Recipe, on platform: Platform) throws(ResolveError) -> PlatformLock {
        try resolution(of: recipe, on: platform).lock
    }

    /// The solutions on all platforms, for explanations; checked as `resolve` does.
    package func resolutions(of recipe: Recipe) throws(ResolveError) -> [Resolution] {
        var all: [Resolution] = []
        for platform in recipe.platforms { all.append(try resolution(of: recipe, on: platform)) }
        if let error = unusedExclusions(recipe, all).first { throw error }
        return all
    }

    /// The solution on one platform with everything that led to it.
    package func resolution(of recipe: Recipe, on platform: Platform) throws(ResolveError) -> Resolution {
        let resolution = try solution(of: recipe, on: platform)
        if let error = missingVersion(recipe, [resolution]) { throw error }
        return resolution
    }

    func solution(of recipe: Recipe, on platform: Platform) throws(ResolveError) -> Resolution {
        let requests = Requests(recipe)
        if let error = contradictoryRequests(requests, recipe).first { throw error }
        var universe = try universe(of: recipe, on: platform)
        var needs: [Need] = []
        for (name, layer) in requests.wanted { needs.append(try request(name, layer, &universe, recipe, platform)) }
        for name in requests.copyrightOnly { _ = try request(name, Requests.copyrightStep, &universe, recipe, platform) }
        var search = Search(universe, partial: requests.partial, stepLimit: stepLimit)
        switch try search.run(needs) {
        case .solved: break
        case .gaveUp: throw .tooHard(recipe: recipe.reference, platform: platform, steps: stepLimit)
        case .refused(let failures):
            throw .unsatisfiable(recipe: recipe.reference, platform: platform, why: Explanation(search).shortest(failures))
        }
        return try Resolution(recipe, platform, requests, &search)
    }

    func universe(of recipe: Recipe, on platform: Platform) throws(ResolveError) -> Universe {
        guard let indexes = archives[platform], !indexes.isEmpty else { throw .noIndex(suite: recipe.suite, platform: platform) }
        return Universe(archives: indexes, architecture: platform.debian, excluded: Set(recipe.exclusions.map(\.package)), held: held)
    }

    private func lock(_ recipe: Recipe, of resolutions: [Resolution], previous: Lock?) throws(ResolveError) -> Lock {
        var lock = Lock(
            image: recipe.name, stream: recipe.stream, variant: recipe.variant, recipe: recipe.resolutionDigest, revision: 1,
            platforms: resolutions.map(\.lock).sorted { $0.platform < $1.platform })
        if let previous { lock.revision = lock.revision(after: previous, of: recipe) }
        return lock
    }

    func request(
        _ name: String, _ layer: String, _ universe: inout Universe, _ recipe: Recipe, _ platform: Platform
    ) throws(ResolveError) -> Need {
        let options = universe.versions(of: name)
        guard options.isEmpty else {
            return Need(
                owner: nil, group: RelationGroup([Relation(name)]), layer: layer, options: options, excused: [], isForced: true)
        }
        let providers = universe.providers(of: name).map { universe.candidates[$0.candidate].name }
        guard providers.isEmpty else {
            throw .onlyProvided(name, by: providers, askedBy: layer, recipe: recipe.reference, at: recipe.places.requests[name])
        }
        throw .unknownPackage(
            name, askedBy: layer, recipe: recipe.reference, platform: platform, nearest: universe.nearestName(to: name),
            at: recipe.places.requests[name])
    }
}

extension Universe {
    /// The name in any archive that is most like a word.
    func nearestName(to word: String) -> String? {
        Spelling.nearest(to: word, among: archives.flatMap { $0.index.namesResembling(word) }.sorted())
    }
}

/// What a recipe asks for, layer by layer.
struct Requests {
    /// Each package once, with the lowest layer that asks for it.
    private(set) var wanted: [(name: String, layer: String)] = []
    /// Packages of which every request takes a part only.
    private(set) var partial: Set<String>
    /// Packages whose copyright file alone is taken: they are fetched, and satisfy nothing.
    private(set) var copyrightOnly: [String] = []

    init(_ recipe: Recipe) {
        var whole: Set<String> = []
        var seen: Set<String> = []
        for layer in recipe.layers {
            for request in layer.packages {
                if seen.insert(request.package).inserted { wanted.append((request.package, layer.origin)) }
                if request.only == nil { whole.insert(request.package) }
            }
        }
        partial = seen.subtracting(whole)
        for case .copyrightFrom(let name) in recipe.steps where !copyrightOnly.contains(name) { copyrightOnly.append(name) }
    }

    static let copyrightStep = "the step copyright-from"
}
