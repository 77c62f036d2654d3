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
        let resolver = try await resolver(for: recipe)
        do {
            let lock = try resolver.resolve(recipe, previous: old)
            return (lock, LockDiff(from: old, to: lock))
        } catch {
            // Whoever wrote the recipe wants to hear of all its mistakes.
            let all = resolver.mistakes(in: recipe)
            throw Diagnoses((all.isEmpty ? [error] : all).map(\.diagnosis))
        }
    }

    /// Writes the lock beside its recipe, unless the file has these bytes already.
    package func write(_ lock: Lock, of recipe: Recipe) throws {
        let bytes = try LockFile.write(lock)
        if (try? folder.readFile(recipe.lockPath)) != bytes { try folder.write(bytes, to: recipe.lockPath) }
    }

    /// What is wrong with the file of a lock, held against what the recipe and the archive give; nil when it is as it should be.
    package func fault(in file: [UInt8]?, of recipe: Recipe, old: Lock?, new: Lock, _ difference: LockDiff) throws -> String? {
        if !difference.isEmpty { return difference.text }
        guard let old, old != new else {
            return file == (try LockFile.write(new))
                ? nil : "\(recipe.reference): the file says the right things in another way than `ashlar resolve`"
        }
        let edits = LockDiff(from: old, to: new, detail: .relations)
        return edits.isEmpty ? "\(recipe.reference): its recipe changed, its packages did not" : edits.text
    }
}
