// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Records
import Synchronization
import Testing

@testable import Web

/// What the catalog published is not for anybody who may push.
@Suite struct CatalogRuleTests {
    let registry: PushRegistry
    private let name = SyntheticStore.name
    init() throws { registry = try PushRegistry() }

    @Test(arguments: ["3.13.5-r1", "3.13", "latest"]) func `a tag of the catalog does not move`(tag: String) async throws {
        let bytes = Push.index(of: [])
        for path in [tag, "\(Digest.sha256(of: bytes))?tag=mine&tag=\(tag)"] {
            let response = try await registry.ask(.put, "/v2/\(name)/manifests/\(path)", bytes, [.contentType: MediaType.index])
            #expect(response.status == .forbidden)
            #expect(response.errorCode == "DENIED")
            #expect(response.json?["errors"]?[0]?["message"]?.string?.contains("ashlar build") == true)
        }
        #expect(try await registry.get("/v2/\(name)/manifests/\(tag)").bytes == registry.store.index)
        #expect(try await registry.get("/v2/\(name)/manifests/mine").status == .notFound)
    }

    @Test func `nothing the catalog published is deleted`() async throws {
        let store = registry.store
        let paths = [
            "manifests/3.13.5-r1", "manifests/latest", "manifests/\(store.indexDigest)", "manifests/\(store.manifestDigest)",
            "manifests/\(store.signature)", "blobs/\(store.layerDigest)", "blobs/\(store.configDigest)",
        ]
        for path in paths {
            let response = try await registry.ask(.delete, "/v2/\(name)/\(path)")
            #expect(response.status == .forbidden, "\(path)")
            #expect(response.errorCode == "DENIED")
            #expect(try await registry.get("/v2/\(name)/\(path)").status == .ok)
        }
    }

    @Test func `pushing a release again changes nothing, and does not make it deletable`() async throws {
        let store = registry.store
        for reference in ["3.13", store.indexDigest.description] {
            let response = try await registry.ask(
                .put, "/v2/\(name)/manifests/\(reference)", store.index, [.contentType: MediaType.index])
            #expect(response.status == .created)
        }
        try await registry.push(blob: store.layer, to: name)
        #expect(try await registry.ask(.delete, "/v2/\(name)/manifests/\(store.indexDigest)").status == .forbidden)
        #expect(try await registry.ask(.delete, "/v2/\(name)/blobs/\(store.layerDigest)").status == .forbidden)
    }

    @Test func `others may add to a release and take away only what they added`() async throws {
        let store = registry.store
        let referrer = try await registry.push(
            image: "approval", to: name, subject: Push.descriptor(store.index, MediaType.index), type: "application/x.approval")
        let list = try await registry.get("/v2/\(name)/referrers/\(store.indexDigest)")
        #expect(list.json?["manifests"]?.array?.count == 1)
        #expect(try await registry.ask(.delete, "/v2/\(name)/manifests/\(Digest.sha256(of: referrer))").status == .accepted)
        try await registry.push(image: "mine", to: name, tag: "my-own")
        #expect(try await registry.ask(.delete, "/v2/\(name)/manifests/my-own").status == .accepted)
    }

    @Test func `what was pushed and is published later belongs to the catalog`() async throws {
        let bytes = try await registry.push(image: "early", to: "team/app", tag: "v1")
        let digest = Digest.sha256(of: bytes)
        try registry.store.records.apply(
            .init(
                repository: "team/app", manifests: [.init(digest: digest, mediaType: MediaType.manifest, size: bytes.count)],
                tags: ["v1": digest], immutableTags: ["v1"]))
        #expect(try await registry.ask(.delete, "/v2/team/app/manifests/\(digest)").status == .forbidden)
        #expect(try await registry.ask(.delete, "/v2/team/app/manifests/v1").status == .forbidden)
    }

    // MARK: - Withdrawn

    @Test(arguments: Withdrawal.State.allCases) func `what was withdrawn is refused with reason and replacement`(state: Withdrawal.State)
        async throws
    {
        let store = registry.store
        #expect(try await registry.get("/v2/\(name)/manifests/3.13").status == .ok)
        try store.records.withdraw([
            Withdrawal(
                digest: store.indexDigest, state: state, reason: "its key was stolen", replacement: "team/python:3.13.6-r1",
                since: Timestamp(seconds: 1_764_000_000)),
            Withdrawal(
                digest: store.layerDigest, state: state, reason: "it holds a password", replacement: nil,
                since: Timestamp(seconds: 1_764_000_000)),
        ])
        for path in ["manifests/3.13", "manifests/\(store.indexDigest)"] {
            for method in [HTTPRequest.Method.get, .head] {
                #expect(try await registry.ask(method, "/v2/\(name)/\(path)").status == .forbidden)
            }
            let error = try await registry.get("/v2/\(name)/\(path)").json?["errors"]?[0]
            #expect(error?["code"]?.string == "DENIED")
            #expect(error?["message"]?.string?.contains("its key was stolen") == true)
            #expect(error?["detail"]?["replacement"]?.string == "team/python:3.13.6-r1")
            #expect(error?["detail"]?["state"]?.string == state.rawValue)
        }
        #expect(try await registry.get("/v2/\(name)/blobs/\(store.layerDigest)").status == .forbidden)
        // Nobody takes it over into a repository of their own.
        let mount = try await registry.ask(.post, "/v2/mine/blobs/uploads/?mount=\(store.layerDigest)&from=\(name)")
        #expect(mount.status == .accepted)
        #expect(try await registry.get("/v2/\(name)/manifests/\(store.manifestDigest)").status == .ok)
        #expect(try store.records.reinstate([store.indexDigest, store.layerDigest]) == 2)
        #expect(try await registry.get("/v2/\(name)/manifests/3.13").status == .ok)
    }

    // MARK: - End of life

    @Test func `an image past its end of life says so, from the next day on`() async throws {
        let time = SharedTime()
        let registry = try PushRegistry(clock: { time.now })
        for reference in ["3.13", registry.store.indexDigest.description, registry.store.manifestDigest.description] {
            time.now = try #require(Timestamp(rfc3339: "2029-10-31T23:59:59Z"))
            #expect(try await registry.get("/v2/\(name)/manifests/\(reference)").headers[.warning] == nil)
            time.now = try #require(Timestamp(rfc3339: "2029-11-01T00:00:00Z"))
            let warning = try await registry.get("/v2/\(name)/manifests/\(reference)").headers[.warning]
            #expect(warning?.hasPrefix("299 - \"") == true)
            #expect(warning?.contains("2029-10-31") == true)
        }
    }
}

/// A clock that is set by hand.
final class SharedTime: Sendable {
    private let time = Mutex(Timestamp(seconds: 0))
    var now: Timestamp {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}
