// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// An account as it is kept: a name, what proves it, what it may do.
package struct AccountRecord: Hashable, Sendable {
    package var name: String
    /// The text of a password hash; nil for an account that has tokens only.
    package var password: String?
    /// Texts such as `team/**:pull,push`.
    package var grants: [String]
    package var created: Timestamp
    package var expires: Timestamp?
    package init(name: String, password: String?, grants: [String], created: Timestamp, expires: Timestamp?) {
        self.name = name
        self.password = password
        self.grants = grants
        self.created = created
        self.expires = expires
    }
}

/// A token of an account as it is kept; its secret is not.
package struct TokenRecord: Hashable, Sendable {
    package var id: String
    package var account: String
    /// The digest of its secret.
    package var digest: Digest
    /// What it may do of what its account may; nil for all of that.
    package var grants: [String]?
    /// What it is for, in its owner's words.
    package var note: String
    package var created: Timestamp
    package var expires: Timestamp?
    package var revoked: Timestamp?
    package init(
        id: String, account: String, digest: Digest, grants: [String]?, note: String, created: Timestamp, expires: Timestamp?,
        revoked: Timestamp? = nil
    ) {
        self.id = id
        self.account = account
        self.digest = digest
        self.grants = grants
        self.note = note
        self.created = created
        self.expires = expires
        self.revoked = revoked
    }
}

extension RecordStore {
    /// All accounts by name.
    package func accounts() throws -> [AccountRecord] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT name, password, grants, created, expires FROM accounts ORDER BY name")
                .map(AccountRecord.init)
        }
    }

    /// All tokens, or those of one account, oldest first.
    package func tokens(of account: String? = nil) throws -> [TokenRecord] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, account, digest, grants, note, created, expires, revoked FROM access_tokens
                    WHERE ? IS NULL OR account = ? ORDER BY created, id
                    """, arguments: [account, account]
            ).map(TokenRecord.init)
        }
    }

    /// A number that is another one after every change of an account or token.
    package func accessVersion() throws -> Int {
        try read { database in
            try Int.fetchOne(
                database.cachedStatement(sql: "SELECT CAST(value AS INTEGER) FROM metadata WHERE key = ?"),
                arguments: [Self.accessVersionKey]) ?? 0
        }
    }

    /// Adds an account; refuses a name that is taken.
    package func add(_ account: AccountRecord) throws {
        try changingAccess { database in
            guard try !Self.hasAccount(account.name, database) else { throw RecordsError.accountExists(account.name) }
            try database.execute(
                sql: "INSERT INTO accounts (name, password, grants, created, expires) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    account.name, account.password, Self.text(account.grants), account.created.seconds, account.expires?.seconds,
                ])
        }
    }

    /// Changes an account to what `change` makes of it; its name and the time it was made stay.
    package func updateAccount(_ name: String, _ change: (inout AccountRecord) -> Void) throws {
        try changingAccess { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT name, password, grants, created, expires FROM accounts WHERE name = ?", arguments: [name])
            guard let row else { throw RecordsError.unknownAccount(name) }
            var account = try AccountRecord(row)
            change(&account)
            try database.execute(
                sql: "UPDATE accounts SET password = ?, grants = ?, expires = ? WHERE name = ?",
                arguments: [account.password, Self.text(account.grants), account.expires?.seconds, name])
        }
    }

    /// Removes an account with its tokens.
    package func removeAccount(_ name: String) throws {
        try changingAccess { database in
            guard try Self.hasAccount(name, database) else { throw RecordsError.unknownAccount(name) }
            try database.execute(sql: "DELETE FROM accounts WHERE name = ?", arguments: [name])
        }
    }

    package func add(_ token: TokenRecord) throws {
        try changingAccess { database in
            guard try Self.hasAccount(token.account, database) else { throw RecordsError.unknownAccount(token.account) }
            try database.execute(
                sql: """
                    INSERT INTO access_tokens (id, account, digest, grants, note, created, expires, revoked)
                    VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
                    """,
                arguments: [
                    token.id, token.account, token.digest.description, token.grants.map(Self.text), token.note, token.created.seconds,
                    token.expires?.seconds,
                ])
        }
    }

    /// Ends a token; one that was revoked before keeps its time.
    package func revokeToken(_ id: String, at time: Timestamp) throws {
        try changingAccess { database in
            let known = try Bool.fetchOne(database, sql: "SELECT 1 FROM access_tokens WHERE id = ?", arguments: [id]) ?? false
            guard known else { throw RecordsError.unknownToken(id) }
            try database.execute(
                sql: "UPDATE access_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL", arguments: [time.seconds, id])
        }
    }

    private static let accessVersionKey = "access-version"

    private func changingAccess(_ change: (Database) throws -> Void) throws {
        try write { database in
            try change(database)
            try database.execute(
                sql: """
                    INSERT INTO metadata (key, value) VALUES (?, '1')
                    ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
                    """, arguments: [Self.accessVersionKey])
        }
    }

    private static func hasAccount(_ name: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT 1 FROM accounts WHERE name = ?", arguments: [name]) ?? false
    }

    private static func text(_ grants: [String]) -> String { JSON(grants).canonicalText }
}

private func readGrants(_ text: String, _ table: String) throws -> [String] {
    guard let items = (try? JSON.parse(Array(text.utf8)))?.array else {
        throw RecordsError.damaged(table: table, reason: "the grants are not a list")
    }
    return items.compactMap(\.string)
}

extension AccountRecord {
    fileprivate init(_ row: Row) throws {
        self.init(
            name: row["name"], password: row["password"], grants: try readGrants(row["grants"], "accounts"),
            created: Timestamp(seconds: row["created"]), expires: (row["expires"] as Int?).map { Timestamp(seconds: $0) })
    }
}

extension TokenRecord {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: row["id"], account: row["account"], digest: try parse(row["digest"], "access_tokens"),
            grants: try (row["grants"] as String?).map { try readGrants($0, "access_tokens") }, note: row["note"],
            created: Timestamp(seconds: row["created"]), expires: (row["expires"] as Int?).map { Timestamp(seconds: $0) },
            revoked: (row["revoked"] as Int?).map { Timestamp(seconds: $0) })
    }
}
