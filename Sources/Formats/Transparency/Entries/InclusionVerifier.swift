// SPDX-License-Identifier: Apache-2.0
import Base

/// The outcome of checking that an entry is in a log: never an error, always with a reason.
package enum InclusionCheck: Hashable, Sendable {
    /// The checkpoint that covers the entry, who of the known witnesses saw it and when, and what was checked.
    case good(Checkpoint, cosignatures: [Cosignature], evidence: [String])
    case bad(reason: String)
}

/// Checks inclusion offline: the checkpoint's signature, then the path from the entry to its root.
package enum InclusionVerifier {
    /// Checks that the log with this key vouches for the entry. Size and root that stand beside the checkpoint must be its own.
    package static func verify(
        _ entry: [UInt8], _ inclusion: LogInclusion, by log: NoteKey, witnesses: [NoteKey] = []
    ) -> InclusionCheck {
        verify(entry, inclusion, under: CheckpointVerifier.verify(inclusion.checkpoint, by: log, witnesses: witnesses), of: log)
    }

    /// The same when the inclusion's checkpoint was checked already: one stands under the proofs of all entries of a batch.
    package static func verify(
        _ entry: [UInt8], _ inclusion: LogInclusion, under check: CheckpointCheck, of log: NoteKey
    ) -> InclusionCheck {
        switch check {
        case .bad(let reason): return .bad(reason: reason)
        case .good(let checkpoint, let cosignatures, let evidence):
            guard inclusion.treeSize == checkpoint.size, inclusion.root == checkpoint.root else {
                return .bad(reason: "the proof is for another tree than its checkpoint's")
            }
            guard
                MerkleTree.isIncluded(
                    MerkleTree.leafHash(entry), at: inclusion.index, size: checkpoint.size, proof: inclusion.hashes, root: checkpoint.root)
            else { return .bad(reason: "the entry is not at index \(inclusion.index) of the log \(log.name)") }
            return .good(checkpoint, cosignatures: cosignatures, evidence: ["entry \(inclusion.index) of \(log.name)"] + evidence)
        }
    }

    /// Checks a proof file.
    package static func verify(
        _ entry: [UInt8], proof bytes: [UInt8], by log: NoteKey, witnesses: [NoteKey] = []
    ) -> InclusionCheck {
        do throws(TransparencyError) {
            return verify(entry, try LogProof(reading: bytes).inclusion(logID: log.id), by: log, witnesses: witnesses)
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }
}
