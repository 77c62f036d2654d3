// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The layout of `records.sqlite`: a list of changes, each applied once and never edited afterwards.
///
/// The number of applied changes is SQLite's `user_version`; `application_id` marks the file as ours.
enum Schema {
    /// "Ashl" in ASCII.
    static let applicationID: Int32 = 0x4173_686C
    static let changes: [String] = [
        first, evidence, order, accounts, registry, mirrors, assessments, ledger, holdings, sharedHoldings, heldCopies,
        unreadAssessments, foreignImages, outbox, bases, watching, publications,
    ]
    static var version: Int { changes.count }

    /// Applies what is missing, in one transaction. Two queries when nothing is.
    static func prepare(_ queue: any DatabaseWriter, path: String) throws {
        let isCurrent = try queue.unsafeRead { try check($0, path: path, mayBeNew: true) }
        guard !isCurrent else { return }
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try queue.write { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            for change in changes.dropFirst(found) {
                try database.execute(sql: change)
                if change == outbox { try RecordStore.tellEarlierReleases(database) }
            }
            // When everything is there that takes it in.
            try RecordStore.adoptAssessments(database)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    /// Whether the layout is the present one; throws when it is newer, or the file is not ours.
    static func check(_ database: Database, path: String, mayBeNew: Bool) throws -> Bool {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if found == 0, application == 0 {
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard tables == 0 else { throw RecordsError.foreign(path: path, reason: "it holds tables of another program") }
            guard mayBeNew else { throw RecordsError.absent(path: path) }
            return false
        }
        guard application == applicationID else { throw RecordsError.foreign(path: path, reason: "its application mark is \(application)") }
        guard found <= version else { throw RecordsError.newerSchema(path: path, found: found, known: version) }
        return found == version
    }

    // Text columns compare byte by byte (BINARY), which is the ASCII order that tag lists are promised in.
    private static let first = """
        CREATE TABLE repositories (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE manifests (
            id INTEGER PRIMARY KEY,
            repository INTEGER NOT NULL REFERENCES repositories,
            digest TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            subject TEXT,
            artifact_type TEXT,
            annotations TEXT NOT NULL,
            UNIQUE (repository, digest)
        ) STRICT;
        CREATE INDEX manifests_by_subject ON manifests (repository, subject) WHERE subject IS NOT NULL;
        CREATE TABLE tags (
            repository INTEGER NOT NULL REFERENCES repositories,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            is_immutable INTEGER NOT NULL,
            PRIMARY KEY (repository, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE blobs (
            repository INTEGER NOT NULL REFERENCES repositories,
            digest TEXT NOT NULL,
            PRIMARY KEY (repository, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE releases (
            id INTEGER PRIMARY KEY,
            repository TEXT NOT NULL,
            stream TEXT NOT NULL,
            version TEXT NOT NULL,
            build_tag TEXT NOT NULL,
            index_digest TEXT NOT NULL,
            created INTEGER NOT NULL,
            release TEXT NOT NULL,
            UNIQUE (repository, build_tag)
        ) STRICT;
        CREATE INDEX releases_by_stream ON releases (repository, stream, id);
        CREATE TABLE builds (
            key TEXT PRIMARY KEY,
            result TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE indexes (
            archive TEXT PRIMARY KEY,
            date INTEGER NOT NULL,
            sha256 TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE metadata (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    // What the signer asks before it signs, and which evidence newer evidence took the place of.
    private static let evidence = """
        CREATE TABLE subjects (
            digest TEXT PRIMARY KEY,
            repository TEXT NOT NULL,
            build TEXT NOT NULL,
            recorded INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE manifests ADD COLUMN superseded_by TEXT;
        """

    // The order of publication: a release that is published again, since its lock came back, is the last one. Results of whole
    // catalogs lay among those of images, and are now one value of metadata.
    private static let order = """
        ALTER TABLE releases ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
        UPDATE releases SET published = id;
        DROP INDEX releases_by_stream;
        CREATE INDEX releases_by_stream ON releases (repository, stream, published);
        DELETE FROM builds WHERE result LIKE '{"images":%';
        """

    // Who may do what. Secrets are kept as hashes only.
    private static let accounts = """
        CREATE TABLE accounts (
            name TEXT PRIMARY KEY,
            password TEXT,
            grants TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE access_tokens (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
            digest TEXT NOT NULL,
            grants TEXT,
            note TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX access_tokens_by_account ON access_tokens (account);
        """

    // What comes through the registry's door. `pushed` is the time of a push and NULL for what a build published: the catalog's
    // own is never overwritten, deleted or collected. `refs` says what a pushed manifest needs; `uploaded` names the files that
    // came by upload, the only ones that may be collected; `aliases` leads from other digests to the one content is stored under.
    private static let registry = """
        ALTER TABLE manifests ADD COLUMN pushed INTEGER;
        ALTER TABLE manifests ADD COLUMN address TEXT;
        ALTER TABLE tags ADD COLUMN pushed INTEGER;
        ALTER TABLE blobs ADD COLUMN pushed INTEGER;
        CREATE INDEX manifests_by_digest ON manifests (digest);
        CREATE INDEX blobs_by_digest ON blobs (digest);
        CREATE INDEX tags_by_digest ON tags (repository, digest);
        CREATE TABLE refs (
            manifest INTEGER NOT NULL REFERENCES manifests,
            digest TEXT NOT NULL,
            PRIMARY KEY (manifest, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refs_by_digest ON refs (digest);
        CREATE TABLE aliases (
            address TEXT PRIMARY KEY,
            digest TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE uploaded (
            digest TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE withdrawals (
            digest TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            replacement TEXT,
            since INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    // What came from other registries. `mirrored` has when content was first seen, kept also when its bytes are not; `subject` is what
    // evidence is about. Parts are what a manifest names, with sizes, whether they are here or not.
    private static let mirrors = """
        CREATE TABLE mirrored (
            repository TEXT NOT NULL,
            digest TEXT NOT NULL,
            seen INTEGER NOT NULL,
            used INTEGER NOT NULL,
            released INTEGER,
            subject TEXT,
            created TEXT,
            PRIMARY KEY (repository, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mirrored_tags (
            repository TEXT NOT NULL,
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            checked INTEGER NOT NULL,
            PRIMARY KEY (repository, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mirrored_parts (
            manifest INTEGER NOT NULL REFERENCES manifests ON DELETE CASCADE,
            digest TEXT NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (manifest, digest)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mirrored_parts_by_digest ON mirrored_parts (digest);
        CREATE TABLE mirrored_lists (
            repository TEXT NOT NULL,
            subject TEXT NOT NULL,
            content TEXT NOT NULL,
            checked INTEGER NOT NULL,
            PRIMARY KEY (repository, subject)
        ) STRICT, WITHOUT ROWID;
        """

    // One for each image and state of the feeds: what was known on a day stays.
    private static let assessments = """
        CREATE TABLE assessments (
            digest TEXT NOT NULL,
            feeds TEXT NOT NULL,
            assessed INTEGER NOT NULL,
            summary TEXT NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (digest, feeds)
        ) STRICT;
        CREATE INDEX assessments_by_time ON assessments (digest, assessed);
        """

    // What was known of an image and when. Documents are canonical JSON, compressed, each once; entries are never changed.
    private static let ledger = """
        CREATE TABLE ledger_documents (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            image TEXT NOT NULL,
            subject TEXT NOT NULL,
            assessed INTEGER NOT NULL,
            feeds TEXT NOT NULL,
            facts INTEGER NOT NULL REFERENCES ledger_documents,
            findings INTEGER NOT NULL REFERENCES ledger_documents,
            summary TEXT NOT NULL
        ) STRICT;
        CREATE INDEX ledger_by_image ON ledger (image, assessed);
        CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        CREATE TRIGGER ledger_documents_are_not_changed BEFORE UPDATE ON ledger_documents
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        CREATE TRIGGER ledger_documents_are_not_deleted BEFORE DELETE ON ledger_documents
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        """

    // Which image holds what. A holder is one platform's manifest; its number counts from 0, and `holder_pages` has the digests of
    // 1024 of them behind one another. `holders` of a source or part are the numbers as differences in variable length; `last` is
    // the newest. A source is what advisories speak of; a part is a package as it is in an image, with exactly its files.
    private static let holdings = """
        CREATE TABLE holders (
            id INTEGER PRIMARY KEY,
            manifest TEXT NOT NULL UNIQUE,
            platform TEXT NOT NULL,
            image TEXT NOT NULL,
            repository TEXT NOT NULL
        ) STRICT;
        CREATE INDEX holders_by_image ON holders (image);
        CREATE TABLE holder_pages (
            id INTEGER PRIMARY KEY,
            digests BLOB NOT NULL
        ) STRICT;
        CREATE TABLE held_sources (
            ecosystem TEXT NOT NULL,
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            holders BLOB NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (ecosystem, name, version)
        ) STRICT;
        CREATE TABLE held_parts (
            id INTEGER PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            ecosystem TEXT NOT NULL,
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            architecture TEXT,
            source TEXT NOT NULL,
            source_version TEXT NOT NULL,
            license TEXT,
            holders BLOB NOT NULL,
            last INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX held_parts_by_name ON held_parts (name);
        CREATE INDEX held_parts_by_source ON held_parts (source);
        CREATE TABLE held_files (
            path TEXT NOT NULL,
            part INTEGER NOT NULL REFERENCES held_parts,
            sha256 BLOB,
            PRIMARY KEY (path, part)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX held_files_by_digest ON held_files (sha256) WHERE sha256 IS NOT NULL;
        CREATE TABLE held_licenses (
            license TEXT NOT NULL,
            part INTEGER NOT NULL REFERENCES held_parts,
            PRIMARY KEY (license, part)
        ) STRICT, WITHOUT ROWID;
        """
}
