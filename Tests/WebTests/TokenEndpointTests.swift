// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import HummingbirdTesting
import Records
import Testing
import Tokens

@testable import Web

@Suite struct TokenEndpointTests {
    private let guarded: GuardedStore
    private let server: CatalogServer
    private let manifest = "/v2/team/python/manifests/3.13"
    private let pull = "/token?service=registry.example&scope=repository:team/python:pull"
    private let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

    init() throws {
        guarded = try GuardedStore()
        try guarded.add("ada", ["team/**:pull,push"])
        server = try guarded.server(anonymous: ["other:pull"])
    }

    private func token(_ response: TestResponse) throws -> String { try #require(response.json?["access_token"]?.string) }

    @Test func `credentials become a token for what was asked`() async throws {
        let response = try await server.ask(.get, pull, as: "ada", GuardedStore.password)
        #expect(response.status == .ok && response.headers[.cacheControl] == "no-store")
        let token = try token(response)
        #expect(response.json?["token"]?.string == token && response.json?["expires_in"] == 300)
        #expect(response.json?["issued_at"]?.string == guarded.now.description && response.json?["refresh_token"] == nil)
        #expect(try await server.ask(.get, manifest, bearing: token).status == .ok)
        #expect(try await server.ask(.get, "/v2/", bearing: token).status == .ok)
    }

    @Test func `a token for less than the account may asks for a new one`() async throws {
        let token = try token(await server.ask(.get, pull, as: "ada", GuardedStore.password))
        let push = try await server.decision(.push, on: "team/python", showing: "Bearer " + token)
        #expect(push?.status == .unauthorized)
        #expect(push?.challenge == .init(scope: "repository:team/python:pull,push", error: "insufficient_scope"))
        // What the account may not do is denied for good.
        #expect(try await server.decision(.delete, on: "team/python", showing: "Bearer " + token)?.status == .forbidden)
        #expect(try await server.ask(.get, "/v2/private/tags/list", bearing: token).status == .forbidden)
        let wider = "/token?scope=repository:team/python:pull,push&scope=repository:team/go:pull"
        let second = try self.token(await server.ask(.get, wider, as: "ada", GuardedStore.password))
        #expect(try await server.decision(.push, on: "team/python", showing: "Bearer " + second) == nil)
        #expect(try await server.ask(.get, "/v2/team/go/tags/list", bearing: second).status == .notFound)
    }

    @Test func `a token holds nothing that the account may not do`() async throws {
        let response = try await server.ask(.get, "/token?scope=repository:private:pull,push", as: "ada", GuardedStore.password)
        #expect(response.status == .ok)
        #expect(try await server.ask(.get, "/v2/private/tags/list", bearing: token(response)).status == .forbidden)
    }

    @Test func `who shows nothing gets a token for what is open to all`() async throws {
        let response = try await server.ask(.get, "/token?scope=repository:other:pull&scope=repository:team/python:pull")
        let token = try token(response)
        #expect(try await server.ask(.get, "/v2/other/tags/list", bearing: token).status == .ok)
        #expect(try await server.ask(.get, manifest, bearing: token).status == .unauthorized)
        #expect(try await server.ask(.get, "/v2/", bearing: token).status == .ok)
    }

    @Test func `wrong credentials get no token, and no hint of another way`() async throws {
        let response = try await server.ask(.get, pull, as: "ada", "wrong password")
        #expect(response.status == .unauthorized && response.errorCode == "UNAUTHORIZED")
        #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
        let bearer = try token(await server.ask(.get, pull, as: "ada", GuardedStore.password))
        // A token does not beget tokens.
        #expect(try await server.ask(.get, pull, bearing: bearer).status == .unauthorized)
    }

    @Test func `the form of containerd works too`() async throws {
        let body =
            "grant_type=password&username=ada&password=a+password%20for+tests&service=x&client_id=c&scope=repository%3Ateam%2Fpython%3Apull"
        let response = try await server.ask(.post, "/token", form, body: body)
        #expect(response.status == .ok && response.json?["scope"]?.string == "repository:team/python:pull")
        #expect(try await server.ask(.get, manifest, bearing: token(response)).status == .ok)
        #expect(try await server.ask(.post, "/token", form, body: body.replacing("tests", with: "xxxxx")).status == .unauthorized)
    }

    @Test func `a refresh token stands in for the password until that changes`() async throws {
        let first = try await server.ask(.get, pull + "&offline_token=true", as: "ada", GuardedStore.password)
        let refresh = try #require(first.json?["refresh_token"]?.string)
        // It is no access token.
        #expect(try await server.ask(.get, manifest, bearing: refresh).status == .unauthorized)
        let body = "grant_type=refresh_token&refresh_token=\(refresh)&scope=repository:team/python:pull,push"
        guarded.pass(29 * 86400)
        let second = try await server.ask(.post, "/token", form, body: body)
        #expect(second.json?["scope"]?.string == "repository:team/python:pull,push")
        #expect(try await server.ask(.get, manifest, bearing: token(second)).status == .ok)
        // An access token is no refresh token.
        let wrong = "grant_type=refresh_token&refresh_token=\(try token(second))"
        #expect(try await server.ask(.post, "/token", form, body: wrong).status == .unauthorized)
        try guarded.store.records.updateAccount("ada") { $0.password = nil }
        let fresh = try guarded.server()
        #expect(try await fresh.ask(.post, "/token", form, body: body).status == .unauthorized)
        guarded.pass(2 * 86400)
        #expect(try await server.ask(.post, "/token", form, body: body).status == .unauthorized)
    }

    @Test func `a long-lived token is its own refresh token`() async throws {
        let long = try guarded.token(of: "ada", ["team/python:pull"])
        let body = "grant_type=refresh_token&refresh_token=\(long.text)&scope=repository:team/python:pull,push"
        let response = try await server.ask(.post, "/token", form, body: body)
        #expect(response.json?["scope"]?.string == "repository:team/python:pull")
    }

    @Test func `a token ends, and with it what it stands for`() async throws {
        let text = try token(await server.ask(.get, pull, as: "ada", GuardedStore.password))
        guarded.pass(299)
        #expect(try await server.ask(.get, manifest, bearing: text).status == .ok)
        guarded.pass(1)
        let ended = try await server.ask(.get, manifest, bearing: text)
        #expect(ended.status == .unauthorized && ended.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
    }

    @Test func `revoking a long-lived token ends the short-lived ones it made`() async throws {
        let long = try guarded.token(of: "ada")
        let short = try token(await server.ask(.get, pull, as: "ada", long.text))
        #expect(try await server.ask(.get, manifest, bearing: short).status == .ok)
        try guarded.store.records.revokeToken(long.id, at: guarded.now)
        #expect(try await guarded.server().ask(.get, manifest, bearing: short).status == .unauthorized)
    }

    @Test func `taking a right away takes it from tokens that are out`() async throws {
        let short = try token(await server.ask(.get, pull, as: "ada", GuardedStore.password))
        try guarded.store.records.updateAccount("ada") { $0.grants = ["other:pull"] }
        #expect(try await guarded.server().ask(.get, manifest, bearing: short).status == .forbidden)
    }

    @Test func `a token of another server opens nothing`() async throws {
        let short = try token(await server.ask(.get, pull, as: "ada", GuardedStore.password))
        let other = try GuardedStore()
        try other.add("ada", ["**:pull"])
        #expect(try await other.server().ask(.get, manifest, bearing: short).status == .unauthorized)
    }

    @Test(arguments: ["", "grant_type=x", "grant_type=password&username=ada", "grant_type=refresh_token"])
    func `an unfinished form is refused as the OAuth rules say`(body: String) async throws {
        let response = try await server.ask(.post, "/token", form, body: body)
        #expect(response.status == .badRequest && response.json?["error"]?.string != nil)
    }

    @Test func `forms and scopes have limits`() async throws {
        let long = try await server.ask(.post, "/token", form, body: String(repeating: "a", count: 40_000))
        #expect(long.status == .contentTooLarge)
        let many = (0..<17).map { "scope=repository:a\($0):pull" }.joined(separator: "&")
        #expect(try await server.ask(.get, "/token?" + many).status == .badRequest)
        #expect(try await server.ask(.get, "/token?scope=repository:../etc:pull").status == .badRequest)
        #expect(try await server.ask(.put, "/token").status == .methodNotAllowed)
    }

    @Test func `a catalog token lists and does not pull`() async throws {
        let text = try token(await server.ask(.get, "/token?scope=registry:catalog:*", as: "ada", GuardedStore.password))
        #expect(try await server.ask(.get, "/v2/_catalog", bearing: text).json?["repositories"] == ["other", "team/python"])
        #expect(try await server.ask(.get, manifest, bearing: text).status == .unauthorized)
    }
}
