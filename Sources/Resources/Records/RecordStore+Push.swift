// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// A blob that is on the disk and shall belong to a repository.
package struct PushedBlob: Hashable, Sendable {
    package var repository: String
    package var digest: Digest
    package var size: Int
    /// Whether the upload made the file: only such files may be collected again.
    package var isNew: Bool
    /// The SHA-512 it was pushed under.
    package var alias: WideDigest?
    package init(repository: String, digest: Digest, size: Int, isNew: Bool, alias: WideDigest? = nil) {
        self.repository = repository
        self.digest = digest
        self.size = size
        self.isNew = isNew
        self.alias = alias
    }
}

/// A manifest that is on the disk and shall belong to a repository, with the tags that shall lead to it.
package struct ManifestPush: Sendable {
    /// Digest, media type, size and what referrers show. Its references are those below.
    package var manifest: Publication.Manifest
    package var blob: PushedBlob
    /// The manifest it is about, as it was written.
    package var subject: ContentAddress?
    package var references: [Reference]
    package var tags: [String]
    /// Those of the tags that, in a repository of the catalog, only a build may set.
    package var reserved: Set<String> = []
    /// Whether the repository is the catalog's although nothing was released there yet.
    package var isOfCatalog = false

    package struct Reference: Sendable {
        package var address: ContentAddress
        package var isManifest: Bool
        /// Whether the push is fine without it.
        package var isOptional: Bool
        package init(address: ContentAddress, isManifest: Bool, isOptional: Bool) {
            self.address = address
            self.isManifest = isManifest
            self.isOptional = isOptional
        }
    }

    package init(
        manifest: Publication.Manifest, blob: PushedBlob, subject: ContentAddress?, references: [Reference], tags: [String]
    ) {
        self.manifest = manifest
        self.blob = blob
        self.subject = subject
        self.references = references
        self.tags = tags
    }
}

/// What became of a push. Only `stored` changed anything.
package enum PushOutcome: Hashable, Sendable {
    case stored
    /// The repository lacks these; all that are missing.
    case missing([ContentAddress])
    /// The tag belongs to the catalog and names another manifest.
    case protected(tag: String, current: Digest)
    /// The tag has the form of those that builds set, and the repository is the catalog's.
    case reserved(tag: String)
    /// The bytes are no longer on the disk: a collection came between. Sending them again helps.
    case gone
}

/// What clients send. Every call is one short transaction; `isOnDisk` is asked inside it, when no collection can run.
extension RecordStore {
    /// Makes a blob part of a repository.
    package func link(_ blob: PushedBlob, at time: Timestamp, isOnDisk: () throws -> Bool) throws -> PushOutcome {
        try write { database in
            guard try isOnDisk() else { return .gone }
            let repository = try Self.repositoryID(blob.repository, database)
            try Self.note(blob, at: time, database)
            // Pushed again it is young again: a collection that is under way must not take it.
            try database.cachedStatement(
                sql: """
                    INSERT INTO blobs (repository, digest, pushed) VALUES (?, ?, ?)
                    ON CONFLICT (repository, digest) DO UPDATE SET pushed = excluded.pushed WHERE pushed IS NOT NULL
                    """
            ).execute(arguments: [repository, blob.digest.description, time.seconds])
            return .stored
        }
    }

    /// Why a manifest would be refused; nil when nothing speaks against it now. Asked before its bytes are kept.
    package func objection(to push: ManifestPush) throws -> PushOutcome? {
        try read { try Self.examine(push, in: Self.id(push.blob.repository, $0), $0).objection }
    }

    /// Makes a manifest part of a repository and sets its tags.
    package func push(_ push: ManifestPush, at time: Timestamp, isOnDisk: () throws -> Bool) throws -> PushOutcome {
        try write { database in
            guard try isOnDisk() else { return .gone }
            let existing = try Self.id(push.blob.repository, database)
            let (needed, objection) = try Self.examine(push, in: existing, database)
            if let objection {
                // Its bytes are there and nothing needs them: a collection must know them.
                try Self.count(push.blob, at: time, database)
                return objection
            }
            let repository = try Self.repositoryID(push.blob.repository, database)
            try Self.note(push.blob, at: time, database)
            let id = try Self.insert(push, into: repository, at: time, database)
            let refs = try database.cachedStatement(sql: "INSERT OR IGNORE INTO refs (manifest, digest) VALUES (?, ?)")
            for digest in needed { try refs.execute(arguments: [id, digest.description]) }
            for tag in push.tags { try Self.set(tag, push.manifest.digest, in: repository, at: time, database) }
            return .stored
        }
    }

    /// The digest content is stored under; nil for a SHA-512 nobody pushed.
    package func digest(of address: ContentAddress) throws -> Digest? {
        guard case .sha512(let wide) = address else {
            if case .sha256(let digest) = address { return digest }
            return nil
        }
        return try read { try Self.digest(of: .sha512(wide), $0) }
    }

    /// Every name of content: the one it is stored under and those it was pushed under.
    package func names(of address: ContentAddress) throws -> [String] {
        try read { database in
            guard let digest = try Self.digest(of: address, database)?.description else { return [address.description] }
            let others = try String.fetchAll(
                database.cachedStatement(sql: "SELECT address FROM aliases WHERE digest = ?"), arguments: [digest])
            return [digest] + others
        }
    }

    /// Repositories that hold the blob, in ASCII order, at most `limit`.
    package func repositories(holding blob: Digest, limit: Int) throws -> [String] {
        try read { database in
            try String.fetchAll(
                database.cachedStatement(
                    sql: "SELECT r.name FROM blobs b JOIN repositories r ON r.id = b.repository WHERE b.digest = ? ORDER BY r.name LIMIT ?"),
                arguments: [blob.description, limit])
        }
    }

    // MARK: -

    static func digest(of address: ContentAddress, _ database: Database) throws -> Digest? {
        if case .sha256(let digest) = address { return digest }
        return try String.fetchOne(
            database.cachedStatement(sql: "SELECT digest FROM aliases WHERE address = ?"), arguments: [address.description]
        ).map { try parse($0, "aliases") }
    }

    static func examine(
        _ push: ManifestPush, in repository: Int64?, _ database: Database
    ) throws -> (needed: [Digest], objection: PushOutcome?) {
        let (needed, missing) = try resolve(push.references, in: repository, database)
        guard missing.isEmpty else { return ([], .missing(missing)) }
        for tag in push.tags {
            if let current = try protection(of: tag, in: repository, database) {
                if current != push.manifest.digest { return ([], .protected(tag: tag, current: current)) }
            } else if push.reserved.contains(tag), try push.isOfCatalog || hasReleases(push.blob.repository, database) {
                return ([], .reserved(tag: tag))
            }
        }
        return (needed, nil)
    }

    private static func hasReleases(_ repository: String, _ database: Database) throws -> Bool {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT 1 FROM releases WHERE repository = ? LIMIT 1"), arguments: [repository]) != nil
    }

    private static func resolve(
        _ references: [ManifestPush.Reference], in repository: Int64?, _ database: Database
    ) throws -> (needed: [Digest], missing: [ContentAddress]) {
        var needed: [Digest] = []
        var missing: [ContentAddress] = []
        var named: Set<ContentAddress> = []
        for reference in references {
            let table = reference.isManifest ? "manifests" : "blobs"
            if let digest = try digest(of: reference.address, database) {
                let isHeld =
                    try repository.map { repository in
                        try Int.fetchOne(
                            database.cachedStatement(sql: "SELECT 1 FROM \(table) WHERE repository = ? AND digest = ?"),
                            arguments: [repository, digest.description]) != nil
                    } ?? false
                if isHeld {
                    needed.append(digest)
                    continue
                }
            }
            if !reference.isOptional, named.insert(reference.address).inserted { missing.append(reference.address) }
        }
        return (needed, missing)
    }

    /// The digest a tag of the catalog must go on naming; nil when the tag is free to move.
    private static func protection(of tag: String, in repository: Int64?, _ database: Database) throws -> Digest? {
        guard let repository,
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT digest, is_immutable, pushed FROM tags WHERE repository = ? AND name = ?"),
                arguments: [repository, tag]), row["is_immutable"] || (row["pushed"] as Int?) == nil
        else { return nil }
        return try parse(row["digest"], "tags")
    }

    /// Names a file that came by upload, so that it may be collected.
    static func count(_ blob: PushedBlob, at time: Timestamp, _ database: Database) throws {
        guard blob.isNew else { return }
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO uploaded (digest, size, since) VALUES (?, ?, ?)")
            .execute(arguments: [blob.digest.description, blob.size, time.seconds])
    }

    static func note(_ blob: PushedBlob, at time: Timestamp, _ database: Database) throws {
        try count(blob, at: time, database)
        if let alias = blob.alias {
            try database.cachedStatement(sql: "INSERT OR IGNORE INTO aliases (address, digest) VALUES (?, ?)")
                .execute(arguments: [alias.description, blob.digest.description])
        }
    }

    static func insert(_ push: ManifestPush, into repository: Int64, at time: Timestamp, _ database: Database) throws -> Int64 {
        let manifest = push.manifest
        try database.cachedStatement(
            sql: """
                INSERT INTO manifests (repository, digest, media_type, size, subject, artifact_type, annotations, pushed, address)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (repository, digest) DO UPDATE SET
                    pushed = excluded.pushed, address = coalesce(excluded.address, address) WHERE pushed IS NOT NULL
                """
        ).execute(arguments: [
            repository, manifest.digest.description, manifest.mediaType, manifest.size, push.subject?.description,
            manifest.artifactType, JSON(manifest.annotations).canonicalText, time.seconds, push.blob.alias?.description,
        ])
        let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM manifests WHERE repository = ? AND digest = ?"),
            arguments: [repository, manifest.digest.description])
        guard let id else { throw RecordsError.damaged(table: "manifests", reason: "a row that was written cannot be read") }
        return id
    }

    static func set(_ tag: String, _ digest: Digest, in repository: Int64, at time: Timestamp, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO tags (repository, name, digest, is_immutable, pushed) VALUES (?, ?, ?, 0, ?)
                ON CONFLICT (repository, name) DO UPDATE SET digest = excluded.digest, pushed = excluded.pushed WHERE pushed IS NOT NULL
                """
        ).execute(arguments: [repository, tag, digest.description, time.seconds])
    }
}
