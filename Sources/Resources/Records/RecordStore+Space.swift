// SPDX-License-Identifier: Apache-2.0
package import Base
import Foundation
import GRDB

/// What a collection takes out of the records, and which files nothing needs any more.
package struct Collectable: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        package var digest: Digest
        package var size: Int
    }
    package struct Manifest: Hashable, Sendable {
        package var repository: String
        package var digest: Digest
    }
    /// Pushed manifests that no tag, index or subject leads to.
    package var manifests: [Manifest] = []
    /// Pushed blobs that no manifest of their repository needs.
    package var links = 0
    /// Uploaded files that no repository holds.
    package var files: [File] = []
}

/// Collecting what was pushed and is needed no more. What a build published, and every file that did not come by upload, is never
/// touched.
extension RecordStore {
    package enum Untagged: Sendable { case keep, collect }

    /// What a collection would take, and nothing more: the records are left as they are.
    package func collectable(pushedBefore cutoff: Timestamp, untagged: Untagged) throws -> Collectable {
        try writeAndUndo { try Self.forget(before: cutoff, untagged, $0) }
    }

    /// Takes manifests and blobs out of their repositories, and says which files nothing needs now.
    package func forget(pushedBefore cutoff: Timestamp, untagged: Untagged) throws -> Collectable {
        try write { try Self.forget(before: cutoff, untagged, $0) }
    }

    /// Removes files with their records, those that are still needed by nothing. `remove` is called while nobody can push, and
    /// says whether the file is gone.
    package func release(_ files: [Collectable.File], before cutoff: Timestamp, remove: (Digest) throws -> Bool) throws -> [Collectable
        .File]
    {
        try write { database in
            try files.filter { file in
                let isFree = try Bool.fetchOne(
                    database, sql: "SELECT 1 FROM uploaded u WHERE u.digest = ? AND u.since < ? AND \(Self.isNeededNowhere)",
                    arguments: [file.digest.description, cutoff.seconds])
                guard isFree == true, try remove(file.digest) else { return false }
                try database.execute(sql: "DELETE FROM uploaded WHERE digest = ?", arguments: [file.digest.description])
                try database.execute(sql: "DELETE FROM aliases WHERE digest = ?", arguments: [file.digest.description])
                return true
            }
        }
    }

    private static let isNeededNowhere = """
        NOT EXISTS (SELECT 1 FROM blobs b WHERE b.digest = u.digest) AND NOT EXISTS (SELECT 1 FROM manifests m WHERE m.digest = u.digest)
        """

    private static func forget(before cutoff: Timestamp, _ untagged: Untagged, _ database: Database) throws -> Collectable {
        var result = Collectable(manifests: try forgetMirrored(before: cutoff, database))
        if untagged == .collect {
            while case let batch = try lost(before: cutoff, database), !batch.isEmpty {
                for (id, manifest) in batch {
                    try database.execute(sql: "DELETE FROM refs WHERE manifest = ?", arguments: [id])
                    try database.execute(sql: "DELETE FROM manifests WHERE id = ?", arguments: [id])
                    result.manifests.append(manifest)
                }
            }
        }
        try database.execute(
            sql: """
                DELETE FROM blobs WHERE pushed < ? AND NOT EXISTS (
                    SELECT 1 FROM refs JOIN manifests m ON m.id = refs.manifest
                    WHERE refs.digest = blobs.digest AND m.repository = blobs.repository)
                """, arguments: [cutoff.seconds])
        result.links = database.changesCount
        result.files = try Row.fetchAll(
            database, sql: "SELECT u.digest, u.size FROM uploaded u WHERE u.since < ? AND \(isNeededNowhere) ORDER BY u.digest",
            arguments: [cutoff.seconds]
        ).map { Collectable.File(digest: try parse($0["digest"], "uploaded"), size: $0["size"]) }
        return result
    }

    /// Manifests that nothing leads to; taking them out may leave others lost.
    private static func lost(before cutoff: Timestamp, _ database: Database) throws -> [(Int64, Collectable.Manifest)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT m.id, m.digest, r.name FROM manifests m JOIN repositories r ON r.id = m.repository
                WHERE m.pushed < ?
                AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.repository = m.repository AND t.digest = m.digest)
                AND NOT EXISTS (
                    SELECT 1 FROM refs JOIN manifests p ON p.id = refs.manifest WHERE refs.digest = m.digest AND p.repository = m.repository)
                AND NOT EXISTS (
                    SELECT 1 FROM manifests s WHERE s.repository = m.repository
                    AND s.digest = coalesce((SELECT a.digest FROM aliases a WHERE a.address = m.subject), m.subject))
                ORDER BY m.id
                """, arguments: [cutoff.seconds]
        ).map { ($0["id"], Collectable.Manifest(repository: $0["name"], digest: try parse($0["digest"], "manifests"))) }
    }

    // MARK: - Use

    /// Everything one repository holds.
    package struct Holdings: Sendable {
        package var repository: String
        package var tags: Int
        /// With their sizes.
        package var manifests: [Digest: Int]
        package var blobs: [Digest]
    }

    /// What every repository holds, in ASCII order.
    package func holdings() throws -> [Holdings] {
        try read { database in
            try Row.fetchAll(
                database,
                sql:
                    "SELECT r.id, r.name, (SELECT count(*) FROM tags t WHERE t.repository = r.id) AS tags FROM repositories r ORDER BY r.name"
            ).map { row in
                let id: Int64 = row["id"]
                let manifests = try Row.fetchAll(database, sql: "SELECT digest, size FROM manifests WHERE repository = ?", arguments: [id])
                let blobs = try String.fetchAll(
                    database, sql: "SELECT digest FROM blobs WHERE repository = ? ORDER BY digest", arguments: [id])
                return Holdings(
                    repository: row["name"], tags: row["tags"],
                    manifests: try Dictionary(manifests.map { (try parse($0["digest"], "manifests"), $0["size"]) }) { first, _ in first },
                    blobs: try blobs.map { try parse($0, "blobs") })
            }
        }
    }
}
