// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// A manifest of another registry, as an operator looks at it.
package struct MirroredEntry: Hashable, Sendable {
    package var repository: String
    /// Tags that led to it when they were asked for last.
    package var tags: [String]
    package var content: MirroredContent
    /// Whether its manifest is kept here.
    package var isKept: Bool
}

/// Looking after what came from other registries.
extension RecordStore {
    /// What was seen of other registries and is no part of another manifest, oldest sight first.
    package func mirroredEntries(in repository: String? = nil) throws -> [MirroredEntry] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT x.*, m.id IS NOT NULL AS kept,
                        (SELECT group_concat(t.name, ' ') FROM mirrored_tags t WHERE t.repository = x.repository AND t.digest = x.digest) AS tags
                    FROM mirrored x LEFT JOIN repositories r ON r.name = x.repository
                    LEFT JOIN manifests m ON m.repository = r.id AND m.digest = x.digest
                    WHERE (? IS NULL OR x.repository = ?) AND NOT EXISTS (
                        SELECT 1 FROM mirrored_parts p JOIN manifests pm ON pm.id = p.manifest
                        WHERE p.digest = x.digest AND pm.repository = r.id)
                    ORDER BY x.seen, x.repository, x.digest
                    """, arguments: [repository, repository]
            ).map { row in
                MirroredEntry(
                    repository: row["repository"], tags: (row["tags"] as String?)?.split(separator: " ").map(String.init).sorted() ?? [],
                    content: try MirroredContent(row: row), isKept: row["kept"])
            }
        }
    }

    /// Lets content be pulled before its time, with what it lists. Says how many manifests that were; 0 when it was never seen.
    package func release(mirrored digest: Digest, in repository: String, at time: Timestamp) throws -> Int {
        try write { database in
            var queue = [digest.description]
            var (position, count) = (0, 0)
            while position < queue.count {
                let current = queue[position]
                position += 1
                try database.execute(
                    sql: "UPDATE mirrored SET released = coalesce(released, ?) WHERE repository = ? AND digest = ?",
                    arguments: [time.seconds, repository, current])
                guard database.changesCount > 0 else { continue }
                count += 1
                let parts = try String.fetchAll(
                    database,
                    sql: """
                        SELECT p.digest FROM mirrored_parts p JOIN manifests m ON m.id = p.manifest JOIN repositories r ON r.id = m.repository
                        WHERE r.name = ? AND m.digest = ?
                        """, arguments: [repository, current])
                queue += parts.filter { !queue.contains($0) }
            }
            return count
        }
    }

    /// Whether a manifest came from another registry, so that its parts may be there and not here.
    package func isMirrored(_ digest: Digest, in repository: String) throws -> Bool { try mirrored(digest, in: repository) != nil }

    /// Takes out manifests of other registries that nobody used since, with their tags: whole images at a time, and evidence after
    /// what it is about. When content was first seen is remembered for longer.
    static func forgetMirrored(before cutoff: Timestamp, _ database: Database) throws -> [Collectable.Manifest] {
        var forgotten: [Collectable.Manifest] = []
        while case let batch = try unusedMirrored(before: cutoff, database), !batch.isEmpty {
            for row in batch {
                let (id, repository, digest): (Int64, Int64, String) = (row["id"], row["repository"], row["digest"])
                try database.execute(
                    sql: "DELETE FROM tags WHERE repository = ? AND digest = ? AND pushed IS NOT NULL", arguments: [repository, digest])
                try database.execute(sql: "DELETE FROM refs WHERE manifest = ?", arguments: [id])
                try database.execute(sql: "DELETE FROM manifests WHERE id = ?", arguments: [id])
                forgotten.append(.init(repository: row["name"], digest: try parse(digest, "manifests")))
            }
        }
        try database.execute(sql: "DELETE FROM mirrored_lists WHERE checked < ?", arguments: [cutoff.seconds])
        try database.execute(sql: "DELETE FROM mirrored_tags WHERE checked < ?", arguments: [cutoff.seconds])
        try database.execute(
            sql: "DELETE FROM mirrored WHERE used < ? AND released IS NULL", arguments: [cutoff.seconds - memory])
        return forgotten
    }

    // For how long after its last use it is remembered when content was first seen.
    private static let memory = 400 * 86400

    private static func unusedMirrored(before cutoff: Timestamp, _ database: Database) throws -> [Row] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT m.id, m.repository, m.digest, r.name FROM mirrored x JOIN repositories r ON r.name = x.repository
                JOIN manifests m ON m.repository = r.id AND m.digest = x.digest
                WHERE x.used < ? AND m.pushed < ?
                AND NOT EXISTS (
                    SELECT 1 FROM mirrored_parts p JOIN manifests pm ON pm.id = p.manifest
                    WHERE p.digest = m.digest AND pm.repository = m.repository)
                AND NOT EXISTS (SELECT 1 FROM manifests s WHERE s.repository = m.repository AND s.digest = x.subject)
                ORDER BY m.id
                """, arguments: [cutoff.seconds, cutoff.seconds])
    }
}
