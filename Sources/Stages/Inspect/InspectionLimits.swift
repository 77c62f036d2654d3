// SPDX-License-Identifier: Apache-2.0

/// What an image of somebody else may hold before looking at it is refused, and what of it is looked into.
package struct InspectionLimits: Hashable, Sendable {
    /// Layers of one image: as many as an overlay file system can carry.
    package var layers: Int
    /// Entries of all layers together.
    package var entries: Int
    /// Unpacked bytes of one layer.
    package var layerBytes: Int
    /// How many times as large as its packed bytes a layer may be, once it has more than `freeBytes`.
    package var ratio: Int
    package var freeBytes: Int
    /// Files above this are hashed and listed, and not looked into.
    package var fileBytes: Int
    /// Folders inside one another.
    package var depth: Int
    /// Packages that all files of the image tell of together.
    package var packages: Int
    /// Paths that package databases and lists of files name, in all layers together, and their bytes.
    package var ownedPaths: Int
    package var ownedBytes: Int
    /// Lines about what could not be read; more are counted.
    package var unread: Int

    package init(
        layers: Int = 500, entries: Int = 1_500_000, layerBytes: Int = 64 << 30, ratio: Int = 250, freeBytes: Int = 256 << 20,
        fileBytes: Int = 512 << 20, depth: Int = 256, packages: Int = 2_000_000, ownedPaths: Int = 10_000_000,
        ownedBytes: Int = 512 << 20, unread: Int = 1000
    ) {
        self.layers = layers
        self.entries = entries
        self.layerBytes = layerBytes
        self.ratio = ratio
        self.freeBytes = freeBytes
        self.fileBytes = fileBytes
        self.depth = depth
        self.packages = packages
        self.ownedPaths = ownedPaths
        self.ownedBytes = ownedBytes
        self.unread = unread
    }

    /// Unpacked bytes that a layer of `packed` bytes may have.
    package func unpacked(_ packed: Int) -> Int {
        let (product, overflow) = packed.multipliedReportingOverflow(by: ratio)
        return min(layerBytes, max(freeBytes, overflow ? layerBytes : product))
    }
}
