// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Publish

@Suite struct RegistryAccessTests {
    @Test(
        arguments: [
            (#"Bearer realm="https://a.example/t",service="a b",scope="repository:x:pull,push""#, ["bearer"], "a b"),
            (#"bearer Realm=https://a.example/t , SERVICE=x"#, ["bearer"], "x"),
            (#"Basic realm="r", Bearer service="s""#, ["basic", "bearer"], nil),
            (#"Basic"#, ["basic"], nil), (#"Basic realm="a\"b", service="q\\""#, ["basic"], #"q\"#), ("", [], nil),
            (#"realm="x""#, [], nil),
            (#"Basic realm="open"#, ["basic"], nil), (String(repeating: "x ", count: 5000), [], nil),
        ] as [(String, [String], String?)])
    func `challenges are read as they are written`(_ header: String, _ schemes: [String], _ service: String?) {
        let challenges = AuthenticationChallenge.parse(header)
        #expect(challenges.map(\.scheme) == schemes)
        #expect(challenges.first?.parameters["service"] == service)
    }

    @Test(
        arguments: [
            ("/v2/x", "https://r.example/v2/x"), ("https://r.example/v2/x?y=1", "https://r.example/v2/x?y=1"),
            ("https://s.example/z", "https://s.example/z"), ("http://r.example/v2/x", nil), ("//s.example/z", nil),
            ("file:///etc/passwd", nil),
            ("https://u:p@s.example/", nil), ("x", nil), ("", nil), ("/a b", nil), ("/a\r\nHost: x", nil),
        ] as [(String, String?)])
    func `a location is resolved or refused`(_ location: String, _ resolved: String?) {
        #expect(RegistryURL.resolve(location, against: "https://r.example") == resolved)
    }

    @Test(arguments: [
        ("https://r.example", true), ("https://r.example:5000", true), ("http://127.0.0.1", true), ("http://127.0.0.1:5000", true),
        ("http://127.9.9.9:1", true), ("http://localhost:5000", true), ("http://[::1]:5000", true), ("http://r.example", false),
        ("http://10.0.0.1", false), ("http://127.0.0.1.evil.example", false), ("http://127.evil.example", false), ("http://127.1", false),
        ("http://localhost.evil.example", false), ("http://[::2]:5000", false), ("http://", false), ("ftp://127.0.0.1", false),
    ]) func `a secret goes over TLS or stays on this machine`(_ origin: String, _ isSafe: Bool) {
        #expect(RegistryURL.keepsSecrets(origin) == isSafe)
    }

    @Test func `queries are encoded`() {
        #expect(RegistryURL.adding([("a", "b c&d=é")], to: "https://r.example/x") == "https://r.example/x?a=b%20c%26d%3D%C3%A9")
        #expect(RegistryURL.adding([("a", "1")], to: "/x?s=2") == "/x?s=2&a=1")
    }

    @Test func `links to the next page are found`() {
        #expect(RegistryURL.next(in: #"</v2/x/tags/list?last=b>; rel="next""#) == "/v2/x/tags/list?last=b")
        #expect(RegistryURL.next(in: #"</first>; rel="first""#) == nil)
        #expect(RegistryURL.next(in: nil) == nil)
        #expect(RegistryURL.next(in: "><") == nil)
    }

    @Test func `credentials show nothing secret`() {
        var dumped = ""
        for credentials in [RegistryCredentials.basic(user: "u", password: "s3cret"), .bearer(token: "s3cret")] {
            dump(credentials, to: &dumped)
            dumped += "\(credentials)" + String(reflecting: credentials)
        }
        #expect(!dumped.contains("s3cret"))
    }

    @Test func `text of a registry loses control characters and length`() {
        #expect(RegistryClient.clean("a\u{1B}[31m\nb") == "a [31m b")
        #expect(RegistryClient.clean(String(repeating: "x", count: 500)).count == 200)
    }
}
