// SPDX-License-Identifier: Apache-2.0
package import Base

/// What must be known of a tree to append to it: its partial tiles. At most 255 hashes for each level of tiles.
package struct RightEdge: Hashable, Sendable {
    package private(set) var size: Int
    // levels[l]: the hashes of the partial tile at level l; empty when the level ends in a full tile.
    private var levels: [[Digest]]

    /// The edge of an empty tree.
    package init() {
        size = 0
        levels = []
    }

    /// The edge of a tree from its partial tiles; `read` gives the hashes of one.
    package init(size: Int, reading read: (TilePath) throws -> [Digest]) throws {
        guard size >= 0, size <= MerkleTree.sizeLimit else {
            throw TransparencyError.malformed(kind: "tree size", reason: "\(size) is out of range")
        }
        self.size = size
        levels = []
        var level = 0
        while TilePath.count(level: level, size: size) > 0 {
            guard let path = TilePath.partial(level: level, size: size) else {
                levels.append([])
                level += 1
                continue
            }
            let hashes = try read(path)
            guard hashes.count == path.width else {
                throw TransparencyError.malformed(kind: "tile \(path)", reason: "it has \(hashes.count) hashes")
            }
            levels.append(hashes)
            level += 1
        }
    }

    /// The partial tiles that a tree of this size ends in.
    package static func tiles(size: Int) -> [TilePath] {
        var paths: [TilePath] = []
        var level = 0
        while TilePath.count(level: level, size: size) > 0 {
            if let path = TilePath.partial(level: level, size: size) { paths.append(path) }
            level += 1
        }
        return paths
    }

    /// Appends a leaf; `onFull` is given every tile that becomes full.
    package mutating func append(_ leaf: Digest, onFull: (TilePath, [Digest]) throws -> Void) rethrows {
        size += 1
        var hash = leaf
        var level = 0
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == TilePath.fullWidth else { return }
            let tile = levels[level]
            levels[level] = []
            try onFull(.hashes(level: level, index: TilePath.count(level: level, size: size) / TilePath.fullWidth - 1), tile)
            hash = MerkleTree.root(of: tile)
            level += 1
        }
    }

    /// The partial tiles with their hashes, lowest level first.
    package var partialTiles: [(path: TilePath, hashes: [Digest])] {
        levels.enumerated().compactMap { level, hashes in
            TilePath.partial(level: level, size: size).map { ($0, hashes) }
        }
    }

    package var root: Digest {
        var result: Digest?
        for hashes in levels {
            // The hash over everything to the right of this level's subtrees comes last.
            for node in MerkleTree.nodes(in: 0..<hashes.count).reversed() {
                let start = node.index << node.level
                let hash = MerkleTree.root(of: Array(hashes[start..<start + 1 << node.level]))
                result = result.map { MerkleTree.nodeHash(hash, $0) } ?? hash
            }
        }
        return result ?? MerkleTree.emptyRoot
    }
}
