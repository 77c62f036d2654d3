// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc6962#section-2.1
package import Base

/// A complete subtree: the leaves from `index << level` up to, not including, `(index + 1) << level`.
package struct TreeNode: Hashable, Sendable {
    package var level: Int
    package var index: Int
    package init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }
}

/// Hashes, roots and proofs of RFC 6962 Merkle trees.
///
/// Trees are never held whole: what computes asks a closure for hashes of complete subtrees.
package enum MerkleTree {
    /// More leaves than any log will have; sizes above are refused, so that no arithmetic overflows.
    package static let sizeLimit = 1 << 62

    /// The root of the tree without leaves.
    package static let emptyRoot = Digest.sha256(of: [UInt8]())

    package static func leafHash(_ entry: [UInt8]) -> Digest {
        var hasher = DigestHasher()
        hasher.update([0x00])
        hasher.update(entry)
        return hasher.finish()
    }

    package static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        var hasher = DigestHasher()
        hasher.update([0x01] + left.bytes + right.bytes)
        return hasher.finish()
    }

    /// The root over leaf hashes that are all at hand.
    package static func root(of leaves: [Digest]) -> Digest { fold(leaves[...]) }

    /// The complete subtrees that leaves `range` fall into, left to right, largest first. The range begins where a subtree of
    /// at least its own size begins, as every range in a proof does.
    package static func nodes(in range: Range<Int>) -> [TreeNode] {
        var nodes: [TreeNode] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = log2(range.upperBound - start)
            nodes.append(TreeNode(level: level, index: start >> level))
            start += 1 << level
        }
        return nodes
    }

    /// The hash over a range of leaves.
    package static func hash(of range: Range<Int>, reading read: (TreeNode) throws -> Digest) rethrows -> Digest {
        var result: Digest?
        for node in nodes(in: range).reversed() {
            let hash = try read(node)
            result = result.map { nodeHash(hash, $0) } ?? hash
        }
        return result ?? emptyRoot
    }

    package static func root(size: Int, reading read: (TreeNode) throws -> Digest) rethrows -> Digest {
        try hash(of: 0..<size, reading: read)
    }

    // The largest power of two below `count` leaves is the left part; `count` is at least 1.
    private static func fold(_ leaves: ArraySlice<Digest>) -> Digest {
        guard let first = leaves.first else { return emptyRoot }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + split(leaves.count)
        return nodeHash(fold(leaves[..<middle]), fold(leaves[middle...]))
    }

    static func log2(_ number: Int) -> Int { Int.bitWidth - 1 - number.leadingZeroBitCount }
    /// The largest power of two that is smaller than `count`, which is at least 2.
    static func split(_ count: Int) -> Int { 1 << log2(count - 1) }
}

extension Digest {
    /// The digest with these 32 bytes; nil for any other number of them.
    package init?(hashBytes bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.init(hex: Hex.encode(bytes))
    }
}
