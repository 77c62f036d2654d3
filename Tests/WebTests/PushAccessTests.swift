// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Testing
import Tokens

@testable import Web

/// Rights at the writing side of the registry.
@Suite struct PushAccessTests {
    let guarded: GuardedStore
    let server: CatalogServer
    private let bytes = Array("a layer".utf8)
    private var digest: Digest { .sha256(of: bytes) }

    init() throws {
        guarded = try GuardedStore()
        let uploads = try UploadFolder(store: guarded.store.blobs)
        server = try guarded.server(anonymous: ["public/**:pull"]) { $0.uploads = uploads }
    }

    private func bearer(_ account: String, _ grants: [String]) throws -> String {
        try guarded.add(account, grants, hasPassword: false)
        return try guarded.token(of: account).text
    }

    private func push(to repository: String, _ token: String, _ text: String = "a layer") async throws -> TestResponse {
        try await server.ask(
            .post, "/v2/\(repository)/blobs/uploads/?digest=\(Digest.sha256(of: text))", [.authorization: "Bearer " + token], body: text)
    }

    @Test func `a push needs the right to push there`() async throws {
        let token = try bearer("ci", ["team/**:pull,push"])
        #expect(try await push(to: "team/app", token).status == .created)
        #expect(try await push(to: "other", token).status == .forbidden)
        #expect(try await server.ask(.post, "/v2/team/app/blobs/uploads/").status == .unauthorized)
        let anonymous = try await server.ask(.put, "/v2/public/a/manifests/t", body: "{}")
        #expect(anonymous.status == .unauthorized)
        #expect(anonymous.headers[.wwwAuthenticate]?.contains("repository:public/a:pull,push") == true)
        let reader = try bearer("reader", ["team/**:pull"])
        #expect(try await push(to: "team/app", reader).status == .forbidden)
    }

    @Test func `deleting needs its own right`() async throws {
        let token = try bearer("ci", ["team/**:pull,push"])
        let index = String(decoding: Push.index(of: []), as: UTF8.self)
        let put = try await server.ask(
            .put, "/v2/team/app/manifests/t", [.authorization: "Bearer " + token, .contentType: MediaType.index], body: index)
        #expect(put.status == .created)
        #expect(try await server.ask(.delete, "/v2/team/app/manifests/t", bearing: token).status == .forbidden)
        let cleaner = try bearer("cleaner", ["team/**:delete"])
        #expect(try await server.ask(.delete, "/v2/team/app/manifests/t", bearing: cleaner).status == .accepted)
    }

    @Test func `an upload is for whoever may push there, and not for readers`() async throws {
        let token = try bearer("ci", ["team/**:pull,push"])
        let started = try await server.ask(.post, "/v2/team/app/blobs/uploads/", bearing: token)
        let location = try #require(started.headers[.location])
        let reader = try bearer("reader", ["team/**:pull"])
        for method in [HTTPRequest.Method.get, .patch, .put, .delete] {
            #expect(try await server.ask(method, location, bearing: reader).status == .forbidden)
        }
        #expect(try await server.ask(.get, location, bearing: token).status == .noContent)
    }

    @Test func `a blob is taken over only from where the caller may pull`() async throws {
        let owner = try bearer("owner", ["secret/**:pull,push"])
        #expect(try await push(to: "secret/app", owner).status == .created)
        let token = try bearer("ci", ["team/**:pull,push"])
        for from in ["&from=secret/app", ""] {
            let response = try await server.ask(.post, "/v2/team/app/blobs/uploads/?mount=\(digest)\(from)", bearing: token)
            #expect(response.status == .accepted)
        }
        #expect(try await server.ask(.get, "/v2/team/app/blobs/\(digest)", bearing: token).status == .notFound)
        let both = try bearer("both", ["secret/**:pull", "team/**:pull,push"])
        let mounted = try await server.ask(.post, "/v2/team/app/blobs/uploads/?mount=\(digest)", bearing: both)
        #expect(mounted.status == .created)
    }

    @Test func `bytes that are here already must be shown all the same`() async throws {
        let owner = try bearer("owner", ["secret/**:pull,push"])
        #expect(try await push(to: "secret/app", owner).status == .created)
        // Knowing a digest is not having the bytes: a manifest that names them is refused.
        let token = try bearer("ci", ["team/**:pull,push"])
        let manifest = String(decoding: Push.manifest(config: bytes, layers: []), as: UTF8.self)
        let response = try await server.ask(
            .put, "/v2/team/app/manifests/t", [.authorization: "Bearer " + token, .contentType: MediaType.manifest], body: manifest)
        #expect(response.errorCode == "MANIFEST_BLOB_UNKNOWN")
    }

    @Test func `writes and refused writes stand in the audit trail`() async throws {
        let token = try bearer("ci", ["team/**:pull,push"])
        _ = try await push(to: "team/app", token)
        _ = try await push(to: "other", token)
        let lines = guarded.audited("audit") + guarded.audited("writes")
        let texts = lines.map(\.canonicalText).joined(separator: "\n")
        #expect(texts.contains("team/app"))
        #expect(!texts.contains(token))
    }
}
