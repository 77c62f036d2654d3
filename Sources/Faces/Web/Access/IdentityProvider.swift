// SPDX-License-Identifier: Apache-2.0
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
package import Base
import Tokens

/// An issuer of identity tokens that are accepted here: a CI system, a cluster's service accounts.
package struct IdentityProvider: Sendable {
    /// Which tokens get which rights: every claim must have a value that matches its pattern.
    package struct Rule: Sendable {
        /// Claim -> text with stars: `sub` -> `system:serviceaccount:ci:*`.
        let claims: [(name: String, pattern: String)]
        let grants: [Grant]

        /// nil for a rule without claims: it would let in everybody whom the issuer knows.
        package init?(claims: [String: String], grants: [Grant]) {
            guard !claims.isEmpty else { return nil }
            self.claims = claims.sorted { $0.key < $1.key }.map { (name: $0.key, pattern: $0.value) }
            self.grants = grants
        }

        func matches(_ token: TokenClaims) -> Bool {
            claims.allSatisfy { claim in
                Self.texts(token[claim.name]).contains { Glob.matches(Array(claim.pattern.utf8), Array($0.utf8)) }
            }
        }

        // A list of groups matches when one of them does.
        private static func texts(_ value: JSON?) -> [String] {
            switch value {
            case .string(let text): [text]
            case .bool(let flag): [flag ? "true" : "false"]
            case .int(let number): [String(number)]
            case .array(let items): items.compactMap(\.string)
            default: []
            }
        }
    }

    struct Identity {
        let name: String
        let grants: [Grant]
        let expires: Timestamp
    }

    package let issuer: String
    private let audience: String
    private let rules: [Rule]
    private let keys: IssuerKeys

    /// - Parameters:
    ///   - keys: The address of its key set; nil asks the issuer for it.
    ///   - pause: Tokens with unknown keys make us ask the issuer no more often than this.
    package init(
        issuer: String, audience: String, keys: String?, rules: [Rule], transport: any HTTPTransport, pause: Duration = .seconds(10)
    ) {
        self.issuer = issuer
        self.audience = audience
        self.rules = rules
        self.keys = IssuerKeys(issuer: issuer, address: keys, transport: transport, pause: pause)
    }

    /// Whom a token is about, when this issuer signed it for this server and a rule knows it.
    func identity(in token: JSONWebToken, now: Timestamp) async throws -> Identity {
        let claims = try token.claims(signedBy: try await keys.key(for: token))
        try claims.check(issuer: issuer, audience: audience, now: now)
        guard let subject = claims.subject, !subject.isEmpty, subject.utf8.count <= 512 else {
            throw TokensError.claim("sub", expected: "a name", found: "none")
        }
        let grants = rules.filter { $0.matches(claims) }.flatMap(\.grants)
        guard !grants.isEmpty else { throw RegistryRefusal.denied("no rule of this server knows this identity of \(issuer)") }
        // Sure to be no account: their names have no number sign.
        return Identity(
            name: "\(issuer)#\(subject)", grants: grants, expires: Timestamp(seconds: claims.seconds("exp") ?? now.seconds))
    }

    /// Fetches the keys, so that the first token need not wait.
    package func prepare() async throws { try await keys.refresh() }
}

/// The keys of an issuer, fetched once and again when they are old or a token names an unknown one.
actor IssuerKeys {
    private let issuer: String
    private let address: String?
    private let transport: any HTTPTransport
    private let pause: Duration
    private let ticks: @Sendable () -> Duration
    private var keys: JSONWebKeySet?
    private var fetched: Duration?
    private var tried: Duration?
    private var isFetching = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Keys this old are fetched again before they are used.
    private static let freshness = Duration.seconds(600)
    /// Keys this old are not used, although no newer ones can be had.
    private static let patience = Duration.seconds(86400)
    private static let sizeLimit = 256 << 10

    init(
        issuer: String, address: String?, transport: any HTTPTransport, pause: Duration,
        ticks: @escaping @Sendable () -> Duration = RateLimiter.steadyClock()
    ) {
        self.issuer = issuer
        self.address = address
        self.transport = transport
        self.pause = pause
        self.ticks = ticks
    }

    func key(for token: JSONWebToken) async throws -> JSONWebKey {
        if let keys, isYounger(than: Self.freshness), let key = try? keys.key(for: token) { return key }
        do { try await refresh() } catch {
            guard keys != nil, isYounger(than: Self.patience) else { throw error }
        }
        // Also where nothing was fetched, since that was tried a moment ago or somebody else is at it.
        guard let keys, isYounger(than: Self.patience) else {
            throw TokensError.badKeySet("none that is younger than a day; it could not be fetched from \(issuer)")
        }
        return try keys.key(for: token)
    }

    private func isYounger(than age: Duration) -> Bool { fetched.map { ticks() - $0 < age } ?? false }

    /// Fetches the keys unless that was tried a moment ago; whoever asks meanwhile waits for the same answer.
    func refresh() async throws {
        if isFetching { return await withCheckedContinuation { waiting.append($0) } }
        if let tried, ticks() - tried < pause { return }
        isFetching = true
        tried = ticks()
        defer {
            isFetching = false
            for one in waiting { one.resume() }
            waiting = []
        }
        keys = try await fetch()
        fetched = ticks()
    }

    private func fetch() async throws -> JSONWebKeySet {
        try JSONWebKeySet(try await get(try await keyAddress()))
    }

    private func keyAddress() async throws -> String {
        if let address { return address }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let document = try JSON.parse(try await get(base + "/.well-known/openid-configuration"), limit: Self.sizeLimit)
        guard document["issuer"]?.string == issuer, let address = document["jwks_uri"]?.string,
            address.hasPrefix("https://") || !issuer.hasPrefix("https://")
        else { throw TokensError.badKeySet("a configuration of another issuer, or keys without TLS") }
        return address
    }

    private func get(_ address: String) async throws -> [UInt8] {
        let response = try await transport.send(WebRequest("GET", address, headers: ["accept": "application/json"]), limit: Self.sizeLimit)
        guard response.status == 200 else { throw TokensError.badKeySet("status \(response.status)") }
        return response.body
    }
}
