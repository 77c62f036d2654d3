// SPDX-License-Identifier: Apache-2.0
package import Base
package import Transparency

/// A checkpoint whose signature was checked.
package struct SeenCheckpoint: Hashable, Sendable {
    package var checkpoint: Checkpoint
    /// The signed note it stands in.
    package var note: [UInt8]
    package var cosignatures: [Cosignature]
    package var evidence: [String]
}

/// Reads a log that nobody trusts: what it gives was compared with a checkpoint that the log's key signed.
package struct LogReader: Sendable {
    package let source: any LogSource
    package let key: NoteKey
    let witnesses: [NoteKey]

    package init(_ source: any LogSource, key: NoteKey, witnesses: [NoteKey] = []) {
        self.source = source
        self.key = key
        self.witnesses = witnesses
    }

    /// The newest checkpoint; nil when the log has none yet.
    package func checkpoint() async throws -> SeenCheckpoint? {
        try await source.file("checkpoint", limit: SignedNote.limit).map { try seen($0) }
    }

    /// A checkpoint that was kept, checked again.
    package func seen(_ note: [UInt8]) throws -> SeenCheckpoint {
        switch CheckpointVerifier.verify(note, by: key, witnesses: witnesses) {
        case .good(let checkpoint, let cosignatures, let evidence):
            return SeenCheckpoint(checkpoint: checkpoint, note: note, cosignatures: cosignatures, evidence: evidence)
        case .bad(let reason): throw LedgerError.untrusted(reason: reason)
        }
    }

    /// An entry with its proof under a checkpoint.
    package func inclusion(of index: Int, in seen: SeenCheckpoint) async throws -> (entry: [UInt8], inclusion: LogInclusion) {
        let size = seen.checkpoint.size
        let ranges = try MerkleTree.inclusionRanges(of: index, size: size)
        guard let path = TilePath.at(.entries, index: index / TilePath.fullWidth, size: size) else {
            throw TransparencyError.notInTree(index: index, size: size)
        }
        let entry = try await entries(path)[index % TilePath.fullWidth]
        let inclusion = LogInclusion(
            index: index, treeSize: size, hashes: try await hashes(of: ranges, size: size), root: seen.checkpoint.root,
            checkpoint: seen.note, logID: key.id)
        guard case .good = InclusionVerifier.verify(entry, inclusion, by: key) else {
            throw LedgerError.disagrees(path: "\(source.place)/\(path)", reason: "entry \(index) is not under the checkpoint's root")
        }
        return (entry, inclusion)
    }

    /// The proof that a checkpoint continues an older size, as a witness wants it.
    package func consistency(from old: Int, to seen: SeenCheckpoint) async throws -> [Digest] {
        try await hashes(of: MerkleTree.consistencyRanges(from: old, to: seen.checkpoint.size), size: seen.checkpoint.size)
    }

    /// The entries of a bundle.
    func entries(_ path: TilePath) async throws -> [[UInt8]] {
        if let bytes = try await source.file(path.description, limit: EntryBundle.limit) {
            return try EntryBundle.entries(bytes, at: path)
        }
        // Logs may remove a partial file when the full one is there.
        guard path.isPartial, let bytes = try await source.file(path.full.description, limit: EntryBundle.limit) else {
            throw LedgerError.missing(path: "\(source.place)/\(path)")
        }
        return Array(try EntryBundle.entries(bytes, at: path.full).prefix(path.width))
    }

    /// The hashes of a tile.
    func tile(_ path: TilePath) async throws -> [Digest] {
        if let bytes = try await source.file(path.description, limit: path.full.byteCount) {
            return try HashTile.hashes(bytes, at: path)
        }
        guard path.isPartial, let bytes = try await source.file(path.full.description, limit: path.full.byteCount) else {
            throw LedgerError.missing(path: "\(source.place)/\(path)")
        }
        return Array(try HashTile.hashes(bytes, at: path.full).prefix(path.width))
    }

    /// The right edge of a tree, compared with the root it must have.
    func edge(of checkpoint: Checkpoint) async throws -> RightEdge {
        var tiles: [TilePath: [Digest]] = [:]
        for path in RightEdge.tiles(size: checkpoint.size) { tiles[path] = try await tile(path) }
        let edge = try RightEdge(size: checkpoint.size) { tiles[$0] ?? [] }
        guard edge.root == checkpoint.root else {
            throw LedgerError.disagrees(
                path: "\(source.place)/tile", reason: "the tiles at size \(checkpoint.size) give the root \(edge.root)")
        }
        return edge
    }

    private func hashes(of ranges: [Range<Int>], size: Int) async throws -> [Digest] {
        var tiles: [TilePath: HashTile] = [:]
        for range in ranges {
            for node in MerkleTree.nodes(in: range) {
                guard let path = node.place(size: size)?.tile, tiles[path] == nil else { continue }
                tiles[path] = HashTile(try await tile(path))
            }
        }
        return try ranges.map { range in
            try MerkleTree.hash(of: range) { node in
                guard let place = node.place(size: size), let hash = tiles[place.tile]?.hash(height: place.height, index: place.index)
                else { throw TransparencyError.notInTree(index: node.index << node.level, size: size) }
                return hash
            }
        }
    }
}
