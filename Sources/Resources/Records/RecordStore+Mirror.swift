// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// What is known of content of another registry, whether its bytes are here or not.
package struct MirroredContent: Hashable, Sendable {
    package var digest: Digest
    /// When it was first seen from here.
    package var seen: Timestamp
    package var used: Timestamp
    /// When somebody let it be pulled before its time.
    package var released: Timestamp?
    /// What it is evidence about.
    package var subject: Digest?
    /// What it says about itself.
    package var created: String?
}

/// What the other registry answered last for a tag.
package struct MirroredTag: Hashable, Sendable {
    package var digest: Digest
    package var checked: Timestamp
}

/// A manifest of another registry, whose bytes are on the disk.
package struct MirroredManifest: Sendable {
    package struct Part: Hashable, Sendable {
        package var digest: Digest
        package var size: Int
        package var isManifest: Bool
        package init(digest: Digest, size: Int, isManifest: Bool) {
            self.digest = digest
            self.size = size
            self.isManifest = isManifest
        }
    }
    /// As a push that names no parts.
    package var push: ManifestPush
    package var parts: [Part]
    package var subject: Digest?
    package var created: String?
    package init(push: ManifestPush, parts: [Part], subject: Digest?, created: String?) {
        self.push = push
        self.parts = parts
        self.subject = subject
        self.created = created
    }
}

/// What became of the wish to keep mirrored content. Only `kept` changed anything.
package enum MirrorOutcome: Hashable, Sendable {
    case kept
    /// A build published into this repository: it is the catalog's.
    case published
    /// The bytes are no longer on the disk.
    case gone
}

/// Content of other registries. Each call is one short transaction.
extension RecordStore {
    // MARK: - Asking

    package func mirrored(_ digest: Digest, in repository: String) throws -> MirroredContent? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM mirrored WHERE repository = ? AND digest = ?"),
                arguments: [repository, digest.description]
            ).map(MirroredContent.init(row:))
        }
    }

    /// A manifest that is kept here and came from another registry.
    package func mirroredManifest(_ digest: Digest, in repository: String) throws -> StoredManifest? {
        try read { database in
            try database.cachedStatement(
                sql: Self.manifestColumns + """
                     WHERE r.name = ? AND m.digest = ?
                    AND EXISTS (SELECT 1 FROM mirrored x WHERE x.repository = r.name AND x.digest = m.digest)
                    """
            ).firstManifest([repository, digest.description])
        }
    }

    package func mirroredTag(_ tag: String, in repository: String) throws -> MirroredTag? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT digest, checked FROM mirrored_tags WHERE repository = ? AND name = ?"),
                arguments: [repository, tag]
            ).map { MirroredTag(digest: try parse($0["digest"], "mirrored_tags"), checked: Timestamp(seconds: $0["checked"])) }
        }
    }

    /// The kept manifests of a repository that name a blob, each with the size it gives.
    package func mirroredParents(of part: Digest, in repository: String) throws -> [(manifest: Digest, size: Int)] {
        try read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: """
                        SELECT m.digest, p.size FROM mirrored_parts p JOIN manifests m ON m.id = p.manifest
                        JOIN repositories r ON r.id = m.repository WHERE p.digest = ? AND r.name = ? ORDER BY m.id LIMIT 1000
                        """),
                arguments: [part.description, repository]
            ).map { (manifest: try parse($0["digest"], "manifests"), size: $0["size"]) }
        }
    }

    /// A list of another registry as it was remembered: tags without a subject, referrers with one.
    package func mirroredList(of subject: Digest?, in repository: String) throws -> (content: String, checked: Timestamp)? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT content, checked FROM mirrored_lists WHERE repository = ? AND subject = ?"),
                arguments: [repository, subject?.description ?? ""]
            ).map { (content: $0["content"], checked: Timestamp(seconds: $0["checked"])) }
        }
    }

    // MARK: - Keeping

    /// Makes a manifest part of a repository, with when it and its parts were seen first. Tags are not touched.
    package func keep(mirrored manifest: MirroredManifest, at time: Timestamp, isOnDisk: () throws -> Bool) throws -> MirrorOutcome {
        try write { database in
            guard try isOnDisk() else { return .gone }
            let (push, name) = (manifest.push, manifest.push.blob.repository)
            guard try !Self.isPublished(name, database) else { return .published }
            let repository = try Self.repositoryID(name, database)
            try Self.note(push.blob, at: time, database)
            let id = try Self.insert(push, into: repository, at: time, database)
            let insert = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO mirrored_parts (manifest, digest, size) VALUES (?, ?, ?)")
            for part in manifest.parts { try insert.execute(arguments: [id, part.digest.description, part.size]) }
            try database.cachedStatement(
                sql: """
                    INSERT INTO mirrored (repository, digest, seen, used, subject, created) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (repository, digest) DO UPDATE SET used = max(used, excluded.used), subject = coalesce(subject, excluded.subject),
                    created = coalesce(created, excluded.created)
                    """
            ).execute(arguments: [
                name, push.blob.digest.description, time.seconds, time.seconds, manifest.subject?.description, manifest.created,
            ])
            // What an index lists is as old as the index; what was released with it stays so.
            let see = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO mirrored (repository, digest, seen, used, released)
                    SELECT repository, ?, seen, ?, released FROM mirrored WHERE repository = ? AND digest = ?
                    """)
            for part in manifest.parts where part.isManifest {
                try see.execute(arguments: [part.digest.description, time.seconds, name, push.blob.digest.description])
            }
            try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO refs (manifest, digest) SELECT p.manifest, p.digest FROM mirrored_parts p WHERE p.manifest = ?
                    AND (EXISTS (SELECT 1 FROM blobs b WHERE b.repository = ? AND b.digest = p.digest)
                        OR EXISTS (SELECT 1 FROM manifests c WHERE c.repository = ? AND c.digest = p.digest))
                    """
            ).execute(arguments: [id, repository, repository])
            try Self.refer(to: push.blob.digest, in: repository, database)
            return .kept
        }
    }

    /// Makes a blob part of a repository, needed by the kept manifests that name it.
    package func link(mirrored blob: PushedBlob, at time: Timestamp, isOnDisk: () throws -> Bool) throws -> MirrorOutcome {
        try write { database in
            guard try isOnDisk() else { return .gone }
            guard try !Self.isPublished(blob.repository, database) else { return .published }
            let repository = try Self.repositoryID(blob.repository, database)
            try Self.note(blob, at: time, database)
            try database.cachedStatement(
                sql: """
                    INSERT INTO blobs (repository, digest, pushed) VALUES (?, ?, ?)
                    ON CONFLICT (repository, digest) DO UPDATE SET pushed = excluded.pushed WHERE pushed IS NOT NULL
                    """
            ).execute(arguments: [repository, blob.digest.description, time.seconds])
            try Self.refer(to: blob.digest, in: repository, database)
            return .kept
        }
    }

    /// Remembers what the other registry answered for a tag; nil forgets it, and no tag leads anywhere then.
    package func remember(mirroredTag tag: String, _ digest: Digest?, in repository: String, at time: Timestamp) throws {
        try write { database in
            guard let digest else {
                try database.execute(
                    sql: "DELETE FROM mirrored_tags WHERE repository = ? AND name = ?", arguments: [repository, tag])
                try database.execute(
                    sql: """
                        DELETE FROM tags WHERE name = ? AND pushed IS NOT NULL AND NOT is_immutable
                        AND repository = (SELECT id FROM repositories WHERE name = ?)
                        """, arguments: [tag, repository])
                return
            }
            try database.cachedStatement(
                sql: """
                    INSERT INTO mirrored_tags (repository, name, digest, checked) VALUES (?, ?, ?, ?)
                    ON CONFLICT (repository, name) DO UPDATE SET digest = excluded.digest, checked = excluded.checked
                    """
            ).execute(arguments: [repository, tag, digest.description, time.seconds])
        }
    }

    /// Lets a tag lead to a kept manifest.
    package func point(mirroredTag tag: String, to digest: Digest, in repository: String, at time: Timestamp) throws {
        try write { database in
            guard let id = try Self.id(repository, database) else { return }
            try Self.set(tag, digest, in: id, at: time, database)
        }
    }

    package func remember(mirroredList content: String, of subject: Digest?, in repository: String, at time: Timestamp) throws {
        try write { database in
            try database.cachedStatement(
                sql: """
                    INSERT INTO mirrored_lists (repository, subject, content, checked) VALUES (?, ?, ?, ?)
                    ON CONFLICT (repository, subject) DO UPDATE SET content = excluded.content, checked = excluded.checked
                    """
            ).execute(arguments: [repository, subject?.description ?? "", content, time.seconds])
        }
    }

    /// Says that content is in use, so that no collection takes it.
    package func use(mirrored digests: [Digest], in repository: String, at time: Timestamp) throws {
        try write { database in
            for digest in digests.map(\.description) {
                try database.cachedStatement(
                    sql: "UPDATE mirrored SET used = max(used, ?) WHERE repository = ? AND digest = ?"
                ).execute(arguments: [time.seconds, repository, digest])
                for table in ["manifests", "blobs"] {
                    try database.cachedStatement(
                        sql: """
                            UPDATE \(table) SET pushed = max(pushed, ?) WHERE digest = ? AND pushed IS NOT NULL
                            AND repository = (SELECT id FROM repositories WHERE name = ?)
                            """
                    ).execute(arguments: [time.seconds, digest, repository])
                }
            }
        }
    }

    // MARK: -

    private static func isPublished(_ repository: String, _ database: Database) throws -> Bool {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT 1 FROM manifests m JOIN repositories r ON r.id = m.repository WHERE r.name = ? AND m.pushed IS NULL LIMIT 1"),
            arguments: [repository]) != nil
    }

    /// What is now here is needed by the manifests that name it.
    private static func refer(to digest: Digest, in repository: Int64, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO refs (manifest, digest) SELECT p.manifest, p.digest FROM mirrored_parts p
                JOIN manifests m ON m.id = p.manifest WHERE p.digest = ? AND m.repository = ?
                """
        ).execute(arguments: [digest.description, repository])
    }
}

extension MirroredContent {
    init(row: Row) throws {
        self.init(
            digest: try parse(row["digest"], "mirrored"), seen: Timestamp(seconds: row["seen"]), used: Timestamp(seconds: row["used"]),
            released: (row["released"] as Int?).map { Timestamp(seconds: $0) },
            subject: try (row["subject"] as String?).map { try parse($0, "mirrored") }, created: row["created"])
    }
}
