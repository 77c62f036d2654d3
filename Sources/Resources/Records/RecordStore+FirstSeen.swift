// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import GRDB

/// When something was first known of an image's stream, as far as kept assessments go.
extension RecordStore {
    package struct Sighting: Hashable, Sendable {
        package var advisory: String
        /// The source package.
        package var source: String
        package var first: Timestamp
    }

    /// Every finding of a stream's releases with the first assessment that has it. A release that nobody assessed says nothing.
    package func sightings(in repository: String, stream: String) throws -> [Sighting] {
        let digests = try releases(in: repository).filter { $0.stream == stream }.map(\.index.description)
        guard !digests.isEmpty else { return [] }
        return try read { database in
            var sightings: [Sighting] = []
            let marks = Array(repeating: "?", count: digests.count).joined(separator: ", ")
            // The documents are ours and canonical; SQLite reads them faster than decoding each would.
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT json_extract(f.value, '$.advisory') AS advisory, json_extract(f.value, '$.source.name') AS source,
                        min(a.assessed) AS first
                    FROM assessments a, json_each(a.document, '$.platforms') p, json_each(p.value, '$.findings') f
                    WHERE a.digest IN (\(marks)) GROUP BY 1, 2
                    """, arguments: StatementArguments(digests))
            while let row = try rows.next() {
                guard let advisory: String = row["advisory"], let source: String = row["source"], let first: Int = row["first"] else {
                    continue
                }
                sightings.append(Sighting(advisory: advisory, source: source, first: Timestamp(seconds: first)))
            }
            return sightings.sorted { ($0.advisory, $0.source) < ($1.advisory, $1.source) }
        }
    }
}
