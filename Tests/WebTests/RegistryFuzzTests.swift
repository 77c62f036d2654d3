// SPDX-License-Identifier: Apache-2.0
import Base
import Blobs
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import OCI
import TestKit
import Testing

@testable import Web

/// Requests made from a grammar, with pieces that are right, nearly right and wrong in every place. Whatever comes, the answer is one
/// of HTTP's, an error is the specification's JSON, and nothing outside the store is touched.
@Suite struct RegistryFuzzTests {
    /// The same sequence for the same seed, everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
        mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
    }

    private static let blob = Array("fuzz".utf8)
    private static let digest = Digest.sha256(of: blob)
    private static let names = [
        "team/python", "app", "a/b/c", "..", "../etc", "a//b", "A", "%2e%2e", "a%2fb", "ü", String(repeating: "n", count: 300), "", ".",
        "a\u{0}",
        "blobs/uploads", "manifests", "_catalog", "v2",
    ]
    private static let references = [
        "latest", "3.13", "\(digest)", "sha512:" + String(repeating: "a", count: 128), "sha256:",
        "sha256:" + String(repeating: "g", count: 64),
        "md5:d41d8cd98f00b204e9800998ecf8427e", "-", ".hidden", String(repeating: "t", count: 129), "%00", "a:b:c", "@",
        "sha256%3A\(digest.hex)",
        "SHA256:\(digest.hex)", "",
    ]
    private static let queries = [
        "", "?digest=\(digest)", "?digest=sha256:00", "?digest=", "?digest", "?mount=\(digest)&from=team/python", "?mount=x&from=../..",
        "?n=0", "?n=-1", "?n=99999999999999999999", "?n=2&last=zzz", "?last=%ff", "?artifactType=%0d%0aX", "?tag=a&tag=b&tag=-", "?&&==&%",
        "?after=9223372036854775808", "?after=-5&n=1", "?digest-algorithm=sha1", "?ns=docker.io",
    ]
    private static let bodies: [[UInt8]?] = [
        nil, [], blob, Array("{}".utf8), Push.index(of: []), Array("{\"schemaVersion\":2,\"layers\":[],\"config\":null}".utf8),
        Array(repeating: 0x5B, count: 4000), Array("{\"a\":\"\u{0}\"}".utf8), [0xFF, 0xFE, 0x00], Array(repeating: 0x41, count: 70_000),
        Array("{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.manifest)\",\"config\":{},\"layers\":[null]}".utf8),
        Array("{\"schemaVersion\":2e400,\"manifests\":[{\"size\":-1}]}".utf8),
    ]
    private static let values = [
        "0-3", "bytes=0-1", "bytes=1-0", "bytes=-", "bytes=0-0,2-3", "0-99999999999999999999", "a-b", "-", "application/json",
        MediaType.index,
        MediaType.manifest, "*/*", "\"\(digest)\"", "W/\"x\", *", "100-continue", "chunked", String(repeating: "x", count: 2000), ";", "",
    ]
    private static let fields: [HTTPField.Name] = [
        .range, .contentRange, .contentType, .accept, .ifNoneMatch, .ifRange, .contentLength, .authorization, .cookie,
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `any request has an answer, and errors are the specification's`(seed: UInt64)
        async throws
    {
        let registry = try PushRegistry(limits: .init(size: 100_000, count: 20))
        let before = try Set(FileManager.default.contentsOfDirectory(atPath: registry.store.scratch.path))
        try await registry.server.application.test(.router) { client in
            var random = Generator(state: seed)
            var locations = ["/v2/app/blobs/uploads/00000000-0000-0000-0000-000000000000"]
            for _ in 0..<700 {
                let request = Self.request(&random, locations)
                let response = try await client.executeRequest(
                    uri: request.uri, method: request.method, headers: request.headers, body: request.body.map { ByteBuffer(bytes: $0) })
                let note = "seed \(seed): \(request.method) \(request.uri.debugDescription) \(response.status)"
                #expect((200..<500).contains(response.status.code), "\(note)")
                if let location = response.headers[.location] {
                    #expect(location.hasPrefix("/v2/") && !location.contains(".."), "\(note)")
                    if location.contains("/uploads/"), locations.count < 30 { locations.append(location) }
                }
                guard response.status.code >= 400, request.method != .head, request.uri.hasPrefix("/v2/"), !response.bytes.isEmpty,
                    response.headers[.contentType]?.hasPrefix("text/plain") == false
                else { continue }
                #expect(response.json?["errors"]?[0]?["code"]?.string?.isEmpty == false, "\(note)")
                #expect(!response.text.contains(registry.store.scratch.path), "\(note)")
            }
        }
        let after = try Set(FileManager.default.contentsOfDirectory(atPath: registry.store.scratch.path))
        #expect(after.subtracting(before).isSubset(of: ["uploads", "records.sqlite-wal", "records.sqlite-shm"]))
        // What is stored is what its name says, and the catalog is as it was.
        for digest in registry.store.blobs.digests() { try registry.store.blobs.verify(digest) }
        #expect(try await registry.get("/v2/team/python/manifests/3.13").bytes == registry.store.index)
    }

    private static func request(
        _ random: inout Generator, _ locations: [String]
    ) -> (method: HTTPRequest.Method, uri: String, headers: HTTPFields, body: [UInt8]?) {
        let method = random.pick([HTTPRequest.Method.get, .head, .put, .post, .patch, .delete, .options])
        let name = random.pick(names).replacing("\u{0}", with: "%00")
        var uri: String
        switch random.next() % 7 {
        case 0: uri = "/v2/\(name)/manifests/\(random.pick(references))"
        case 1: uri = "/v2/\(name)/blobs/\(random.pick(references))"
        case 2: uri = "/v2/\(name)/blobs/uploads/"
        case 3: uri = random.pick(locations)
        case 4: uri = "/v2/\(name)/referrers/\(random.pick(references))"
        case 5: uri = random.pick(["/v2/\(name)/tags/list", "/v2/_catalog", "/v2/", "/v2", "/v2/\(name)", "//v2//", "/v2/%"])
        default: uri = "/v2/" + (0..<Int(random.next() % 6)).map { _ in random.pick(names + references) }.joined(separator: "/")
        }
        uri = uri.replacing("\u{0}", with: "%00").replacing("ü", with: "%C3%BC") + random.pick(queries)
        var headers: HTTPFields = [:]
        for _ in 0..<(random.next() % 3) { headers[random.pick(fields)] = random.pick(values) }
        return (method, uri, headers, random.chance(60) ? random.pick(bodies) : nil)
    }
}
