// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Foundation
import GRDB

/// An assessment of an image in short, for lists.
package struct AssessmentSummary: Hashable, Sendable, Codable {
    package var assessed: Timestamp
    package var completeness: Completeness
    package var counts: Counts
    /// The three numbers as they may be told.
    package var headline: String { completeness.told(counts) }
    /// The day that the data of the Debian security tracker is from.
    package var dataDate: String?
    package init(of assessment: Assessment) {
        assessed = assessment.assessed
        completeness = assessment.completeness
        counts = assessment.counts
        dataDate = assessment.feeds.first { $0.name == "debian" }?.date?.dateText
    }
}

/// A line of the ledger: what became known of an image at a moment, in short.
package struct LedgerEntry: Hashable, Sendable {
    package var image: Digest
    /// What the image was called then: `python:3.13`.
    package var subject: String
    /// Names the documents and states of the feeds.
    package var feeds: Digest
    /// Of the findings in full; two entries with the same findings have the same.
    package var findings: Digest
    package var summary: AssessmentSummary
}

/// The ledger: what was known of each image and when. Entries are only ever added, which triggers of the database hold to.
///
/// An entry has its numbers beside it; the findings and the facts of the feeds are documents, each stored once and compressed,
/// however many entries share them.
extension RecordStore {
    package enum Keeping: Hashable, Sendable { case added, unchanged }

    /// Adds an entry, in one transaction. Nothing is added when the last one has the same feeds and says the same.
    ///
    /// - Parameter feeds: names the documents and states of the feeds it was made from.
    @discardableResult
    package func keep(_ assessment: Assessment, of index: Digest, feeds: Digest) throws -> Keeping {
        let entry = try LedgerDraft(assessment)
        return try write { try entry.insert(index, feeds, $0) }
    }

    /// The last assessment of an image; of those up to a moment when one is given.
    package func assessment(of index: Digest, asOf moment: Timestamp? = nil) throws -> Assessment? {
        try read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT l.subject, l.summary, f.content AS facts, f.size AS facts_size, d.content, d.size FROM ledger l
                    JOIN ledger_documents f ON f.id = l.facts JOIN ledger_documents d ON d.id = l.findings
                    WHERE l.image = ? AND l.assessed <= ? ORDER BY l.assessed DESC, l.id DESC LIMIT 1
                    """, arguments: [index.description, moment?.seconds ?? Int.max])
            return try row.map(LedgerDraft.assessment)
        }
    }

    package func assessmentSummary(of index: Digest, asOf moment: Timestamp? = nil) throws -> AssessmentSummary? {
        let text = try read { database in
            try String.fetchOne(
                database,
                sql: "SELECT summary FROM ledger WHERE image = ? AND assessed <= ? ORDER BY assessed DESC, id DESC LIMIT 1",
                arguments: [index.description, moment?.seconds ?? Int.max])
        }
        // What an older version wrote otherwise is as good as not assessed.
        return text.flatMap { try? CanonicalJSON.decode(AssessmentSummary.self, from: Array($0.utf8)) }
    }

    /// The entries of images, oldest first.
    package func ledger(of images: [Digest]) throws -> [LedgerEntry] {
        let rows = try read { database in
            try images.flatMap { image in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT l.id, l.image, l.subject, l.feeds, l.summary, l.assessed, d.digest FROM ledger l
                        JOIN ledger_documents d ON d.id = l.findings WHERE l.image = ?
                        """, arguments: [image.description])
            }
        }
        let sorted = rows.sorted { ($0["assessed"] as Int, $0["id"] as Int64) < ($1["assessed"] as Int, $1["id"] as Int64) }
        return try sorted.map { row in
            guard let summary = try? CanonicalJSON.decode(AssessmentSummary.self, from: Array((row["summary"] as String).utf8)),
                let findings = Digest(hex: Hex.encode(row["digest"] as Data))
            else { throw RecordsError.damaged(table: "ledger", reason: "an entry of \(row["image"] as String) that is none") }
            return LedgerEntry(
                image: try parse(row["image"], "ledger"), subject: row["subject"], feeds: try parse(row["feeds"], "ledger"),
                findings: findings, summary: summary)
        }
    }

    /// Entries and documents of the ledger, and the bytes that the documents take.
    package func ledgerSize() throws -> (entries: Int, documents: Int, bytes: Int) {
        try read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT (SELECT count(*) FROM ledger) AS entries, count(*) AS documents, coalesce(sum(length(content)), 0) AS bytes
                    FROM ledger_documents
                    """)
            return (row?["entries"] ?? 0, row?["documents"] ?? 0, row?["bytes"] ?? 0)
        }
    }

    /// Documents of the ledger that are not what their digests say.
    static func ledgerFaults(_ database: Database) throws -> [RecordFault] {
        var faults: [RecordFault] = []
        let rows = try Row.fetchCursor(database, sql: "SELECT id, digest, size, content FROM ledger_documents")
        while let row = try rows.next(), faults.count < 100 {
            let bytes = try? LedgerDraft.bytes(row["content"], size: row["size"])
            if bytes.map({ Data(Digest.sha256(of: $0).bytes) }) != row["digest"] as Data {
                faults.append(.malformed(table: "ledger_documents", text: "the document \(row["id"] as Int64) is not what it was"))
            }
        }
        return faults
    }
}

/// An assessment taken apart as the ledger stores it, and put together again.
struct LedgerDraft {
    /// Longest document, unpacked.
    static let limit = 256 << 20
    private let subject: String
    private let assessed: Timestamp
    private let summary: String
    private let facts: [UInt8]
    private let findings: [UInt8]

    /// What stands in the row or among the facts of the feeds. Everything else is findings, also what a later version adds.
    private static let apart: Set<String> = ["assessed", "completeness", "counts", "feeds", "subject"]

    init(_ assessment: Assessment) throws {
        subject = assessment.subject
        assessed = assessment.assessed
        summary = try CanonicalJSON.value(of: AssessmentSummary(of: assessment)).canonicalText
        facts = try CanonicalJSON.encode(assessment.feeds)
        let members = try CanonicalJSON.value(of: assessment).object ?? [:]
        findings = JSON.object(members.filter { !Self.apart.contains($0.key) }).canonicalBytes
    }

    /// Bytes of the findings in full.
    var size: Int { findings.count }

    func insert(_ image: Digest, _ feeds: Digest, _ database: Database) throws -> RecordStore.Keeping {
        let document = try Self.document(findings, database)
        let last = try Row.fetchOne(
            database, sql: "SELECT feeds, findings FROM ledger WHERE image = ? ORDER BY assessed DESC, id DESC LIMIT 1",
            arguments: [image.description])
        if let last, last["feeds"] as String == feeds.description, last["findings"] as Int64 == document { return .unchanged }
        try database.cachedStatement(
            sql: "INSERT INTO ledger (image, subject, assessed, feeds, facts, findings, summary) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            image.description, subject, assessed.seconds, feeds.description, try Self.document(facts, database), document, summary,
        ])
        return .added
    }

    private static func document(_ bytes: [UInt8], _ database: Database) throws -> Int64 {
        let digest = Data(Digest.sha256(of: bytes).bytes)
        let known = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM ledger_documents WHERE digest = ?"), arguments: [digest])
        if let known { return known }
        try database.cachedStatement(sql: "INSERT INTO ledger_documents (digest, size, content) VALUES (?, ?, ?)")
            .execute(arguments: [digest, bytes.count, Data(try Zstd.encode(bytes))])
        return database.lastInsertedRowID
    }

    static func assessment(_ row: Row) throws -> Assessment {
        do {
            guard let findings = try json(row["content"], size: row["size"]).object,
                let summary = try JSON.parse(Array((row["summary"] as String).utf8)).object
            else { throw RecordsError.damaged(table: "ledger", reason: "an entry that is no object") }
            var members = findings
            for name in ["assessed", "completeness", "counts"] { members[name] = summary[name] }
            members["feeds"] = try json(row["facts"], size: row["facts_size"])
            members["subject"] = JSON(row["subject"] as String)
            return try CanonicalJSON.decode(Assessment.self, from: .object(members))
        } catch let error as any Diagnosable {
            throw RecordsError.damaged(table: "ledger", reason: error.diagnosis.summary)
        }
    }

    /// A document as it was stored.
    static func json(_ content: Data, size: Int) throws -> JSON {
        try JSON.parse(try bytes(content, size: size), limit: limit)
    }

    static func bytes(_ content: Data, size: Int) throws -> [UInt8] {
        guard size <= limit else { throw RecordsError.damaged(table: "ledger_documents", reason: "a document of \(size) bytes") }
        return try Zstd.decode(Array(content), limit: size)
    }
}
