// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB
import OCI

/// The result of a build under the digest of all its inputs: what makes the next build of the same inputs a no-op.
package struct BuildRecord: Hashable, Sendable {
    package var key: Digest
    package var result: JSON
    package init(key: Digest, result: JSON) {
        self.key = key
        self.result = result
    }
}

extension RecordStore {
    /// Makes a publication visible in one transaction: all of it or nothing. Applying it again changes nothing; one whose place
    /// a newer one took has it again. The event that tells of a release is kept in the same transaction.
    ///
    /// The blobs must be durable (`FileBlobStore.flush`). Throws `revoked` when an image would be published that was taken back for good, `immutableTag` when a build tag would move and
    /// `unknownManifest` when a tag points to a manifest the repository would not hold.
    ///
    /// - Parameter time: when a release is published; now by default.
    package func apply(_ publication: Publication, recording build: BuildRecord? = nil, at time: Timestamp? = nil) throws {
        let now = time ?? clock()
        try write { database in
            let repository = try Self.repositoryID(publication.repository, database)
            for manifest in publication.manifests {
                if try Self.insert(manifest, repository, database) { try Self.supersede(manifest, repository, database) }
            }
            try Self.link(publication, repository, database)
            for (tag, digest) in publication.tags.sorted(by: { $0.key < $1.key }) {
                try Self.set(tag, digest, repository, publication, database)
            }
            if let release = publication.release {
                if let event = try Self.insert(release, at: now, database) {
                    if let revoked = try Self.withdrawal(of: release.index, database), revoked.state == .revoked {
                        throw RecordsError.revoked(
                            repository: release.repository, tag: release.buildTag, digest: release.index, reason: revoked.reason)
                    }
                    try Self.insert(event, database)
                }
                try Self.insert(release, publishedAt: now, database)
            }
            if let build { try Self.insert(build, database) }
            try database.execute(sql: "DELETE FROM metadata WHERE key = ?", arguments: [Self.wholeBuildKey])
        }
    }

    static func repositoryID(_ name: String, _ database: Database) throws -> Int64 {
        if let id = try Int64.fetchOne(database, sql: "SELECT id FROM repositories WHERE name = ?", arguments: [name]) { return id }
        try database.execute(sql: "INSERT INTO repositories (name) VALUES (?)", arguments: [name])
        return database.lastInsertedRowID
    }

    /// Whether it is new: what was published before keeps its place, also when newer evidence took it.
    private static func insert(_ manifest: Publication.Manifest, _ repository: Int64, _ database: Database) throws -> Bool {
        try database.cachedStatement(
            sql: """
                INSERT INTO manifests (repository, digest, media_type, size, subject, artifact_type, annotations)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (repository, digest) DO UPDATE SET pushed = NULL, address = NULL WHERE pushed IS NOT NULL
                """
        ).execute(arguments: [
            repository, manifest.digest.description, manifest.mediaType, manifest.size, manifest.subject?.description,
            manifest.artifactType, JSON(manifest.annotations).canonicalText,
        ])
        return database.changesCount > 0
    }

    /// Evidence of the same kind about the same subject that is listed still makes room for this one. It stays under its digest.
    /// What others pushed is theirs, and stays listed.
    private static func supersede(_ manifest: Publication.Manifest, _ repository: Int64, _ database: Database) throws {
        guard let kind = manifest.renews, let subject = manifest.subject else { return }
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, annotations FROM manifests
                    WHERE repository = ? AND subject = ? AND digest != ? AND superseded_by IS NULL AND artifact_type IS ?
                    AND pushed IS NULL
                    """),
            arguments: [repository, subject.description, manifest.digest.description, manifest.artifactType])
        for row in rows {
            let text: String = row["annotations"]
            let annotations = try? JSON.parse(Array(text.utf8))
            guard annotations?[Annotation.bundlePredicateType]?.string == kind else { continue }
            try database.execute(
                sql: "UPDATE manifests SET superseded_by = ? WHERE id = ?", arguments: [manifest.digest.description, row["id"] as Int64])
        }
    }

    /// Links the blobs that manifests point to, so that the repository serves them. Manifests are served as manifests only.
    private static func link(_ publication: Publication, _ repository: Int64, _ database: Database) throws {
        let manifests = Set(publication.manifests.map(\.digest))
        // What somebody pushed before becomes the catalog's own.
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO blobs (repository, digest) VALUES (?, ?)
                ON CONFLICT (repository, digest) DO UPDATE SET pushed = NULL WHERE pushed IS NOT NULL
                """)
        for digest in Set(publication.manifests.flatMap(\.references)).subtracting(manifests).sorted() {
            try statement.execute(arguments: [repository, digest.description])
        }
    }

    private static func set(
        _ tag: String, _ digest: Digest, _ repository: Int64, _ publication: Publication, _ database: Database
    ) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT digest, is_immutable FROM tags WHERE repository = ? AND name = ?", arguments: [repository, tag])
        let wantsImmutable = publication.immutableTags.contains(tag)
        if let row, let current = Digest(row["digest"] as String), current != digest, row["is_immutable"] || wantsImmutable {
            throw RecordsError.immutableTag(repository: publication.repository, tag: tag, current: current, wanted: digest)
        }
        let isHeld = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM manifests WHERE repository = ? AND digest = ?", arguments: [repository, digest.description])
        guard isHeld == true else { throw RecordsError.unknownManifest(repository: publication.repository, tag: tag, digest: digest) }
        try database.cachedStatement(
            sql: """
                INSERT INTO tags (repository, name, digest, is_immutable) VALUES (?, ?, ?, ?)
                ON CONFLICT (repository, name) DO UPDATE SET
                    digest = excluded.digest, is_immutable = max(is_immutable, excluded.is_immutable), pushed = NULL
                """
        ).execute(arguments: [repository, tag, digest.description, wantsImmutable])
    }

    /// What is to be told: that it is new, or took its place again; nil when nothing changed.
    private static func insert(_ release: Release, at now: Timestamp, _ database: Database) throws -> CatalogEvent? {
        let current = try String.fetchOne(
            database, sql: "SELECT index_digest FROM releases WHERE repository = ? AND build_tag = ?",
            arguments: [release.repository, release.buildTag]
        ).flatMap { Digest($0) }
        if let current, current != release.index {
            throw RecordsError.immutableTag(repository: release.repository, tag: release.buildTag, current: current, wanted: release.index)
        }
        let before = try place(of: release, database)
        try database.cachedStatement(
            sql: """
                INSERT INTO releases (repository, stream, version, build_tag, index_digest, created, release, published)
                VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(published), 0) + 1 FROM releases))
                ON CONFLICT (repository, build_tag) DO UPDATE SET release = excluded.release, published = CASE
                    WHEN releases.published = (
                        SELECT max(r.published) FROM releases r WHERE r.repository = excluded.repository AND r.stream = excluded.stream)
                    THEN releases.published ELSE excluded.published END
                """
        ).execute(arguments: [
            release.repository, release.stream, release.version, release.buildTag, release.index.description,
            release.created.seconds, String(decoding: try CanonicalJSON.encode(release), as: UTF8.self),
        ])
        guard try place(of: release, database) != before else { return nil }
        return .published(release, isAgain: before != nil, at: now)
    }

    /// Its number in the order of publications.
    private static func place(of release: Release, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT published FROM releases WHERE repository = ? AND build_tag = ?",
            arguments: [release.repository, release.buildTag])
    }

    static func insert(_ build: BuildRecord, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO builds (key, result) VALUES (?, ?)")
            .execute(arguments: [build.key.description, build.result.canonicalText])
    }
}
