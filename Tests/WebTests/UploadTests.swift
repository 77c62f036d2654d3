// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import OCI
import TestKit
import Testing

@testable import Web

@Suite struct UploadTests {
    let registry: PushRegistry
    init() throws { registry = try PushRegistry() }

    private let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    private var digest: Digest { .sha256(of: bytes) }

    private func expectHeld(_ address: String, in repository: String = "team/app", _ expected: [UInt8]? = nil) async throws {
        let response = try await registry.get("/v2/\(repository)/blobs/\(address)")
        #expect(response.status == .ok)
        #expect(response.bytes == expected ?? bytes)
        #expect(response.headers[.dockerContentDigest] == address)
    }

    private func expectCreated(_ response: TestResponse, _ address: String, in repository: String = "team/app") {
        #expect(response.status == .created, "\(response.text)")
        #expect(response.headers[.location] == "/v2/\(repository)/blobs/\(address)")
        #expect(response.headers[.dockerContentDigest] == address)
    }

    @Test func `a blob is pushed with POST and PUT`() async throws {
        let started = try await registry.ask(.post, "/v2/team/app/blobs/uploads/")
        #expect(started.status == .accepted)
        #expect(started.headers[.range] == "0-0")
        let location = try #require(started.headers[.location])
        #expect(location.hasPrefix("/v2/team/app/blobs/uploads/"))
        #expect(started.headers[.uploadID].map(location.hasSuffix) == true)
        expectCreated(try await registry.ask(.put, location + "?digest=\(digest)", bytes), digest.description)
        try await expectHeld(digest.description)
        #expect(try await registry.get(location).status == .notFound)
    }

    @Test(arguments: ["", "{}", "some bytes"]) func `a blob is pushed with one POST`(text: String) async throws {
        let bytes = Array(text.utf8)
        let digest = Digest.sha256(of: bytes)
        let response = try await registry.ask(.post, "/v2/team/app/blobs/uploads/?digest=sha256%3A\(digest.hex)", bytes)
        expectCreated(response, digest.description)
        try await expectHeld(digest.description, bytes)
        #expect(registry.store.scratch.names(in: "uploads").isEmpty)
    }

    @Test func `a blob is pushed in chunks that say where they belong`() async throws {
        var location = try await registry.begin("team/app", "?digest-algorithm=sha256")
        for start in stride(from: 0, to: 4000, by: 2000) {
            let response = try await registry.ask(
                .patch, location, Array(bytes[start..<(start + 2000)]), [.contentRange: "\(start)-\(start + 1999)", .contentLength: "2000"])
            #expect(response.status == .accepted)
            #expect(response.headers[.range] == "0-\(start + 1999)")
            location = try #require(response.headers[.location])
            let status = try await registry.get(location)
            #expect(status.status == .noContent)
            #expect(status.headers[.range] == "0-\(start + 1999)")
            #expect(status.headers[.location] == location)
        }
        expectCreated(
            try await registry.ask(.put, location + "?digest=\(digest)", Array(bytes[4000...]), [.contentRange: "4000-4999"]),
            digest.description)
        try await expectHeld(digest.description)
    }

    @Test func `a blob is streamed and finished without another byte`() async throws {
        let location = try await registry.begin("team/app")
        #expect(try await registry.ask(.patch, location, bytes).status == .accepted)
        expectCreated(try await registry.ask(.put, location + "?digest=\(digest)"), digest.description)
        try await expectHeld(digest.description)
    }

    @Test(arguments: ["2000-3999", "0-99999", "5-4", "bytes 0-4999/5000", "0-", "-5", "a-b", "0-4999-1", "99999999999999999999-1"])
    func `a chunk in the wrong place is refused and the upload goes on`(range: String) async throws {
        let location = try await registry.begin("team/app")
        for (method, query) in [(HTTPRequest.Method.patch, ""), (.put, "?digest=\(digest)")] {
            let response = try await registry.ask(
                method, location + query, bytes, [.contentRange: range, .contentLength: "5000"])
            #expect(response.status == .rangeNotSatisfiable)
            #expect(response.headers[.range] == "0-0")
            #expect(response.headers[.location] == location)
            #expect(response.errorCode == "BLOB_UPLOAD_INVALID")
        }
        #expect(try await registry.get(location).status == .noContent)
        let whole = try await registry.ask(.put, location + "?digest=\(digest)", bytes, [.contentRange: "0-4999", .contentLength: "5000"])
        expectCreated(whole, digest.description)
    }

    @Test func `a large blob in chunks of any size has its digest, of either kind`() async throws {
        let large = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        for address in [ContentAddress.sha256(.sha256(of: large)), .sha512(.sha512(of: large))] {
            let location = try await registry.begin("team/app")
            for part in [large[..<1], large[1..<900_000], large[900_000..<1_500_001]] {
                #expect(try await registry.ask(.patch, location, Array(part)).status == .accepted)
            }
            let wrong = "\(address)".replacing(/.{4}$/, with: "0000")
            if case .sha256 = address {
                let other = try await registry.begin("team/app")
                #expect(try await registry.ask(.put, other + "?digest=\(wrong)", large).errorCode == "DIGEST_INVALID")
            }
            expectCreated(try await registry.ask(.put, location + "?digest=\(address)", Array(large[1_500_001...])), "\(address)")
            try await expectHeld("\(address)", large)
        }
    }

    @Test func `bytes with another digest are refused and gone`() async throws {
        let location = try await registry.begin("team/app")
        let other = Digest.sha256(of: "something else")
        let put = try await registry.ask(.put, location + "?digest=\(other)", bytes)
        #expect(put.status == .badRequest)
        #expect(put.errorCode == "DIGEST_INVALID")
        #expect(try await registry.get(location).status == .notFound)
        let post = try await registry.ask(.post, "/v2/team/app/blobs/uploads/?digest=\(other)", bytes)
        #expect(post.errorCode == "DIGEST_INVALID")
        for digest in [other, digest] {
            #expect(try await registry.get("/v2/team/app/blobs/\(digest)").status == .notFound)
            #expect(try !registry.store.blobs.contains(digest))
        }
        #expect(registry.store.scratch.names(in: "uploads").isEmpty)
    }

    @Test(arguments: ["", "?digest=", "?digest=sha256:00", "?digest=md5:00", "?digest=latest"])
    func `an upload cannot be finished without a digest`(query: String) async throws {
        let location = try await registry.begin("team/app")
        let response = try await registry.ask(.put, location + query, bytes)
        #expect(response.status == .badRequest)
        #expect(response.errorCode == "DIGEST_INVALID")
    }

    @Test func `an upload is cancelled`() async throws {
        let location = try await registry.begin("team/app")
        _ = try await registry.ask(.patch, location, bytes)
        #expect(try await registry.ask(.delete, location).status == .noContent)
        for method in [HTTPRequest.Method.get, .delete, .patch] {
            let response = try await registry.ask(method, location)
            #expect(response.status == .notFound)
            #expect(response.errorCode == "BLOB_UPLOAD_UNKNOWN")
        }
        #expect(registry.store.scratch.names(in: "uploads").isEmpty)
    }

    @Test(arguments: [
        "00000000-0000-0000-0000-000000000000", "..", "x", "%2e%2e%2f%2e%2e%2fsecret", "00000000-0000-0000-0000-00000000000/",
    ])
    func `an upload nobody began is unknown`(id: String) async throws {
        let response = try await registry.ask(.put, "/v2/team/app/blobs/uploads/\(id)?digest=\(digest)", bytes)
        #expect([.notFound, .badRequest].contains(response.status))
    }

    @Test func `an upload is known only in its repository`() async throws {
        let location = try await registry.begin("team/app")
        let elsewhere = location.replacing("team/app", with: "team/other")
        #expect(try await registry.get(elsewhere).status == .notFound)
        #expect(try await registry.ask(.put, elsewhere + "?digest=\(digest)", bytes).status == .notFound)
    }

    @Test func `an upload goes on after a restart of the server`() async throws {
        let location = try await registry.begin("team/app")
        _ = try await registry.ask(.patch, location, Array(bytes[..<3000]))
        // Another server on the same store, that knows nothing of the first one's memory.
        let again = try PushRegistry(on: registry.store)
        #expect(try await again.get(location).headers[.range] == "0-2999")
        let response = try await again.ask(.put, location + "?digest=\(digest)", Array(bytes[3000...]), [.contentRange: "3000-4999"])
        expectCreated(response, digest.description)
        try await expectHeld(digest.description)
    }

    @Test func `SHA-512 names a blob beside the digest it is stored under`() async throws {
        let wide = WideDigest.sha512(of: bytes)
        for way in 0..<3 {
            let repository = "team/wide\(way)"
            switch way {
            case 0: expectCreated(try await registry.push(blob: bytes, to: repository, as: .sha512(wide)), wide.description, in: repository)
            case 1:
                let post = try await registry.ask(.post, "/v2/\(repository)/blobs/uploads/?digest=\(wide)", bytes)
                expectCreated(post, wide.description, in: repository)
            default:
                let location = try await registry.begin(repository, "?digest-algorithm=sha512")
                _ = try await registry.ask(.patch, location, bytes)
                expectCreated(try await registry.ask(.put, location + "?digest=\(wide)"), wide.description, in: repository)
            }
            try await expectHeld(wide.description, in: repository)
            try await expectHeld(digest.description, in: repository)
        }
        let wrong = try await registry.ask(.post, "/v2/a/blobs/uploads/?digest=\(wide)", Array("else".utf8))
        #expect(wrong.errorCode == "DIGEST_INVALID")
        let unknown = WideDigest.sha512(of: Array("unknown".utf8))
        #expect(try await registry.get("/v2/team/wide0/blobs/\(unknown)").status == .notFound)
    }

    // MARK: - Mounting

    @Test func `a blob is taken over from another repository`() async throws {
        try await registry.push(blob: bytes, to: "team/source")
        let mounted = try await registry.ask(.post, "/v2/team/app/blobs/uploads/?mount=\(digest)&from=team/source")
        expectCreated(mounted, digest.description)
        try await expectHeld(digest.description)
        expectCreated(try await registry.ask(.post, "/v2/b/blobs/uploads/?mount=\(digest)"), digest.description, in: "b")
        try await expectHeld(digest.description, in: "b")
    }

    @Test(arguments: ["&from=team/absent", "&from=other", "&from=..%2f..", ""])
    func `what cannot be taken over becomes an upload`(from: String) async throws {
        let absent = Digest.sha256(of: "absent")
        for digest in [absent.description, "latest"] {
            let response = try await registry.ask(.post, "/v2/team/app/blobs/uploads/?mount=\(digest)\(from)")
            #expect(response.status == .accepted)
            #expect(response.headers[.location] != nil)
        }
    }

    @Test func `a blob is not taken over from where it is not`() async throws {
        try await registry.push(blob: bytes, to: "team/source")
        #expect(try await registry.ask(.post, "/v2/team/app/blobs/uploads/?mount=\(digest)&from=other").status == .accepted)
        #expect(try await registry.get("/v2/team/app/blobs/\(digest)").status == .notFound)
    }

    // MARK: - Limits

    @Test func `a blob beyond the limit is refused and leaves nothing`() async throws {
        let registry = try PushRegistry(limits: .init(size: 4999))
        let location = try await registry.begin("team/app")
        let declared = try await registry.ask(.put, location + "?digest=\(digest)", bytes, [.contentLength: "5000"])
        #expect(declared.status == .contentTooLarge)
        #expect(declared.errorCode == "SIZE_INVALID")
        let second = try await registry.begin("team/app")
        #expect(try await registry.ask(.patch, second, Array(bytes[..<4000])).status == .accepted)
        #expect(try await registry.ask(.patch, second, Array(bytes[4000...])).status == .contentTooLarge)
        #expect(try await registry.ask(.post, "/v2/team/app/blobs/uploads/?digest=\(digest)", bytes).status == .contentTooLarge)
        #expect(registry.store.scratch.names(in: "uploads").isEmpty)
    }

    @Test func `too many uploads are refused until some are finished`() async throws {
        let registry = try PushRegistry(limits: .init(count: 2))
        let first = try await registry.begin("team/app")
        _ = try await registry.begin("team/app")
        let third = try await registry.ask(.post, "/v2/team/app/blobs/uploads/")
        #expect(third.status == .tooManyRequests)
        #expect(third.errorCode == "TOOMANYREQUESTS")
        #expect(third.headers[.retryAfter] != nil)
        #expect(try await registry.ask(.delete, first).status == .noContent)
        _ = try await registry.begin("team/app")
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/v2/a/blobs/uploads/", "POST"), (.put, "/v2/a/blobs/uploads/", "POST"),
        (.post, "/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000", "GET, HEAD, PATCH, PUT, DELETE"),
        (.post, "/v2/a/manifests/t", "GET, HEAD, PUT, DELETE"), (.put, "/v2/a/tags/list", "GET, HEAD"),
        (.delete, "/v2/_catalog", "GET, HEAD"),
        (.patch, "/v2/a/blobs/sha256:00", "GET, HEAD, DELETE"), (.post, "/v2/", "GET, HEAD"),
    ])
    func `a method that does nothing here is refused`(method: HTTPRequest.Method, path: String, allowed: String) async throws {
        let response = try await registry.ask(method, path)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == allowed)
        #expect(response.errorCode == "UNSUPPORTED")
    }
}
