// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import HTTPTypes
import HummingbirdTesting
import Synchronization
import TestKit
import Testing
import Tokens

@testable import Web

/// A CI system that signs tokens, and the addresses where it tells its keys.
private final class Issuer: Sendable {
    static let name = "https://ci.example"
    static let keysAddress = "https://ci.example/keys"
    private let key = Mutex(P256.Signing.PrivateKey())
    private let generation = Mutex(1)
    let transport = IssuerTransport()

    init() { publish() }

    func rotate() {
        key.withLock { $0 = P256.Signing.PrivateKey() }
        generation.withLock { $0 += 1 }
    }

    func publish() {
        let (point, id) = (key.withLock { Array($0.publicKey.x963Representation) }, generation.withLock { "k\($0)" })
        let jwk: JSON = [
            "kty": "EC", "crv": "P-256", "kid": JSON(id), "use": "sig", "x": JSON(Base64URL.encode(point[1...32])),
            "y": JSON(Base64URL.encode(point[33...])),
        ]
        transport.set(Self.keysAddress, JSON.object(["keys": [jwk]]).canonicalBytes)
    }

    func token(_ changes: [String: JSON] = [:], now: Timestamp) throws -> String {
        let claims: [String: JSON] = [
            "iss": JSON(Self.name), "aud": "registry.example", "sub": "repo:team/app:ref:main", "exp": JSON(now.seconds + 600),
            "groups": ["builders", "readers"], "kubernetes.io": ["namespace": "ci"],
        ]
        let header: JSON = ["alg": "ES256", "kid": JSON(generation.withLock { "k\($0)" })]
        let signed =
            Base64URL.encode(header.canonicalBytes) + "." + Base64URL.encode(JSON.object(claims.merging(changes) { $1 }).canonicalBytes)
        let signature = try key.withLock { try $0.signature(for: Array(signed.utf8)).rawRepresentation }
        return signed + "." + Base64URL.encode(signature)
    }

    func provider(keys: String? = keysAddress, _ rules: [(claims: [String: String], grants: [String])]) -> IdentityProvider {
        IdentityProvider(
            issuer: Self.name, audience: "registry.example", keys: keys,
            rules: rules.compactMap { rule in IdentityProvider.Rule(claims: rule.claims, grants: rule.grants.compactMap { Grant($0) }) },
            transport: transport, pause: .seconds(3600))
    }
}

/// Answers what it was told, and counts.
private final class IssuerTransport: HTTPTransport {
    struct Down: Diagnosable {
        let diagnosis = Diagnosis("test.down", .unavailable, "no answer", remedy: "none")
    }
    private let answers = Mutex<[String: [UInt8]]>([:])
    private let counts = Mutex<[String: Int]>([:])
    func set(_ address: String, _ body: [UInt8]?) { answers.withLock { $0[address] = body } }
    func count(_ address: String) -> Int { counts.withLock { $0[address] ?? 0 } }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        counts.withLock { $0[request.url, default: 0] += 1 }
        guard let body = answers.withLock({ $0[request.url] }) else { throw Down() }
        return WebResponse(status: 200, body: body)
    }
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse { throw Down() }
}

@Suite struct IdentityTests {
    private let guarded: GuardedStore
    private let issuer = Issuer()
    private let manifest = "/v2/team/python/manifests/3.13"
    init() throws { guarded = try GuardedStore() }

    private func server(_ rules: [(claims: [String: String], grants: [String])], keys: String? = Issuer.keysAddress) throws -> CatalogServer
    {
        try guarded.server(providers: [issuer.provider(keys: keys, rules)])
    }

    @Test func `an identity of an issuer opens what a rule gives it`() async throws {
        let server = try server([(["sub": "repo:team/*"], ["team/**:pull"])])
        let token = try issuer.token(now: guarded.now)
        #expect(try await server.ask(.get, manifest, bearing: token).status == .ok)
        #expect(try await server.ask(.get, "/v2/other/tags/list", bearing: token).status == .forbidden)
        #expect(try await server.decision(.push, on: "team/python", showing: "Bearer " + token)?.status == .forbidden)
        #expect(try await server.ask(.get, "/v2/", bearing: token).status == .ok)
        #expect(issuer.transport.count(Issuer.keysAddress) == 1)
    }

    @Test(arguments: [
        (["sub": "repo:team/*"], true), (["sub": "repo:team/app:ref:main"], true), (["sub": "repo:other/*"], false),
        (["groups": "builders"], true), (["groups": "admins"], false), (["kubernetes.io/namespace": "ci"], true),
        (["sub": "repo:team/*", "groups": "admins"], false), (["absent": "*"], false), (["sub": ""], false),
    ])
    func `every claim of a rule must fit`(claims: [String: String], isLetIn: Bool) async throws {
        let server = try server([(claims, ["**:pull"])])
        let status = try await server.ask(.get, manifest, bearing: issuer.token(now: guarded.now)).status
        #expect(status == (isLetIn ? .ok : .forbidden))
    }

    @Test func `a rule without claims cannot be made`() { #expect(IdentityProvider.Rule(claims: [:], grants: []) == nil) }

    @Test(
        arguments: [
            ["iss": "https://other.example"], ["aud": "other.example"], ["exp": 1], ["exp": .null], ["nbf": 9_999_999_999], ["sub": .null],
        ] as [[String: JSON]])
    func `a token for others, or of another time, is refused`(changes: [String: JSON]) async throws {
        let server = try server([(["groups": "*"], ["**:pull"])])
        let response = try await server.ask(.get, manifest, bearing: issuer.token(changes, now: guarded.now))
        #expect(response.status == .unauthorized)
        #expect(response.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
    }

    @Test func `clients that know passwords only can use one as a password, and trade it`() async throws {
        let server = try server([(["sub": "repo:team/*"], ["team/**:pull"])])
        let token = try issuer.token(now: guarded.now)
        #expect(try await server.ask(.get, manifest, as: "oidc", token).status == .ok)
        let traded = try await server.ask(.get, "/token?scope=repository:team/python:pull&offline_token=true", as: "oidc", token)
        let short = try #require(traded.json?["token"]?.string)
        // Nothing outlives what the issuer said.
        #expect(traded.json?["refresh_token"] == nil)
        #expect(try await server.ask(.get, manifest, bearing: short).status == .ok)
        let nearEnd = try await server.ask(
            .get, "/token?scope=repository:team/python:pull", as: "oidc",
            issuer.token(["exp": JSON(guarded.now.seconds + 20)], now: guarded.now))
        #expect(nearEnd.json?["expires_in"] == 20)
    }

    @Test func `a short-lived token is no password, also where tokens of issuers are`() async throws {
        try guarded.add("ada", ["**:pull,push"])
        let server = try server([(["sub": "repo:team/*"], ["team/**:pull"])])
        let pull = "/token?scope=repository:team/python:pull"
        let narrow = try #require(try await server.ask(.get, pull, as: "ada", GuardedStore.password).json?["token"]?.string)
        #expect(try await server.ask(.get, manifest, bearing: narrow).status == .ok)
        for user in ["ada", "oidc"] {
            let traded = try await server.ask(.get, pull + "&offline_token=true", as: user, narrow)
            #expect(traded.status == .unauthorized && traded.json?["refresh_token"] == nil)
            #expect(try await server.ask(.get, manifest, as: user, narrow).status == .unauthorized)
            let form = "grant_type=password&username=\(user)&password=\(narrow)&access_type=offline&scope=repository:other:push"
            let body = try await server.ask(.post, "/token", [.contentType: "application/x-www-form-urlencoded"], body: form)
            #expect(body.status == .unauthorized && body.json?["access_token"] == nil)
        }
    }

    @Test func `keys that could not be fetched for a day are not used, however often they are asked for`() async throws {
        let ticks = Mutex(Duration.zero)
        let keys = IssuerKeys(
            issuer: Issuer.name, address: Issuer.keysAddress, transport: issuer.transport, pause: .seconds(10),
            ticks: { ticks.withLock { $0 } })
        let token = try JSONWebToken(issuer.token(now: guarded.now))
        _ = try await keys.key(for: token)
        issuer.transport.set(Issuer.keysAddress, nil)
        ticks.withLock { $0 = .seconds(80_000) }
        for _ in 0..<3 { _ = try await keys.key(for: token) }
        ticks.withLock { $0 = .seconds(90_000) }
        // The second comes while the try of the first is fresh.
        for _ in 0..<3 { await #expect(throws: (any Error).self) { try await keys.key(for: token) } }
        issuer.publish()
        ticks.withLock { $0 = .seconds(90_020) }
        _ = try await keys.key(for: token)
    }

    @Test func `keys that changed are fetched again, and not with every forged token`() async throws {
        let server = try server([(["sub": "*"], ["**:pull"])])
        #expect(try await server.ask(.get, manifest, bearing: issuer.token(now: guarded.now)).status == .ok)
        issuer.rotate()
        let unknown = try issuer.token(now: guarded.now)
        for _ in 0..<5 { #expect(try await server.ask(.get, manifest, bearing: unknown).status == .unauthorized) }
        #expect(issuer.transport.count(Issuer.keysAddress) == 1)
        issuer.publish()
        // Another server, as after the pause between two fetches.
        let later = try self.server([(["sub": "*"], ["**:pull"])])
        #expect(try await later.ask(.get, manifest, bearing: unknown).status == .ok)
    }

    @Test func `an issuer that is down is no open door`() async throws {
        issuer.transport.set(Issuer.keysAddress, nil)
        let server = try server([(["sub": "*"], ["**:pull"])])
        #expect(try await server.ask(.get, manifest, bearing: issuer.token(now: guarded.now)).status == .serviceUnavailable)
    }

    @Test func `keys are found by the issuer's own configuration`() async throws {
        let configuration = "https://ci.example/.well-known/openid-configuration"
        issuer.transport.set(
            configuration, JSON.object(["issuer": "https://ci.example", "jwks_uri": "https://ci.example/keys"]).canonicalBytes)
        let server = try server([(["sub": "*"], ["**:pull"])], keys: nil)
        #expect(try await server.ask(.get, manifest, bearing: issuer.token(now: guarded.now)).status == .ok)
        for wrong in [
            ["issuer": "https://evil.example", "jwks_uri": "https://ci.example/keys"],
            ["issuer": "https://ci.example", "jwks_uri": "http://ci.example/keys"],
        ] as [JSON] {
            issuer.transport.set(configuration, wrong.canonicalBytes)
            let other = try self.server([(["sub": "*"], ["**:pull"])], keys: nil)
            #expect(try await other.ask(.get, manifest, bearing: issuer.token(now: guarded.now)).status == .unauthorized)
        }
    }

    @Test func `an identity cannot take an account's name`() async throws {
        try guarded.add("root", ["**:admin"])
        let server = try server([(["sub": "*"], ["team/**:pull"])])
        let token = try issuer.token(["sub": "root"], now: guarded.now)
        #expect(try await server.ask(.get, "/v2/other/tags/list", bearing: token).status == .forbidden)
        #expect(guarded.audited("refusals").last?["caller"]?.string == "https://ci.example#root")
    }

    @Test func `many at once fetch the keys once`() async throws {
        let server = try server([(["sub": "*"], ["**:pull"])])
        let token = try issuer.token(now: guarded.now)
        try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
            for _ in 0..<20 { group.addTask { try await server.ask(.get, manifest, bearing: token).status } }
            for try await status in group { #expect(status == .ok) }
        }
        #expect(issuer.transport.count(Issuer.keysAddress) == 1)
    }
}
