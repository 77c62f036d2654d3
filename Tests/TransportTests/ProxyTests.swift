// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Transport

@Suite struct ProxyTests {
    @Test func `a proxy is asked for http with the absolute address and its own password`() async throws {
        try await ScriptedServer.with { _, _ in
            .ok("by proxy")
        } _: { proxy in
            var settings = Pauses().settings()
            settings.httpProxy = try ProxyAddress("http://me:pass%20word@127.0.0.1:\(proxy.port)/", variable: "HTTP_PROXY")
            settings.credentials = Credentials(
                try Credentials.parse(Array("machine http://mirror.invalid login u password p".utf8), file: "f"))
            try await LiveTransport.with(settings) { transport in
                for _ in 1...2 {
                    let response = try await transport.send(WebRequest("GET", "http://mirror.invalid:8080/debian/a?b"), limit: 100)
                    #expect(response.body == Array("by proxy".utf8))
                }
            }
            let head = proxy.heads[1].lowercased()
            #expect(head.hasPrefix("get http://mirror.invalid:8080/debian/a?b http/1.1\r\n"))
            #expect(head.contains("host: mirror.invalid:8080"))
            #expect(proxy.heads[1].contains("Basic bWU6cGFzcyB3b3Jk"))
            #expect(head.contains("\r\nauthorization: basic"))
        }
    }

    @Test func `https goes through a tunnel, and a refusal names the proxy`() async throws {
        try await ScriptedServer.with { _, _ in
            .status(407)
        } _: { proxy in
            var settings = Pauses().settings(attempts: 1)
            settings.httpsProxy = try ProxyAddress("127.0.0.1:\(proxy.port)", variable: "HTTPS_PROXY")
            try await LiveTransport.with(settings) { transport in
                let found = await #expect(throws: TransportError.self) {
                    _ = try await transport.send(WebRequest("GET", "https://mirror.invalid/x"), limit: 100)
                }
                guard case .proxy = found else { return #expect(found == nil) }
            }
            #expect(proxy.heads.first?.hasPrefix("CONNECT mirror.invalid:443 HTTP/1.1") == true)
        }
    }

    @Test func `a listed host is reached directly`() async throws {
        try await ScriptedServer.with { _, _ in
            .ok("direct")
        } _: { server in
            var settings = Pauses().settings()
            settings.httpProxy = try ProxyAddress("http://proxy.invalid:1", variable: "HTTP_PROXY")
            try await LiveTransport.with(settings) { transport in
                let response = try await transport.send(WebRequest("GET", server.url("/")), limit: 100)
                #expect(response.body == Array("direct".utf8))
            }
        }
    }

    @Test(arguments: [
        ("localhost", "", true), ("127.9.9.9", "", true), ("::1", "", true), ("mirror", "", false), ("mirror", "*", true),
        ("a.corp.example", ".corp.example", true), ("corp.example", ".corp.example", true), ("a.corp.example", "corp.example", true),
        ("a.corp.example", "*.corp.example", true), ("notcorp.example", "corp.example", false), ("10.1.2.3", "10.0.0.0/8", true),
        ("11.1.2.3", "10.0.0.0/8", false), ("10.1.2.3", "x, 10.1.2.3", true), ("fd00::1", "fd00::/8", true),
        ("mirror", "mirror:81", false), ("mirror", "mirror:80", true), ("mirror", "10.0.0.0/99,/,", false),
    ])
    func `the list of hosts without proxy`(_ host: String, _ list: String, _ expected: Bool) {
        #expect(NoProxyList(list).covers(host: host, port: 80) == expected)
    }
}
