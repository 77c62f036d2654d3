// SPDX-License-Identifier: Apache-2.0

/// Later changes of the tables that say which image holds what.
extension Schema {
    // A manifest may be in several images: when one platform of an image changes, the others stay as they were. `indexed_images` has
    // those that are findable in full. It begins empty, so that what the older layout passed over is looked at once more.
    static let sharedHoldings = """
        CREATE TABLE holder_images (
            image TEXT NOT NULL,
            repository TEXT NOT NULL,
            holder INTEGER NOT NULL REFERENCES holders,
            platform TEXT NOT NULL,
            PRIMARY KEY (image, repository, holder)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX holder_images_by_holder ON holder_images (holder);
        INSERT INTO holder_images (image, repository, holder, platform) SELECT image, repository, id, platform FROM holders;
        DROP INDEX holders_by_image;
        ALTER TABLE holders DROP COLUMN platform;
        ALTER TABLE holders DROP COLUMN image;
        ALTER TABLE holders DROP COLUMN repository;
        CREATE TABLE indexed_images (
            repository TEXT NOT NULL,
            image TEXT NOT NULL,
            PRIMARY KEY (repository, image)
        ) STRICT, WITHOUT ROWID;
        """

    // Sources of which packages hold copies: `Built-Using` and `Static-Built-Using`. `carrier` is the package with its version.
    static let heldCopies = """
        CREATE TABLE held_copies (
            ecosystem TEXT NOT NULL,
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            carrier TEXT NOT NULL,
            holders BLOB NOT NULL,
            PRIMARY KEY (ecosystem, name, version, carrier)
        ) STRICT;
        CREATE INDEX held_copies_by_name ON held_copies (name);
        DELETE FROM indexed_images;
        """
}
