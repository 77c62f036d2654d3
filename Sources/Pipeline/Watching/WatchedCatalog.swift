// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assess
package import Base
import Resolve

/// The catalog as the watcher works on it in one round: what it says, what the archives give for it, and how an image is built.
package struct WatchedCatalog: Sendable {
    package let recipes: [Recipe]
    package let suites: [Suite]
    /// Of everything in the catalog that decides what is to be done.
    package let key: Digest
    let locks: @Sendable (Recipe) throws -> Lock?
    let folder: CatalogFolder
    let relock: Relock
    /// Asked when a change must be told from a security fix: opening feeds takes time.
    let advisories: @Sendable () -> AdvisorySet
    /// Builds from this lock, checks, signs and publishes; gives the release that is in force already when nothing is to be done.
    let build: @Sendable (Recipe, Lock) async throws -> Release
    /// Writes a change of a lock down for a person, and says where.
    let propose: @Sendable (PlannedChange, Recipe, Lock) async throws -> String

    package init(
        recipes: [Recipe], suites: [Suite], key: Digest, folder: CatalogFolder, relock: Relock,
        locks: @escaping @Sendable (Recipe) throws -> Lock?, advisories: @escaping @Sendable () -> AdvisorySet,
        build: @escaping @Sendable (Recipe, Lock) async throws -> Release,
        propose: @escaping @Sendable (PlannedChange, Recipe, Lock) async throws -> String
    ) {
        self.recipes = recipes
        self.suites = suites
        self.key = key
        self.folder = folder
        self.relock = relock
        self.locks = locks
        self.advisories = advisories
        self.build = build
        self.propose = propose
    }

    /// The archives that its recipes take packages from, each once.
    package var archives: [SuiteArchive] {
        let used = Set(recipes.map(\.suite))
        var seen: Set<String> = []
        return suites.filter { used.contains($0.name) }.flatMap(\.archives).filter { seen.insert($0.suite).inserted }
    }

    func recipe(_ image: String) -> Recipe? { recipes.first { $0.reference == image } }
    func suite(of recipe: Recipe) -> Suite? { suites.first { $0.name == recipe.suite } }
}
