// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-tiles#merkle-tree
package import Base

/// Up to 256 consecutive hashes of one level of tiles, with all hashes between them and the next level.
package struct HashTile: Hashable, Sendable {
    /// As the file holds them.
    package var hashes: [Digest] { levels[0] }
    // levels[n] are the hashes of complete subtrees of 2^n of the tile's hashes.
    private let levels: [[Digest]]

    package init(_ hashes: [Digest]) {
        var levels = [hashes]
        while let below = levels.last, below.count > 1 {
            levels.append(stride(from: 0, to: below.count - 1, by: 2).map { MerkleTree.nodeHash(below[$0], below[$0 + 1]) })
        }
        self.levels = levels
    }

    /// Reads a file; its length must be the path's width.
    package init(reading bytes: [UInt8], at path: TilePath) throws(TransparencyError) {
        self.init(try Self.hashes(bytes, at: path))
    }

    /// The hashes of a file, without those between.
    package static func hashes(_ bytes: [UInt8], at path: TilePath) throws(TransparencyError) -> [Digest] {
        guard bytes.count == path.byteCount else {
            throw .malformed(kind: "tile \(path) of \(path.byteCount) bytes", reason: "it has \(bytes.count)")
        }
        return stride(from: 0, to: bytes.count, by: 32).compactMap { Digest(hashBytes: bytes[$0..<$0 + 32]) }
    }

    package static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * 32)
        for hash in hashes { bytes += hash.bytes }
        return bytes
    }

    /// The hash of the complete subtree `index` of 2^height of the tile's hashes; nil when the tile does not hold it whole.
    package func hash(height: Int, index: Int) -> Digest? {
        guard levels.indices.contains(height), levels[height].indices.contains(index) else { return nil }
        return levels[height][index]
    }
}

extension TreeNode {
    /// Where a tree of this size keeps what the node's hash is made of: the tile, and the subtree in it. Nil when the tree does not
    /// hold the node whole.
    ///
    /// The eighth level above a tile's hashes is the first of the next tile.
    package func place(size: Int) -> (tile: TilePath, height: Int, index: Int)? {
        let (level, height) = (level / 8, level % 8)
        let first = index << height
        guard first + 1 << height <= TilePath.count(level: level, size: size),
            let tile = TilePath.at(.hashes(level: level), index: first / TilePath.fullWidth, size: size)
        else { return nil }
        return (tile, height, (first % TilePath.fullWidth) >> height)
    }
}
