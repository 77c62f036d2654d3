// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Web

@Suite struct GrammarTests {
    @Test(arguments: [
        "a", "python", "team/python", "a.b", "a_b", "a__b", "a-b", "a---b", "0/1", "a/b/c/d", String(repeating: "a", count: 255),
    ])
    func `a well-formed repository name is taken`(name: String) { #expect(RepositoryName.isWellFormed(name)) }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", ".", "..", "a/..", "A", "a..b", "a___b", "a._b", "-a", "a-", "_a", "a_", ".a", "a.", "a b", "ü", "a\0",
        "a:b", "a@b", "a-_b", String(repeating: "a", count: 256),
    ])
    func `a malformed repository name is refused`(name: String) { #expect(!RepositoryName.isWellFormed(name)) }

    @Test(arguments: ["a", "3.13", "_x", "A-b.C_d", String(repeating: "t", count: 128)]) func `a well-formed tag is taken`(tag: String) {
        #expect(TagName.isWellFormed(tag))
    }

    @Test(arguments: ["", ".a", "-a", "a b", "a/b", "ü", "a+b", String(repeating: "t", count: 129)]) func `a malformed tag is refused`(
        tag: String
    ) {
        #expect(!TagName.isWellFormed(tag))
    }

    @Test(arguments: [
        ("/v2/a/manifests/t", RegistryRoute.manifest(repository: "a", reference: "t")),
        ("/v2/manifests/manifests/manifests", .manifest(repository: "manifests", reference: "manifests")),
        ("/v2/tags/list/tags/list", .tags(repository: "tags/list")), ("/v2/a/b/blobs/d", .blob(repository: "a/b", digest: "d")),
        ("/v2/a/blobs/uploads/", .uploads(repository: "a")), ("/v2/a/blobs/uploads/id", .upload(repository: "a", id: "id")),
        ("/v2/a/blobs/uploads", .uploads(repository: "a")), ("/v2/a/referrers/d", .referrers(repository: "a", digest: "d")),
        ("/v2/blobs/uploads/manifests/t", .manifest(repository: "blobs/uploads", reference: "t")),
    ])
    func `paths are read from their end`(path: String, route: RegistryRoute) throws { #expect(try RegistryRoute(path) == route) }

    @Test(arguments: [("a%41", "aA"), ("%", nil), ("%4", nil), ("%zz", nil), ("%ff", nil), ("a+b", "a+b"), ("%C3%BC", "ü")])
    func `escapes are decoded`(text: String, expected: String?) { #expect(HTTPText.decoded(text) == expected) }

    @Test(arguments: [
        (999, "999 B"), (1000, "1.0 kB"), (23_449_000, "23.4 MB"), (999_960, "1.0 MB"), (1_500_000_000, "1.5 GB"), (0, "0 B"),
    ])
    func `sizes are readable`(bytes: Int, expected: String) { #expect(Readable.size(bytes) == expected) }

    @Test func `the cache forgets what is of another edition`() {
        let cache = BoundedCache<ContentKey, Int>(limit: 100)
        let key = ContentKey(repository: "r", reference: "t")
        cache.keep(1, for: key, cost: 1, edition: 1)
        #expect(cache.find(key, edition: 1) == 1)
        #expect(cache.find(key, edition: 2) == nil)
        cache.keep(2, for: key, cost: 1, edition: 2)
        #expect(cache.find(key, edition: 1) == nil)
        #expect(cache.find(key, edition: 2) == 2)
    }

    @Test func `the cache stays within its limit and keeps what is used`() {
        let cache = BoundedCache<ContentKey, Int>(limit: 100)
        func key(_ number: Int) -> ContentKey { ContentKey(repository: "r", reference: "\(number)") }
        cache.keep(-1, for: key(-1), cost: 51)
        #expect(cache.find(key(-1)) == nil)
        for number in 0..<1000 {
            cache.keep(number, for: key(number), cost: 10)
            _ = cache.find(key(0))
        }
        #expect(cache.find(key(0)) == 0)
        #expect((0..<1000).count { cache.find(key($0)) != nil } <= 10)
    }
}
