// SPDX-License-Identifier: Apache-2.0
// RFC 9162 section 2.1.4.2, over the hashes of RFC 6962
import Base

/// Checks that a Merkle tree contains an older one as its beginning.
enum ConsistencyProof {
    static func holds(
        from old: (size: Int, root: Digest), to new: (size: Int, root: Digest), hashes: [Digest]
    ) -> Bool {
        guard old.size >= 0, new.size >= old.size else { return false }
        if old.size == new.size { return hashes.isEmpty && old.root == new.root }
        if old.size == 0 { return hashes.isEmpty && old.root == Digest.sha256(of: []) }
        // The old tree's root is the first node where that tree is whole.
        let path = old.size & (old.size - 1) == 0 ? [old.root] + hashes : hashes
        guard let start = path.first, path.count <= 64 else { return false }
        var (first, second) = (old.size - 1, new.size - 1)
        while first & 1 == 1 {
            first >>= 1
            second >>= 1
        }
        var (firstRoot, secondRoot) = (start, start)
        for hash in path.dropFirst() {
            guard second != 0 else { return false }
            if first & 1 == 1 || first == second {
                firstRoot = node(hash, firstRoot)
                secondRoot = node(hash, secondRoot)
                while first & 1 == 0, first != 0 {
                    first >>= 1
                    second >>= 1
                }
            } else {
                secondRoot = node(secondRoot, hash)
            }
            first >>= 1
            second >>= 1
        }
        return second == 0 && firstRoot == old.root && secondRoot == new.root
    }

    private static func node(_ left: Digest, _ right: Digest) -> Digest { Digest.sha256(of: [0x01] + left.bytes + right.bytes) }
}
