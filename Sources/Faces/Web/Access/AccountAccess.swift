// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import Records
import Synchronization
package import Tokens

/// Who may do what, as the configuration says; accounts come from the records.
package struct AccessSettings: Sendable {
    /// What everybody may do without showing anything.
    package var anonymous: [Grant]
    /// Seals the short-lived tokens of this server.
    package var seal: TokenSeal
    /// Issuers whose tokens are accepted.
    package var providers: [IdentityProvider]
    /// Seconds that a short-lived token holds.
    package var tokenLifetime: Int
    /// Wrong passwords from one address in a minute.
    package var failedLoginsPerMinute: Int

    package init(
        anonymous: [Grant], seal: TokenSeal, providers: [IdentityProvider] = [], tokenLifetime: Int = 300, failedLoginsPerMinute: Int = 10
    ) {
        self.anonymous = anonymous
        self.seal = seal
        self.providers = providers
        self.tokenLifetime = tokenLifetime
        self.failedLoginsPerMinute = failedLoginsPerMinute
    }
}

/// Accounts, tokens and foreign identities. Fails closed: what cannot be looked up is refused.
final class AccountAccess: AccessControl {
    let settings: AccessSettings
    let book: AccountBook
    let desk = PasswordDesk()
    let failures: RateLimiter
    let now: @Sendable () -> Timestamp
    private let anonymous: Caller
    // What was opened once: a client shows its token many times.
    private let opened = Mutex<[Digest: SealedClaims]>([:])
    private static let openedLimit = 4096

    init(
        _ settings: AccessSettings, records: RecordStore, now: @escaping @Sendable () -> Timestamp,
        ticks: @escaping @Sendable () -> Duration
    ) {
        self.settings = settings
        self.now = now
        book = AccountBook(records: records)
        anonymous = Caller(name: nil, grants: settings.anonymous)
        failures = RateLimiter(
            perSecond: Double(settings.failedLoginsPerMinute) / 60, burst: max(1, settings.failedLoginsPerMinute), clock: ticks)
    }

    // MARK: - Who

    func caller(of request: Request) async throws -> Caller {
        try await principal(showing: request.headers[.authorization], from: nil).caller
    }

    /// Who shows this header's value; the anonymous one for none.
    func principal(showing header: String?, from address: String?) async throws -> Principal {
        guard let header else { return Principal(anonymous, .nobody) }
        guard let shown = AuthorizationHeader(header) else {
            throw RegistryRefusal.unauthorized("expected Basic or Bearer credentials, found something else")
        }
        switch shown {
        case .basic(let user, let password): return try await principal(user: user, password: password, from: address)
        case .bearer(let text):
            if let token = AccessToken(text) { return try principal(of: token) }
            return try await principal(bearing: text)
        }
    }

    /// Who knows this password: an account's own, one of its tokens, or a token of an issuer.
    func principal(user: String, password: String, from address: String?) async throws -> Principal {
        if let token = AccessToken(password) {
            let principal = try principal(of: token)
            guard principal.caller.name == user else { throw RegistryRefusal.wrongCredentials }
            return principal
        }
        if JSONWebToken.resembles(password), !settings.providers.isEmpty { return try await principal(identifiedBy: password) }
        let account = try book.page().account(user, now: now())
        // Nobody learns from the time it takes whether there is such an account.
        let hash = account?.password ?? .ofNobody
        switch await desk.check(password, against: hash, from: address, failures) {
        case .tooOften(let wait): throw RegistryRefusal.tooMany("wrong passwords", wait)
        case .busy: throw RegistryRefusal.tooMany("logins at once", 1)
        case .right:
            guard let account, account.password != nil else { throw RegistryRefusal.wrongCredentials }
            return Principal(Caller(name: account.name, grants: account.grants), .password(account.name, account.fingerprint))
        case .wrong: throw RegistryRefusal.wrongCredentials
        }
    }

    /// A token of an issuer in the place of a password. Our own short-lived ones are none: they were made for less than the account
    /// may, and must not stand for all of it.
    private func principal(identifiedBy text: String) async throws -> Principal {
        do {
            let token = try JSONWebToken(text)
            guard !TokenSeal.resembles(token) else { throw RegistryRefusal.wrongCredentials }
            return try await foreign(token)
        } catch let error as TokensError {
            throw RegistryRefusal.unauthorized(error.diagnosis.summary, error: "invalid_token")
        }
    }

    func principal(of token: AccessToken) throws -> Principal {
        guard let (kept, account) = try book.page().token(token.id, now: now()), token.matches(kept.digest) else {
            throw RegistryRefusal.wrongCredentials
        }
        return principal(kept, account)
    }

    private func principal(_ token: AccountBook.Token, _ account: AccountBook.Account) -> Principal {
        Principal(
            Caller(name: account.name, grants: account.grants, limits: token.grants.map { [$0] } ?? []), .token(token.id))
    }

    private func principal(bearing text: String) async throws -> Principal {
        let digest = Digest.sha256(of: text)
        if let claims = opened.withLock({ $0[digest] }) { return try principal(of: claims, use: .access) }
        do {
            let token = try JSONWebToken(text)
            guard TokenSeal.resembles(token) else { return try await foreign(token) }
            let claims = try SealedClaims(token, settings.seal)
            opened.withLock { opened in
                if opened.count >= Self.openedLimit { opened.removeAll() }
                opened[digest] = claims
            }
            return try principal(of: claims, use: .access)
        } catch let error as TokensError {
            throw RegistryRefusal.unauthorized(error.diagnosis.summary, error: "invalid_token")
        }
    }

    /// Whom a sealed token was made for, if that account or token may still be used.
    func principal(of claims: SealedClaims, use: SealedClaims.Use) throws -> Principal {
        guard claims.use == use, claims.expires > now() else {
            throw RegistryRefusal.unauthorized("the token has ended; ask for a new one", error: "invalid_token")
        }
        let page = try book.page()
        let whole: Principal
        switch claims.credential {
        case .nobody: whole = Principal(anonymous, .nobody)
        case .password(let name, let fingerprint):
            guard let account = page.account(name, now: now()), account.password != nil, account.fingerprint == fingerprint else {
                throw RegistryRefusal.unauthorized("the account was changed; log in again", error: "invalid_token")
            }
            whole = Principal(Caller(name: account.name, grants: account.grants), claims.credential)
        case .token(let id):
            guard let (token, account) = page.token(id, now: now()) else {
                throw RegistryRefusal.unauthorized("the token was revoked", error: "invalid_token")
            }
            whole = principal(token, account)
        case .foreign(let name, let grants, _):
            whole = Principal(Caller(name: name, grants: grants), claims.credential)
        }
        let caller = whole.caller
        return Principal(Caller(name: caller.name, grants: caller.grants, limits: caller.limits, scope: claims.scopes), whole.credential)
    }

    private func foreign(_ token: JSONWebToken) async throws -> Principal {
        guard let issuer = token.claimedIssuer, let provider = settings.providers.first(where: { $0.issuer == issuer }) else {
            throw RegistryRefusal.unauthorized("the token's issuer is none this server accepts", error: "invalid_token")
        }
        let identity = try await provider.identity(in: token, now: now())
        return Principal(
            Caller(name: identity.name, grants: identity.grants), .foreign(identity.name, identity.grants, until: identity.expires))
    }

    // MARK: - What

    /// Whether there is anybody who could log in: then `/v2/` asks for it, since clients look there to learn how.
    func asksForLogin() -> Bool {
        guard settings.providers.isEmpty else { return true }
        return (try? !book.page().accounts.isEmpty) ?? true
    }

    func allows(_ caller: Caller, _ action: Action, on repository: String?) -> Bool {
        guard let repository else {
            // The registry itself: everybody who showed something, or all when there is nothing to show.
            if action == .pull { return caller.name != nil || caller.scope != nil || (!asksForLogin() && anonymous.has(.pull)) }
            return caller.name != nil && caller.scope == nil && caller.allowsBeforeScope(action, on: "")
        }
        return anonymous.allows(action, on: repository) || (caller.name != nil && caller.allows(action, on: repository))
    }

    func lists(_ repository: String, for caller: Caller) -> Bool {
        anonymous.allows(.pull, on: repository) || (caller.name != nil && caller.mayList(repository))
    }

    func refusal(_ caller: Caller, _ action: Action, on repository: String?) -> RegistryRefusal {
        let scope = repository.map { "repository:\($0):\(Self.scopeActions(action))" }
        let what = "\(action.rawValue) needs rights" + (repository.map { " on \($0)" } ?? "")
        guard caller.name != nil else {
            return .unauthorized("\(what); log in first", scope: scope, error: caller.scope == nil ? nil : "insufficient_scope")
        }
        // The account may; this short-lived token was asked for less. A new one will do.
        if caller.scope != nil, repository.map({ caller.allowsBeforeScope(action, on: $0) }) == true {
            return .unauthorized("\(what) that this token was not asked for", scope: scope, error: "insufficient_scope")
        }
        return .denied("\(what) that this account does not have")
    }

    private static func scopeActions(_ action: Action) -> String {
        switch action {
        case .pull: "pull"
        case .push: "pull,push"
        case .delete: "pull,delete"
        case .admin: "*"
        }
    }
}

/// A caller with what proves it.
struct Principal: Sendable {
    let caller: Caller
    let credential: Credential
    init(_ caller: Caller, _ credential: Credential) {
        self.caller = caller
        self.credential = credential
    }

    /// What stands behind a caller, as a sealed token names it.
    enum Credential: Sendable, Hashable {
        case nobody
        /// Name and the fingerprint of the password.
        case password(String, String)
        case token(String)
        /// Name, rights, and until when.
        case foreign(String, [Grant], until: Timestamp)
    }
}
