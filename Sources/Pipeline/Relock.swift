// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import Resolve

/// Resolves a recipe anew and shows what that changes.
package struct Relock: Sendable {
    let indexes: IndexShelf
    let folder: CatalogFolder

    package init(indexes: IndexShelf, folder: CatalogFolder) {
        self.indexes = indexes
        self.folder = folder
    }

    /// The resolver over the signed indexes of the recipe's suite.
    package func resolver(for recipe: Recipe) async throws -> Resolver {
        let loaded = try await indexes.indexes(for: recipe)
        return Resolver(archives: loaded.byPlatform.mapValues { $0.map { ArchiveIndex($0.archive, $0.index) } })
    }

    /// The lock that the archive gives now, and its difference to the one before; nothing is written.
    package func propose(_ recipe: Recipe, replacing old: Lock?) async throws -> (lock: Lock, difference: LockDiff) {
        let lock = try await resolver(for: recipe).resolve(recipe, previous: old)
        return (lock, LockDiff(from: old, to: lock))
    }

    /// Writes the lock beside its recipe unless it says the same as before.
    package func write(_ lock: Lock, of recipe: Recipe, replacing old: Lock?) throws {
        if lock != old { try folder.write(try LockFile.write(lock), to: recipe.lockPath) }
    }
}
