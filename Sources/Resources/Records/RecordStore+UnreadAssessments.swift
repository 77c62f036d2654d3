// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import GRDB

/// An assessment of long ago that this version cannot read; its document is kept as it was.
package struct UnreadAssessment: Hashable, Sendable {
    package var assessed: Timestamp
    package var reason: String
}

/// What a store of an older layout knew.
extension RecordStore {
    /// Assessments of images that are kept and cannot be read, oldest first: the ledger knows less of those days than was known.
    package func unreadAssessments(of images: [Digest]) throws -> [UnreadAssessment] {
        try read { database in
            try images.flatMap { image in
                try Row.fetchAll(
                    database, sql: "SELECT assessed, reason FROM unread_assessments WHERE digest = ?", arguments: [image.description]
                ).map { UnreadAssessment(assessed: Timestamp(seconds: $0["assessed"]), reason: $0["reason"]) }
            }.sorted { ($0.assessed.seconds, $0.reason) < ($1.assessed.seconds, $1.reason) }
        }
    }

    /// Takes over what a store of an older layout keeps in its table of assessments, and drops that. What cannot be read is kept apart.
    static func adoptAssessments(_ database: Database) throws {
        guard try database.tableExists("assessments") else { return }
        let rows = try Row.fetchCursor(database, sql: "SELECT digest, feeds, assessed, document FROM assessments ORDER BY assessed, rowid")
        while let row = try rows.next() {
            let draft: LedgerDraft
            let image: Digest
            let feeds: Digest
            do {
                let bytes = Array((row["document"] as String).utf8)
                draft = try LedgerDraft(CanonicalJSON.decode(Assessment.self, from: bytes, limit: LedgerDraft.limit))
                image = try parse(row["digest"], "assessments")
                feeds = try parse(row["feeds"], "assessments")
            } catch {
                try keep(row, because: (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)", database)
                continue
            }
            _ = try draft.insert(image, feeds, database)
        }
        try database.execute(sql: "DROP TABLE assessments")
    }

    private static func keep(_ row: Row, because reason: String, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO unread_assessments (digest, feeds, assessed, document, reason) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                row["digest"] as String, row["feeds"] as String, row["assessed"] as Int, row["document"] as String,
                String(reason.prefix(500)),
            ])
    }
}
