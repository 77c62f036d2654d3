// SPDX-License-Identifier: Apache-2.0
import Base
import Synchronization
import Transparency

/// Everything that counts was entered into the log, so that whoever watches the log has seen it.
///
/// What has no proof does not count when a log is demanded. It refuses the image when nothing else takes its place; somebody may have
/// attached it, also with a signature that he made of a good one, since (r, s) and (r, n - s) are both signatures.
///
/// The entry is made again from the signed bytes: a proof of another entry is no proof. Proofs lie in bundles, as `tlogEntries`,
/// and in the proof files attached to the manifest; one good one is enough.
enum LogCheck: VerificationCheck {
    static let name = "log"

    static func examine(_ exhibit: Exhibit, _ policy: VerificationPolicy) -> CheckResult {
        guard let log = policy.log else {
            let entries = Set(exhibit.signed.map(\.logEntry))
            let carried = entries.count { !exhibit.file.proofs(of: $0).isEmpty }
            return .skipped(name, "no log key was given; \(carried) of \(entries.count) signatures carry a proof")
        }
        var result = CheckResult(name)
        var seen: Set<[UInt8]> = []
        for piece in exhibit.signed where seen.insert(piece.logEntry).inserted {
            switch exhibit.file.inclusion(of: piece.logEntry, in: log) {
            case .good(_, _, let evidence): result.evidence.append("\(piece.title): \(evidence.joined(separator: ", "))")
            case .bad(let reason): result.warnings.append("\(exhibit.file.title): \(piece.title): \(reason)")
            }
        }
        exhibit.judge(exhibit.unlogged, by: policy, into: &result)
        if seen.isEmpty, exhibit.unlogged.isEmpty { return .skipped(name, "nothing that counts could be in it") }
        return result
    }
}

extension CaseFile {
    /// Whether the log holds an entry: the first proof that is good, or why none is.
    func inclusion(of entry: [UInt8], in log: LogPolicy) -> InclusionCheck {
        var reasons: [String] = []
        for proof in proofs(of: entry) {
            let check: InclusionCheck
            switch proof.content {
            case .inclusion(let inclusion): check = self.check(entry, inclusion, in: log)
            case .file(let bytes):
                do throws(TransparencyError) {
                    check = self.check(entry, try LogProof(reading: bytes).inclusion(logID: log.key.id), in: log)
                } catch { check = .bad(reason: error.diagnosis.summary) }
            }
            switch check {
            case .good(_, let cosignatures, _):
                let count = Set(cosignatures.map(\.witness)).count
                if count >= log.quorum { return check }
                reasons.append("\(proof.place): \(count) of the witnesses cosigned, \(log.quorum) are needed")
            case .bad(let reason): reasons.append("\(proof.place): \(reason)")
            }
        }
        return .bad(reason: reasons.isEmpty ? "it carries no proof that it is in the log" : reasons.joined(separator: "; "))
    }

    private func check(_ entry: [UInt8], _ inclusion: LogInclusion, in log: LogPolicy) -> InclusionCheck {
        InclusionVerifier.verify(entry, inclusion, under: checkpoints.check(inclusion.checkpoint, in: log), of: log.key)
    }

    /// Why an entry is not in the log that is demanded; nil when it is, or when none is demanded.
    func absence(of entry: [UInt8], from log: LogPolicy?) -> String? {
        guard let log, log.isRequired else { return nil }
        switch inclusion(of: entry, in: log) {
        case .good: return nil
        case .bad(let reason): return reason
        }
    }

    /// When as many witnesses as are demanded, at least one, had seen a checkpoint that covers the entry; nil when they have not.
    ///
    /// One witness more or less honest than the others cannot move it: it is the time by which the whole quorum had seen it.
    func witnessedTime(of entry: [UInt8], in log: LogPolicy) -> Timestamp? {
        guard case .good(_, let cosignatures, _) = inclusion(of: entry, in: log) else { return nil }
        let times = Dictionary(cosignatures.map { ($0.witness, $0.time) }, uniquingKeysWith: min).values.sorted()
        let needed = max(1, log.quorum)
        return times.count >= needed ? times[needed - 1] : nil
    }
}

/// Remembers which checkpoints were found good: one stands under the proofs of everything that was signed with it.
final class CheckedCheckpoints: Sendable {
    private struct Key: Hashable {
        var note: [UInt8]
        var log: LogPolicy
    }
    private let known = Mutex<[Key: CheckpointCheck]>([:])

    func check(_ note: [UInt8], in log: LogPolicy) -> CheckpointCheck {
        let key = Key(note: note, log: log)
        if let check = known.withLock({ $0[key] }) { return check }
        let check = CheckpointVerifier.verify(note, by: log.key, witnesses: log.witnesses)
        known.withLock { $0[key] = check }
        return check
    }
}
