// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-witness#add-checkpoint
package import Base
import Synchronization
package import Transparency

/// A witness: cosigns checkpoints of the logs it knows, each of which must continue what it saw of that log before.
///
/// What it saw last is on its disk before it answers: after a crash it has forgotten nothing that it vouched for.
package final class WitnessDesk: Sendable {
    /// What is answered to whoever asks over HTTP.
    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var mediaType: String
        package var body: [UInt8]

        init(_ status: Int, _ text: String, mediaType: String = "text/plain; charset=utf-8") {
            self.status = status
            self.mediaType = mediaType
            body = Array(text.utf8)
        }
    }

    /// The name and the public key under which it cosigns.
    package let key: NoteKey
    private let logs: [NoteKey]
    private let folder: LogFolder
    private let sign: @Sendable ([UInt8]) throws -> [UInt8]
    private let clock: @Sendable () -> Timestamp
    // One checkpoint at a time: the next is judged by this one.
    private let turn = Mutex(())

    /// - Parameters:
    ///   - logs: whose checkpoints it cosigns.
    ///   - folder: keeps the last checkpoint of each log; belongs to one witness.
    ///   - sign: makes an Ed25519 signature with the private half of the key.
    package init(
        key: NoteKey, logs: [NoteKey], folder: String, clock: @escaping @Sendable () -> Timestamp,
        sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) throws {
        guard key.algorithm == .cosignature else { throw LedgerError.wrongKey(reason: "\(key.name) is a log's key, not a witness's") }
        for log in logs where log.algorithm != .ed25519 || log.publicKey == key.publicKey {
            throw LedgerError.wrongKey(reason: "\(log.name) is no log of somebody else")
        }
        self.key = key
        self.logs = logs
        self.folder = LogFolder(folder)
        self.clock = clock
        self.sign = sign
    }

    /// Answers `POST <prefix>/add-checkpoint`. A "no" is an answer; only a disk or a key that fails is an error.
    package func cosign(_ body: [UInt8]) throws -> Answer {
        let request: AddCheckpointRequest
        let note: SignedNote
        let claimed: Checkpoint
        do throws(TransparencyError) {
            request = try AddCheckpointRequest(reading: body)
            note = try SignedNote(reading: request.checkpoint)
            claimed = try Checkpoint(reading: note.text)
        } catch { return Answer(400, error.diagnosis.summary + "\n") }
        let known = logs.filter { $0.name == claimed.origin }
        guard !known.isEmpty else { return Answer(404, "this witness does not know the log\n") }
        guard let log = known.first(where: { if case .good = note.check(by: $0) { true } else { false } }) else {
            return Answer(403, "the checkpoint is not signed by the log's key\n")
        }
        guard request.oldSize <= claimed.size else { return Answer(400, "the old size is above the checkpoint's\n") }
        return try turn.withLock { _ in try cosign(note, claimed, after: request, of: log) }
    }

    private func cosign(_ note: SignedNote, _ new: Checkpoint, after request: AddCheckpointRequest, of log: NoteKey) throws -> Answer {
        guard let lock = try folder.tryLock() else { throw LedgerError.locked(path: folder.path("lock")) }
        defer { lock.release() }
        let name = "checkpoint-" + Hex.encode(log.id)
        let old = try last(name, of: log)
        guard request.oldSize == old.size else {
            return Answer(409, "\(old.size)\n", mediaType: AddCheckpointResponse.sizeMediaType)
        }
        guard new.size > old.size || new.root == old.root else { return Answer(409, "it has another root at this size\n") }
        guard MerkleTree.isConsistent(old: old, new: (new.size, new.root), proof: request.proof) else {
            return Answer(422, "the proof does not show that it continues what was seen before\n")
        }
        let own = SignedNote(text: note.text, signatures: note.signatures.filter { $0.name == log.name && $0.keyHash == log.hash })
        if new.size > old.size { try folder.replace(name, own.bytes) }
        let time = clock().seconds
        let signature = try sign(Cosignature.message(of: note.text, at: time))
        let line = NoteSignature(by: key, signature: Cosignature.bytes(signature, at: time))
        guard case .good = SignedNote(text: note.text, signatures: [line]).check(by: key) else {
            throw LedgerError.wrongKey(reason: "the signature is not by the key of \(key.name)")
        }
        return Answer(200, line.line + "\n")
    }

    // Checked again: whoever changes the file would have this witness vouch for another history.
    private func last(_ name: String, of log: NoteKey) throws -> (size: Int, root: Digest) {
        guard let bytes = try folder.read(name, limit: SignedNote.limit) else { return (0, MerkleTree.emptyRoot) }
        switch CheckpointVerifier.verify(bytes, by: log) {
        case .good(let checkpoint, _, _): return (checkpoint.size, checkpoint.root)
        case .bad(let reason): throw LedgerError.disagrees(path: folder.path(name), reason: reason)
        }
    }
}
