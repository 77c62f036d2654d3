// SPDX-License-Identifier: Apache-2.0
import Base

/// The outcome of checking a signed checkpoint: never an error, always with a reason.
package enum CheckpointCheck: Hashable, Sendable {
    case good(Checkpoint, cosignatures: [Cosignature], evidence: [String])
    case bad(reason: String)
}

/// Checks checkpoints: signature first, then what they say.
package enum CheckpointVerifier {
    /// Checks that the log signed the note, and which of the witnesses cosigned it.
    ///
    /// A cosignature in a known witness's name that is not by its key refuses the note.
    package static func verify(_ note: [UInt8], by log: NoteKey, witnesses: [NoteKey] = []) -> CheckpointCheck {
        do throws(TransparencyError) {
            let note = try SignedNote(reading: note)
            switch note.check(by: log) {
            case .good: break
            case .bad: return .bad(reason: "the checkpoint's signature in the name of \(log.name) was not made by the log's key")
            case .absent: return .bad(reason: "the checkpoint has no signature by the log's key \(log.name)+\(Hex.encode(log.hash))")
            }
            let checkpoint = try Checkpoint(reading: note.text)
            guard checkpoint.origin == log.name else {
                return .bad(reason: "the checkpoint is of the log '\(checkpoint.origin.prefix(80))', not of \(log.name)")
            }
            var evidence = ["checkpoint of \(log.name) at \(checkpoint.size) entries, signed by its key \(Hex.encode(log.hash))"]
            var cosignatures: [Cosignature] = []
            for witness in witnesses {
                switch note.check(by: witness) {
                case .good(let time):
                    guard let time else { return .bad(reason: "the key of \(witness.name) is a log's, not a witness's") }
                    cosignatures.append(Cosignature(witness: witness.name, time: time))
                    evidence.append("cosigned by the witness \(witness.name) at \(time)")
                case .bad: return .bad(reason: "the cosignature in the name of \(witness.name) was not made by its key")
                case .absent: break
                }
            }
            return .good(checkpoint, cosignatures: cosignatures, evidence: evidence)
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }
}
