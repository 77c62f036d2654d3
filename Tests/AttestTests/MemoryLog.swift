// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Crypto
import Synchronization
import Transparency

/// A transparency log in memory, with a key of its own.
final class MemoryLog: TransparencyLog {
    let key: NoteKey
    private let secret: Curve25519.Signing.PrivateKey
    private let leaves = Mutex<[[UInt8]]>([])
    private let proofs: Proofs

    enum Proofs { case good, missing, bad }

    init(_ proofs: Proofs = .good, name: String = "log.example.org") throws {
        secret = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 11, count: 32))
        key = try NoteKey(name: name, algorithm: .ed25519, publicKey: Array(secret.publicKey.rawRepresentation))
        self.proofs = proofs
    }

    var entries: [[UInt8]] { leaves.withLock { $0 } }

    func append(_ entries: [[UInt8]]) async throws -> [LogInclusion] {
        let all = leaves.withLock { leaves in
            leaves += entries
            return leaves.map(MerkleTree.leafHash)
        }
        let root = MerkleTree.root(of: all)
        let text = Checkpoint(origin: key.name, size: all.count, root: root).text
        let note = SignedNote(text: text, signatures: [NoteSignature(by: key, signature: Array(try secret.signature(for: text)))]).bytes
        let inclusions = try (all.count - entries.count..<all.count).map { index in
            LogInclusion(
                index: index, treeSize: all.count,
                hashes: try MerkleTree.inclusionProof(of: index, size: all.count) { node in
                    MerkleTree.root(of: Array(all[node.index << node.level..<(node.index + 1) << node.level]))
                }, root: proofs == .bad ? .sha256(of: "another") : root, checkpoint: note, logID: key.id)
        }
        return proofs == .missing ? Array(inclusions.dropLast()) : inclusions
    }
}
