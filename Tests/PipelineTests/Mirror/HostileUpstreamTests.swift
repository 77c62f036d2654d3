// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import OCI
import Records
import Testing
import Transport

@testable import Pipeline

private func layer(of text: String) -> [UInt8] { Array("layer of \(text)".utf8) }

/// Registries that send something else than they should.
@Suite struct HostileUpstreamTests {
    private func broken(_ error: (any Error)?) -> Bool {
        if case MirrorRefusal.broken? = error { true } else { false }
    }

    @Test func `a manifest with another digest than was asked for is not kept`() async throws {
        let bench = try MirrorBench()
        let (good, bad) = (bench.offer("one"), MirrorImage.manifest(layers: [Array("bad".utf8)]))
        let digest = Digest.sha256(of: good)
        bench.upstream.set { $0.replies["library/app/manifests/\(digest)"]?.body = bad }
        let error = await #expect(throws: (any Error).self) {
            _ = try await bench.mirror.manifest(digest, in: MirrorBench.repository)
        }
        #expect(broken(error))
        #expect(try !bench.blobs.contains(.sha256(of: bad)))
        // Nor under a tag, when the registry itself says another digest.
        bench.upstream.set { $0.replies["library/app/manifests/1"]?.body = bad }
        let other = await #expect(throws: (any Error).self) { _ = try await bench.pull() }
        #expect(broken(other))
        #expect(try bench.records.mirroredTag("1", in: MirrorBench.repository) == nil)
    }

    @Test(arguments: ["altered", "truncated", "oversized"])
    func `a blob that is not what it should be is not served, and nothing of it is left`(how: String) async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        _ = try await bench.pull()
        let bytes = layer(of: "one")
        let path = "library/app/blobs/\(Digest.sha256(of: bytes))"
        bench.upstream.set { state in
            switch how {
            case "altered": state.replies[path]?.body = bytes.map { $0 ^ 1 }
            case "truncated": state.replies[path]?.body = Array(bytes.dropLast(3))
            default: state.replies[path]?.body = bytes + [0]
            }
        }
        let error = await #expect(throws: (any Error).self) { _ = try await bench.pull(blob: bytes) }
        #expect(broken(error), "\(how): \(String(describing: error))")
        #expect(try !bench.blobs.contains(.sha256(of: bytes)))
        #expect(bench.leftovers.isEmpty)
        #expect(bench.events.all.contains { if case .broken = $0 { true } else { false } })
        // And when it sends the right bytes later, they are taken.
        bench.upstream.add(blob: bytes, to: MirrorBench.name)
        #expect(try await bench.pull(blob: bytes) == .here)
    }

    @Test func `a blob larger than the mirror takes, or that no manifest names, is refused unasked`() async throws {
        let bench = try MirrorBench { $0.blobLimit = 1000 }
        let manifest = MirrorImage.manifest(layers: [Array("x".utf8)], claimedSize: 1001)
        bench.upstream.add(manifest: manifest, to: MirrorBench.name, tags: ["1"])
        _ = try await bench.pull()
        bench.upstream.forgetAsked()
        let digest = Digest.sha256(of: "x")
        await #expect(throws: MirrorRefusal.tooLarge(digest, size: 1001, limit: 1000)) { _ = try await bench.pull(blob: Array("x".utf8)) }
        await #expect(throws: MirrorRefusal.unknownBlob(.sha256(of: "y"), repository: MirrorBench.repository)) {
            _ = try await bench.pull(blob: Array("y".utf8))
        }
        #expect(bench.upstream.asked.isEmpty)
    }

    @Test(arguments: [
        "not JSON", #"{"schemaVersion":1}"#, #"{"schemaVersion":2,"mediaType":"text/html"}"#,
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[],"manifests":[]}"#,
    ])
    func `what is no manifest is not kept`(text: String) async throws {
        let bench = try MirrorBench()
        bench.upstream.set {
            $0.replies["library/app/manifests/1"] = .init(headers: ["content-type": MediaType.manifest], body: Array(text.utf8))
        }
        let error = await #expect(throws: (any Error).self) { _ = try await bench.pull() }
        #expect(broken(error))
    }

    @Test func `a manifest above four mebibytes is cut off`() async throws {
        let bench = try MirrorBench()
        bench.upstream.set { $0.replies["library/app/manifests/1"] = .init(body: [UInt8](repeating: 0x20, count: 4 << 20 + 1)) }
        let error = await #expect(throws: (any Error).self) { _ = try await bench.pull() }
        #expect(broken(error))
    }

    @Test func `a registry that never lets anybody in is refused after one try each`() async throws {
        let bench = try MirrorBench()
        bench.upstream.set { state in
            state.override = { request in
                request.url.contains("/token")
                    ? .init(body: Array(#"{"token":"t"}"#.utf8))
                    : .init(status: 401, headers: ["www-authenticate": #"Bearer realm="https://auth.example/token",service="s""#])
            }
        }
        let error = await #expect(throws: MirrorRefusal.self) { _ = try await bench.pull() }
        guard case .denied? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.upstream.asked.count == 3, "asked, the token, asked again: \(bench.upstream.asked)")
    }

    @Test func `status codes become clear refusals, and 429 is heeded`() async throws {
        let bench = try MirrorBench()
        bench.upstream.set { $0.replies["library/app/manifests/1"] = .init(status: 403) }
        await #expect(throws: MirrorRefusal.denied(upstream: "registry.example", reason: "status 403")) { _ = try await bench.pull() }
        bench.upstream.set { $0.replies["library/app/manifests/1"] = .init(status: 500) }
        await #expect(throws: MirrorRefusal.unavailable(upstream: "registry.example", reason: "status 500", wait: 0)) {
            _ = try await bench.pull()
        }
        bench.upstream.set { $0.replies["library/app/manifests/1"] = .init(status: 429, headers: ["retry-after": "120"]) }
        await #expect(throws: MirrorRefusal.limited(upstream: "registry.example", wait: 120)) { _ = try await bench.pull() }
        let count = bench.upstream.asked.count
        bench.pass(20)
        await #expect(throws: MirrorRefusal.limited(upstream: "registry.example", wait: 100)) { _ = try await bench.pull(tag: "2") }
        #expect(bench.upstream.asked.count == count)
    }

    @Test func `a silent registry is one that is down`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        _ = try await bench.pull()
        bench.upstream.set { $0.failure = .timedOut(host: "registry.example", waitingFor: "an answer") }
        bench.pass(3600)
        #expect(try await bench.pull().warning?.contains("stale") == true)
        await #expect(throws: MirrorRefusal.self) { _ = try await bench.pull(blob: layer(of: "one")) }
    }

    @Test func `tags that are none are left out, and a list that leads elsewhere is refused`() async throws {
        let bench = try MirrorBench()
        bench.upstream.set {
            $0.replies["library/app/tags/list"] = .init(
                headers: ["link": #"</v2/library/app/tags/list?last=b>; rel="next""#], body: Array(#"{"tags":["b","a","../x",".y"]}"#.utf8))
            $0.replies["library/app/tags/list?last=b"] = .init(body: Array(#"{"tags":["c"]}"#.utf8))
        }
        #expect(try await bench.mirror.tags(in: MirrorBench.repository).elements == ["a", "b", "c"])
        bench.pass(3600)
        bench.upstream.set { $0.replies["library/app/tags/list"]?.headers = ["link": #"<https://elsewhere.example/>; rel="next""#] }
        #expect(try await bench.mirror.tags(in: MirrorBench.repository).warning?.contains("stale") == true)
    }

    @Test func `a list without an end is cut off`() async throws {
        let bench = try MirrorBench()
        bench.upstream.set { state in
            state.override = { request in
                request.url.contains("tags/list")
                    ? .init(headers: ["link": #"</v2/library/app/tags/list?n=1>; rel="next""#], body: Array(#"{"tags":["a"]}"#.utf8)) : nil
            }
        }
        let error = await #expect(throws: (any Error).self) { _ = try await bench.mirror.tags(in: MirrorBench.repository) }
        #expect(broken(error))
        #expect(bench.upstream.asked.count <= 16_385)
    }

    @Test func `bytes that are here for others are given away only when the other registry has them, too`() async throws {
        let bench = try MirrorBench()
        let secret = Array("a layer of somebody else".utf8)
        try bench.blobs.write(secret)
        // Anybody may push a manifest over there that names it.
        bench.upstream.add(manifest: MirrorImage.manifest(layers: [secret]), to: MirrorBench.name, tags: ["1"])
        _ = try await bench.pull()
        await #expect(throws: MirrorRefusal.self) { _ = try await bench.pull(blob: secret) }
        #expect(try !bench.records.holds(blob: .sha256(of: secret), in: MirrorBench.repository))
        bench.upstream.add(blob: secret, to: MirrorBench.name)
        #expect(try await bench.pull(blob: secret) == .here)
        #expect(bench.upstream.asked.last == "HEAD library/app/blobs/\(Digest.sha256(of: secret))")
    }
}
