// SPDX-License-Identifier: Apache-2.0
import Base
import Transparency

/// A log as a checkpoint covers it, as far as appending needs it.
struct LogState {
    /// The signed checkpoint, whole; empty for a log that has none yet.
    var note: [UInt8]
    var edge: RightEdge
    /// The entries of the last bundle when it is partial.
    var tail: [[UInt8]]

    static let empty = LogState(note: [], edge: RightEdge(), tail: [])
}

/// The files that appending entries makes. All of them have new names: a width or an index that no earlier tree had.
struct Batch {
    private(set) var files: [(path: TilePath, bytes: [UInt8])] = []
    private(set) var edge: RightEdge
    private(set) var tail: [[UInt8]]

    init(of entries: [[UInt8]], after state: LogState) throws {
        edge = state.edge
        tail = state.tail
        let before = Set(RightEdge.tiles(size: state.edge.size))
        for entry in entries {
            try EntryBundle.check(entry)
            var full: [(TilePath, [Digest])] = []
            edge.append(MerkleTree.leafHash(entry)) { full.append(($0, $1)) }
            for (path, hashes) in full { files.append((path, HashTile.bytes(hashes))) }
            tail.append(entry)
            guard tail.count == TilePath.fullWidth else { continue }
            files.append((.entries(index: edge.size / TilePath.fullWidth - 1), try EntryBundle.bytes(tail)))
            tail = []
        }
        for (path, hashes) in edge.partialTiles where !before.contains(path) { files.append((path, HashTile.bytes(hashes))) }
        if !tail.isEmpty {
            files.append((.entries(index: edge.size / TilePath.fullWidth, width: tail.count), try EntryBundle.bytes(tail)))
        }
    }

    /// The names of the files that lead from one size to another, without their contents.
    static func paths(from old: Int, to new: Int) -> [TilePath] {
        guard old < new else { return [] }
        var paths: [TilePath] = []
        let before = Set(RightEdge.tiles(size: old))
        var level = 0
        while TilePath.count(level: level, size: new) > 0 {
            let first = TilePath.count(level: level, size: old) / TilePath.fullWidth
            for index in first...TilePath.count(level: level, size: new) / TilePath.fullWidth {
                if let path = TilePath.at(.hashes(level: level), index: index, size: new), !before.contains(path) { paths.append(path) }
                if level == 0, let path = TilePath.at(.entries, index: index, size: new) { paths.append(path) }
            }
            level += 1
        }
        return paths
    }
}
