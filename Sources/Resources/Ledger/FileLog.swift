// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
package import Transparency

/// A transparency log in a folder, laid out as C2SP tlog-tiles serves it.
///
///     checkpoint               the signed note that covers everything
///     tile/<L>/<N>[.p/<W>]     hashes
///     tile/entries/<N>[.p/<W>] entries
///     pending                  the text of the checkpoint that is under way
///     lock                     flock of whoever appends
///
/// An append is: `pending` → tiles and entries → sync → the signer signs → `checkpoint`, by renaming → `pending` goes. The signer
/// is asked only when everything is on the disk. After a crash, `pending` says what was under way: when its files are whole, the
/// same checkpoint is signed and published; when they are not, nobody signed it, and they go.
package actor FileLog: TransparencyLog {
    /// The log's name and public key.
    package nonisolated let key: NoteKey
    let folder: LogFolder
    let signer: any Signer
    // What this object published last, to be used as long as the checkpoint on the disk is that one.
    private var state: LogState?
    private let queue = Turns()

    static let checkpointName = "checkpoint"
    static let pendingName = "pending"

    /// - Throws: when the signer does not hold the log's key.
    package init(folder: LogFolder, key: NoteKey, signer: any Signer) throws {
        guard key.algorithm == .ed25519 else { throw LedgerError.wrongKey(reason: "\(key.name) is a witness's key, not a log's") }
        guard let own = signer.logPublicKey else { throw LedgerError.wrongKey(reason: "the signer has no key for the log") }
        guard own == key.publicKey else { throw LedgerError.wrongKey(reason: "the signer's key is not that of \(key.name)") }
        self.folder = folder
        self.key = key
        self.signer = signer
    }

    /// Appends entries in one batch.
    ///
    /// When it fails after the batch was on the disk, the next append publishes the batch first: an entry of a failed append may
    /// stand in the log.
    package func append(_ entries: [[UInt8]]) async throws -> [LogInclusion] {
        guard !entries.isEmpty else { return [] }
        for entry in entries { try EntryBundle.check(entry) }
        return try await exclusively { [self] in
            let before = try await current()
            let batch = try Batch(of: entries, after: before)
            let checkpoint = Checkpoint(origin: key.name, size: batch.edge.size, root: batch.edge.root)
            do {
                try store(batch, checkpoint, after: before)
            } catch {
                discard(from: before.edge.size, to: checkpoint.size)
                throw error
            }
            let after = LogState(note: try await publish(checkpoint), edge: batch.edge, tail: batch.tail)
            state = after
            return try inclusions(before.edge.size..<checkpoint.size, checkpoint, after.note)
        }
    }

    /// Publishes what a crash left half-done, and checks that the end of the log is what its checkpoint says.
    package func recover() async throws {
        try await exclusively { [self] in state = try await current() }
    }

    // One at a time among the tasks of this process.
    private func exclusively<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        await queue.begin()
        do {
            let result = try await locked(body)
            await queue.end()
            return result
        } catch {
            state = nil
            await queue.end()
            throw error
        }
    }

    // The only one among processes. The lock is given back before the next task has its turn.
    private func locked<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard let lock = try folder.tryLock() else { throw LedgerError.locked(path: folder.path("lock")) }
        defer { lock.release() }
        return try await body()
    }

    // MARK: - Where the log stands

    private func current() async throws -> LogState {
        let note = try folder.read(Self.checkpointName, limit: SignedNote.limit) ?? []
        let pending = try folder.read(Self.pendingName, limit: SignedNote.limit)
        if pending == nil, let state, state.note == note { return state }
        let checkpoint = try verified(note)
        let signed = try await signer.lastCheckpoint()
        let found = try pending.map { try Checkpoint(reading: $0) }
        let isSigned = if let signed, let found { signed.size == found.size && signed.root == found.root } else { false }
        if let signed, signed.size > checkpoint.size, !isSigned {
            throw LedgerError.rolledBack(signed: signed.size, found: checkpoint.size)
        }
        let stored = try load(checkpoint, note)
        guard let found else { return stored }
        return try await finish(found, after: stored, isSigned: isSigned)
    }

    private func verified(_ note: [UInt8]) throws -> Checkpoint {
        guard !note.isEmpty else { return Checkpoint(origin: key.name, size: 0, root: MerkleTree.emptyRoot) }
        switch CheckpointVerifier.verify(note, by: key) {
        case .good(let checkpoint, _, _): return checkpoint
        case .bad(let reason): throw LedgerError.disagrees(path: folder.path(Self.checkpointName), reason: reason)
        }
    }

    // Completes or takes back what was under way when a process ended.
    private func finish(_ pending: Checkpoint, after stored: LogState, isSigned: Bool) async throws -> LogState {
        guard pending.size > stored.edge.size else {
            try folder.remove(Self.pendingName)
            return stored
        }
        guard let batch = try whole(pending, after: stored) else {
            guard !isSigned else {
                throw LedgerError.disagrees(
                    path: folder.path(Self.pendingName), reason: "the signer has signed it, but its tiles are not whole")
            }
            discard(from: stored.edge.size, to: pending.size)
            return stored
        }
        // They may have been written without reaching the disk.
        try sync(batch.files.map(\.path))
        return LogState(note: try await publish(pending), edge: batch.edge, tail: batch.tail)
    }

    // The batch that leads to a pending checkpoint, when every file of it is what it should be.
    private func whole(_ pending: Checkpoint, after stored: LogState) throws -> Batch? {
        let size = stored.edge.size
        guard pending.origin == key.name else { return nil }
        var entries: [[UInt8]] = []
        for index in size / TilePath.fullWidth...(pending.size - 1) / TilePath.fullWidth {
            guard let path = TilePath.at(.entries, index: index, size: pending.size),
                let bytes = try folder.read(path.description, limit: EntryBundle.limit),
                let found = try? EntryBundle.entries(bytes, at: path)
            else { return nil }
            entries += found
        }
        entries = Array(entries.dropFirst(stored.tail.count))
        guard let batch = try? Batch(of: entries, after: stored), batch.edge.size == pending.size, batch.edge.root == pending.root else {
            return nil
        }
        for (path, bytes) in batch.files {
            guard try folder.read(path.description, limit: EntryBundle.limit) == bytes else { return nil }
        }
        return batch
    }
}

/// Lets tasks have their turn in the order they came.
package actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    package func begin() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    package func end() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
