// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import Records
import Testing

@testable import Web

@Suite struct ManagementTests {
    let registry: PushRegistry
    init() throws { registry = try PushRegistry() }

    private func status(_ method: HTTPRequest.Method, _ path: String) async throws -> Int {
        try await registry.ask(method, "/v2/team/app/" + path).status.code
    }

    // MARK: - Deleting

    @Test func `deleting a tag leaves the manifest and its other tags`() async throws {
        let bytes = try await registry.push(image: "one", to: "team/app", tag: "a")
        _ = try await registry.push(image: "one", to: "team/app", tag: "b")
        #expect(try await status(.delete, "manifests/a") == 202)
        #expect(try await status(.head, "manifests/a") == 404)
        #expect(try await status(.delete, "manifests/a") == 404)
        #expect(try await status(.get, "manifests/b") == 200)
        #expect(try await status(.get, "manifests/\(Digest.sha256(of: bytes))") == 200)
        #expect(try await registry.get("/v2/team/app/tags/list").json?["tags"] == ["b"])
    }

    @Test func `deleting a manifest deletes the tags that lead to it, and its place among referrers`() async throws {
        let subject = try await registry.push(image: "one", to: "team/app", tag: "a")
        let digest = Digest.sha256(of: subject)
        let referrer = try await registry.push(
            image: "two", to: "team/app", subject: Push.descriptor(subject, MediaType.manifest), type: "application/x.test")
        #expect(try await registry.get("/v2/team/app/referrers/\(digest)").json?["manifests"]?.array?.count == 1)
        #expect(try await status(.delete, "manifests/\(Digest.sha256(of: referrer))") == 202)
        #expect(try await registry.get("/v2/team/app/referrers/\(digest)").json?["manifests"] == [])
        #expect(try await status(.delete, "manifests/\(digest)") == 202)
        #expect(try await status(.get, "manifests/\(digest)") == 404)
        #expect(try await status(.get, "manifests/a") == 404)
        #expect(try await registry.get("/v2/team/app/tags/list").json?["tags"] == [])
        #expect(try await status(.delete, "manifests/\(digest)") == 404)
    }

    @Test func `a blob is deleted when no manifest of the repository needs it`() async throws {
        let bytes = try await registry.push(image: "one", to: "team/app", tag: "a")
        let layer = Digest.sha256(of: "layer of one")
        let refused = try await registry.ask(.delete, "/v2/team/app/blobs/\(layer)")
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.json?["errors"]?[0]?["message"]?.string?.contains("1 manifest") == true)
        #expect(try await status(.delete, "manifests/\(Digest.sha256(of: bytes))") == 202)
        #expect(try await status(.get, "blobs/\(layer)") == 200)
        #expect(try await status(.delete, "blobs/\(layer)") == 202)
        #expect(try await status(.head, "blobs/\(layer)") == 404)
        #expect(try await status(.delete, "blobs/\(layer)") == 404)
    }

    @Test func `a blob that is deleted in one repository stays in another`() async throws {
        let bytes = Array("shared".utf8)
        let digest = Digest.sha256(of: bytes)
        for repository in ["team/app", "team/other"] { try await registry.push(blob: bytes, to: repository) }
        #expect(try await status(.delete, "blobs/\(digest)") == 202)
        #expect(try await registry.get("/v2/team/other/blobs/\(digest)").bytes == bytes)
    }

    @Test(arguments: ["manifests/absent", "manifests/-bad", "blobs/sha256:\(String(repeating: "0", count: 64))"])
    func `deleting what is not there is 404`(path: String) async throws {
        #expect(try await status(.delete, path) == 404)
    }

    @Test(arguments: ["manifests/sha256:00", "blobs/latest"]) func `deleting what is not a digest is 400`(path: String) async throws {
        #expect(try await status(.delete, path) == 400)
    }

    // MARK: - Referrers

    private func refer(_ name: String, to subject: [UInt8], _ type: String?, annotations: [String: String] = [:]) async throws -> Digest {
        let config = Array("{}".utf8)
        try await registry.push(blob: config, to: "team/app")
        let bytes = Push.manifest(
            config: config, layers: [config], subject: Push.descriptor(subject, MediaType.manifest), type: type,
            annotations: annotations.merging(["name": name]) { $1 })
        let response = try await registry.ask(
            .put, "/v2/team/app/manifests/\(Digest.sha256(of: bytes))", bytes, [.contentType: MediaType.manifest])
        #expect(response.status == .created)
        #expect(response.headers[.ociSubject] == Digest.sha256(of: subject).description)
        return .sha256(of: bytes)
    }

    @Test func `referrers come before their subject, with type and annotations, manifests and indexes`() async throws {
        let subject = Array("not pushed yet".utf8)
        let typed = try await refer("typed", to: subject, "application/x.sbom", annotations: ["k": "v"])
        let untyped = try await refer("untyped", to: subject, nil)
        let index = Push.index(
            of: [], more: ["subject": Push.descriptor(subject, MediaType.manifest), "artifactType": "application/x.list"])
        let plain = Push.index(of: [], more: ["subject": Push.descriptor(subject, MediaType.manifest)])
        for bytes in [index, plain] {
            let response = try await registry.ask(
                .put, "/v2/team/app/manifests/\(Digest.sha256(of: bytes))", bytes, [.contentType: MediaType.index])
            #expect(response.status == .created)
        }
        let list = try await registry.get("/v2/team/app/referrers/\(Digest.sha256(of: subject))")
        #expect(list.headers[.contentType] == MediaType.index)
        let manifests = try #require(list.json?["manifests"]?.array)
        #expect(manifests.map { $0["digest"]?.string } == [typed, untyped, .sha256(of: index), .sha256(of: plain)].map(\.description))
        #expect(manifests.map { $0["artifactType"]?.string } == ["application/x.sbom", MediaType.config, "application/x.list", nil])
        #expect(manifests[0]["annotations"] == ["k": "v", "name": "typed"])
        #expect(manifests[2]["mediaType"]?.string == MediaType.index)
        #expect(manifests[0]["size"]?.int ?? 0 > 0)
        let filtered = try await registry.get("/v2/team/app/referrers/\(Digest.sha256(of: subject))?artifactType=application/x.list")
        #expect(filtered.headers[.filtersApplied] == "artifactType")
        #expect(filtered.json?["manifests"]?.array?.map { $0["digest"]?.string } == [Digest.sha256(of: index).description])
    }

    @Test func `referrers come in pages, also when they are filtered`() async throws {
        let subject = Array("subject".utf8)
        var expected: [String] = []
        for number in 0..<5 {
            let type = number == 2 ? "application/other" : "application/x+y"
            let digest = try await refer("\(number)", to: subject, type)
            if number != 2 { expected.append(digest.description) }
        }
        var next: String? = "/v2/team/app/referrers/\(Digest.sha256(of: subject))?n=2&artifactType=application/x%2By"
        var found: [String] = []
        var pages = 0
        while let target = next {
            let page = try await registry.get(target)
            #expect(page.headers[.filtersApplied] == "artifactType")
            let manifests = try #require(page.json?["manifests"]?.array)
            #expect(manifests.count <= 2)
            found += manifests.compactMap { $0["digest"]?.string }
            pages += 1
            next = page.headers[.link].map { String($0.dropFirst().prefix { $0 != ">" }) }
        }
        #expect(found == expected)
        #expect(pages == 2)
    }

    @Test func `a long list of referrers is cut below what clients read`() async throws {
        let subject = Array("popular".utf8)
        for number in 0..<5 {
            _ = try await refer("\(number)", to: subject, "application/x", annotations: ["large": String(repeating: "x", count: 1 << 20)])
        }
        let page = try await registry.get("/v2/team/app/referrers/\(Digest.sha256(of: subject))")
        #expect(page.bytes.count < 4 << 20)
        #expect(page.json?["manifests"]?.array?.count == 2)
        #expect(page.headers[.link] != nil)
    }

    @Test func `what is folded in has a bound`() async throws {
        let config = Array("{}".utf8)
        try await registry.push(blob: config, to: "team/app")
        var listed: [[UInt8]] = []
        for number in 0..<3 {
            let bytes = Push.manifest(
                config: config, layers: [], annotations: ["n": "\(number)", "large": String(repeating: "x", count: 1 << 20)])
            let path = "/v2/team/app/manifests/\(Digest.sha256(of: bytes))"
            #expect(try await registry.ask(.put, path, bytes, [.contentType: MediaType.manifest]).status == .created)
            listed.append(bytes)
        }
        let digest = Digest.sha256(of: "subject")
        let tag = "/v2/team/app/manifests/sha256-\(digest.hex)"
        #expect(try await registry.ask(.put, tag, Push.index(of: listed), [.contentType: MediaType.index]).status == .created)
        let list = try await registry.get("/v2/team/app/referrers/\(digest)")
        #expect(list.json?["manifests"]?.array?.count == 1)
        #expect(list.bytes.count < 3 << 20)
    }

    @Test func `an index whose parts were deleted is served, and its part can be pushed again`() async throws {
        let part = try await registry.push(image: "part", to: "team/app")
        let index = Push.index(of: [part])
        #expect(try await registry.ask(.put, "/v2/team/app/manifests/all", index, [.contentType: MediaType.index]).status == .created)
        let path = "/v2/team/app/manifests/\(Digest.sha256(of: part))"
        #expect(try await registry.ask(.delete, path).status == .accepted)
        #expect(try await registry.get(path).status == .notFound)
        #expect(try await registry.get("/v2/team/app/manifests/all").bytes == index)
        #expect(try registry.store.records.faults() == [])
        #expect(try await registry.ask(.put, path, part, [.contentType: MediaType.manifest]).status == .created)
        // It is needed again, although no tag leads to it.
        let found = try registry.store.records.collectable(pushedBefore: Timestamp(seconds: 1_900_000_000), untagged: .collect)
        #expect(!found.files.contains { $0.digest == .sha256(of: part) })
    }

    @Test func `a blob that a pusher was told about is young again`() async throws {
        let registry = try PushRegistry(on: registry.store, clock: { Timestamp(seconds: 1_764_000_100 + 30 * 86400) })
        let blob = Array("old".utf8)
        try await self.registry.push(blob: blob, to: "team/app")
        let month = Timestamp(seconds: 1_764_000_100 + 29 * 86400)
        func links() throws -> Int { try registry.store.records.collectable(pushedBefore: month, untagged: .keep).links }
        #expect(try links() == 1)
        let path = "/v2/team/app/blobs/\(Digest.sha256(of: blob))"
        #expect(try await registry.get(path).status == .ok)
        #expect(try links() == 1)
        #expect(try await registry.ask(.head, path).status == .ok)
        #expect(try links() == 0)
    }

    @Test func `what was listed under the tag that stands in for the list is folded in`() async throws {
        let subject = try await registry.push(image: "subject", to: "team/app", tag: "s")
        let digest = Digest.sha256(of: subject)
        let known = try await refer("known", to: subject, "application/x")
        let silent = try await registry.push(image: "silent", to: "team/app", type: "application/silent")
        let entries: [JSON] = [
            Push.descriptor(silent, MediaType.manifest),
            ["mediaType": JSON(MediaType.manifest), "digest": JSON(known.description), "size": 1],
        ]
        let index = JSON.object(["schemaVersion": 2, "mediaType": JSON(MediaType.index), "manifests": .array(entries)]).canonicalBytes
        let pushed = try await registry.ask(.put, "/v2/team/app/manifests/sha256-\(digest.hex)", index, [.contentType: MediaType.index])
        #expect(pushed.status == .created, "\(pushed.text)")
        let list = try await registry.get("/v2/team/app/referrers/\(digest)")
        #expect(
            Set(list.json?["manifests"]?.array?.compactMap { $0["digest"]?.string } ?? []) == [
                Digest.sha256(of: silent).description, known.description,
            ])
        let filtered = try await registry.get("/v2/team/app/referrers/\(digest)?artifactType=application/silent")
        #expect(filtered.json?["manifests"]?.array?.map { $0["digest"]?.string } == [Digest.sha256(of: silent).description])
    }
}
