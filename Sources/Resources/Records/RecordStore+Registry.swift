// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// A manifest as a repository holds it; its bytes are in the blob store under the digest.
package struct StoredManifest: Hashable, Sendable {
    package var digest: Digest
    package var mediaType: String
    package var size: Int
    /// The manifest it is about, as it names it.
    package var subjectName: String?
    package var artifactType: String?
    package var annotations: [String: String]
    /// The newer evidence of its kind, by which it is no longer listed.
    package var supersededBy: Digest?
    /// What it is called outside, when it was pushed under another digest than the one it is stored under.
    package var address: String?
    /// Published by a build, not pushed.
    package var isPublished: Bool

    /// The manifest it is about, when that is named by SHA-256.
    package var subject: Digest? { subjectName.flatMap { Digest($0) } }
    /// The name clients know it by.
    package var name: String { address ?? digest.description }
}

/// What the registry asks. Every answer is of one repository: content is never served through one that does not hold it.
extension RecordStore {
    /// All repositories in ASCII order, after `last`, at most `limit`.
    package func repositories(after last: String? = nil, limit: Int? = nil) throws -> [String] {
        try read { database in
            try String.fetchAll(
                database, sql: "SELECT name FROM repositories WHERE ? IS NULL OR name > ? ORDER BY name LIMIT ?",
                arguments: [last, last, limit ?? -1])
        }
    }

    package func hasRepository(_ name: String) throws -> Bool {
        try read { try Self.id(name, $0) != nil }
    }

    package func manifest(_ digest: Digest, in repository: String) throws -> StoredManifest? {
        try read { database in
            try database.cachedStatement(sql: Self.manifestColumns + " WHERE r.name = ? AND m.digest = ?")
                .firstManifest([repository, digest.description])
        }
    }

    package func manifest(tagged tag: String, in repository: String) throws -> StoredManifest? {
        try read { database in
            try database.cachedStatement(
                sql: Self.manifestColumns + " JOIN tags t ON t.repository = r.id AND t.digest = m.digest WHERE r.name = ? AND t.name = ?"
            ).firstManifest([repository, tag])
        }
    }

    /// The digest a tag points to.
    package func digest(ofTag tag: String, in repository: String) throws -> Digest? {
        try read { database in
            try String.fetchOne(
                database.cachedStatement(
                    sql: "SELECT t.digest FROM repositories r JOIN tags t ON t.repository = r.id WHERE r.name = ? AND t.name = ?"),
                arguments: [repository, tag])
        }.map { try parse($0, "tags") }
    }

    /// Whether a build set the tag and published what it leads to. What clients push may have any name that is free.
    package func isPublished(tag: String, in repository: String) throws -> Bool {
        try read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT 1 FROM repositories r JOIN tags t ON t.repository = r.id
                        JOIN manifests m ON m.repository = r.id AND m.digest = t.digest
                        WHERE r.name = ? AND t.name = ? AND t.pushed IS NULL AND m.pushed IS NULL
                        """),
                arguments: [repository, tag]) != nil
        }
    }

    /// Tags in ASCII order, after `last`, at most `limit`; nil when there is no such repository.
    package func tags(in repository: String, after last: String? = nil, limit: Int? = nil) throws -> [String]? {
        try read { database in
            guard let id = try Self.id(repository, database) else { return nil }
            return try String.fetchAll(
                database, sql: "SELECT name FROM tags WHERE repository = ? AND name > ? ORDER BY name LIMIT ?",
                arguments: [id, last ?? "", limit ?? -1])
        }
    }

    /// Tags with the digests they point to, in ASCII order.
    package func taggedDigests(in repository: String) throws -> [(tag: String, digest: Digest)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT t.name, t.digest FROM repositories r JOIN tags t ON t.repository = r.id WHERE r.name = ? ORDER BY t.name",
                arguments: [repository])
        }.map { (tag: $0["name"], digest: try parse($0["digest"], "tags")) }
    }

    /// Those of them that a build set; what clients pushed is theirs.
    package func publishedTags(in repository: String) throws -> [(tag: String, digest: Digest)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT t.name, t.digest FROM repositories r JOIN tags t ON t.repository = r.id
                    WHERE r.name = ? AND t.pushed IS NULL ORDER BY t.name
                    """,
                arguments: [repository])
        }.map { (tag: $0["name"], digest: try parse($0["digest"], "tags")) }
    }

    /// Manifests whose subject is the digest, in the order they came; of one artifact type when given. Without those that newer
    /// evidence took the place of: they are found by their digest alone.
    package func referrers(of subject: Digest, in repository: String, artifactType: String? = nil) throws -> [StoredManifest] {
        try referrers(ofAny: [subject.description], in: repository, artifactType: artifactType, page: ReferrerPage()).map(\.manifest)
    }

    /// Which referrers are asked for: those after a place in the list, at most so many.
    package struct ReferrerPage: Sendable {
        package var after: Int64
        package var limit: Int?
        /// Bytes of annotations after which no more are read than two, so that whoever cuts the list sees that there are more.
        package var budget: Int
        package init(after: Int64 = 0, limit: Int? = nil, budget: Int = .max) {
            self.after = after
            self.limit = limit
            self.budget = budget
        }
    }

    /// The same for a subject that has several names, page by page, each with its place in the list.
    package func referrers(
        ofAny subjects: [String], in repository: String, artifactType: String?, page: ReferrerPage
    ) throws -> [(place: Int64, manifest: StoredManifest)] {
        try read { database in
            let marks = subjects.map { _ in "?" }.joined(separator: ", ")
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: Self.manifestColumns + """
                         WHERE r.name = ? AND m.subject IN (\(marks)) AND m.superseded_by IS NULL
                        AND (? IS NULL OR m.artifact_type = ?) AND m.id > ? ORDER BY m.id LIMIT ?
                        """),
                arguments: StatementArguments([repository] + subjects) + [artifactType, artifactType, page.after, page.limit ?? -1])
            var found: [(place: Int64, manifest: StoredManifest)] = []
            var size = 0
            while size <= page.budget || found.count < 2, let row = try rows.next() {
                size += (row["annotations"] as String).utf8.count
                found.append((place: row["id"], manifest: try StoredManifest(row: row)))
            }
            return found
        }
    }

    /// Those of the referrers that a build published, at most `limit`.
    package func publishedReferrers(of subject: Digest, in repository: String, limit: Int) throws -> [StoredManifest] {
        try read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: Self.manifestColumns + """
                         WHERE r.name = ? AND m.subject = ? AND m.superseded_by IS NULL AND m.pushed IS NULL ORDER BY m.id LIMIT ?
                        """), arguments: [repository, subject.description, limit]
            ).map { try StoredManifest(row: $0) }
        }
    }

    /// When the repository got the blob by a push; nil for what a build published and for what it does not hold.
    package func pushTime(ofBlob digest: Digest, in repository: String) throws -> Timestamp? {
        try read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT b.pushed FROM repositories r JOIN blobs b ON b.repository = r.id WHERE r.name = ? AND b.digest = ?"),
                arguments: [repository, digest.description]
            ).map { Timestamp(seconds: $0) }
        }
    }

    /// Counts a pushed blob as pushed now, for who was told that it is here and relies on that.
    package func touch(blob digest: Digest, in repository: String, at time: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE blobs SET pushed = ? WHERE digest = ? AND pushed < ?
                    AND repository = (SELECT id FROM repositories WHERE name = ?)
                    """, arguments: [time.seconds, digest.description, time.seconds, repository])
        }
    }

    /// Whether the repository holds the blob.
    package func holds(blob digest: Digest, in repository: String) throws -> Bool {
        try read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: "SELECT 1 FROM repositories r JOIN blobs b ON b.repository = r.id WHERE r.name = ? AND b.digest = ?"),
                arguments: [repository, digest.description]) != nil
        }
    }

    static let manifestColumns = """
        SELECT m.id, m.digest, m.media_type, m.size, m.subject, m.artifact_type, m.annotations, m.superseded_by, m.address,
            m.pushed IS NULL AS published
        FROM repositories r JOIN manifests m ON m.repository = r.id
        """

    static func id(_ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database.cachedStatement(sql: "SELECT id FROM repositories WHERE name = ?"), arguments: [name])
    }
}

func parse(_ text: String, _ table: String) throws -> Digest {
    guard let digest = Digest(text) else { throw RecordsError.damaged(table: table, reason: "\(text.prefix(80)) is not a digest") }
    return digest
}

extension Statement {
    func firstManifest(_ arguments: StatementArguments) throws -> StoredManifest? {
        try Row.fetchOne(self, arguments: arguments).map { try StoredManifest(row: $0) }
    }
}

extension StoredManifest {
    init(row: Row) throws {
        let text: String = row["annotations"]
        guard let annotations = try? CanonicalJSON.decode([String: String].self, from: Array(text.utf8)) else {
            throw RecordsError.damaged(table: "manifests", reason: "the annotations are not JSON")
        }
        self.init(
            digest: try parse(row["digest"], "manifests"), mediaType: row["media_type"], size: row["size"],
            subjectName: row["subject"], artifactType: row["artifact_type"], annotations: annotations,
            supersededBy: try (row["superseded_by"] as String?).map { try parse($0, "manifests") }, address: row["address"],
            isPublished: row["published"])
    }
}
