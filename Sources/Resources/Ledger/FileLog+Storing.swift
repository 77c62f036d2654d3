// SPDX-License-Identifier: Apache-2.0
import Base
import Transparency

extension FileLog {
    /// Reads the end of the log and compares it with its checkpoint.
    func load(_ checkpoint: Checkpoint, _ note: [UInt8]) throws -> LogState {
        guard checkpoint.size > 0 else { return .empty }
        let edge = try RightEdge(size: checkpoint.size) { try HashTile.hashes(bytes(of: $0), at: $0) }
        guard edge.root == checkpoint.root else {
            throw LedgerError.disagrees(path: folder.path("tile"), reason: "the tiles at its end give the root \(edge.root)")
        }
        var tail: [[UInt8]] = []
        if let path = TilePath.at(.entries, index: checkpoint.size / TilePath.fullWidth, size: checkpoint.size) {
            tail = try EntryBundle.entries(bytes(of: path), at: path)
            let leaves = edge.partialTiles.first { $0.path.kind == .hashes(level: 0) }?.hashes
            guard tail.map(MerkleTree.leafHash) == leaves else {
                throw LedgerError.disagrees(path: folder.path(path), reason: "its entries have other hashes")
            }
        }
        return LogState(note: note, edge: edge, tail: tail)
    }

    /// Writes a batch and returns when all of it is on the disk.
    func store(_ batch: Batch, _ checkpoint: Checkpoint, after state: LogState) throws {
        // First, what is under way: after a crash it tells the batch's files from those of a log whose checkpoint was lost.
        for (path, _) in batch.files where try folder.exists(path.description) {
            throw LedgerError.beyondCheckpoint(path: folder.path(path), size: state.edge.size)
        }
        try folder.replace(Self.pendingName, checkpoint.text)
        for (path, bytes) in batch.files {
            try folder.createFolders(above: path.description)
            try folder.create(path.description, bytes)
        }
        try sync(batch.files.map(\.path))
    }

    /// Returns when files and the folders that name them are on the disk.
    func sync(_ paths: [TilePath]) throws {
        for path in paths { try folder.sync(path.description) }
        for name in Self.folders(of: paths) { try folder.sync(name) }
    }

    // With all folders above, up to the log's.
    private static func folders(of paths: [TilePath]) -> [String] {
        var folders: Set<String> = [""]
        for path in paths {
            var name = path.description[...]
            while let slash = name.lastIndex(of: "/") {
                name = name[..<slash]
                guard folders.insert(String(name)).inserted else { break }
            }
        }
        return folders.sorted()
    }

    /// Takes back what no checkpoint covers. What cannot be removed now is removed at the next append, since `pending` stays.
    func discard(from old: Int, to new: Int) {
        guard let pending = try? folder.read(Self.pendingName, limit: SignedNote.limit), (try? Checkpoint(reading: pending))?.size == new
        else { return }
        do {
            let paths = Batch.paths(from: old, to: new)
            for path in paths { try folder.remove(path.description) }
            for name in Self.folders(of: paths) where try folder.exists(name) { try folder.sync(name) }
            try folder.remove(Self.pendingName)
        } catch {}
    }

    /// Lets the signer sign a checkpoint whose tiles are on the disk, and makes it the log's; the signed note.
    func publish(_ checkpoint: Checkpoint) async throws -> [UInt8] {
        let message = SignableMessage.checkpoint(checkpoint.text, consistency: try await consistency(to: checkpoint))
        let signatures = try await signer.sign([message])
        guard signatures.count == 1 else {
            throw LedgerError.wrongKey(reason: "the signer gave \(signatures.count) signatures for one text")
        }
        let note = SignedNote(text: checkpoint.text, signatures: [NoteSignature(by: key, signature: signatures[0])])
        guard case .good = note.check(by: key) else { throw LedgerError.wrongKey(reason: "the signature is not by the key of \(key.name)") }
        try folder.replace(Self.checkpointName, note.bytes)
        // If it stays, the next append removes it: it is not larger than the checkpoint.
        try? folder.remove(Self.pendingName)
        return note.bytes
    }

    // What shows the signer that this checkpoint continues the one it signed last.
    private func consistency(to checkpoint: Checkpoint) async throws -> [Digest] {
        guard let last = try await signer.lastCheckpoint(), last.size > 0 else { return [] }
        guard last.size <= checkpoint.size else { throw LedgerError.rolledBack(signed: last.size, found: checkpoint.size) }
        var shelf = TileShelf(size: checkpoint.size) { try self.bytes(of: $0) }
        let proof = try shelf.consistencyProof(from: last.size)
        guard MerkleTree.isConsistent(old: last, new: (checkpoint.size, checkpoint.root), proof: proof) else {
            throw LedgerError.disagrees(
                path: folder.path("tile"), reason: "the signer has signed other entries at size \(last.size)")
        }
        return proof
    }

    func bytes(of path: TilePath) throws -> [UInt8] {
        guard let bytes = try folder.read(path.description, limit: EntryBundle.limit) else {
            throw LedgerError.missing(path: folder.path(path))
        }
        return bytes
    }

    func inclusions(_ range: Range<Int>, _ checkpoint: Checkpoint, _ note: [UInt8]) throws -> [LogInclusion] {
        var shelf = TileShelf(size: checkpoint.size) { try self.bytes(of: $0) }
        let id = key.id
        return try range.map { index in
            LogInclusion(
                index: index, treeSize: checkpoint.size, hashes: try shelf.inclusionProof(of: index), root: checkpoint.root,
                checkpoint: note, logID: id)
        }
    }
}
