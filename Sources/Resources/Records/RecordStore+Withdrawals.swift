// SPDX-License-Identifier: Apache-2.0
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
    /// Holds content back in every repository. Saying it again replaces what was said.
    package func withdraw(_ withdrawals: [Withdrawal]) throws {
        try write { database in
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

    /// Lets content be pulled again; says how many of the digests were held back.
    package func reinstate(_ digests: [Digest]) throws -> Int {
        try write { database in
            var count = 0
            for digest in digests {
                try database.execute(sql: "DELETE FROM withdrawals WHERE digest = ?", arguments: [digest.description])
                count += database.changesCount
            }
            return count
        }
    }

    package func withdrawal(of digest: Digest) throws -> Withdrawal? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: "SELECT digest, state, reason, replacement, since FROM withdrawals WHERE digest = ?"),
                arguments: [digest.description]
            ).map { try Withdrawal(row: $0) }
        }
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
