// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// What a name of an image of others stood for from a moment on, as far as anybody looked.
package struct ForeignImage: Hashable, Sendable {
    /// `docker.io/library/python:3.13`, without a scheme.
    package var reference: String
    package var seen: Timestamp
    /// Of what the name led to: an index, or a manifest.
    package var image: Digest
    /// Of the platform's manifest, which was read. The ledger has its entries under it.
    package var manifest: Digest
    package var platform: String
    package init(reference: String, seen: Timestamp, image: Digest, manifest: Digest, platform: String) {
        self.reference = reference
        self.seen = seen
        self.image = image
        self.manifest = manifest
        self.platform = platform
    }
}

/// Images of others in the ledger: by digest like ours, and found by the names that led to them. A name is only a name: it may lead
/// elsewhere tomorrow, so what it stood for is kept with the moment.
extension RecordStore {
    /// The ledger only grows, so what strangers make must not fill it.
    package enum ForeignLimit {
        /// Lines that say what a name stood for.
        package static let names = 10_000
        /// Entries of one image: one for each state of the feeds.
        package static let entries = 2000
        /// Bytes of the findings of one assessment.
        package static let findings = 16 << 20
        package static let reference = 1024
    }
    package enum ForeignKeeping: Hashable, Sendable {
        case added, unchanged
        /// A limit is reached, which the text says.
        case refused(String)
    }

    /// Adds an entry about an image of others and what its name stands for now, in one transaction.
    @discardableResult
    package func keep(_ assessment: Assessment, of foreign: ForeignImage, feeds: Digest) throws -> ForeignKeeping {
        guard foreign.reference.utf8.count <= ForeignLimit.reference else { return .refused("its name is too long") }
        let draft = try LedgerDraft(assessment)
        guard draft.size <= ForeignLimit.findings else {
            return .refused("its findings are \(draft.size) bytes, and \(ForeignLimit.findings) are kept of an image of others")
        }
        return try write { database in
            let last = try Row.fetchOne(
                database,
                sql: "SELECT image, manifest FROM foreign_images WHERE reference = ? AND platform = ? ORDER BY seen DESC, id DESC LIMIT 1",
                arguments: [foreign.reference, foreign.platform])
            let isNamed = last.map {
                $0["image"] as String == foreign.image.description && $0["manifest"] as String == foreign.manifest.description
            }
            if isNamed != true {
                let names = try Int.fetchOne(database, sql: "SELECT count(*) FROM foreign_images") ?? 0
                guard names < ForeignLimit.names else {
                    return .refused("the ledger holds \(names) names of images of others already")
                }
            }
            let entries =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM ledger WHERE image = ?", arguments: [foreign.manifest.description]) ?? 0
            guard entries < ForeignLimit.entries else { return .refused("the ledger has \(entries) entries of this image already") }
            if isNamed != true {
                try database.execute(
                    sql: "INSERT INTO foreign_images (reference, seen, image, manifest, platform) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        foreign.reference, foreign.seen.seconds, foreign.image.description, foreign.manifest.description, foreign.platform,
                    ])
            }
            let keeping = try draft.insert(foreign.manifest, feeds, database)
            return keeping == .added || isNamed != true ? .added : .unchanged
        }
    }

    /// What a name stood for, oldest first.
    package func foreignImages(named reference: String) throws -> [ForeignImage] {
        try foreign("reference = ?", [reference])
    }

    /// Every name that led to a digest, of what it led to or of the manifest in it, oldest first.
    package func foreignImages(with digest: Digest) throws -> [ForeignImage] {
        try foreign("image = ? OR manifest = ?", [digest.description, digest.description])
    }

    private func foreign(_ condition: String, _ arguments: StatementArguments) throws -> [ForeignImage] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT reference, seen, image, manifest, platform FROM foreign_images WHERE \(condition) ORDER BY seen, id",
                arguments: arguments
            ).map { row in
                ForeignImage(
                    reference: row["reference"], seen: Timestamp(seconds: row["seen"]), image: try parse(row["image"], "foreign_images"),
                    manifest: try parse(row["manifest"], "foreign_images"), platform: row["platform"])
            }
        }
    }
}
