// SPDX-License-Identifier: Apache-2.0
package import Base
package import Transparency

/// A witness that cosigns checkpoints, and where it is asked.
package struct Witness: Hashable, Sendable {
    package var key: NoteKey
    /// The submission prefix.
    package var address: String

    /// Reads the lines `VKEY ADDRESS` of a list; empty lines and those that begin with `#` are skipped.
    package static func list(_ text: String) throws(TransparencyError) -> [Witness] {
        guard text.utf8.count <= 1 << 16 else { throw .tooLarge(kind: "list of witnesses", limit: 1 << 16, found: text.utf8.count) }
        var witnesses: [Witness] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 2, words[1].hasPrefix("https://") || words[1].hasPrefix("http://") else {
                throw .malformed(kind: "list of witnesses", reason: "line \(number + 1) is not a key and an address")
            }
            let key = try NoteKey(String(first))
            guard key.algorithm == .cosignature else {
                throw .malformed(
                    kind: "list of witnesses", reason: "line \(number + 1): \(key.name) is a log's key (0x01), not a witness's (0x04)")
            }
            witnesses.append(Witness(key: key, address: String(words[1])))
        }
        return witnesses
    }
}

/// What one witness did with a checkpoint.
package struct WitnessAnswer: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case cosigned(Cosignature, NoteSignature)
        case refused(reason: String)
    }
    package var witness: Witness
    package var outcome: Outcome
}

/// Asks witnesses to cosign a log's newest checkpoint.
package struct WitnessClient: Sendable {
    private let reader: LogReader
    private let transport: any HTTPTransport

    package init(_ reader: LogReader, transport: any HTTPTransport) {
        self.reader = reader
        self.transport = transport
    }

    /// Asks one witness. One that cannot be reached or refuses is an answer, so that the others are asked too.
    package func ask(_ witness: Witness, about seen: SeenCheckpoint) async -> WitnessAnswer {
        do {
            // The witness knows best what it saw last: a guess of the present size costs nothing when it is right.
            var old = seen.cosignatures.contains { $0.witness == witness.key.name } ? seen.checkpoint.size : 0
            for _ in 0..<3 {
                switch try await send(witness, old, seen) {
                case .signed(let signatures): return WitnessAnswer(witness: witness, outcome: try accept(signatures, by: witness, seen))
                case .otherSize(let size):
                    guard size != old else { break }
                    guard size <= seen.checkpoint.size else {
                        return refusal(witness, "it has seen \(size) entries, more than the checkpoint's \(seen.checkpoint.size)")
                    }
                    old = size
                case .refused(let status):
                    return refusal(witness, "it answered with status \(status)\(Self.meaning[status].map { ": \($0)" } ?? "")")
                }
            }
            return refusal(witness, "it named several sizes that it had seen last")
        } catch let error as any Diagnosable {
            return refusal(witness, error.diagnosis.summary)
        } catch {
            return refusal(witness, "it could not be asked")
        }
    }

    private static let meaning = [
        403: "it does not know the log's key", 404: "it does not know the log", 409: "it has seen another root at this size",
        422: "it does not accept the consistency proof",
    ]

    private func send(_ witness: Witness, _ old: Int, _ seen: SeenCheckpoint) async throws -> AddCheckpointResponse {
        let request = AddCheckpointRequest(
            oldSize: old, proof: try await reader.consistency(from: old, to: seen), checkpoint: seen.note)
        var address = witness.address[...]
        while address.hasSuffix("/") { address.removeLast() }
        let response = try await transport.send(
            WebRequest(
                "POST", "\(address)/\(AddCheckpointRequest.path)", headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: request.bytes), limit: SignedNote.limit)
        return try AddCheckpointResponse(status: response.status, mediaType: response.headers["content-type"], body: response.body)
    }

    private func accept(_ signatures: [NoteSignature], by witness: Witness, _ seen: SeenCheckpoint) throws -> WitnessAnswer.Outcome {
        let note = try SignedNote(reading: seen.note)
        let own = signatures.filter { $0.name == witness.key.name && $0.keyHash == witness.key.hash }
        guard let signature = own.first else { return .refused(reason: "its answer has no signature by its key") }
        guard case .good(let time?) = SignedNote(text: note.text, signatures: own).check(by: witness.key) else {
            return .refused(reason: "its signature is not by the key \(witness.key.name)+\(Hex.encode(witness.key.hash))")
        }
        return .cosigned(Cosignature(witness: witness.key.name, time: time), signature)
    }

    private func refusal(_ witness: Witness, _ reason: String) -> WitnessAnswer {
        WitnessAnswer(witness: witness, outcome: .refused(reason: reason))
    }
}

extension LogFolder {
    /// Adds signatures of witnesses to the checkpoint with this text; says whether it is still the log's.
    ///
    /// The caller has checked them: `WitnessClient` does.
    package func addCosignatures(_ signatures: [NoteSignature], to text: [UInt8]) throws -> Bool {
        guard let lock = try tryLock() else { throw LedgerError.locked(path: path("lock")) }
        defer { lock.release() }
        guard let bytes = try read(FileLog.checkpointName, limit: SignedNote.limit) else { return false }
        var note = try SignedNote(reading: bytes)
        guard note.text == text else { return false }
        let others = note.signatures.filter { old in !signatures.contains { $0.name == old.name && $0.keyHash == old.keyHash } }
        note.signatures = others + signatures
        if note.bytes != bytes { try replace(FileLog.checkpointName, note.bytes) }
        return true
    }
}
