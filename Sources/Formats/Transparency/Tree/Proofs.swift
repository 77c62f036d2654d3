// SPDX-License-Identifier: Apache-2.0
// Making: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
// Checking: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2 and 2.1.4.2
package import Base

extension MerkleTree {
    // MARK: - Making

    /// The ranges of leaves whose hashes are the audit path of a leaf, from the leaf's sibling up.
    package static func inclusionRanges(of index: Int, size: Int) throws(TransparencyError) -> [Range<Int>] {
        guard index >= 0, index < size else { throw .notInTree(index: index, size: size) }
        var path: [Range<Int>] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + split(range.count)
            if index < middle {
                path.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                path.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return path.reversed()
    }

    /// The ranges of leaves whose hashes prove that the tree of size `old` is a prefix of the tree of size `new`.
    package static func consistencyRanges(from old: Int, to new: Int) throws(TransparencyError) -> [Range<Int>] {
        guard old >= 0, old <= new else { throw .notConsistent(from: old, to: new) }
        guard old > 0, old < new else { return [] }
        var path: [Range<Int>] = []
        var range = 0..<new
        // Whether the subtree under consideration is the whole old tree, whose root the verifier knows.
        while range.upperBound > old {
            let middle = range.lowerBound + split(range.count)
            if old <= middle {
                path.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                path.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        if range.lowerBound > 0 { path.append(range) }
        return path.reversed()
    }

    /// The audit path of a leaf.
    package static func inclusionProof(of index: Int, size: Int, reading read: (TreeNode) throws -> Digest) throws -> [Digest] {
        try inclusionRanges(of: index, size: size).map { try hash(of: $0, reading: read) }
    }

    /// The proof that a smaller tree is a prefix of a larger one.
    package static func consistencyProof(from old: Int, to new: Int, reading read: (TreeNode) throws -> Digest) throws -> [Digest] {
        try consistencyRanges(from: old, to: new).map { try hash(of: $0, reading: read) }
    }

    // MARK: - Checking

    /// Whether a leaf stands at `index` in the tree of `size` leaves with this root.
    package static func isIncluded(_ leaf: Digest, at index: Int, size: Int, proof: [Digest], root: Digest) -> Bool {
        guard index >= 0, index < size, size <= sizeLimit else { return false }
        var (node, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = nodeHash(sibling, hash)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Whether the tree of `old` leaves is a prefix of the tree of `new` leaves.
    package static func isConsistent(
        old: (size: Int, root: Digest), new: (size: Int, root: Digest), proof: [Digest]
    ) -> Bool {
        guard old.size >= 0, old.size <= new.size, new.size <= sizeLimit else { return false }
        if old.size == new.size { return proof.isEmpty && old.root == new.root }
        if old.size == 0 { return proof.isEmpty && old.root == emptyRoot }
        var path = proof[...]
        // A whole subtree is its own first hash, which the proof leaves out.
        if old.size & (old.size - 1) == 0 { path = [old.root] + path }
        var (node, last) = (old.size - 1, new.size - 1)
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        guard let first = path.popFirst() else { return false }
        var (oldHash, newHash) = (first, first)
        for hash in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                oldHash = nodeHash(hash, oldHash)
                newHash = nodeHash(hash, newHash)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newHash = nodeHash(newHash, hash)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == old.root && newHash == new.root
    }
}
