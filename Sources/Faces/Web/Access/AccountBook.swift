// SPDX-License-Identifier: Apache-2.0
import Base
import Records
import Synchronization
import Tokens

/// The accounts and tokens of the store. What is revoked now is refused with the next request; where commits of other processes
/// cannot be noticed, within a second.
final class AccountBook: Sendable {
    struct Account: Sendable {
        let name: String
        let password: PasswordHash?
        let grants: [Grant]
        let expires: Timestamp?
        /// Changes with the password, so that what was signed for the old one ends with it.
        let fingerprint: String
    }
    struct Token: Sendable {
        let id: String
        let account: String
        let digest: Digest
        let grants: [Grant]?
        let expires: Timestamp?
        let isRevoked: Bool
    }
    struct Page: Sendable {
        let version: Int
        let accounts: [String: Account]
        let tokens: [String: Token]

        /// An account that may be used now.
        func account(_ name: String, now: Timestamp) -> Account? {
            accounts[name].flatMap { ($0.expires ?? .distantFuture) > now ? $0 : nil }
        }
        /// A token that may be used now, with its account.
        func token(_ id: String, now: Timestamp) -> (Token, Account)? {
            guard let token = tokens[id], !token.isRevoked, (token.expires ?? .distantFuture) > now,
                let account = account(token.account, now: now)
            else { return nil }
            return (token, account)
        }
    }

    private struct State {
        var page: Page?
        var checked: ContinuousClock.Instant?
        /// Of the records, when they were asked.
        var generation: UInt64?
    }
    private let records: RecordStore
    private let state = Mutex(State())
    private static let freshness = Duration.seconds(1)

    init(records: RecordStore) { self.records = records }

    /// The present page. Fails when the records cannot be read: an old page must not let anybody in for ever.
    func page() throws -> Page {
        let now = ContinuousClock.now
        let generation = records.generation
        let kept: Page? = state.withLock { state in
            guard let page = state.page, let checked = state.checked else { return nil }
            if let generation { return state.generation == generation ? page : nil }
            // The first who comes after a second looks; the others go on with what is there meanwhile.
            guard now - checked > Self.freshness else { return page }
            state.checked = now
            return nil
        }
        if let kept { return kept }
        let version = try records.accessVersion()
        let page: Page
        if let kept = state.withLock({ $0.page }), kept.version == version { page = kept } else { page = try read(version) }
        state.withLock { state in
            state.page = page
            state.checked = now
            state.generation = generation
        }
        return page
    }

    private func read(_ version: Int) throws -> Page {
        // A store in which nobody was ever added may be older than the tables.
        guard version > 0 else { return Page(version: 0, accounts: [:], tokens: [:]) }
        let accounts = try records.accounts().map { record in
            Account(
                name: record.name, password: record.password.flatMap { PasswordHash($0) },
                grants: try Self.grants(record.grants, record.name),
                expires: record.expires, fingerprint: Digest.sha256(of: record.password ?? "").short)
        }
        let tokens = try records.tokens().map { record in
            Token(
                id: record.id, account: record.account, digest: record.digest,
                grants: try record.grants.map { try Self.grants($0, record.id) }, expires: record.expires, isRevoked: record.revoked != nil)
        }
        return Page(
            version: version, accounts: Dictionary(accounts.map { ($0.name, $0) }) { first, _ in first },
            tokens: Dictionary(tokens.map { ($0.id, $0) }) { first, _ in first })
    }

    private static func grants(_ texts: [String], _ name: String) throws -> [Grant] {
        try texts.map { text in
            guard let grant = Grant(text) else { throw WebError.badGrant(text, of: name) }
            return grant
        }
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(seconds: .max)
}
