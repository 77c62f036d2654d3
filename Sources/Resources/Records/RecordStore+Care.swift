// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import GRDB
import OCI

/// A row that does not fit the others or the disk.
package enum RecordFault: Hashable, Sendable {
    /// SQLite's own check found something.
    case database(String)
    case tagWithoutManifest(repository: String, tag: String, digest: String)
    case referenceNotHeld(repository: String, manifest: Digest, reference: String)
    case releaseWithoutIndex(repository: String, buildTag: String, digest: String)
    case malformed(table: String, text: String)
}

/// Checking, mending and copying the database.
extension RecordStore {
    /// Compares the rows with one another.
    package func faults() throws -> [RecordFault] {
        try read { database in
            var faults = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }.map(RecordFault.database)
            faults += try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(100).map {
                RecordFault.database(
                    "a row of \($0["table"] as String? ?? "?") names a row of \($0["parent"] as String? ?? "?") that is not there")
            }
            faults += try Row.fetchAll(
                database,
                sql: """
                    SELECT r.name AS repository, t.name, t.digest FROM tags t JOIN repositories r ON r.id = t.repository
                    WHERE NOT EXISTS (SELECT 1 FROM manifests m WHERE m.repository = t.repository AND m.digest = t.digest)
                    """
            ).map { RecordFault.tagWithoutManifest(repository: $0["repository"], tag: $0["name"], digest: $0["digest"]) }
            faults += try Row.fetchAll(
                database,
                sql: """
                    SELECT r.name AS repository, m.digest AS manifest, refs.digest FROM refs JOIN manifests m ON m.id = refs.manifest
                    JOIN repositories r ON r.id = m.repository
                    WHERE NOT EXISTS (SELECT 1 FROM blobs b WHERE b.repository = m.repository AND b.digest = refs.digest)
                    AND NOT EXISTS (SELECT 1 FROM manifests c WHERE c.repository = m.repository AND c.digest = refs.digest)
                    AND NOT (m.pushed IS NOT NULL AND m.media_type IN (?, ?))
                    """,
                // What a pushed index lists may be deleted; the row protects it again once it is pushed again.
                arguments: [MediaType.index, MediaType.dockerManifestList]
            ).map {
                RecordFault.referenceNotHeld(
                    repository: $0["repository"], manifest: try parse($0["manifest"], "manifests"), reference: $0["digest"])
            }
            faults += try Row.fetchAll(
                database,
                sql: """
                    SELECT l.repository, l.build_tag, l.index_digest FROM releases l WHERE NOT EXISTS (
                        SELECT 1 FROM manifests m JOIN repositories r ON r.id = m.repository
                        WHERE r.name = l.repository AND m.digest = l.index_digest)
                    """
            ).map { RecordFault.releaseWithoutIndex(repository: $0["repository"], buildTag: $0["build_tag"], digest: $0["index_digest"]) }
            faults += try Self.ledgerFaults(database)
            return faults
        }
    }

    /// Takes what is lost on the disk out of the records: pushed manifests without bytes, with their tags, and pushed blobs, with the
    /// manifests that need them. What a build published stays, since building it again brings it back. Says how many rows went.
    ///
    /// - Parameter isLost: Is asked while nobody can push, since what was lost may have been pushed again meanwhile.
    package func dropLost(_ suspects: [Digest], isLost: (Digest) throws -> Bool) throws -> Int {
        try write { database in
            let digests = try suspects.filter(isLost)
            var count = 0
            func delete(_ sql: String, _ arguments: StatementArguments) throws {
                try database.execute(sql: sql, arguments: arguments)
                count += database.changesCount
            }
            // A manifest that goes takes the indexes with it that list it.
            var queue: [Held] = []
            for digest in digests.map(\.description) {
                queue += try Int64.fetchAll(
                    database,
                    sql: "SELECT repository FROM manifests WHERE digest = ? UNION SELECT repository FROM blobs WHERE digest = ?",
                    arguments: [digest, digest]
                ).map { Held(repository: $0, digest: digest) }
            }
            var seen = Set(queue)
            var position = 0
            while position < queue.count {
                let lost = queue[position]
                position += 1
                let broken = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT m.id, m.digest FROM manifests m WHERE m.repository = ? AND m.pushed IS NOT NULL AND (m.digest = ?
                        OR EXISTS (SELECT 1 FROM refs WHERE refs.manifest = m.id AND refs.digest = ?))
                        """, arguments: [lost.repository, lost.digest, lost.digest])
                for row in broken {
                    let manifest: String = row["digest"]
                    try delete(
                        "DELETE FROM tags WHERE repository = ? AND digest = ? AND pushed IS NOT NULL",
                        [lost.repository, manifest])
                    try delete("DELETE FROM refs WHERE manifest = ?", [row["id"] as Int64])
                    try delete("DELETE FROM manifests WHERE id = ?", [row["id"] as Int64])
                    let held = Held(repository: lost.repository, digest: manifest)
                    if seen.insert(held).inserted { queue.append(held) }
                }
            }
            for digest in digests.map(\.description) {
                try delete("DELETE FROM blobs WHERE digest = ? AND pushed IS NOT NULL", [digest])
                try delete("DELETE FROM uploaded WHERE digest = ?", [digest])
                try delete("DELETE FROM aliases WHERE digest = ?", [digest])
            }
            try delete(
                """
                DELETE FROM tags WHERE pushed IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM manifests m WHERE m.repository = tags.repository AND m.digest = tags.digest)
                """, [])
            return count
        }
    }

    private struct Held: Hashable {
        var repository: Int64
        var digest: String
    }

    /// Builds the database's indexes anew, for when its own check complains about them.
    package func rebuildIndexes() throws { try write { try $0.execute(sql: "REINDEX") } }

    /// Copies the database into a new file, as it is at one moment, while others go on writing.
    package func snapshot(to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw RecordsError.cannotWrite(path: path, reason: "there is a file of this name")
        }
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        do {
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            try reader.backup(to: copy)
            try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            try copy.close()
        } catch let error as DatabaseError {
            throw RecordsError.wrapping(error, path: path)
        }
    }
}
