// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// The last assessment of an image in short, for lists.
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

extension RecordStore {
    /// Keeps an assessment: one for each image and state of the feeds, so that what was known on a day can be asked for later.
    ///
    /// - Parameter feeds: names the documents and states of the feeds it was made from.
    package func keep(_ assessment: Assessment, of index: Digest, feeds: Digest) throws {
        let summary = try CanonicalJSON.value(of: AssessmentSummary(of: assessment)).canonicalText
        let document = try CanonicalJSON.value(of: assessment).canonicalText
        try write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO assessments (digest, feeds, assessed, summary, document) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [index.description, feeds.description, assessment.assessed.seconds, summary, document])
        }
    }

    /// The last assessment of an image; of those up to a moment when one is given.
    package func assessment(of index: Digest, asOf moment: Timestamp? = nil) throws -> Assessment? {
        try text("document", of: index, asOf: moment).map { text in
            do { return try CanonicalJSON.decode(Assessment.self, from: Array(text.utf8)) } catch {
                throw RecordsError.damaged(table: "assessments", reason: "a document that is no assessment")
            }
        }
    }

    package func assessmentSummary(of index: Digest, asOf moment: Timestamp? = nil) throws -> AssessmentSummary? {
        // What an older version wrote otherwise is as good as not assessed.
        try text("summary", of: index, asOf: moment).flatMap { try? CanonicalJSON.decode(AssessmentSummary.self, from: Array($0.utf8)) }
    }

    private func text(_ column: String, of index: Digest, asOf moment: Timestamp?) throws -> String? {
        try read { database in
            try String.fetchOne(
                database,
                sql: "SELECT \(column) FROM assessments WHERE digest = ? AND assessed <= ? ORDER BY assessed DESC, rowid DESC LIMIT 1",
                arguments: [index.description, moment?.seconds ?? Int.max])
        }
    }
}
