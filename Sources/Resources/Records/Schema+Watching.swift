// SPDX-License-Identifier: Apache-2.0

extension Schema {
    // What happened, and who is still to be told. `once` names what is said only once; `seen` is the last event that was looked at for
    // a receiver. `next` of a delivery that waits is when it is tried again.
    static let outbox = """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            once TEXT UNIQUE,
            kind TEXT NOT NULL,
            time INTEGER NOT NULL,
            image TEXT,
            document TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_by_image ON events (image, id) WHERE image IS NOT NULL;
        CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events only grow'); END;
        CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events only grow'); END;
        CREATE TABLE receivers (
            name TEXT PRIMARY KEY,
            seen INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE deliveries (
            receiver TEXT NOT NULL,
            event INTEGER NOT NULL REFERENCES events,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            first_try INTEGER,
            next INTEGER NOT NULL,
            problem TEXT,
            PRIMARY KEY (receiver, event)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_that_wait ON deliveries (receiver, event) WHERE state = 'waiting';
        """

    // What images may stand on: a release for one platform under the chains of its complete list of layers, packed and not. Rows are
    // added and never taken away.
    static let bases = """
        CREATE TABLE bases (
            chain BLOB NOT NULL,
            repository TEXT NOT NULL,
            build_tag TEXT NOT NULL,
            manifest TEXT NOT NULL,
            platform TEXT NOT NULL,
            layers INTEGER NOT NULL,
            PRIMARY KEY (chain, repository, build_tag, manifest)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX bases_by_release ON bases (repository, build_tag);
        """

    // What the watcher asks and what it does. `document` is the plan as canonical JSON; `before` is the file of the lock as it was
    // before this change wrote it, compressed, while the change is under way. One change of an image is open at a time.
    static let watching = """
        CREATE TABLE sightings (
            package TEXT NOT NULL,
            version TEXT NOT NULL,
            archive TEXT NOT NULL,
            first INTEGER NOT NULL,
            PRIMARY KEY (package, version)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE polls (
            source TEXT PRIMARY KEY,
            document TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            image TEXT NOT NULL,
            lock TEXT NOT NULL,
            state TEXT NOT NULL,
            seen INTEGER NOT NULL,
            due INTEGER,
            attempts INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            release TEXT,
            document TEXT NOT NULL,
            failure TEXT,
            note TEXT,
            before BLOB
        ) STRICT;
        CREATE UNIQUE INDEX changes_open ON changes (image) WHERE state NOT IN ('done', 'superseded');
        CREATE INDEX changes_by_image ON changes (image, id);
        CREATE INDEX changes_by_end ON changes (finished) WHERE finished IS NOT NULL;
        """

    // When releases became what their streams stand for: an entry for each time. Releases of before have none, and nobody makes one up.
    static let publications = """
        CREATE TABLE publications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            repository TEXT NOT NULL,
            image TEXT NOT NULL,
            build_tag TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX publications_by_image ON publications (image, at);
        CREATE TRIGGER publications_are_not_changed BEFORE UPDATE ON publications
            BEGIN SELECT RAISE(ABORT, 'publications are only added'); END;
        CREATE TRIGGER publications_are_not_deleted BEFORE DELETE ON publications
            BEGIN SELECT RAISE(ABORT, 'publications are only added'); END;
        """
}
