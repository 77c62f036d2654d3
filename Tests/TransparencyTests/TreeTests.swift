// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Transparency

/// The eight leaves that RFC 6962 implementations test with, and what they give.
enum Golden {
    static let leaves: [[UInt8]] = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].compactMap { Hex.decode($0) }
    static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

/// A tree held whole, as no product code does: what others are compared with.
struct WholeTree {
    let leaves: [Digest]
    init(_ count: Int) { leaves = (0..<count).map { MerkleTree.leafHash(Array("entry \($0)".utf8)) } }
    init(leaves: [Digest]) { self.leaves = leaves }

    // RFC 6962 section 2.1, word for word.
    func hash(_ range: Range<Int>) -> Digest {
        guard range.count > 1 else { return range.first.map { leaves[$0] } ?? MerkleTree.emptyRoot }
        var half = 1
        while half * 2 < range.count { half *= 2 }
        let middle = range.lowerBound + half
        return MerkleTree.nodeHash(hash(range.lowerBound..<middle), hash(middle..<range.upperBound))
    }
    func read(_ node: TreeNode) -> Digest { hash(node.index << node.level..<(node.index + 1) << node.level) }
}

@Suite struct TreeTests {
    @Test func `the roots of the eight known leaves are the known ones`() {
        #expect(MerkleTree.emptyRoot.hex == Golden.empty)
        let leaves = Golden.leaves.map(MerkleTree.leafHash)
        for size in 1...8 { #expect(MerkleTree.root(of: Array(leaves.prefix(size))).hex == Golden.roots[size - 1]) }
    }

    @Test func `the proofs of the known tree are the known ones`() throws {
        let tree = WholeTree(leaves: Golden.leaves.map(MerkleTree.leafHash))
        #expect(
            try MerkleTree.inclusionProof(of: 0, size: 8, reading: tree.read).map(\.hex) == [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ])
        #expect(
            try MerkleTree.inclusionProof(of: 2, size: 3, reading: tree.read).map(\.hex) == [
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
            ])
        #expect(
            try MerkleTree.consistencyProof(from: 6, to: 8, reading: tree.read).map(\.hex) == [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
        #expect(try MerkleTree.consistencyProof(from: 1, to: 1, reading: tree.read).isEmpty)
    }

    @Test func `every leaf of every tree is proved, and nothing else is`() throws {
        let all = WholeTree(70)
        for size in 1...70 {
            let tree = WholeTree(leaves: Array(all.leaves.prefix(size)))
            let root = tree.hash(0..<size)
            for index in 0..<size {
                let proof = try MerkleTree.inclusionProof(of: index, size: size, reading: tree.read)
                let leaf = tree.leaves[index]
                #expect(MerkleTree.isIncluded(leaf, at: index, size: size, proof: proof, root: root))
                #expect(!MerkleTree.isIncluded(all.leaves[(index + 1) % 70], at: index, size: size, proof: proof, root: root))
                // Another index may have the same path only where the tree is the same from both; the leaf is not.
                #expect(!MerkleTree.isIncluded(leaf, at: (index + 1) % max(size, 2), size: size, proof: proof, root: root))
                #expect(!MerkleTree.isIncluded(leaf, at: index, size: size, proof: proof + [root], root: root))
                if !proof.isEmpty {
                    #expect(!MerkleTree.isIncluded(leaf, at: index, size: size, proof: Array(proof.dropLast()), root: root))
                }
            }
        }
        #expect(throws: TransparencyError.self) { try MerkleTree.inclusionRanges(of: 3, size: 3) }
        #expect(!MerkleTree.isIncluded(all.leaves[0], at: -1, size: 1, proof: [], root: all.leaves[0]))
    }

    @Test func `every pair of sizes is consistent, and no other root is`() throws {
        let all = WholeTree(66)
        let other = MerkleTree.leafHash([1])
        for new in 0...66 {
            for old in 0...new {
                let roots = (old: all.hash(0..<old), new: all.hash(0..<new))
                let proof = try MerkleTree.consistencyProof(from: old, to: new, reading: all.read)
                #expect(MerkleTree.isConsistent(old: (old, roots.old), new: (new, roots.new), proof: proof))
                #expect(!MerkleTree.isConsistent(old: (old, other), new: (new, roots.new), proof: proof))
                #expect(!MerkleTree.isConsistent(old: (old, roots.old), new: (new, other), proof: proof) || old == 0)
                #expect(!MerkleTree.isConsistent(old: (old, roots.old), new: (new, roots.new), proof: proof + [other]))
                if !proof.isEmpty {
                    #expect(!MerkleTree.isConsistent(old: (old, roots.old), new: (new, roots.new), proof: Array(proof.dropLast())))
                }
            }
        }
        #expect(throws: TransparencyError.self) { try MerkleTree.consistencyRanges(from: 4, to: 3) }
    }

    @Test func `the right edge has the root of the whole tree, and fills the tiles it should`() throws {
        let count = 1200
        let tree = WholeTree(count)
        var edge = RightEdge()
        var full: [TilePath: [Digest]] = [:]
        #expect(edge.root == MerkleTree.emptyRoot)
        for (index, leaf) in tree.leaves.enumerated() {
            edge.append(leaf) { full[$0] = $1 }
            guard index % 97 == 0 || [254, 255, 256, 511, 1199].contains(index) else { continue }
            #expect(edge.root == tree.hash(0..<index + 1))
            var partial: [TilePath: [Digest]] = [:]
            for (path, hashes) in edge.partialTiles { partial[path] = hashes }
            #expect(Set(partial.keys) == Set(RightEdge.tiles(size: index + 1)))
            #expect(try RightEdge(size: index + 1) { try #require(partial[$0]) } == edge)
        }
        #expect(Set(full.keys) == Set((0..<4).map { TilePath.hashes(level: 0, index: $0) }))
        #expect(edge.partialTiles.map(\.path) == [.hashes(level: 0, index: 4, width: 176), .hashes(level: 1, index: 0, width: 4)])
    }

    @Test func `a node's hash is found in its tile`() throws {
        let size = 1200
        let tree = WholeTree(size)
        for node in [TreeNode(level: 0, index: 1199), .init(level: 5, index: 8), .init(level: 8, index: 3), .init(level: 10, index: 0)] {
            let place = try #require(node.place(size: size))
            let level = if case .hashes(let level) = place.tile.kind { level } else { -1 }
            let hashes = (0..<place.tile.width).map { tree.read(TreeNode(level: level * 8, index: place.tile.index * 256 + $0)) }
            let tile = try HashTile(reading: HashTile.bytes(hashes), at: place.tile)
            #expect(tile.hash(height: place.height, index: place.index) == tree.read(node))
        }
        #expect(TreeNode(level: 8, index: 9).place(size: size) == nil)
    }

    @Test func `a tile of another length is refused`() {
        let path = TilePath.hashes(level: 0, index: 0, width: 3)
        #expect(throws: TransparencyError.self) { try HashTile(reading: [UInt8](repeating: 0, count: 95), at: path) }
        #expect(throws: TransparencyError.self) { try HashTile(reading: [UInt8](repeating: 0, count: 128), at: path) }
    }
}

@Suite struct TilePathTests {
    @Test(arguments: [
        ("tile/0/000", TilePath.hashes(level: 0, index: 0)), ("tile/0/x001/x234/067", .hashes(level: 0, index: 1_234_067)),
        ("tile/63/999.p/255", .hashes(level: 63, index: 999, width: 255)), ("tile/entries/x001/000.p/1", .entries(index: 1000, width: 1)),
        ("tile/entries/000", .entries(index: 0)),
    ]) func `a name is read as it is written`(text: String, path: TilePath) {
        #expect(path.description == text)
        #expect(TilePath(text) == path)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/x001", "tile/0/001/002", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/000/", "/tile/0/000", "tile/0/../000", "tile/0/x00a/000", "tile/entries", "tile/Entries/000", "tile/data/000", "tile/0/００１",
        "tile/0/x001/x001/x001/x001/x001/x001/001", "tile//000", "tile/0/000.P/1", "checkpoint", "tile/0/000.p/1/2", "tile/0/+01",
        "tile/0/x999/x999/x999/x999/x999/999",
    ]) func `anything but the one spelling is refused`(text: String) { #expect(TilePath(text) == nil) }

    @Test func `the example of the specification has the tiles it says`() {
        // 70,000 entries: 273 full tiles and one of 112; one full and one of 17; one of 1.
        #expect(
            RightEdge.tiles(size: 70000) == [
                .hashes(level: 0, index: 273, width: 112), .hashes(level: 1, index: 1, width: 17), .hashes(level: 2, index: 0, width: 1),
            ])
        #expect(RightEdge.tiles(size: 256) == [.hashes(level: 1, index: 0, width: 1)])
        #expect(TilePath.at(.hashes(level: 0), index: 272, size: 70000)?.isPartial == false)
        #expect(TilePath.at(.entries, index: 273, size: 70000)?.width == 112 && TilePath.at(.entries, index: 274, size: 70000) == nil)
    }
}

@Suite struct EntryBundleTests {
    @Test func `entries come back, empty and too large ones are refused`() throws {
        let entries: [[UInt8]] = [[1], [UInt8](repeating: 7, count: 65535), [2, 3]]
        let bytes = try EntryBundle.bytes(entries)
        #expect(Array(bytes.prefix(3)) == [0, 1, 1] && bytes.count == 3 + 65537 + 4)
        #expect(try EntryBundle.entries(bytes, at: .entries(index: 0, width: 3)) == entries)
        #expect(throws: TransparencyError.entryTooLarge(found: 65536)) { try EntryBundle.bytes([[UInt8](repeating: 0, count: 65536)]) }
        #expect(throws: TransparencyError.entryTooLarge(found: 0)) { try EntryBundle.bytes([[]]) }
    }

    @Test func `a bundle that is cut, too long or of another width is refused`() throws {
        let bytes = try EntryBundle.bytes([[1, 2], [3]])
        for count in 0..<bytes.count {
            #expect(throws: TransparencyError.self) {
                try EntryBundle.entries(Array(bytes.prefix(count)), at: .entries(index: 0, width: 2))
            }
        }
        for width in [1, 3, 256] {
            #expect(throws: TransparencyError.self) { try EntryBundle.entries(bytes, at: .entries(index: 0, width: width)) }
        }
        #expect(throws: TransparencyError.self) { try EntryBundle.entries([0, 0], at: .entries(index: 0, width: 1)) }
    }
}
