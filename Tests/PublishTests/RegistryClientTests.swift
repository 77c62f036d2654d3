// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Publish
import Testing

@Suite struct RegistryClientTests {
    private let release: SyntheticRelease
    private let publication: Publication
    private let name: RepositoryName

    init() throws {
        release = try SyntheticRelease()
        publication = try release.publication()
        name = try RepositoryName("python")
    }

    private func client(_ registry: ScriptedRegistry, credentials: RegistryCredentials? = nil) -> RegistryClient {
        RegistryClient(registry: "registry.example", credentials: credentials, transport: registry)
    }
    private let basic = RegistryCredentials.basic(user: "user", password: "secret")

    @Test func `a publication arrives whole`() async throws {
        let registry = ScriptedRegistry()
        let summary = try await client(registry).push(publication, to: name, from: release.blobs)
        for manifest in publication.manifests {
            #expect(registry.manifest(manifest.digest.description) == (try release.blobs.read(manifest.digest)))
        }
        for (tag, digest) in publication.tags { #expect(registry.manifest(tag).map { Digest.sha256(of: $0) } == digest) }
        #expect(summary.blobsSent == 6 && summary.blobsPresent == 0 && summary.manifests == 5 && summary.tags == 5)
    }

    @Test func `a push can be repeated and sends no blob twice`() async throws {
        let registry = ScriptedRegistry()
        let client = client(registry)
        _ = try await client.push(publication, to: name, from: release.blobs)
        registry.clearLog()
        let summary = try await client.push(publication, to: name, from: release.blobs)
        #expect(summary.blobsSent == 0 && summary.bytesSent == 0 && summary.blobsPresent == 6)
        #expect(!registry.lines.contains { $0.hasPrefix("POST") })
    }

    @Test func `a build tag that is taken is found before anything is sent`() async throws {
        let registry = ScriptedRegistry()
        let other = try SyntheticRelease(marker: " two")
        _ = try await client(registry).push(other.publication(), to: name, from: other.blobs)
        registry.clearLog()
        await #expect(
            throws: PublishError.buildTagTaken(
                repository: "registry.example/python", tag: "3.13.5-r2", existing: other.image.index.digest,
                found: release.image.index.digest)
        ) { try await client(registry).push(publication, to: name, from: release.blobs) }
        #expect(registry.lines.allSatisfy { $0.hasPrefix("GET") })
    }

    @Test func `without the referrers interface a tag lists them, once`() async throws {
        let registry = ScriptedRegistry(.init(listsReferrers: false))
        let client = client(registry)
        for _ in 0..<2 { _ = try await client.push(publication, to: name, from: release.blobs) }
        let index = try ImageIndex(reading: try #require(registry.manifest("sha256-\(release.image.index.digest.hex)")))
        #expect(index.manifests.count == 1)
        #expect(index.manifests[0].artifactType == MediaType.sigstoreBundle)
        #expect(index.manifests[0].annotations == [Annotation.bundlePredicateType: "https://example.com/p"])
        #expect(try await client.repository(name).referrers(of: release.image.index.digest) == index.manifests)
        #expect(try await client.repository(name).referrers(of: release.image.platforms[0].manifest.digest).isEmpty)
    }

    @Test func `with the referrers interface no tag is made`() async throws {
        let registry = ScriptedRegistry()
        _ = try await client(registry).push(publication, to: name, from: release.blobs)
        #expect(registry.manifest("sha256-\(release.image.index.digest.hex)") == nil)
        #expect(try await client(registry).referrers(of: release.image.index.digest, in: name).count == 1)
    }

    @Test(arguments: ["basic", "bearer"])
    func `credentials are given when they are asked for`(_ method: String) async throws {
        let registry = ScriptedRegistry(.init(authentication: method))
        _ = try await client(registry, credentials: basic).push(publication, to: name, from: release.blobs)
        #expect(registry.manifest("3.13.5-r2") != nil)
        if method == "bearer" {
            let tokens = registry.log.filter { $0.url.hasPrefix("https://tokens.example/") }
            #expect(
                tokens.contains {
                    $0.url.contains("scope=repository%3Apython%3Apull%2Cpush") && $0.url.contains("service=registry.example")
                })
            // The password goes to the token server alone.
            #expect(
                registry.log.allSatisfy {
                    $0.url.hasPrefix("https://tokens.example/") || $0.headers["Authorization"]?.hasPrefix("Basic") != true
                })
            // Reading and writing have a token each; blobs that begin at once may each ask for one.
            #expect(tokens.count <= 8)
        }
    }

    @Test func `missing and wrong credentials are told apart from refusals`() async throws {
        for (credentials, method) in [(nil, "basic"), (nil, "bearer"), (.basic(user: "user", password: "wrong"), "basic")]
            as [(RegistryCredentials?, String)]
        {
            let registry = ScriptedRegistry(.init(authentication: method))
            let error = await #expect(throws: PublishError.self) {
                try await client(registry, credentials: credentials).push(publication, to: name, from: release.blobs)
            }
            #expect(error?.diagnosis.code == "publish.unauthorized")
            #expect(error?.diagnosis.rendered.contains("wrong") == false)
            #expect(error?.diagnosis.rendered.contains("\u{1B}") == false)
        }
    }

    @Test func `credentials never go from https to http`() async throws {
        let registry = ScriptedRegistry(.init(authentication: "bearer", realm: "http://tokens.example/token"))
        await #expect(throws: PublishError.self) { try await client(registry, credentials: basic).probe() }
        #expect(!registry.log.contains { $0.url.hasPrefix("http://") })
        let uploads = ScriptedRegistry(.init(uploadBase: "http://registry.example"))
        await #expect(throws: PublishError.self) { try await client(uploads).push(publication, to: name, from: release.blobs) }
        #expect(!uploads.log.contains { $0.url.hasPrefix("http://") })
    }

    @Test func `credentials are sent in the clear to this machine only`() async throws {
        for method in ["basic", "bearer"] {
            let registry = ScriptedRegistry(.init(authentication: method))
            let client = RegistryClient(registry: "registry.example", scheme: .http, credentials: basic, transport: registry)
            await #expect(throws: PublishError.plainCredentials(server: "http://registry.example")) { try await client.probe() }
            #expect(registry.log.allSatisfy { $0.headers["Authorization"] == nil })
        }
        let elsewhere = ScriptedRegistry(.init(authentication: "bearer", realm: "http://tokens.example/token"))
        let client = RegistryClient(registry: "127.0.0.1:5000", scheme: .http, credentials: basic, transport: elsewhere)
        await #expect(throws: PublishError.plainCredentials(server: "http://tokens.example")) { try await client.probe() }
        #expect(!elsewhere.log.contains { $0.url.hasPrefix("http://tokens.example") })
        let local = ScriptedRegistry(.init(authentication: "basic"))
        _ = try await RegistryClient(registry: "127.0.0.1:5000", scheme: .http, credentials: basic, transport: local)
            .push(publication, to: name, from: release.blobs)
        #expect(local.manifest("3.13.5-r2") != nil)
    }

    @Test func `an upload at another host is done without the token`() async throws {
        let registry = ScriptedRegistry(.init(authentication: "bearer", uploadBase: "https://storage.example"))
        _ = try await client(registry, credentials: basic).push(publication, to: name, from: release.blobs)
        let elsewhere = registry.log.filter { $0.url.hasPrefix("https://storage.example/") }
        #expect(elsewhere.count == 6)
        #expect(elsewhere.allSatisfy { $0.headers["Authorization"] == nil && $0.url.contains("?state=x&digest=sha256%3A") })
    }

    @Test func `bytes that are not the ones asked for are refused`() async throws {
        let registry = ScriptedRegistry(.init(altersManifests: true))
        let digest = release.image.platforms[0].manifest.digest
        registry.store(Content(try release.blobs.read(digest), mediaType: MediaType.manifest), under: digest.description)
        await #expect(throws: OCIError.self) { try await client(registry).manifest(digest.description, in: name) }
    }

    @Test func `a manifest is read with its media type and nil when there is none`() async throws {
        let registry = ScriptedRegistry()
        _ = try await client(registry).push(publication, to: name, from: release.blobs)
        let content = try #require(try await client(registry).manifest("3.13", in: name))
        #expect(content.descriptor == release.image.index.bare)
        #expect(try await client(registry).manifest("3.14", in: name) == nil)
        #expect(try await client(registry).blob(Digest.sha256(of: "none"), in: name, limit: 10) == nil)
    }

    @Test func `a list of tags is read page by page`() async throws {
        let registry = ScriptedRegistry(.init(pageSize: 2))
        _ = try await client(registry).push(publication, to: name, from: release.blobs)
        #expect(try await client(registry).tags(in: name).sorted() == publication.tags.keys.sorted())
    }

    @Test func `a blob that is missing in the store stops the push`() async throws {
        let registry = ScriptedRegistry()
        let layer = release.image.platforms[0].layers[0].descriptor.digest
        release.blobs.remove(layer)
        await #expect(throws: PublishError.missingContent(layer)) {
            try await client(registry).push(publication, to: name, from: release.blobs)
        }
        #expect(registry.manifest("3.13.5-r2") == nil)
    }

    @Test func `a refusal tells what the registry said`() async throws {
        let registry = ScriptedRegistry()
        let error = await #expect(throws: PublishError.self) {
            try await client(registry).putManifest(
                Content(release.blobs.read(release.image.platforms[0].manifest.digest), mediaType: MediaType.manifest), under: "t", in: name
            )
        }
        #expect(error?.diagnosis.summary.contains("MANIFEST_BLOB_UNKNOWN push it first") == true)
    }
}
