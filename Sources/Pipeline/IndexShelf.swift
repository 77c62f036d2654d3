// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import OCI

/// Indexes loaded once for a run, however many images ask for them.
package actor IndexShelf {
    private let loader: IndexLoader
    private let suites: [Suite]
    private var loaded: [String: ArchiveIndexes] = [:]

    package init(_ loader: IndexLoader, suites: [Suite]) {
        self.loader = loader
        self.suites = suites
    }

    /// The indexes of a recipe's suite, for its platforms at least.
    package func indexes(for recipe: Recipe) async throws -> ArchiveIndexes {
        guard let suite = suites.first(where: { $0.name == recipe.suite }) else {
            throw PipelineError.cannotRead(path: "suites/\(recipe.suite).yaml", reason: "the recipe \(recipe.reference) names this suite")
        }
        var wanted = recipe.platforms
        if let known = loaded[suite.name] {
            if wanted.allSatisfy({ known.byPlatform[$0] != nil }) { return known }
            wanted = Array(Set(wanted).union(known.byPlatform.keys)).sorted()
        }
        let indexes = try await loader.load(suite, platforms: wanted)
        loaded[suite.name] = indexes
        return indexes
    }
}
