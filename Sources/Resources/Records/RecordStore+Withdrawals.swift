// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import GRDB

/// Content that must not be pulled any more, with the reason that whoever asks is told.
package struct Withdrawal: Hashable, Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Held back until somebody has looked at it.
        case quarantined
        /// Taken back for good.
        case revoked
    }
    package var digest: Digest
    package var state: State
    package var reason: String
    /// What to pull instead: `python:3.13.6-r1`.
    package var replacement: String?
    package var since: Timestamp
    package init(digest: Digest, state: State, reason: String, replacement: String?, since: Timestamp) {
        self.digest = digest
        self.state = state
        self.reason = reason
        self.replacement = replacement
        self.since = since
    }
}

extension RecordStore {
    /// Holds content back in every repository. Saying it again replaces what was said. The event that tells of the first of them is
    /// kept in the same transaction, unless that was said before.
    ///
    /// - Parameters:
    ///   - withdrawals: an image's index first, then what it lists.
    ///   - name: what people call the image: `python:3.13.5-r1`.
    package func withdraw(_ withdrawals: [Withdrawal], named name: String? = nil) throws {
        try write { database in
            if let first = withdrawals.first, try Self.isNews(first, database) {
                let digest = first.digest
                let event = CatalogEvent.withdrawn(
                    digest, named: name ?? digest.description, image: try Self.repository(holding: digest, database),
                    state: first.state.rawValue, reason: first.reason, replacement: first.replacement, at: first.since)
                try Self.insert(event, database)
            }
            for withdrawal in withdrawals {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO withdrawals (digest, state, reason, replacement, since) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        withdrawal.digest.description, withdrawal.state.rawValue, withdrawal.reason, withdrawal.replacement,
                        withdrawal.since.seconds,
                    ])
            }
        }
    }

    /// Lets content be pulled again; says how many of the digests were held back. The event that tells of it is kept in the same
    /// transaction.
    package func reinstate(_ digests: [Digest], named name: String? = nil) throws -> Int {
        let now = clock()
        return try write { database in
            var count = 0
            for digest in digests {
                try database.execute(sql: "DELETE FROM withdrawals WHERE digest = ?", arguments: [digest.description])
                count += database.changesCount
            }
            if count > 0, let digest = digests.first {
                let image = try Self.repository(holding: digest, database)
                try Self.insert(.reinstated(digest, named: name ?? digest.description, image: image, at: now), database)
            }
            return count
        }
    }

    private static func isNews(_ withdrawal: Withdrawal, _ database: Database) throws -> Bool {
        guard var known = try Self.withdrawal(of: withdrawal.digest, database) else { return true }
        known.since = withdrawal.since
        return known != withdrawal
    }

    private static func repository(holding digest: Digest, _ database: Database) throws -> String? {
        try String.fetchOne(
            database,
            sql: """
                SELECT r.name FROM manifests m JOIN repositories r ON r.id = m.repository WHERE m.digest = ?
                ORDER BY m.pushed IS NOT NULL, m.id LIMIT 1
                """, arguments: [digest.description])
    }

    package func withdrawal(of digest: Digest) throws -> Withdrawal? {
        try read { try Self.withdrawal(of: digest, $0) }
    }

    static func withdrawal(of digest: Digest, _ database: Database) throws -> Withdrawal? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT digest, state, reason, replacement, since FROM withdrawals WHERE digest = ?"),
            arguments: [digest.description]
        ).map { try Withdrawal(row: $0) }
    }

    /// All of them, the newest first.
    package func withdrawals() throws -> [Withdrawal] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT digest, state, reason, replacement, since FROM withdrawals ORDER BY since DESC, digest"
            ).map { try Withdrawal(row: $0) }
        }
    }
}

extension Withdrawal {
    fileprivate init(row: Row) throws {
        guard let state = State(rawValue: row["state"]) else {
            throw RecordsError.damaged(table: "withdrawals", reason: "the state is not known to this version")
        }
        self.init(
            digest: try parse(row["digest"], "withdrawals"), state: state, reason: row["reason"], replacement: row["replacement"],
            since: Timestamp(seconds: row["since"]))
    }
}
