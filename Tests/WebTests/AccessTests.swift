// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import HummingbirdTesting
import Records
import Testing
import Tokens

@testable import Web

@Suite struct AccessTests {
    private let guarded: GuardedStore
    private let manifest = "/v2/team/python/manifests/3.13"
    init() throws { guarded = try GuardedStore() }

    @Test func `without accounts everything is as open as it is set`() async throws {
        let server = try guarded.server(anonymous: ["**:pull"])
        #expect(try await server.ask(.get, "/v2/").status == .ok)
        #expect(try await server.ask(.get, manifest).status == .ok)
        let closed = try guarded.server()
        #expect(try await closed.ask(.get, manifest).status == .unauthorized)
    }

    @Test func `who shows nothing is told where to log in, for what`() async throws {
        try guarded.add("ada", ["team/**:pull"])
        let server = try guarded.server()
        let base = try await server.ask(.get, "/v2/")
        #expect(base.status == .unauthorized && base.errorCode == "UNAUTHORIZED")
        #expect(base.headers[.wwwAuthenticate] == #"Bearer realm="http://registry.example/token",service="registry.example""#)
        let response = try await server.ask(.get, manifest)
        #expect(
            response.headers[.wwwAuthenticate]
                == #"Bearer realm="http://registry.example/token",service="registry.example",scope="repository:team/python:pull""#)
        #expect(response.headers[.cacheControl] == "no-store")
        let push = try await server.decision(.push, on: "team/python")
        #expect(push?.status == .unauthorized && push?.challenge?.scope == "repository:team/python:pull,push")
        let list = try await server.ask(.get, "/v2/_catalog")
        #expect(list.headers[.wwwAuthenticate]?.contains(#"scope="registry:catalog:*""#) == true)
    }

    @Test func `anonymous pull is by repository, and the base asks for a login all the same`() async throws {
        try guarded.add("ada", ["**:pull"])
        let server = try guarded.server(anonymous: ["other:pull"])
        #expect(try await server.ask(.get, "/v2/other/manifests/only-manifest").status == .ok)
        #expect(try await server.ask(.get, manifest).status == .unauthorized)
        // Clients look here to learn that there are logins.
        #expect(try await server.ask(.get, "/v2/").status == .unauthorized)
    }

    @Test func `a password opens what its account may, and nothing else`() async throws {
        try guarded.add("ada", ["team/**:pull"])
        let server = try guarded.server()
        #expect(try await server.ask(.get, manifest, as: "ada", GuardedStore.password).status == .ok)
        #expect(try await server.ask(.get, "/v2/", as: "ada", GuardedStore.password).status == .ok)
        let denied = try await server.ask(.get, "/v2/other/manifests/only-manifest", as: "ada", GuardedStore.password)
        #expect(denied.status == .forbidden && denied.errorCode == "DENIED" && denied.headers[.wwwAuthenticate] == nil)
        // The same words for what is there and what is not.
        let absent = try await server.ask(.get, "/v2/absent/manifests/only-manifest", as: "ada", GuardedStore.password)
        #expect(absent.status == .forbidden && absent.text.replacing("absent", with: "other") == denied.text)
        for action in [Action.push, .delete, .admin] {
            let refusal = try await server.decision(action, on: "team/python", showing: Basic.header("ada", GuardedStore.password))
            #expect(refusal?.status == .forbidden && refusal?.challenge == nil)
        }
    }

    @Test(arguments: [("ada", "wrong password"), ("nobody", "a password for tests"), ("ada", ""), ("", "")])
    func `wrong credentials are refused in the same words`(user: String, password: String) async throws {
        try guarded.add("ada", ["team/**:pull"])
        let server = try guarded.server(anonymous: ["**:pull"])
        let response = try await server.ask(.get, manifest, as: user, password)
        // Also where everybody may pull: a client must learn that its password is wrong.
        #expect(response.status == .unauthorized)
        #expect(response.json?["errors"]?[0]?["message"]?.string == "no account with this name, password or token")
    }

    @Test(arguments: [
        "Basic", "Basic !!!", "Basic YWRh", "Digest x", "Bearer", "Bearer a b", "Bearer \u{E4}", "x", "Basic AA==, Basic AA==",
    ])
    func `a malformed header is refused`(header: String) async throws {
        let server = try guarded.server(anonymous: ["**:pull"])
        #expect(try await server.ask(.get, manifest, [.authorization: header]).status == .unauthorized)
    }

    @Test func `a token is its account's password, and a bearer`() async throws {
        try guarded.add("ci", ["team/**:pull,push"], hasPassword: false)
        let token = try guarded.token(of: "ci")
        let server = try guarded.server()
        #expect(try await server.ask(.get, manifest, as: "ci", token.text).status == .ok)
        #expect(try await server.ask(.get, manifest, bearing: token.text).status == .ok)
        #expect(try await server.ask(.get, manifest, as: "other", token.text).status == .unauthorized)
        #expect(try await server.ask(.get, manifest, as: "ci", GuardedStore.password).status == .unauthorized)
        // The same name with another secret.
        let forged = "ashlar_\(token.id)_" + String(repeating: "0", count: 64)
        #expect(try await server.ask(.get, manifest, bearing: forged).status == .unauthorized)
    }

    @Test func `a token never has more rights than its account`() async throws {
        try guarded.add("ci", ["team/**:pull"])
        let server = try guarded.server()
        let (wide, narrow) = (try guarded.token(of: "ci", ["**:admin"]), try guarded.token(of: "ci", ["team/go:pull"]))
        #expect(try await server.ask(.get, manifest, bearing: wide.text).status == .ok)
        #expect(try await server.ask(.get, "/v2/other/tags/list", bearing: wide.text).status == .forbidden)
        #expect(try await server.decision(.push, on: "team/python", showing: "Bearer " + wide.text)?.status == .forbidden)
        #expect(try await server.ask(.get, manifest, bearing: narrow.text).status == .forbidden)
    }

    @Test func `what has ended or was revoked opens nothing`() async throws {
        try guarded.add("ada", ["**:pull"], expires: Timestamp(seconds: guarded.now.seconds + 100))
        try guarded.add("ci", ["**:pull"])
        let (short, revoked) = (
            try guarded.token(of: "ci", expires: Timestamp(seconds: guarded.now.seconds + 50)), try guarded.token(of: "ci")
        )
        let server = try guarded.server()
        #expect(try await server.ask(.get, manifest, as: "ada", GuardedStore.password).status == .ok)
        #expect(try await server.ask(.get, manifest, bearing: short.text).status == .ok)
        guarded.pass(50)
        #expect(try await server.ask(.get, manifest, bearing: short.text).status == .unauthorized)
        guarded.pass(50)
        #expect(try await server.ask(.get, manifest, as: "ada", GuardedStore.password).status == .unauthorized)
        try guarded.store.records.revokeToken(revoked.id, at: guarded.now)
        #expect(try await guarded.server().ask(.get, manifest, bearing: revoked.text).status == .unauthorized)
    }

    @Test func `lists show what the caller may pull`() async throws {
        try guarded.add("ada", ["team/**:pull"])
        try guarded.add("root", ["**:admin"])
        let server = try guarded.server(anonymous: ["nothing:pull"])
        func names(_ user: String, _ query: String = "") async throws -> JSON? {
            try await server.ask(.get, "/v2/_catalog" + query, as: user, GuardedStore.password).json?["repositories"]
        }
        #expect(try await names("ada") == ["team/python"])
        #expect(try await names("root") == ["other", "team/python"])
        #expect(try await names("ada", "?n=1") == ["team/python"])
        #expect(try await names("root", "?n=1") == ["other"])
        #expect(try await names("root", "?n=1&last=other") == ["team/python"])
        #expect(try await names("root", "?n=0") == [])
    }

    @Test func `pages show what the visitor may pull`() async throws {
        try guarded.add("ada", ["team/**:pull"])
        try guarded.add("bob", ["other:pull"])
        let server = try guarded.server()
        let home = try await server.ask(.get, "/")
        #expect(home.status == .unauthorized && home.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
        #expect(try await server.ask(.get, "/images/team/python").status == .unauthorized)
        #expect(try await server.ask(.get, "/", as: "ada", GuardedStore.password).text.contains("team/python"))
        #expect(try await server.ask(.get, "/images/team/python", as: "ada", GuardedStore.password).status == .ok)
        #expect(try await !server.ask(.get, "/", as: "bob", GuardedStore.password).text.contains("team/python"))
        #expect(try await server.ask(.get, "/images/team/python", as: "bob", GuardedStore.password).status == .notFound)
        // What tells nothing is for everybody.
        for path in ["/healthz", "/readyz", "/robots.txt"] { #expect(try await server.ask(.get, path).status == .ok) }
        let some = try guarded.server(anonymous: ["other:pull"])
        #expect(try await some.ask(.get, "/").status == .ok)
        #expect(try await !some.ask(.get, "/").text.contains("team/python"))
    }
}

@Suite struct GrantTests {
    @Test(arguments: [
        ("**", "a", true), ("**", "a/b/c", true), ("team/*", "team/a", true), ("team/*", "team/a/b", false), ("team/*", "team", false),
        ("team/**", "team/a/b", true), ("team/**", "team", false), ("team/**", "teams/a", false), ("**/python", "python", true),
        ("**/python", "a/b/python", true), ("**/python", "a/python/b", false), ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true),
        ("a/**/z", "a/b", false), ("py*", "python", true), ("py*", "py", true), ("*py", "pypy", true), ("p*n/x*", "python/xa", true),
        ("team/python", "team/python", true), ("team/python", "team/python2", false), ("**/**", "a", true), ("*", "", true),
    ])
    func `a pattern names repositories`(pattern: String, name: String, isMatch: Bool) throws {
        #expect(try #require(RepositoryPattern(pattern)).matches(name) == isMatch)
    }

    @Test(arguments: ["", "/", "a//b", "a/", "/a", "A", "a b", "a**", "**a/b", "**/a/**/b/**", String(repeating: "a", count: 256)])
    func `what is no pattern is refused`(text: String) { #expect(RepositoryPattern(text) == nil) }

    @Test func `a pattern made to be slow is not`() throws {
        let name = String(repeating: "a/", count: 120) + "a"
        let pattern = try #require(RepositoryPattern("**/" + String(repeating: "a/", count: 30) + "**/b"))
        let start = ContinuousClock.now
        for _ in 0..<100 { #expect(!pattern.matches(name)) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `rights are read and written`() throws {
        let grant = try #require(Grant("team/**:push,pull"))
        #expect(grant.description == "team/**:pull,push")
        #expect(grant.allows(.pull, on: "team/a") && grant.allows(.push, on: "team/a") && !grant.allows(.delete, on: "team/a"))
        let all = try #require(Grant("x:admin"))
        #expect(Action.allCases.allSatisfy { all.allows($0, on: "x") } && all.description == "x:admin")
        for wrong in ["", ":", "x", "x:", "x:read", "x:pull,", "x:pull push"] { #expect(Grant(wrong) == nil) }
    }

    @Test func `scopes are read as clients write them`() throws {
        let scopes = try #require(TokenScopes("repository:a/b:pull,push repository:a/b:delete registry:catalog:* repository:c:*"))
        #expect(scopes.allows(.delete, on: "a/b") && scopes.allows(.admin, on: "c") && !scopes.allows(.pull, on: "d"))
        #expect(scopes.isForCatalog)
        #expect(TokenScopes(claim: scopes.claim) == scopes)
        #expect(scopes.description == "repository:a/b:pull,push,delete repository:c:pull,push,delete,admin registry:catalog:*")
        #expect(TokenScopes("") == TokenScopes())
        for wrong in ["repository", "repository:a", "repository:A:pull", "repository:../x:pull", String(repeating: "a:b:c ", count: 17)] {
            #expect(TokenScopes(wrong) == nil)
        }
    }
}
