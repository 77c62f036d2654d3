// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Transport

@Suite struct SettingsTests {
    @Test func `the environment and apt's files become one value`() throws {
        let files = [
            "/etc/apt/auth.conf": "machine a.example login one password p1\n",
            "/etc/apt/auth.conf.d/z.conf": "# comment\nmachine b.example\n  login two\n  password p2\n",
            "/etc/apt/auth.conf.d/skipped.txt": "machine c.example login three password p3\n",
            "/own": "machine a.example login own password p0",
        ]
        let settings = try TransportSettings.fromEnvironment(
            [
                "HTTP_PROXY": "http://big:1", "http_proxy": "http://small:2", "HTTPS_PROXY": "plain:3", "NO_PROXY": "x.example",
                "ASHLAR_AUTH_FILE": "/own",
            ],
            readFile: { files[$0].map { Array($0.utf8) } }, listFolder: { _ in ["z.conf", "skipped.txt"] })
        #expect(settings.httpProxy?.host == "small")
        #expect(settings.httpsProxy?.port == 3)
        #expect(settings.withoutProxy.covers(host: "x.example", port: 80))
        func login(_ url: String) throws -> String? {
            settings.credentials.authorization(for: try WebAddress(url)).map {
                String(decoding: Data(base64Encoded: String($0.dropFirst(6))) ?? Data(), as: UTF8.self)
            }
        }
        #expect(try login("https://a.example/x") == "own:p0")
        #expect(try login("https://b.example/x") == "two:p2")
        #expect(try login("https://c.example/x") == nil)
    }

    @Test func `waits are as long as the environment says`() throws {
        let settings = try TransportSettings.fromEnvironment(["ASHLAR_TIMEOUT_SECONDS": "7"], readFile: { _ in nil })
        #expect(settings.connectTimeout == .seconds(7))
        #expect(settings.readTimeout == .seconds(7))
        for text in ["0", "-1", "soon", "4000", "1.5"] {
            let found = #expect(throws: TransportError.self) {
                try TransportSettings.fromEnvironment(["ASHLAR_TIMEOUT_SECONDS": text], readFile: { _ in nil })
            }
            #expect(found?.diagnosis.rendered.contains("ASHLAR_TIMEOUT_SECONDS") == true)
        }
    }

    @Test func `a missing CA file and a strange proxy are told with the variable's name`() {
        for environment in [
            ["ASHLAR_CA_FILE": "/none"], ["SSL_CERT_FILE": "/none"], ["ASHLAR_AUTH_FILE": "/none"], ["HTTP_PROXY": "socks5://u:hush@h:1"],
        ] {
            let found = #expect(throws: TransportError.self) { try TransportSettings.fromEnvironment(environment, readFile: { _ in nil }) }
            #expect(found?.diagnosis.rendered.contains(environment.keys.first ?? "") == true)
            #expect(found?.diagnosis.rendered.contains("hush") == false)
        }
        var settings = TransportSettings()
        settings.additionalAuthorities = Array("no certificate".utf8)
        #expect(throws: TransportError.self) { try LiveTransport(settings) }
    }

    /// The examples of apt_auth.conf(5) first.
    @Test(arguments: [
        ("example.org", "https://example.org/debian", true), ("example.org/deb", "https://example.org/debian", true),
        ("example.org/debian/", "https://example.org/debian/x", true), ("example.org/deb/", "https://example.org/debian/x", false),
        ("example.org/ubuntu", "https://example.org/debian", false), ("example.orga", "https://example.org/debian", false),
        ("example.org", "http://example.org/debian", false), ("http://example.org", "http://example.org/debian", true),
        ("http://example.org", "https://example.org/debian", false), ("example.org:90", "https://example.org:90/", true),
        ("example.org:90", "https://example.org/", false), ("example.org", "https://example.org:90/", true),
        ("tor+https://example.org", "https://example.org/", false), ("example.org/a", "https://example.org/a/../b", false),
        ("example.org/a", "https://example.org/a/%2e%2E/b", false), ("example.org", "https://sub.example.org/", false),
        ("EXAMPLE.org", "https://example.ORG/", true),
    ])
    func `a machine line fits an address as in apt`(_ machine: String, _ url: String, _ fits: Bool) throws {
        let credentials = Credentials(try Credentials.parse(Array("machine \(machine) login l password p".utf8), file: "f"))
        #expect((credentials.authorization(for: try WebAddress(url)) != nil) == fits)
    }

    @Test(arguments: [
        ("http://Host/a", "http://host/a"), ("http://host:80/", "http://host/"), ("https://u:p@host:8443/a?q#f", "https://host:8443/a"),
        ("http://[::1]:8080", "http://[::1]:8080/"), ("file:/srv/m", "file:///srv/m"), ("file:///srv/m", "file:///srv/m"),
    ])
    func `addresses are shown without what is secret`(_ text: String, _ shown: String) throws {
        #expect(try WebAddress(text).shown == shown)
    }

    @Test(arguments: [
        "", "host/path", "ftp://host/", "http://", "http:///x", "http://host:0/", "http://host:99999/", "http://ho st/", "http://host/a b",
        "http://host/\r\nX: y", "http://h%6fst/", "file://other/x", "file://", "http://host\\@evil/",
    ])
    func `what is no address is refused`(_ text: String) { #expect(throws: TransportError.self) { try WebAddress(text) } }

    @Test(arguments: [
        ("http://h/a/b", "c", "http://h/a/c"), ("http://h/a/b", "/c", "http://h/c"), ("http://h/a", "//g/c", "http://g/c"),
        ("https://h/a", "http://u:p@g/c", "http://g/c"),
        ("http://h/a", "?x", "http://h/a"),
    ])
    func `a location is resolved`(_ base: String, _ location: String, _ expected: String) throws {
        let resolved = try WebAddress(base).resolving(location: location)
        #expect(resolved.shown == expected)
        #expect(resolved.user == nil)
    }

    @Test func `pauses grow to a bound and jitter halves them at most`() {
        let none = RetryPolicy(jitter: { 0 })
        let full = RetryPolicy(jitter: { 7 })
        #expect([1, 2, 3, 40].map { full.pause(after: $0) } == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(20)])
        #expect(none.pause(after: 2) == .milliseconds(500))
    }
}
