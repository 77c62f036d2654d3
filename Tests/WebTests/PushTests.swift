// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Records
import TestKit
import Testing

@testable import Web

@Suite struct PushTests {
    let registry: PushRegistry
    init() throws { registry = try PushRegistry() }

    private func put(_ bytes: [UInt8], _ reference: String, _ type: String? = MediaType.manifest, to repository: String = "team/app")
        async throws
        -> TestResponse
    {
        try await registry.ask(.put, "/v2/\(repository)/manifests/\(reference)", bytes, type.map { [.contentType: $0] } ?? [:])
    }

    @Test func `a manifest is pushed under a tag and served byte for byte`() async throws {
        let bytes = try await registry.push(image: "one", to: "team/app", tag: "v1")
        let digest = Digest.sha256(of: bytes)
        let again = try await put(bytes, "v1")
        #expect(again.status == .created)
        #expect(again.headers[.location] == "/v2/team/app/manifests/\(digest)")
        #expect(again.headers[.dockerContentDigest] == digest.description)
        #expect(again.headers[.ociSubject] == nil)
        for reference in ["v1", digest.description] {
            let response = try await registry.get("/v2/team/app/manifests/\(reference)")
            #expect(response.bytes == bytes)
            #expect(response.headers[.contentType] == MediaType.manifest)
            #expect(response.headers[.dockerContentDigest] == digest.description)
        }
    }

    @Test func `white space and unknown members are kept`() async throws {
        try await registry.push(image: "one", to: "team/app", tag: "v1")
        let (config, layer) = (Array(#"{"name":"one"}"#.utf8), Array("layer of one".utf8))
        let text = """
            {  "schemaVersion": 2, "x": [1.50, {"y": null}], "config": \(Push.descriptor(config, MediaType.config).canonicalText),
             "layers":[\(Push.descriptor(layer, MediaType.layerTar).canonicalText)]}
            """
        // Without a media type inside, the header says what it is, and its parameters are not kept.
        #expect(try await put(Array(text.utf8), "loose", MediaType.manifest + "; charset=utf-8").status == .created)
        let response = try await registry.get("/v2/team/app/manifests/loose")
        #expect(response.text == text)
        #expect(response.headers[.contentType] == MediaType.manifest)
    }

    @Test(arguments: [
        (MediaType.dockerManifest, MediaType.dockerManifestList), (MediaType.manifest, MediaType.index),
    ])
    func `what docker and containerd push comes back as they sent it`(manifestType: String, listType: String) async throws {
        let (config, layer) = (Array("{}".utf8), Array("layer".utf8))
        for blob in [config, layer] { try await registry.push(blob: blob, to: "team/app") }
        let manifest = Push.manifest(config: config, layers: [layer], mediaType: manifestType)
        #expect(try await put(manifest, Digest.sha256(of: manifest).description, manifestType).status == .created)
        let list = Push.index(of: [manifest], mediaType: listType)
        #expect(try await put(list, "latest", listType).status == .created)
        let docker = [
            MediaType.dockerManifest, MediaType.dockerManifestList, MediaType.index, MediaType.manifest,
            "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json",
        ]
        let containerd = [MediaType.dockerManifest, MediaType.dockerManifestList, MediaType.manifest, MediaType.index + ", */*"]
        for accept in [docker.joined(separator: ", "), containerd.joined(separator: ", "), "*/*", ""] {
            for method in [HTTPRequest.Method.head, .get] {
                let response = try await registry.ask(method, "/v2/team/app/manifests/latest", nil, [.accept: accept])
                #expect(response.headers[.contentType] == listType)
                #expect(response.headers[.dockerContentDigest] == Digest.sha256(of: list).description)
                #expect(response.headers[.contentLength] == String(list.count))
                if method == .get { #expect(response.bytes == list) }
            }
        }
    }

    @Test func `a manifest is refused while its blobs are missing, and all of them are named`() async throws {
        let (config, layers) = (Array("{}".utf8), [Array("a".utf8), Array("b".utf8)])
        let bytes = Push.manifest(config: config, layers: layers)
        let refused = try await put(bytes, "v1")
        #expect(refused.status == .notFound)
        #expect(refused.errorCode == "MANIFEST_BLOB_UNKNOWN")
        #expect(refused.json?["errors"]?[0]?["detail"]?.array?.count == 3)
        #expect(try await registry.get("/v2/team/app/tags/list").status == .notFound)
        for blob in [config] + layers { try await registry.push(blob: blob, to: "team/app") }
        #expect(try await put(bytes, "v1").status == .created)
        // Another repository does not hold them.
        #expect(try await put(bytes, "v1", to: "team/else").errorCode == "MANIFEST_BLOB_UNKNOWN")
        let index = Push.index(of: [bytes, Array("absent".utf8)])
        #expect(try await put(index, "list", MediaType.index).errorCode == "MANIFEST_BLOB_UNKNOWN")
    }

    private var files: [String] { registry.store.scratch.names(in: "blobs/sha256") }

    @Test func `a refused manifest leaves no file`() async throws {
        let before = files
        for number in 0..<5 {
            let bytes = Push.manifest(config: Array("absent \(number)".utf8), layers: [])
            #expect(try await put(bytes, "v1").errorCode == "MANIFEST_BLOB_UNKNOWN")
        }
        #expect(try await put(Push.index(of: []), "3.13", MediaType.index, to: SyntheticStore.name).errorCode == "DENIED")
        #expect(files == before)
        // The usual way of clients that try first: what is refused and sent again is counted as pushed.
        let config = Array("{\"own\":1}".utf8)
        let bytes = Push.manifest(config: config, layers: [])
        #expect(try await put(bytes, "v1").status == .notFound)
        try await registry.push(blob: config, to: "team/app")
        #expect(try await put(bytes, Digest.sha256(of: bytes).description).status == .created)
        let found = try registry.store.records.collectable(pushedBefore: Timestamp(seconds: 1_900_000_000), untagged: .collect)
        #expect(Set(found.files.map(\.digest)) == [.sha256(of: bytes), .sha256(of: config)])
    }

    @Test func `a manifest names no more parts than can be looked up while others wait`() async throws {
        func index(_ count: Int) -> [UInt8] {
            Push.index(of: (0..<count).map { Array("absent \($0)".utf8) })
        }
        let many = try await put(index(10_001), "v1", MediaType.index)
        #expect(many.status == .badRequest && many.errorCode == "MANIFEST_INVALID")
        #expect(try await put(index(10_000), "v1", MediaType.index).errorCode == "MANIFEST_BLOB_UNKNOWN")
    }

    @Test func `bytes that rotted make room for good ones that are pushed`() async throws {
        let blob = Array("layer of one".utf8)
        let digest = Digest.sha256(of: blob)
        let manifest = try await registry.push(image: "one", to: "team/app", tag: "v1")
        for (bytes, digest) in [(blob, digest), (manifest, Digest.sha256(of: manifest))] {
            let path = try registry.store.blobs.path(of: digest)
            try FileManager.default.removeItem(atPath: path)
            try Data(bytes.map { $0 ^ 1 }).write(to: URL(filePath: path))
        }
        let fresh = try PushRegistry(on: registry.store)
        #expect(try await fresh.get("/v2/team/app/manifests/v1").bytes != manifest)
        try await fresh.push(image: "one", to: "team/app", tag: "v1")
        #expect(try await fresh.get("/v2/team/app/blobs/\(digest)").bytes == blob)
        #expect(try await fresh.get("/v2/team/app/manifests/v1").bytes == manifest)
    }

    @Test func `a layer that says where it lies may be missing here`() async throws {
        let config = Array("{}".utf8)
        try await registry.push(blob: config, to: "team/app")
        var layer = Push.descriptor(Array("far away".utf8), "application/vnd.oci.image.layer.nondistributable.v1.tar").object ?? [:]
        layer["urls"] = ["https://example.com/layer"]
        let bytes = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": Push.descriptor(config, MediaType.config),
            "layers": [.object(layer)],
        ]).canonicalBytes
        #expect(try await put(bytes, "v1").status == .created)
    }

    @Test(arguments: [
        ("", MediaType.manifest), ("{", MediaType.manifest), ("[]", MediaType.manifest), ("{}", MediaType.manifest),
        (#"{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[]}"#, "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        (#"{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}"#, MediaType.index),
        (#"{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}"#, MediaType.manifest),
        (#"{"schemaVersion":2,"manifests":[]}"#, "text/plain"), (#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#, MediaType.index),
        (#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#, MediaType.manifest),
        (#"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:00","size":1}]}"#, MediaType.index),
        (
            #"{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":1}]}"#,
            MediaType.index
        ),
        (#"{"schemaVersion":2,"manifests":[],"artifactType":"a\r\nb"}"#, MediaType.index),
        (#"{"schemaVersion":2,"manifests":[],"annotations":{"a":1}}"#, MediaType.index),
        (String(repeating: "[", count: 5000), MediaType.index),
        ("{\"schemaVersion\":2,\"manifests\":[" + String(repeating: "[],", count: 300_000), MediaType.index),
    ])
    func `what is not a manifest is refused`(text: String, type: String) async throws {
        let response = try await put(Array(text.utf8), "v1", type)
        #expect(response.status == .badRequest)
        #expect(response.errorCode == "MANIFEST_INVALID")
        #expect(try await registry.get("/v2/team/app/tags/list").status == .notFound)
    }

    @Test func `a manifest of 4 MiB is taken and one byte more is not`() async throws {
        let config = Array("{}".utf8)
        try await registry.push(blob: config, to: "team/app")
        let empty = Push.manifest(config: config, layers: [], annotations: ["a": ""])
        let largest = Push.manifest(
            config: config, layers: [], annotations: ["a": String(repeating: "x", count: (4 << 20) - empty.count)])
        #expect(largest.count == 4 << 20)
        #expect(try await put(largest, "large").status == .created)
        #expect(try await registry.get("/v2/team/app/manifests/large").bytes == largest)
        let tooLarge = try await put(largest + [0x20], "larger")
        #expect(tooLarge.status == .contentTooLarge)
        #expect(tooLarge.errorCode == "SIZE_INVALID")
    }

    @Test(arguments: [
        "sha256:baddigeststring", "sha256:" + String(repeating: "0", count: 64), "sha512:" + String(repeating: "0", count: 128),
    ])
    func `a manifest under another digest than its own is refused`(reference: String) async throws {
        let response = try await put(Push.index(of: []), reference, MediaType.index)
        #expect(response.status == .badRequest)
        #expect(response.errorCode == "DIGEST_INVALID")
    }

    @Test(arguments: ["-a", ".a", "a%20b", "%C3%BC", String(repeating: "t", count: 129)]) func `a malformed tag is refused`(tag: String)
        async throws
    {
        let response = try await put(Push.index(of: []), tag, MediaType.index)
        #expect(response.status == .badRequest)
        #expect(response.errorCode == "TAG_INVALID")
    }

    @Test func `one push by digest sets several tags`() async throws {
        let bytes = Push.index(of: [])
        let digest = Digest.sha256(of: bytes)
        let response = try await put(bytes, "\(digest)?tag=a&tag=b.1", MediaType.index)
        #expect(response.status == .created)
        #expect(response.headers[values: .ociTag] == ["a", "b.1"])
        #expect(try await registry.get("/v2/team/app/tags/list").json?["tags"] == ["a", "b.1"])
        #expect(try await registry.get("/v2/team/app/manifests/b.1").headers[.dockerContentDigest] == digest.description)
        let many = (0...100).map { "tag=t\($0)" }.joined(separator: "&")
        #expect(try await put(bytes, "\(digest)?\(many)", MediaType.index).status == .uriTooLong)
        #expect(try await put(bytes, "\(digest)?tag=good&tag=-bad", MediaType.index).status == .badRequest)
        #expect(try await registry.get("/v2/team/app/manifests/good").status == .notFound)
    }

    @Test func `SHA-512 names manifests, their parts and their subjects`() async throws {
        let config = Array(#"{"wide":true}"#.utf8)
        let wideConfig = ContentAddress.sha512(.sha512(of: config))
        try await registry.push(blob: config, to: "team/app", as: wideConfig)
        let manifest = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": Push.descriptor(config, MediaType.config, wideConfig),
            "layers": [],
        ]).canonicalBytes
        let address = ContentAddress.sha512(.sha512(of: manifest))
        let response = try await put(manifest, "\(address)?tag=wide")
        #expect(response.status == .created, "\(response.text)")
        #expect(response.headers[.location] == "/v2/team/app/manifests/\(address)")
        #expect(response.headers[.dockerContentDigest] == address.description)
        for reference in ["wide", address.description] {
            let found = try await registry.get("/v2/team/app/manifests/\(reference)")
            #expect(found.bytes == manifest)
            #expect(found.headers[.dockerContentDigest] == address.description)
        }
        let referrer = Push.manifest(
            config: config, layers: [], subject: Push.descriptor(manifest, MediaType.manifest, address), type: "application/x.test")
        let pushed = try await put(referrer, Digest.sha256(of: referrer).description)
        #expect(pushed.headers[.ociSubject] == address.description)
        for name in [address.description, Digest.sha256(of: manifest).description] {
            let list = try await registry.get("/v2/team/app/referrers/\(name)")
            #expect(list.json?["manifests"]?.array?.map { $0["digest"]?.string } == [Digest.sha256(of: referrer).description])
        }
        #expect(try await registry.ask(.delete, "/v2/team/app/manifests/\(address)").status == .accepted)
        #expect(try await registry.get("/v2/team/app/manifests/\(address)").status == .notFound)
        #expect(try await registry.ask(.delete, "/v2/team/app/blobs/\(wideConfig)").status == .methodNotAllowed)
    }

    @Test func `a tag moves to what was pushed last`() async throws {
        let first = try await registry.push(image: "one", to: "team/app", tag: "latest")
        #expect(try await registry.get("/v2/team/app/manifests/latest").bytes == first)
        let second = try await registry.push(image: "two", to: "team/app", tag: "latest")
        #expect(try await registry.get("/v2/team/app/manifests/latest").bytes == second)
        #expect(try await registry.get("/v2/team/app/manifests/\(Digest.sha256(of: first))").bytes == first)
    }

    @Test func `pushes of one tag at the same time leave one of them whole`() async throws {
        var all: [[UInt8]] = []
        for number in 0..<12 {
            let bytes = Push.index(of: [], more: ["annotations": ["n": JSON("\(number)")]])
            all.append(bytes)
        }
        let registry = registry
        try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { tasks in
            for bytes in all {
                tasks.addTask {
                    try await registry.ask(.put, "/v2/team/app/manifests/race", bytes, [.contentType: MediaType.index]).status
                }
            }
            for try await status in tasks { #expect(status == .created) }
        }
        let winner = try await registry.get("/v2/team/app/manifests/race")
        #expect(all.contains(winner.bytes))
        #expect(winner.headers[.dockerContentDigest] == Digest.sha256(of: winner.bytes).description)
        for bytes in all { #expect(try await registry.get("/v2/team/app/manifests/\(Digest.sha256(of: bytes))").bytes == bytes) }
    }
}
