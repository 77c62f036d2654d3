// SPDX-License-Identifier: Apache-2.0
package import ELF

/// What a container of some layers sees, which layer brought each path, and which versions of symbols its programs and libraries name.
package struct LayeredRoot: Sendable {
    /// Sorted by path; owners are empty, since layers do not name them.
    package var tree: FileTree
    /// The number of the layer that brought a path, from 0.
    package var layers: [String: Int]
    /// Of programs and libraries that name some, by path.
    package var versions: [String: SymbolVersions]
    /// What could not be read or placed, and why.
    package var unread: [Unread]

    package init(
        tree: FileTree = FileTree(entries: []), layers: [String: Int] = [:], versions: [String: SymbolVersions] = [:],
        unread: [Unread] = []
    ) {
        self.tree = tree
        self.layers = layers
        self.versions = versions
        self.unread = unread
    }
}
