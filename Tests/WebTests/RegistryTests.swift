// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Records
import TestKit
import Testing

@testable import Web

@Suite struct RegistryTests {
    let store: SyntheticStore
    private let name = SyntheticStore.name
    init() throws { store = try SyntheticStore() }

    @Test(arguments: ["/v2/", "/v2"]) func `the base answers`(path: String) async throws {
        let response = try await store.ask(path)
        #expect(response.status == .ok)
        #expect(response.json == .object([:]))
    }

    @Test func `a manifest by tag and by digest is the stored bytes`() async throws {
        for (reference, digest, bytes, type) in [
            ("3.13", store.indexDigest, store.index, MediaType.index), ("amd64", store.manifestDigest, store.manifest, MediaType.manifest),
            (store.indexDigest.description, store.indexDigest, store.index, MediaType.index),
            ("sha256%3A" + store.manifestDigest.hex, store.manifestDigest, store.manifest, MediaType.manifest),
        ] {
            for method in [HTTPRequest.Method.get, .head, .get] {
                let response = try await store.ask(method, "/v2/\(name)/manifests/\(reference)", [.accept: "text/html"])
                #expect(response.status == .ok)
                #expect(response.bytes == (method == .head ? [] : bytes))
                #expect(response.headers[.contentType] == type)
                #expect(response.headers[.contentLength] == String(bytes.count))
                #expect(response.headers[.dockerContentDigest] == digest.description)
                #expect(response.headers[.eTag] == "\"\(digest)\"")
            }
        }
    }

    @Test func `a manifest that is known is not sent again`() async throws {
        for etag in ["\"\(store.indexDigest)\"", "\"x\", W/\"\(store.indexDigest)\"", "*"] {
            let response = try await store.ask(.get, "/v2/\(name)/manifests/3.13", [.ifNoneMatch: etag])
            #expect(response.status == .notModified)
            #expect(response.bytes.isEmpty)
            #expect(response.headers[.dockerContentDigest] == store.indexDigest.description)
        }
        #expect(try await store.ask(.get, "/v2/\(name)/manifests/3.13", [.ifNoneMatch: "\"sha256:00\""]).status == .ok)
    }

    @Test(arguments: [
        ("/v2/team/python/manifests/absent", 404, "MANIFEST_UNKNOWN"), ("/v2/team/python/manifests/.INVALID", 404, "MANIFEST_UNKNOWN"),
        ("/v2/absent/manifests/latest", 404, "NAME_UNKNOWN"), ("/v2/absent/tags/list", 404, "NAME_UNKNOWN"),
        ("/v2/team/python/manifests/sha256:abc", 400, "DIGEST_INVALID"), ("/v2/team/python/blobs/sha256:abc", 400, "DIGEST_INVALID"),
        ("/v2/team/python/blobs/latest", 400, "DIGEST_INVALID"), ("/v2/team/python/referrers/latest", 400, "DIGEST_INVALID"),
        ("/v2/team/python/blobs/sha256:\(String(repeating: "0", count: 64))", 404, "BLOB_UNKNOWN"),
        ("/v2/team/python/manifests/sha256:\(String(repeating: "0", count: 64))", 404, "MANIFEST_UNKNOWN"),
        ("/v2/Team/python/manifests/latest", 400, "NAME_INVALID"), ("/v2/team/../other/manifests/latest", 400, "NAME_INVALID"),
        ("/v2/team/%2e%2e/other/manifests/latest", 400, "NAME_INVALID"), ("/v2//python/tags/list", 400, "NAME_INVALID"),
        ("/v2/team/python/manifests/", 404, "UNSUPPORTED"), ("/v2/team/python", 404, "UNSUPPORTED"), ("/v2/x", 404, "UNSUPPORTED"),
        ("/v2/team/python/tags/list?n=-1", 400, "PAGINATION_NUMBER_INVALID"),
        ("/v2/team/python/tags/list?n=many", 400, "PAGINATION_NUMBER_INVALID"),
    ])
    func `a wrong request has the code of the specification`(path: String, status: Int, code: String) async throws {
        let response = try await store.ask(path)
        #expect(response.status.code == status)
        #expect(response.errorCode == code)
        #expect(response.headers[.contentType] == "application/json")
        let head = try await store.ask(.head, path)
        #expect(head.status.code == status)
        #expect(head.bytes.isEmpty)
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, "/v2/team/python/blobs/uploads/"), (.post, "/v2/team/python/blobs/uploads/?mount=x&from=y"),
        (.put, "/v2/team/python/manifests/latest"), (.delete, "/v2/team/python/manifests/latest"),
        (.patch, "/v2/team/python/blobs/uploads/1234"), (.delete, "/v2/team/python/blobs/sha256:00"),
    ])
    func `pushing is refused with a sentence`(method: HTTPRequest.Method, path: String) async throws {
        let response = try await store.ask(method, path)
        #expect(response.status == .methodNotAllowed)
        #expect(response.errorCode == "UNSUPPORTED")
        #expect(response.headers[.allow] == "GET, HEAD")
        #expect(response.json?["errors"]?[0]?["message"]?.string?.contains("ashlar build") == true)
    }

    @Test func `a blob is the stored bytes, small and large`() async throws {
        for (digest, size) in [
            (store.layerDigest, store.layer.count), (store.configDigest, try store.blobs.read(store.configDigest).count),
        ] {
            let expected = try store.blobs.read(digest)
            for method in [HTTPRequest.Method.get, .get, .head] {
                let response = try await store.ask(method, "/v2/\(name)/blobs/\(digest)")
                #expect(response.status == .ok)
                #expect(response.bytes == (method == .head ? [] : expected))
                #expect(response.headers[.contentLength] == String(size))
                #expect(response.headers[.dockerContentDigest] == digest.description)
                #expect(response.headers[.acceptRanges] == "bytes")
                #expect(response.headers[.contentSecurityPolicy] == "default-src 'none'; sandbox")
            }
            let known = try await store.ask(.get, "/v2/\(name)/blobs/\(digest)", [.ifNoneMatch: "\"\(digest)\""])
            #expect(known.status == .notModified)
        }
    }

    @Test func `an empty blob is answered`() async throws {
        let digest = try store.blobs.write([])
        try store.records.apply(
            .init(
                repository: name,
                manifests: [.init(digest: .sha256(of: "m"), mediaType: MediaType.manifest, size: 1, references: [digest])], tags: [:]))
        let response = try await store.ask("/v2/\(name)/blobs/\(digest)")
        #expect(response.status == .ok)
        #expect(response.headers[.contentLength] == "0")
        #expect(try await store.ask(.get, "/v2/\(name)/blobs/\(digest)", [.range: "bytes=0-"]).status == .rangeNotSatisfiable)
    }

    @Test func `a blob is served only through a repository that holds it`() async throws {
        let response = try await store.ask("/v2/other/blobs/\(store.layerDigest)")
        #expect(response.status == .notFound)
        #expect(response.errorCode == "BLOB_UNKNOWN")
        #expect(try await store.ask("/v2/other/manifests/\(store.indexDigest)").status == .notFound)
    }

    @Test func `a blob is not a manifest, even after it was served`() async throws {
        #expect(try await store.ask("/v2/\(name)/blobs/\(store.configDigest)").status == .ok)
        let server = try store.server()
        _ = try await store.ask("/v2/\(name)/blobs/\(store.configDigest)", server: server)
        #expect(try await store.ask("/v2/\(name)/manifests/\(store.configDigest)", server: server).status == .notFound)
    }

    @Test(arguments: [
        ("bytes=0-9", 0..<10), ("bytes=10-", 10..<700_000), ("bytes=-5", 699_995..<700_000), ("bytes=699999-", 699_999..<700_000),
        ("bytes=5-900000", 5..<700_000), ("bytes=-900000", 0..<700_000), ("bytes=300000-600000", 300_000..<600_001),
        ("Bytes=0-0", 0..<1),
    ])
    func `a range is answered with that part`(range: String, expected: Range<Int>) async throws {
        let response = try await store.ask(.get, "/v2/\(name)/blobs/\(store.layerDigest)", [.range: range])
        #expect(response.status == .partialContent)
        #expect(response.bytes == Array(store.layer[expected]))
        #expect(response.headers[.contentRange] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/700000")
        #expect(response.headers[.contentLength] == String(expected.count))
        #expect(response.headers[.dockerContentDigest] == store.layerDigest.description)
    }

    @Test func `a small blob is served in part from memory`() async throws {
        let all = try store.blobs.read(store.configDigest)
        let response = try await store.ask(.get, "/v2/\(name)/blobs/\(store.configDigest)", [.range: "bytes=3-8"])
        #expect(response.status == .partialContent)
        #expect(response.bytes == Array(all[3...8]))
    }

    @Test(arguments: ["bytes=700000-", "bytes=700000-800000", "bytes=-0", "bytes=5-2"]) func `a range after the end is refused`(
        range: String
    )
        async throws
    {
        let response = try await store.ask(.get, "/v2/\(name)/blobs/\(store.layerDigest)", [.range: range])
        #expect(response.status == .rangeNotSatisfiable)
        #expect(response.headers[.contentRange] == "bytes */700000")
    }

    @Test(arguments: ["bytes=a-b", "bytes=0-1,5-6", "items=0-1", "bytes=", "bytes=--5", "bytes=99999999999999999999-"])
    func `a range that is not read is the whole blob`(range: String) async throws {
        let response = try await store.ask(.get, "/v2/\(name)/blobs/\(store.layerDigest)", [.range: range])
        #expect(response.status == .ok)
        #expect(response.bytes.count == 700_000)
    }

    @Test func `a range on condition is honoured for this blob only`() async throws {
        let path = "/v2/\(name)/blobs/\(store.layerDigest)"
        let same = try await store.ask(.get, path, [.range: "bytes=0-9", .ifRange: "\"\(store.layerDigest)\""])
        #expect(same.status == .partialContent)
        let other = try await store.ask(.get, path, [.range: "bytes=0-9", .ifRange: "\"sha256:00\""])
        #expect(other.status == .ok)
    }

    @Test func `tags come in order and in pages`() async throws {
        let all = ["3.13", "3.13.5-r1", "amd64", "latest"]
        let whole = try await store.ask("/v2/\(name)/tags/list")
        #expect(whole.json == ["name": JSON(name), "tags": JSON(all)])
        #expect(whole.headers[.link] == nil)
        let first = try await store.ask("/v2/\(name)/tags/list?n=2")
        #expect(first.json?["tags"] == JSON(Array(all.prefix(2))))
        #expect(first.headers[.link] == "</v2/\(name)/tags/list?n=2&last=3.13.5-r1>; rel=\"next\"")
        let second = try await store.ask("/v2/\(name)/tags/list?n=2&last=3.13.5-r1")
        #expect(second.json?["tags"] == JSON(Array(all.suffix(2))))
        #expect(second.headers[.link] == nil)
        let none = try await store.ask("/v2/\(name)/tags/list?n=0")
        #expect(none.json?["tags"] == [])
        #expect(none.headers[.link] == nil)
        #expect(try await store.ask("/v2/\(name)/tags/list?last=b").json?["tags"] == ["latest"])
    }

    @Test func `repositories are listed`() async throws {
        #expect(try await store.ask("/v2/_catalog").json == ["repositories": ["other", JSON(name)]])
        let page = try await store.ask("/v2/_catalog?n=1")
        #expect(page.json == ["repositories": ["other"]])
        #expect(page.headers[.link] == "</v2/_catalog?n=1&last=other>; rel=\"next\"")
    }

    @Test func `referrers are an index in the order they were published`() async throws {
        let response = try await store.ask("/v2/\(name)/referrers/\(store.manifestDigest)")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == MediaType.index)
        #expect(response.headers[.filtersApplied] == nil)
        let manifests = try #require(response.json?["manifests"]?.array)
        #expect(manifests.map { $0["digest"]?.string } == [store.sbom.description, store.signature.description])
        #expect(manifests[0]["artifactType"]?.string == MediaType.sigstoreBundle)
        #expect(manifests[0]["annotations"]?["dev.sigstore.bundle.predicateType"]?.string == "https://spdx.dev/Document")
        #expect(manifests[1]["annotations"] == nil)
    }

    @Test(arguments: ["application/vnd.dev.sigstore.bundle.v0.3+json", "application%2Fvnd.dev.sigstore.bundle.v0.3%2Bjson"])
    func `referrers are filtered by artifact type`(type: String) async throws {
        let response = try await store.ask("/v2/\(name)/referrers/\(store.manifestDigest)?artifactType=\(type)")
        #expect(response.headers[.filtersApplied] == "artifactType")
        #expect(response.json?["manifests"]?.array?.map { $0["digest"]?.string } == [store.sbom.description])
    }

    @Test(arguments: ["team/python", "other", "absent"]) func `no referrers are an empty index, also of what is unknown`(name: String)
        async throws
    {
        let response = try await store.ask("/v2/\(name)/referrers/sha256:\(String(repeating: "1", count: 64))")
        #expect(response.status == .ok)
        #expect(response.json?["manifests"] == [])
        #expect(response.json?["schemaVersion"] == 2)
    }

    @Test func `a published tag is seen at once`() async throws {
        let server = try store.server()
        let uri = "/v2/\(name)/manifests/latest"
        #expect(try await store.ask(uri, server: server).headers[.dockerContentDigest] == store.indexDigest.description)
        try store.records.apply(.init(repository: name, manifests: [], tags: ["latest": store.manifestDigest]))
        #expect(try await store.ask(uri, server: server).headers[.dockerContentDigest] == store.manifestDigest.description)
    }

    @Test func `a blob that is lost on the disk is unknown, not an empty answer`() async throws {
        let digest = Digest.sha256(of: "never written")
        try store.records.apply(
            .init(
                repository: name,
                manifests: [.init(digest: .sha256(of: "m"), mediaType: MediaType.manifest, size: 1, references: [digest])],
                tags: ["m": .sha256(of: "m")]))
        #expect(try await store.ask("/v2/\(name)/blobs/\(digest)").status == .notFound)
        let manifest = try await store.ask("/v2/\(name)/manifests/m")
        #expect(manifest.status == .internalServerError)
        #expect(!manifest.text.contains(store.scratch.path))
    }
}
