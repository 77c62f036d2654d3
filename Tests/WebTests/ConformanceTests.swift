// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/tree/main/conformance
import Base
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import TestKit
import Testing

@testable import Web

/// The walks of the specification's conformance suites, in their order: pull, push, content discovery, content management.
/// What they ask for once is here; the other suites of this folder try each answer from all sides. docs/registry.md lists the cases.
@Suite struct ConformanceTests {
    let registry: PushRegistry
    init() throws { registry = try PushRegistry() }

    private let name = "org/conformance"
    private let blob = Array("Hello, how are you today?\n".utf8)
    private let config = Array(#"{"author":"conformance"}"#.utf8)
    private var absent: String { "sha256:" + String(repeating: "0", count: 64) }

    private func address(_ bytes: [UInt8]) -> String { Digest.sha256(of: bytes).description }

    @discardableResult
    private func put(_ manifest: [UInt8], as reference: String, type: String = MediaType.manifest) async throws -> TestResponse {
        let response = try await registry.ask(.put, "/v2/\(name)/manifests/\(reference)", manifest, [.contentType: type])
        #expect(response.status == .created, "\(response.text)")
        #expect(response.headers[.dockerContentDigest] == address(manifest))
        let location = try #require(response.headers[.location])
        #expect(try await registry.get(location).bytes == manifest)
        return response
    }

    /// GET and HEAD have the same fields, the digest and the length among them.
    private func expectAlike(_ path: String, _ bytes: [UInt8], _ reference: String? = nil) async throws {
        let get = try await registry.get(path)
        let head = try await registry.ask(.head, path)
        for response in [get, head] {
            #expect(response.status == .ok)
            #expect(response.headers[.dockerContentDigest] == reference ?? address(bytes))
            #expect(response.headers[.contentLength] == String(bytes.count))
        }
        #expect(get.bytes == bytes)
        #expect(head.bytes.isEmpty)
        #expect(head.headers[.contentType] == get.headers[.contentType])
    }

    @Test func `pull: blobs and manifests by digest and tag, and 404 for what is not there`() async throws {
        let manifest = try await registry.push(image: "pull", to: name, tag: "v1")
        let layer = Array("layer of pull".utf8)
        try await expectAlike("/v2/\(name)/blobs/\(address(layer))", layer)
        try await expectAlike("/v2/\(name)/manifests/\(address(manifest))", manifest)
        try await expectAlike("/v2/\(name)/manifests/v1", manifest)
        for path in ["blobs/\(absent)", "manifests/\(absent)", "manifests/nothing"] {
            for method in [HTTPRequest.Method.get, .head] {
                #expect(try await registry.ask(method, "/v2/\(name)/\(path)").status == .notFound)
            }
        }
        let wrong = try await registry.get("/v2/\(name)/manifests/sha256:totallywrong")
        #expect(wrong.status == .badRequest)
        #expect(wrong.errorCode == "DIGEST_INVALID")
        #expect(wrong.json?["errors"]?[0]?["message"]?.string?.isEmpty == false)
    }

    @Test func `push: streamed, whole, in chunks out of order and again, and mounted`() async throws {
        var location = try await registry.begin(name)
        let streamed = try await registry.ask(.patch, location, blob, [.contentType: "application/octet-stream"])
        #expect(streamed.status == .accepted)
        location = try #require(streamed.headers[.location])
        #expect(try await registry.ask(.put, "\(location)?digest=\(address(blob))").status == .created)
        let whole = try await registry.ask(.post, "/v2/\(name)/blobs/uploads/?digest=\(address(config))", config)
        #expect(whole.status == .created)
        try await expectAlike("/v2/\(name)/blobs/\(address(config))", config)

        location = try await registry.begin(name)
        let (first, second) = (Array(blob[..<3]), Array(blob[3...]))
        func patch(_ bytes: [UInt8], _ range: String) async throws -> TestResponse {
            try await registry.ask(.patch, location, bytes, [.contentRange: range, .contentLength: String(bytes.count)])
        }
        #expect(try await patch(second, "3-\(blob.count - 1)").status == .rangeNotSatisfiable)
        #expect(try await patch(first, "0-2").status == .accepted)
        #expect(try await patch(first, "0-2").status == .rangeNotSatisfiable)
        let stale = try await registry.get(location)
        #expect(stale.status == .noContent)
        #expect(stale.headers[.range] == "0-2")
        #expect(try await patch(second, "3-\(blob.count - 1)").status == .accepted)
        let closed = try await registry.ask(.put, "\(location)?digest=\(address(blob))", [], [.contentLength: "0"])
        #expect(closed.status == .created)

        for (query, status) in [
            ("mount=\(address(blob))&from=\(name)", HTTPResponse.Status.created), ("mount=\(address(blob))", .created),
            ("mount=\(absent)&from=\(name)", .accepted), ("mount=\(absent)", .accepted),
        ] {
            let mounted = try await registry.ask(.post, "/v2/org/other/blobs/uploads/?\(query)")
            #expect(mounted.status == status, "\(query)")
            #expect(mounted.headers[.location]?.hasPrefix("/v2/org/other/blobs/") == true)
        }
        try await expectAlike("/v2/org/other/blobs/\(address(blob))", blob)
    }

    @Test func `push: manifests without layers, with members of their own, of indexes and of artifacts`() async throws {
        for bytes in [blob, config, Array("{}".utf8)] { try await registry.push(blob: bytes, to: name) }
        let plain = Push.manifest(config: config, layers: [blob])
        try await put(plain, as: "plain")
        try await put(Push.manifest(config: config, layers: []), as: "no-layers")
        try await put(Push.manifest(config: Array("{}".utf8), layers: [blob], type: "application/vnd.example"), as: "artifact")
        try await put(Push.manifest(config: config, layers: Array(repeating: blob, count: 500)), as: "many-layers")
        // Bytes that stand in a descriptor, and what no specification names, are kept and change nothing.
        let data: JSON = [
            "mediaType": JSON(MediaType.config), "digest": JSON(address(config)), "size": JSON(config.count), "data": "eyJhIjoxfQ==",
            "org.example": ["x": 1],
        ]
        let odd: JSON = [
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": data, "layers": [], "org.example.more": [1, 2],
        ]
        try await put(odd.canonicalBytes, as: "odd")
        let index = Push.index(of: [plain])
        try await put(index, as: "index", type: MediaType.index)
        let nested = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index), "manifests": [Push.descriptor(index, MediaType.index)],
        ]).canonicalBytes
        try await put(nested, as: "nested", type: MediaType.index)
        try await put(Push.index(of: []), as: "empty-index", type: MediaType.index)
        try await expectAlike("/v2/\(name)/manifests/nested", nested)
    }

    @Test func `content discovery: tags in ASCII order and in pages, referrers of what is there and of what is not`() async throws {
        for tag in ["b", "a", "B", "1", "_x", "a-b", "a.b", "Test0"] { try await registry.push(image: "tags", to: name, tag: tag) }
        let sorted: JSON = ["1", "B", "Test0", "_x", "a", "a-b", "a.b", "b"]
        #expect(try await registry.get("/v2/\(name)/tags/list").json?["tags"] == sorted)
        let page = try await registry.get("/v2/\(name)/tags/list?n=4")
        #expect(page.json?["tags"] == ["1", "B", "Test0", "_x"])
        #expect(page.headers[.link]?.contains("rel=\"next\"") == true)
        #expect(try await registry.get("/v2/\(name)/tags/list?n=4&last=_x").json?["tags"] == ["a", "a-b", "a.b", "b"])
        let none = try await registry.get("/v2/\(name)/tags/list?n=0")
        #expect(none.json?["tags"] == [])
        #expect(none.headers[.link] == nil)

        let empty = try await registry.get("/v2/\(name)/referrers/\(absent)")
        #expect(empty.status == .ok)
        #expect(empty.headers[.contentType] == MediaType.index)
        #expect(empty.json?["manifests"] == [])
        #expect(try await registry.get("/v2/\(name)/referrers/latest").status == .badRequest)
        let missing = Push.descriptor(Array("not pushed".utf8), MediaType.manifest)
        for bytes in [blob, Array("{}".utf8)] { try await registry.push(blob: bytes, to: name) }
        let referrer = Push.manifest(config: Array("{}".utf8), layers: [blob], subject: missing, type: "application/vnd.example")
        #expect(try await put(referrer, as: address(referrer)).headers[.ociSubject] == missing["digest"]?.string)
        let list = Push.index(of: [], more: ["subject": missing, "artifactType": "application/vnd.example.index"])
        #expect(try await put(list, as: "list", type: MediaType.index).headers[.ociSubject] == missing["digest"]?.string)
        let path = "/v2/\(name)/referrers/\(missing["digest"]?.string ?? "")"
        #expect(try await registry.get(path).json?["manifests"]?.array?.count == 2)
        let filtered = try await registry.get(path + "?artifactType=application/vnd.example")
        #expect(filtered.headers[.filtersApplied] == "artifactType")
        #expect(filtered.json?["manifests"]?.array?.map { $0["digest"]?.string } == [address(referrer)])
    }

    @Test func `content management: tags, manifests and blobs are deleted, and then they are not there`() async throws {
        let manifest = try await registry.push(image: "managed", to: name, tag: "v1")
        let layer = Array("layer of managed".utf8)
        let (byTag, byDigest) = ("/v2/\(name)/manifests/v1", "/v2/\(name)/manifests/\(address(manifest))")
        #expect(try await registry.ask(.delete, byTag).status == .accepted)
        #expect(try await registry.get(byTag).status == .notFound)
        #expect(try await registry.get(byDigest).status == .ok)
        #expect(try await registry.ask(.delete, byDigest).status == .accepted)
        #expect(try await registry.get(byDigest).status == .notFound)
        #expect(try await registry.get("/v2/\(name)/tags/list").status == .ok)
        let path = "/v2/\(name)/blobs/\(address(layer))"
        #expect(try await registry.ask(.delete, path).status == .accepted)
        #expect(try await registry.get(path).status == .notFound)
        #expect(try await registry.ask(.delete, path).status == .notFound)
    }
}
