// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base

/// What is remembered of a feed beside its index.
package struct FeedRecord: Hashable, Sendable, Codable {
    package enum Origin: String, Hashable, Sendable, Codable { case live, file, snapshot }
    package var origin: Origin
    /// The address or file; no password in it.
    package var source: String
    /// Of the document as it was received.
    package var digest: Digest
    package var date: Timestamp
    package var dateOrigin: String
    package var checked: Timestamp
    package var records: Int
    package var refused: Int
    /// What the server named this version of the document.
    package var etag: String?
    package var lastModified: String?
    /// Why the last try failed.
    package var failure: String?

    func facts(_ source: FeedSource, now: Timestamp) -> FeedFacts {
        var facts = FeedFacts(name: source.name, title: source.title)
        facts.source = self.source
        facts.digest = digest.description
        facts.date = date
        facts.dateOrigin = dateOrigin
        facts.checked = checked
        facts.records = records
        facts.refused = refused
        facts.failure = failure
        let limit = source.maximumAgeDays * 86400
        if origin == .snapshot {
            facts.state = .snapshot
        } else if now.seconds - date.seconds > limit && now.seconds - checked.seconds > limit || now.seconds - date.seconds > 4 * limit {
            // A publisher may have nothing new; nobody has nothing new for long.
            facts.state = .stale
        } else {
            facts.state = refused > 0 ? .partial : .current
        }
        return facts
    }
}

/// The dated data that comes with the program, for the first run and for machines without a network.
package struct FeedSnapshot: Hashable, Sendable, Codable {
    package struct Item: Hashable, Sendable, Codable {
        package var feed: String
        package var file: String
        package var sha256: String
        /// The day from which on data is missing.
        package var date: Timestamp
        package var licence: String
        package var origin: String
        package var missing: String
    }
    package var format: String
    package var feeds: [Item]
    package static let fileName = "snapshot.json"
}
