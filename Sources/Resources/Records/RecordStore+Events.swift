// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// An event as it is kept.
package struct KeptEvent: Hashable, Sendable {
    /// Its place among all events of this store.
    package let number: Int64
    package let event: CatalogEvent
    package init(number: Int64, event: CatalogEvent) {
        self.number = number
        self.event = event
    }

    /// The same whenever it is told, and that of no other event, also after a store was restored: made of all that it says.
    package var id: Digest {
        let facts = JSON(event.facts)
        let parts: JSON = [
            "event": JSON(event.kind.rawValue), "facts": facts, "number": JSON(Int(number)), "subject": JSON(event.subject),
            "time": JSON(event.time.description), "title": JSON(event.title),
        ]
        return parts.digest
    }
}

/// What happened, oldest first: nothing in it is changed or removed. What is told to whom is in `RecordStore+Outbox`.
extension RecordStore {
    /// Keeps an event that is to be told. What happens together with a change of the records is kept by what makes the change:
    /// `apply`, `withdraw` and `reinstate` do so by themselves.
    ///
    /// - Parameter key: what is said once: nothing is kept when an event with the same key was.
    /// - Returns: Whether it was kept.
    @discardableResult
    package func append(_ event: CatalogEvent, once key: String? = nil) throws -> Bool {
        if let key, try isKept(key) { return false }
        return try write { try Self.insert(event, once: key, $0) }
    }

    private func isKept(_ key: String) throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT 1 FROM events WHERE once = ?", arguments: [key]) } ?? false
    }

    @discardableResult
    static func insert(_ event: CatalogEvent, once key: String? = nil, _ database: Database) throws -> Bool {
        try database.cachedStatement(
            sql: "INSERT INTO events (once, kind, time, image, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT (once) DO NOTHING"
        ).execute(arguments: [
            key, event.kind.rawValue, event.time.seconds, event.image, String(decoding: try CanonicalJSON.encode(event), as: UTF8.self),
        ])
        return database.changesCount > 0
    }

    /// The newest events first, of an image or of all, before a number.
    package func events(about image: String? = nil, before number: Int64 = .max, limit: Int) throws -> [KeptEvent] {
        try read { database in
            let condition = image == nil ? "" : "image = ? AND "
            return try Row.fetchAll(
                database, sql: "SELECT id, document FROM events WHERE \(condition)id < ? ORDER BY id DESC LIMIT ?",
                arguments: image.map { [$0, number, limit] } ?? [number, limit]
            ).compactMap(KeptEvent.init)
        }
    }

    /// When releases of a repository were published first, by their digests.
    package func publicationTimes(in repository: String) throws -> [Digest: Timestamp] {
        let events = try read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, document FROM events WHERE image = ? AND kind = ? ORDER BY id",
                arguments: [repository, EventKind.releasePublished.rawValue]
            ).compactMap(KeptEvent.init)
        }
        let times = events.compactMap { kept in
            kept.event.facts["digest"].flatMap { Digest($0) }.map { ($0, kept.event.time) }
        }
        return Dictionary(times) { first, _ in first }
    }

    /// Tells of what an older layout published: at the time its build asked for signatures, else at the newest date within it.
    static func tellEarlierReleases(_ database: Database) throws {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT r.release, coalesce(s.recorded, r.created) AS time FROM releases r
                LEFT JOIN subjects s ON s.digest = r.index_digest ORDER BY r.published
                """)
        for row in rows {
            // What cannot be read is found by whoever wants to read the release.
            guard let release = try? CanonicalJSON.decode(Release.self, from: Array((row["release"] as String).utf8)) else { continue }
            try insert(.published(release, isAgain: false, at: Timestamp(seconds: row["time"])), database)
        }
    }
}

extension KeptEvent {
    // A kind that a newer version wrote is not told by this one.
    init?(_ row: Row) {
        guard let event = try? CanonicalJSON.decode(CatalogEvent.self, from: Array((row["document"] as String).utf8)) else { return nil }
        self.init(number: row["id"], event: event)
    }
}
