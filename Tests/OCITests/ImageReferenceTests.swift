// SPDX-License-Identifier: Apache-2.0
import Base
import OCI
import Testing

@Suite struct ImageReferenceTests {
    private static let hex = String(repeating: "ab", count: 32)

    @Test(
        arguments: [
            ("python", nil, "python", nil, false),
            ("python:3.13", nil, "python", "3.13", false),
            ("team/python:3.13-dev", nil, "team/python", "3.13-dev", false),
            ("localhost/python", "localhost", "python", nil, false),
            ("localhost:5000/python", "localhost:5000", "python", nil, false),
            ("registry.example/a/b__c/d-e.f:v1@sha256:\(hex)", "registry.example", "a/b__c/d-e.f", "v1", true),
            ("127.0.0.1:5190/x@sha256:\(hex)", "127.0.0.1:5190", "x", nil, true),
            ("[::1]:5190/x:_1", "[::1]:5190", "x", "_1", false),
        ] as [(String, String?, String, String?, Bool)])
    func `a reference is taken apart and put together again`(
        _ text: String, _ registry: String?, _ repository: String, _ tag: String?, _ hasDigest: Bool
    ) throws {
        let reference = try ImageReference(text)
        #expect(reference.registry == registry)
        #expect(reference.repository.description == repository)
        #expect(reference.tag?.description == tag)
        #expect((reference.digest != nil) == hasDigest)
        #expect(reference.description == text)
    }

    @Test(arguments: [
        "", "Python", "python:", "python@", "python@sha256:abc", "python@sha512:\(hex)", "a//b", "/a", "a/", "a/b:c/d", "a..b", "a___b",
        "a_-b",
        "-a", "a-", "python:.x", "python:-x", "a b", "a\nb", "re gistry.example/a", "-.example/a", "x.example:0/a", "x.example:70000/a",
        "x.example:+1/a", "user@host.example/a", "[::1/a", "[zz]/a", "registry.example/", "https://registry.example/a", "a:b@c",
        "a/../b", "a/./b", "python:3.13@sha256:\(hex.uppercased())",
    ])
    func `a malformed reference is refused`(_ text: String) { #expect(throws: OCIError.self) { try ImageReference(text) } }

    @Test func `host and name have 255 characters at most`() throws {
        let host = "registry.example"
        let fits = String(repeating: "a", count: 255 - host.utf8.count - 1)
        #expect(try ImageReference(host + "/" + fits).registry == host)
        #expect(throws: OCIError.self) { try ImageReference(host + "/" + fits + "a") }
        #expect(throws: OCIError.self) { try RepositoryName(String(repeating: "a", count: 256)) }
    }

    @Test func `a tag has 128 characters at most`() throws {
        _ = try Tag(String(repeating: "t", count: 128))
        #expect(throws: OCIError.self) { try Tag(String(repeating: "t", count: 129)) }
        #expect(throws: OCIError.self) { try Tag("") }
        #expect(throws: OCIError.self) { try Tag("ä") }
    }

    @Test func `nothing is added to a reference`() throws {
        let reference = try ImageReference("python")
        #expect(reference.registry == nil && reference.tag == nil)
        #expect(reference.manifestReference == "latest")
    }

    @Test func `tags derived from a digest are known as such`() throws {
        let digest = try #require(Digest(hex: Self.hex))
        #expect(Tag.signatures(of: digest).description == "sha256-\(Self.hex).sig")
        #expect(Tag.attestations(of: digest).description == "sha256-\(Self.hex).att")
        for tag in [Tag.signatures(of: digest), .attestations(of: digest), .referrers(of: digest)] { #expect(tag.isDerived) }
        #expect(try !Tag("3.13").isDerived)
        #expect(try !Tag("sha256-\(Self.hex)x").isDerived)
    }
}
