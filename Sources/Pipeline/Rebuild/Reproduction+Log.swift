// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Sigstore
import Transparency

extension Reproduction {
    /// The same statement with the proof that a log has it: what this catalog stands for leaves a trace, whoever signed it.
    package func logged(in log: any TransparencyLog) async throws -> Reproduction {
        guard let signature = bundle.envelope.signatures.first?.signature else {
            throw InputError.unusableStatement(reasons: ["it has no signature"])
        }
        let entry = RekorEntry(digest: bundle.envelope.signedDigest, signature: signature, publicKeyDER: key.der)
        guard let inclusion = try await log.append([entry.body]).first,
            MerkleTree.isIncluded(
                MerkleTree.leafHash(entry.body), at: inclusion.index, size: inclusion.treeSize, proof: inclusion.hashes,
                root: inclusion.root)
        else { throw InputError.unusableStatement(reasons: ["the log does not prove that it has it"]) }
        var logged = self
        logged.bundle.logEntries = [BundleLogEntry(entry: entry, inclusion: inclusion).json]
        return logged
    }
}

extension Quorum {
    /// Reproductions by keys that somebody trusts, and those by others, whose word is nobody's.
    package func split(trusting keys: Set<Digest>) -> (trusted: [Reproduction], others: [Reproduction]) {
        (reproductions.filter { keys.contains($0.key.fingerprint) }, reproductions.filter { !keys.contains($0.key.fingerprint) })
    }
}
