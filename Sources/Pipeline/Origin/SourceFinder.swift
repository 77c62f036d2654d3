// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Resolve
package import Tools

/// Finds out where recipes come from. Git is asked once for a run, and only when something is built.
package actor SourceFinder {
    private let git: GitReader
    private let catalogFolder: String
    private let catalog: [String: [UInt8]]
    private let helpersFolder: String
    private let helpers: [String: [UInt8]]
    private var asked: (catalog: GitCheckout?, helpers: GitCheckout?)?

    /// - Parameters:
    ///   - catalog: The files of the catalog as they were read; these bytes are held against the commit.
    ///   - helpers: The same for the sources of the helpers.
    package init(git: GitReader, catalogFolder: String, catalog: [String: [UInt8]], helpersFolder: String, helpers: [String: [UInt8]]) {
        self.git = git
        self.catalogFolder = catalogFolder
        self.catalog = catalog
        self.helpersFolder = helpersFolder
        self.helpers = helpers
    }

    /// Where a recipe comes from, and its files.
    ///
    /// A commit is named when somebody else can fetch it, and it holds the recipe's files, its lock and the helpers it uses byte
    /// for byte, and no file more that would belong to them.
    package func source(of recipe: Recipe, lock: Lock) async throws -> (source: CatalogSource, tree: RecipeTree) {
        let tree = try RecipeTree(of: recipe, catalog: catalog, helpers: helpers)
        let (catalogGit, helpersGit) = try await checkouts()
        guard let checkout = catalogGit else {
            return (CatalogSource(repository: nil, commit: nil, tree: tree.digest, path: recipe.sourcePath), tree)
        }
        var isHeld = Self.holds(checkout, tree.catalog) { RecipeTree.concerns(recipe, $0) }
        let lockBytes = try LockFile.write(lock)
        isHeld = isHeld && checkout.holds(recipe.lockPath, lockBytes)
        if !recipe.helpers.isEmpty {
            let isOne = helpersGit.map { $0.top == checkout.top && $0.commit == checkout.commit } ?? false
            isHeld = isHeld && isOne && (helpersGit.map { Self.holds($0, tree.helpers, HelperWorkshop.decides) } ?? false)
        }
        let source = CatalogSource(
            repository: checkout.remote, commit: isHeld && checkout.remote != nil ? checkout.commit : nil, tree: tree.digest,
            path: checkout.prefix + recipe.sourcePath)
        return (source, tree)
    }

    private func checkouts() async throws -> (GitCheckout?, GitCheckout?) {
        if let asked { return asked }
        let found = (
            catalog: try await git.checkout(of: catalogFolder),
            helpers: helpers.isEmpty ? nil : try await git.checkout(of: helpersFolder)
        )
        asked = found
        return found
    }

    private static func holds(_ checkout: GitCheckout, _ files: [String: [UInt8]], _ concerns: (String) -> Bool) -> Bool {
        // Hidden files are never read.
        let committed = checkout.paths.filter { path in
            concerns(path) && !path.split(separator: "/").contains { $0.hasPrefix(".") }
        }
        return Set(committed) == Set(files.keys) && files.allSatisfy { checkout.holds($0.key, $0.value) }
    }
}
