// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OCI
import Pipeline
import Publish
import Records
import Synchronization
import TestKit
import Testing
import Transport

@testable import Web

/// A registry before the network, for a mirror to ask.
private final class FakeUpstream: HTTPTransport {
    struct State {
        var replies: [String: WebResponse] = [:]
        var isDown = false
        var count = 0
    }
    let state = Mutex(State())

    func add(_ path: String, _ body: [UInt8], type: String? = nil) {
        let headers = type.map { ["content-type": $0, "docker-content-digest": Digest.sha256(of: body).description] } ?? [:]
        state.withLock { $0.replies["https://registry.example/v2/\(path)"] = WebResponse(status: 200, headers: headers, body: body) }
    }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        try state.withLock { state in
            state.count += 1
            guard !state.isDown else { throw TransportError.unreachable(host: "registry.example", reason: "no connection") }
            var reply = state.replies[request.url] ?? WebResponse(status: 404)
            if request.method == "HEAD" { reply.body = [] }
            return reply
        }
    }

    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        var reply = try await send(request, limit: limit)
        if reply.status == 200 { try reply.body.withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) } }
        reply.body = []
        return reply
    }
}

@Suite struct MirrorHTTPTests {
    private let store: SyntheticStore
    private let upstream: FakeUpstream
    private let clock: TestTime
    private let server: CatalogServer
    private let layer: [UInt8]
    private let manifest: [UInt8]
    private var digest: Digest { .sha256(of: manifest) }

    init() throws {
        let store = try SyntheticStore(layerSize: 5000)
        let (upstream, layer) = (FakeUpstream(), [UInt8](repeating: 7, count: 400_000))
        (self.store, self.upstream, self.layer) = (store, upstream, layer)
        let clock = TestTime()
        self.clock = clock
        let records = try RecordStore(folder: store.scratch.path, access: .serving)
        func mirror(_ prefix: String, quarantine: Int, _ upstream: FakeUpstream) -> PullThrough {
            var rules = MirrorRules(prefix: prefix, upstream: "registry.example") { $0.hasPrefix("library/") }
            rules.quarantine = quarantine
            return PullThrough(
                rules: rules, client: RegistryClient(registry: "registry.example", transport: upstream), records: records,
                blobs: store.blobs, clock: { clock.now }, offload: CatalogServer.offload)
        }
        var settings = CatalogServer.Settings(host: "127.0.0.1", port: 0)
        settings.uploads = try UploadFolder(store: store.blobs)
        settings.access = try .open()
        settings.access?.anonymous = [try #require(Grant("**:pull,push,delete"))]
        settings.mirrors = MirrorSet([mirror("hub", quarantine: 0, upstream), mirror("slow", quarantine: 86400, upstream)])
        server = try CatalogServer(
            records: records, blobs: store.blobs, settings: settings,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: { clock.now })
        let config = Array("{}".utf8)
        let manifest = Push.manifest(config: config, layers: [layer])
        self.manifest = manifest
        upstream.add("library/app/manifests/1", manifest, type: MediaType.manifest)
        upstream.add("library/app/manifests/\(Digest.sha256(of: manifest))", manifest, type: MediaType.manifest)
        upstream.add("library/app/blobs/\(Digest.sha256(of: layer))", layer)
        upstream.add("library/app/blobs/\(Digest.sha256(of: config))", config)
        upstream.add("library/app/tags/list", Array(#"{"name":"library/app","tags":["b","1","a"]}"#.utf8))
        upstream.add("library/app/referrers/\(Digest.sha256(of: manifest))", Push.index(of: [manifest, config]), type: MediaType.index)
    }

    private func ask(_ method: HTTPRequest.Method, _ uri: String, _ body: [UInt8]? = nil) async throws -> TestResponse {
        try await server.application.test(.router) {
            try await $0.executeRequest(uri: uri, method: method, headers: [:], body: body.map { ByteBuffer(bytes: $0) })
        }
    }

    private func code(_ response: TestResponse) -> String? {
        (try? JSON.parse(Array(response.body.readableBytesView)))?["errors"]?[0]?["code"]?.string
    }

    @Test func `an image is pulled through and served like any other`() async throws {
        let byTag = try await ask(.get, "/v2/hub/library/app/manifests/1")
        #expect(byTag.status == .ok)
        #expect(Array(byTag.body.readableBytesView) == manifest)
        #expect(byTag.headers[.contentType] == MediaType.manifest)
        #expect(byTag.headers[.dockerContentDigest] == digest.description)
        #expect(byTag.headers[.cacheControl] == "no-cache")
        let blob = "/v2/hub/library/app/blobs/\(Digest.sha256(of: layer))"
        let head = try await ask(.head, blob)
        #expect(head.status == .ok && head.headers[.contentLength] == "400000")
        #expect(try !store.blobs.contains(.sha256(of: layer)))
        let whole = try await ask(.get, blob)
        #expect(whole.status == .ok && Array(whole.body.readableBytesView) == layer)
        #expect(try await ask(.head, "/v2/hub/library/app/manifests/\(digest)").status == .ok)

        upstream.state.withLock { $0.isDown = true }
        clock.pass(3600)
        let stale = try await ask(.get, "/v2/hub/library/app/manifests/1")
        #expect(stale.status == .ok)
        #expect(stale.headers[.warning]?.hasPrefix("299 - \"stale: ") == true)
        #expect(try await ask(.get, blob).status == .ok)
        let unknown = try await ask(.get, "/v2/hub/library/app/manifests/2")
        #expect(unknown.status == .serviceUnavailable && code(unknown) == "UNAVAILABLE")
        #expect(unknown.headers[.retryAfter] != nil)
    }

    @Test func `lists come from the other registry, in pages of ours`() async throws {
        let tags = try await ask(.get, "/v2/hub/library/app/tags/list?n=2")
        #expect(try JSON.parse(Array(tags.body.readableBytesView))["tags"] == ["1", "a"])
        #expect(tags.headers[.link] == #"</v2/hub/library/app/tags/list?n=2&last=a>; rel="next""#)
        let rest = try await ask(.get, "/v2/hub/library/app/tags/list?n=2&last=a")
        #expect(try JSON.parse(Array(rest.body.readableBytesView))["tags"] == ["b"])
        let referrers = try await ask(.get, "/v2/hub/library/app/referrers/\(digest)?n=1")
        #expect(try JSON.parse(Array(referrers.body.readableBytesView))["manifests"]?.array?.count == 1)
        #expect(referrers.headers[.link] == "</v2/hub/library/app/referrers/\(digest)?n=1&after=1>; rel=\"next\"")
        let none = try await ask(.get, "/v2/hub/library/app/referrers/\(digest)?artifactType=none")
        #expect(none.headers[.filtersApplied] == "artifactType")
        #expect(try JSON.parse(Array(none.body.readableBytesView))["manifests"]?.array?.isEmpty == true)
    }

    @Test func `what is not allowed is denied with the reason and nothing is asked`() async throws {
        let denied = try await ask(.get, "/v2/hub/other/app/manifests/1")
        #expect(denied.status == .forbidden && code(denied) == "DENIED")
        #expect(denied.text.contains("allow list"))
        #expect(upstream.state.withLock { $0.count } == 0)
    }

    @Test func `quarantine says since when and until when`() async throws {
        let refused = try await ask(.get, "/v2/slow/library/app/manifests/1")
        #expect(refused.status == .forbidden && code(refused) == "DENIED")
        let detail = try JSON.parse(Array(refused.body.readableBytesView))["errors"]?[0]?["detail"]
        #expect(detail?["state"] == "quarantined" && detail?["until"] == JSON(Timestamp(seconds: 1_764_086_400).description))
        #expect(try await ask(.get, "/v2/slow/library/app/manifests/\(digest)").status == .forbidden)
        #expect(try await ask(.get, "/v2/slow/library/app/blobs/\(Digest.sha256(of: layer))").status == .forbidden)
        clock.pass(86400)
        #expect(try await ask(.get, "/v2/slow/library/app/manifests/1").status == .ok)
    }

    @Test func `nothing is pushed into a mirror and nothing deleted`() async throws {
        _ = try await ask(.get, "/v2/hub/library/app/manifests/1")
        for (method, path) in [
            (HTTPRequest.Method.put, "manifests/1"), (.delete, "manifests/1"), (.post, "blobs/uploads/"),
            (.delete, "blobs/\(Digest.sha256(of: layer))"),
        ] {
            let answer = try await ask(method, "/v2/hub/library/app/\(path)", manifest)
            #expect(answer.status == .forbidden && answer.text.contains("mirror"), "\(method) \(path): \(answer.text)")
        }
    }

    @Test func `what an operator withdrew here is not served through a mirror`() async throws {
        _ = try await ask(.get, "/v2/hub/library/app/manifests/1")
        try store.records.withdraw([
            .init(digest: digest, state: .revoked, reason: "found to be harmful", replacement: nil, since: clock.now)
        ])
        let refused = try await ask(.get, "/v2/hub/library/app/manifests/1")
        #expect(refused.status == .forbidden && refused.text.contains("found to be harmful"))
    }

    @Test func `what a mirror did is counted`() async throws {
        _ = try await ask(.get, "/v2/hub/library/app/manifests/1")
        _ = try await ask(.get, "/v2/hub/other/app/manifests/1")
        let text = server.responder.metricsPage.text(storeBytes: 0, storeBlobs: 0)
        #expect(text.contains(#"ashlar_mirror_requests_total{mirror="hub",outcome="fetched"} 1"#))
        #expect(text.contains(#"ashlar_mirror_requests_total{mirror="hub",outcome="denied"} 1"#))
        #expect(text.contains(#"ashlar_mirror_upstream_up{mirror="hub"} 1"#))
    }
}

private final class TestTime: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_764_000_000))
    var now: Timestamp { time.withLock { $0 } }
    func pass(_ seconds: Int) { time.withLock { $0 = Timestamp(seconds: $0.seconds + seconds) } }
}
