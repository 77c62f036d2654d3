// SPDX-License-Identifier: Apache-2.0

/// Later changes of the ledger.
extension Schema {
    // Assessments of an older layout that could not be read when the ledger took them over, as they were.
    static let unreadAssessments = """
        CREATE TABLE unread_assessments (
            id INTEGER PRIMARY KEY,
            digest TEXT NOT NULL,
            feeds TEXT NOT NULL,
            assessed INTEGER NOT NULL,
            document TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER unread_assessments_are_not_changed BEFORE UPDATE ON unread_assessments
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        CREATE TRIGGER unread_assessments_are_not_deleted BEFORE DELETE ON unread_assessments
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        """

    // What names of images of others stood for, a line each time that changed. The entries of `ledger` are under `manifest`.
    static let foreignImages = """
        CREATE TABLE foreign_images (
            id INTEGER PRIMARY KEY,
            reference TEXT NOT NULL,
            seen INTEGER NOT NULL,
            image TEXT NOT NULL,
            manifest TEXT NOT NULL,
            platform TEXT NOT NULL
        ) STRICT;
        CREATE INDEX foreign_images_by_reference ON foreign_images (reference, platform, seen);
        CREATE TRIGGER foreign_images_are_not_changed BEFORE UPDATE ON foreign_images
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        CREATE TRIGGER foreign_images_are_not_deleted BEFORE DELETE ON foreign_images
            BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
        """
}
