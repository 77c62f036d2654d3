// SPDX-License-Identifier: Apache-2.0
package import Base

/// Where a recipe came from.
package struct CatalogSource: Sendable, Hashable {
    /// `git+https://…` of the catalog's repository; nil outside git or without a remote.
    package var repository: String?
    /// The commit that holds exactly the files that were read; nil when there is none.
    package var commit: String?
    /// Digest of the archive of the recipe's files (`RecipeTree`), which stands in when there is no commit.
    package var tree: Digest
    /// From the top of the repository, `catalog/images/python/3.13.yaml`; outside git from the catalog's folder.
    package var path: String
    package init(repository: String?, commit: String?, tree: Digest, path: String) {
        self.repository = repository
        self.commit = commit
        self.tree = tree
        self.path = path
    }

    /// Whether anybody can fetch what was built.
    package var isPinned: Bool { repository != nil && commit != nil }
}
