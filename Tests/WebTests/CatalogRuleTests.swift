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

    @Test func `no push changes what a release or its evidence is called`() async throws {
        let store = registry.store
        for (digest, type) in [(store.indexDigest, MediaType.index), (store.signature, MediaType.manifest)] {
            let bytes = try store.blobs.read(digest)
            let wide = ContentAddress.sha512(.sha512(of: bytes))
            let pushed = try await registry.ask(.put, "/v2/\(name)/manifests/\(wide)", bytes, [.contentType: type])
            #expect(pushed.status == .created)
        }
        let release = try await registry.get("/v2/\(name)/manifests/3.13.5-r1")
        #expect(release.headers[.dockerContentDigest] == store.indexDigest.description)
        #expect(release.headers[.eTag] == "\"\(store.indexDigest)\"")
        // Somebody else's under a SHA-512 is listed under a name that everybody can read.
        let config = Array("{}".utf8)
        try await registry.push(blob: config, to: name)
        let other = Push.manifest(config: config, layers: [], subject: Push.descriptor(store.manifest, MediaType.manifest), type: "a/b")
        let wide = ContentAddress.sha512(.sha512(of: other))
        let pushed = try await registry.ask(.put, "/v2/\(name)/manifests/\(wide)", other, [.contentType: MediaType.manifest])
        #expect(pushed.status == .created)
        let list = try await registry.get("/v2/\(name)/referrers/\(store.manifestDigest)").json?["manifests"]?.array
        let names = (list ?? []).compactMap { $0["digest"]?.string }
        #expect(names == [store.sbom, store.signature, .sha256(of: other)].map(\.description))
        for name in names { #expect(try await registry.get("/v2/\(self.name)/manifests/\(name)").status == .ok) }
    }

    @Test(arguments: [
        "3.14.0-r1", "3.14.0-r12-dev", "sha256-\(String(repeating: "0", count: 64)).sig", "sha256-\(String(repeating: "a", count: 64)).att",
    ])
    func `tags of releases to come are kept for them, in repositories of the catalog`(tag: String) async throws {
        let bytes = Push.index(of: [])
        for path in [tag, "\(Digest.sha256(of: bytes))?tag=\(tag)"] {
            let response = try await registry.ask(.put, "/v2/\(name)/manifests/\(path)", bytes, [.contentType: MediaType.index])
            #expect(response.status == .forbidden && response.errorCode == "DENIED")
            #expect(response.text.contains(tag) && response.text.contains("as referrers"))
            // Where nothing is released, names are free.
            let elsewhere = try await registry.ask(.put, "/v2/team/app/manifests/\(path)", bytes, [.contentType: MediaType.index])
            #expect(elsewhere.status == .created)
        }
        #expect(try await registry.get("/v2/\(name)/manifests/\(tag)").status == .notFound)
    }

    @Test(arguments: ["v1", "r1", "my-rc1", "release-1", "sha256-\(String(repeating: "0", count: 64))"])
    func `other tags stay free in repositories of the catalog`(tag: String) async throws {
        let response = try await registry.ask(.put, "/v2/\(name)/manifests/\(tag)", Push.index(of: []), [.contentType: MediaType.index])
        #expect(response.status == .created)
    }

    @Test func `a recipe is enough for a repository to be the catalog's`() async throws {
        let registry = try PushRegistry(on: registry.store, isOfCatalog: { $0 == "team/new" })
        let bytes = Push.index(of: [])
        let type: HTTPFields = [.contentType: MediaType.index]
        #expect(try await registry.ask(.put, "/v2/team/new/manifests/1-r1", bytes, type).errorCode == "DENIED")
        #expect(try await registry.ask(.put, "/v2/team/new/manifests/mine", bytes, type).status == .created)
        #expect(try await registry.ask(.put, "/v2/team/news/manifests/1-r1", bytes, type).status == .created)
    }

    @Test func `what others attach is no evidence on the catalog's pages`() async throws {
        let (config, layer) = (Array("{}".utf8), Array("forged".utf8))
        for blob in [config, layer] { try await registry.push(blob: blob, to: name) }
        let forged = Push.manifest(
            config: config, layers: [layer], subject: Push.descriptor(registry.store.manifest, MediaType.manifest),
            type: MediaType.sigstoreBundle, annotations: ["dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1"])
        let path = "/v2/\(name)/manifests/\(Digest.sha256(of: forged))"
        #expect(try await registry.ask(.put, path, forged, [.contentType: MediaType.manifest]).status == .created)
        let page = try await registry.get("/images/\(name)/3.13/provenance").text
        #expect(page.contains("SBOM, SPDX") && page.contains("No provenance is attached"))
        #expect(!page.contains(Digest.sha256(of: layer).short))
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
