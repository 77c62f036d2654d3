// SPDX-License-Identifier: Apache-2.0
import Base
import Transparency

/// Hashes of a tree of one size, read from its tiles and kept.
struct TileShelf {
    let size: Int
    private let load: (TilePath) throws -> [UInt8]
    private var tiles: [TilePath: HashTile] = [:]
    private var ranges: [Range<Int>: Digest] = [:]

    init(size: Int, load: @escaping (TilePath) throws -> [UInt8]) {
        self.size = size
        self.load = load
    }

    mutating func inclusionProof(of index: Int) throws -> [Digest] {
        try MerkleTree.inclusionRanges(of: index, size: size).map { try hash(of: $0) }
    }

    mutating func consistencyProof(from old: Int) throws -> [Digest] {
        try MerkleTree.consistencyRanges(from: old, to: size).map { try hash(of: $0) }
    }

    /// Proofs of neighbours share most of their ranges.
    private mutating func hash(of range: Range<Int>) throws -> Digest {
        if let kept = ranges[range] { return kept }
        var result: Digest?
        for node in MerkleTree.nodes(in: range).reversed() {
            let hash = try hash(of: node)
            result = result.map { MerkleTree.nodeHash(hash, $0) } ?? hash
        }
        let hash = result ?? MerkleTree.emptyRoot
        ranges[range] = hash
        return hash
    }

    private mutating func hash(of node: TreeNode) throws -> Digest {
        guard let place = node.place(size: size) else { throw TransparencyError.notInTree(index: node.index << node.level, size: size) }
        if tiles[place.tile] == nil { tiles[place.tile] = try HashTile(reading: load(place.tile), at: place.tile) }
        guard let hash = tiles[place.tile]?.hash(height: place.height, index: place.index) else {
            throw TransparencyError.notInTree(index: node.index << node.level, size: size)
        }
        return hash
    }
}
