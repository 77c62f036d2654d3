// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing
import Transparency

@testable import Signing

@Suite struct CheckpointTests {
    private func sign(_ bench: Workbench, _ tree: SmallTree, from old: Int) throws {
        _ = try bench.desk.sign([.checkpoint(tree.checkpoint(), consistency: tree.consistency(from: old))], for: Workbench.peer)
    }

    @Test func `a consistency proof holds for every pair of sizes, and for no other tree`() {
        for size in 1...33 {
            let tree = SmallTree(size)
            for old in 0...size {
                let proof = tree.consistency(from: old)
                #expect(
                    MerkleTree.isConsistent(old: (old, tree.root(old)), new: (size, tree.root()), proof: proof), "\(old) to \(size)")
                guard old > 0, old < size else { continue }
                let other = SmallTree(size, label: "other")
                #expect(!MerkleTree.isConsistent(old: (old, other.root(old)), new: (size, tree.root()), proof: proof))
                #expect(!MerkleTree.isConsistent(old: (old, tree.root(old)), new: (size, other.root()), proof: proof))
                #expect(!MerkleTree.isConsistent(old: (old, tree.root(old)), new: (size, tree.root()), proof: proof + [tree.root()]))
                #expect(!MerkleTree.isConsistent(old: (old, tree.root(old)), new: (size, tree.root()), proof: proof.dropLast()))
            }
        }
    }

    @Test func `a log goes on, and is signed again as it is`() throws {
        let bench = try Workbench()
        try sign(bench, SmallTree(0), from: 0)
        try sign(bench, SmallTree(5), from: 0)
        try sign(bench, SmallTree(5), from: 5)
        try sign(bench, SmallTree(12), from: 5)
        #expect(try bench.desk.lastCheckpoint()?.size == 12)
        #expect(bench.journal.compactMap { $0["size"]?.int } == [0, 5, 5, 12])
    }

    @Test func `a second history is never signed`() throws {
        let bench = try Workbench()
        try sign(bench, SmallTree(5), from: 0)
        let other = SmallTree(9, label: "other")
        let wrong: [SignableMessage] = [
            .checkpoint(SmallTree(5, label: "other").checkpoint(), consistency: []),
            .checkpoint(SmallTree(4).checkpoint(), consistency: []),
            .checkpoint(other.checkpoint(), consistency: other.consistency(from: 5)),
            .checkpoint(SmallTree(9).checkpoint(), consistency: []),
            .checkpoint(SmallTree(9).checkpoint(origin: "log.example/other"), consistency: SmallTree(9).consistency(from: 5)),
            .checkpoint(SmallTree(9).checkpoint() + Array("extension\n".utf8), consistency: SmallTree(9).consistency(from: 5)),
            .checkpoint(Array("log.example/test\n09\n".utf8), consistency: []), .checkpoint([], consistency: []),
        ]
        for message in wrong { #expect(throws: SigningError.self) { try bench.desk.sign([message], for: Workbench.peer) } }
        #expect(try bench.desk.lastCheckpoint()?.size == 5)
        try sign(bench, SmallTree(9), from: 5)
    }

    @Test func `two checkpoints of one request are judged one after the other`() throws {
        let bench = try Workbench()
        let (small, large) = (SmallTree(4), SmallTree(7))
        let fork = SmallTree(7, label: "other")
        let first = SignableMessage.checkpoint(small.checkpoint(), consistency: [])
        #expect(throws: SigningError.self) {
            try bench.desk.sign([first, .checkpoint(fork.checkpoint(), consistency: fork.consistency(from: 4))], for: Workbench.peer)
        }
        #expect(try bench.desk.lastCheckpoint() == nil)
        _ = try bench.desk.sign([first, .checkpoint(large.checkpoint(), consistency: large.consistency(from: 4))], for: Workbench.peer)
        #expect(try bench.desk.lastCheckpoint()?.size == 7)
    }

    @Test func `the last checkpoint outlives the signer, and a write that was cut off`() throws {
        let scratch = try Scratch()
        let keys = try Workbench.makeKeys()
        func reopened(_ body: (Workbench) throws -> Void) throws { try body(try Workbench(scratch, keys: keys)) }
        try reopened { bench in for size in [3, 4] { try sign(bench, SmallTree(size), from: size == 3 ? 0 : 3) } }
        try reopened { bench in
            let size = try bench.desk.lastCheckpoint()?.size
            #expect(size == 4)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        let file = try #require(names.first { $0.contains("checkpoint-") })
        var bytes = Array(try Data(contentsOf: URL(filePath: scratch.path + "/" + file)))
        let whole = bytes
        // The counters 1 and 2 lie at 512 and at 0: spoil the newer one, then both.
        bytes[20] ^= 1
        try Data(bytes).write(to: URL(filePath: scratch.path + "/" + file))
        try reopened { bench in
            let size = try bench.desk.lastCheckpoint()?.size
            #expect(size == 3)
        }
        bytes[532] ^= 1
        try Data(bytes).write(to: URL(filePath: scratch.path + "/" + file))
        try reopened { bench in
            #expect(throws: SigningError.self) { try bench.desk.lastCheckpoint() }
            #expect(throws: SigningError.self) { try sign(bench, SmallTree(9), from: 4) }
        }
        // A file that is gone is made from the journal.
        try FileManager.default.removeItem(atPath: scratch.path + "/" + file)
        try reopened { bench in
            let size = try bench.desk.lastCheckpoint()?.size
            #expect(size == 4)
        }
        try Data(whole).write(to: URL(filePath: scratch.path + "/" + file))
        try reopened { bench in try sign(bench, SmallTree(9), from: 4) }
    }

    @Test func `a journal belongs to one signer, and a line that was cut off stays a line of its own`() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/journal"
        do {
            let journal = try SigningJournal(path: path)
            #expect(throws: SigningError.alreadyRunning(place: path)) { try SigningJournal(path: path) }
            try journal.append([["a": 1]])
        }
        try Data("{\"a\":1}\n{\"a\":".utf8).write(to: URL(filePath: path))
        try SigningJournal(path: path).append([["b": 2]])
        #expect(scratch.text("journal") == "{\"a\":1}\n{\"a\":\n{\"b\":2}\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
        #expect(throws: SigningError.self) { try SigningJournal(path: path) }
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: "journal")
        #expect(throws: SigningError.self) { try SigningJournal(path: scratch.path + "/link") }
    }
}
