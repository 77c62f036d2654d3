// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import Foundation
import GRDB

/// When something was first known of an image's stream, as far as kept assessments go.
extension RecordStore {
    package struct Sighting: Hashable, Sendable {
        package var advisory: String
        /// The source package.
        package var source: String
        package var first: Timestamp

        fileprivate struct Key: Hashable {
            var advisory: String
            var source: String
        }
    }

    /// Every finding of a stream's releases with the first assessment that has it. A release that nobody assessed says nothing.
    package func sightings(in repository: String, stream: String) throws -> [Sighting] {
        let digests = try releases(in: repository).filter { $0.stream == stream }.map(\.index.description)
        guard !digests.isEmpty else { return [] }
        var first: [Sighting.Key: Int] = [:]
        for (moment, document) in try findings(of: digests) {
            for platform in document["platforms"]?.array ?? [] {
                for finding in platform["findings"]?.array ?? [] {
                    guard let advisory = finding["advisory"]?.string, let source = finding["source"]?["name"]?.string else { continue }
                    let key = Sighting.Key(advisory: advisory, source: source)
                    first[key] = min(moment, first[key] ?? moment)
                }
            }
        }
        return first.map { Sighting(advisory: $0.key.advisory, source: $0.key.source, first: Timestamp(seconds: $0.value)) }
            .sorted { ($0.advisory, $0.source) < ($1.advisory, $1.source) }
    }

    // Each document once, with the first moment at which an entry had it.
    private func findings(of images: [String]) throws -> [(moment: Int, document: JSON)] {
        try read { database in
            let marks = Array(repeating: "?", count: images.count).joined(separator: ", ")
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT min(l.assessed) AS moment, d.content, d.size FROM ledger l JOIN ledger_documents d ON d.id = l.findings
                    WHERE l.image IN (\(marks)) GROUP BY d.id
                    """, arguments: StatementArguments(images))
            var found: [(Int, JSON)] = []
            while let row = try rows.next() { found.append((row["moment"], try LedgerDraft.json(row["content"], size: row["size"]))) }
            return found
        }
    }
}
