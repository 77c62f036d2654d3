// SPDX-License-Identifier: Apache-2.0
import Base
package import Transparency

/// What reading a whole log found. A "no" is a result, not an error.
package struct LogAudit: Hashable, Sendable {
    package var seen: SeenCheckpoint
    package var entries = 0
    package var tiles = 0
    /// What is not as the checkpoint says, by file; empty when the log is good.
    package var faults: [String] = []

    package var isGood: Bool { faults.isEmpty }
    static let faultLimit = 100
}

extension LogReader {
    /// Reads every entry and every tile, and compares all of them with each other and with the checkpoint.
    ///
    /// - Parameter visit: Is given every entry; what it returns is a fault of that entry.
    package func audit(
        _ seen: SeenCheckpoint, visit: (_ index: Int, _ entry: [UInt8]) throws -> String? = { _, _ in nil }
    ) async throws -> LogAudit {
        var audit = LogAudit(seen: seen)
        let size = seen.checkpoint.size
        var edge = RightEdge()
        var index = 0
        while let path = TilePath.at(.entries, index: index, size: size), audit.faults.count < LogAudit.faultLimit {
            index += 1
            let entries: [[UInt8]]
            do {
                entries = try await self.entries(path)
            } catch let error as any Diagnosable where [.malformed, .untrusted].contains(error.diagnosis.kind) {
                // What comes after cannot be placed in the tree without these.
                audit.faults.append(error.diagnosis.summary)
                return audit
            }
            var full: [(TilePath, [Digest])] = []
            for entry in entries {
                if let fault = try visit(edge.size, entry) { audit.faults.append("entry \(edge.size): \(fault)") }
                edge.append(MerkleTree.leafHash(entry)) { full.append(($0, $1)) }
            }
            audit.entries += entries.count
            for (path, hashes) in full { await compare(path, hashes, &audit) }
        }
        for (path, hashes) in edge.partialTiles { await compare(path, hashes, &audit) }
        try await compareSuperseded(size: size, &audit)
        if edge.root != seen.checkpoint.root {
            audit.faults.append("the entries give the root \(edge.root), the checkpoint has \(seen.checkpoint.root)")
        }
        return audit
    }

    // Partial tiles are kept when fuller ones follow, since old proofs are read from them: each must be the beginning of its successor.
    private func compareSuperseded(size: Int, _ audit: inout LogAudit) async throws {
        for path in try source.partialTiles() where audit.faults.count < LogAudit.faultLimit {
            guard path.isCovered(bySize: size), let present = TilePath.at(path.kind, index: path.index, size: size), present != path else {
                continue
            }
            audit.tiles += 1
            do {
                let isBeginning: Bool
                if case .entries = path.kind {
                    isBeginning = try await Array(entries(present).prefix(path.width)) == entries(path)
                } else {
                    isBeginning = try await Array(tile(present).prefix(path.width)) == tile(path)
                }
                if !isBeginning { audit.faults.append("\(source.place)/\(path): it is not the beginning of \(present)") }
            } catch let error as any Diagnosable where [.malformed, .untrusted].contains(error.diagnosis.kind) {
                audit.faults.append(error.diagnosis.summary)
            }
        }
    }

    private func compare(_ path: TilePath, _ expected: [Digest], _ audit: inout LogAudit) async {
        audit.tiles += 1
        do {
            guard try await tile(path) == expected else {
                return audit.faults.append("\(source.place)/\(path): its hashes are not those of the entries")
            }
        } catch let error as any Diagnosable {
            audit.faults.append(error.diagnosis.summary)
        } catch {
            audit.faults.append("\(source.place)/\(path): it cannot be read")
        }
    }

    /// Checks that a checkpoint continues an older one, by reading all entries between them; each is given to `visit`.
    ///
    /// - Throws: `LedgerError.untrusted` when it does not: the log has two histories.
    package func advance(
        from old: Checkpoint?, to seen: SeenCheckpoint, visit: (_ index: Int, _ entry: [UInt8]) throws -> Void
    ) async throws {
        let new = seen.checkpoint
        var edge = RightEdge()
        if let old {
            guard old.size <= new.size else {
                throw LedgerError.untrusted(reason: "it had \(old.size) entries when it was last looked at, now it has \(new.size)")
            }
            guard old.size < new.size || old.root == new.root else {
                throw LedgerError.untrusted(reason: "it has two roots at size \(old.size): \(old.root) and \(new.root)")
            }
            guard old.size < new.size else { return }
            do { edge = try await self.edge(of: old) } catch LedgerError.disagrees(_, let reason) {
                throw LedgerError.untrusted(reason: "it had the root \(old.root) at size \(old.size), now \(reason): it has two histories")
            }
        }
        var kept: [(Int, [UInt8])] = []
        var index = edge.size / TilePath.fullWidth
        while let path = TilePath.at(.entries, index: index, size: new.size) {
            for entry in try await entries(path).dropFirst(edge.size - index * TilePath.fullWidth) {
                kept.append((edge.size, entry))
                edge.append(MerkleTree.leafHash(entry)) { _, _ in }
            }
            index += 1
        }
        guard edge.root == new.root else {
            throw LedgerError.untrusted(
                reason:
                    "the entries after \(old?.size ?? 0) do not lead to the root of its checkpoint at \(new.size): it is not one history")
        }
        // Nothing is shown before it is known to be in the log.
        for (index, entry) in kept { try visit(index, entry) }
    }
}
