// SPDX-License-Identifier: Apache-2.0
import Base
import Testing

@testable import Transport

@Suite struct ConfinementTests {
    private func refusal(_ address: String, home: String = "https://registry.example") throws -> String? {
        try Confinement(home: home).refusal(of: WebAddress(address))
    }

    @Test(arguments: [
        "https://registry.example/v2/", "https://storage.example/blob?signature=x", "https://8.8.8.8/", "https://[2001:4860::1]/",
    ])
    func `home and https elsewhere are allowed`(address: String) throws { #expect(try refusal(address) == nil) }

    @Test(arguments: [
        "http://registry.example/", "http://storage.example/", "http://127.0.0.1/", "file:///etc/passwd", "https://127.0.0.1/",
        "https://localhost/", "https://a.localhost/", "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://10.0.0.1/",
        "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data", "https://100.64.0.1/",
        "https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://registry.example:444@10.0.0.1/", "https://224.0.0.1/",
    ])
    func `plain http, files and numbers of private networks are refused`(address: String) throws {
        #expect(try refusal(address) != nil)
    }

    @Test func `a registry of a private network may lead around in it, one on this machine to this machine`() throws {
        #expect(try refusal("https://10.0.0.9/", home: "https://10.0.0.5:5000") == nil)
        #expect(try refusal("https://127.0.0.1/", home: "https://10.0.0.5:5000") != nil)
        #expect(try refusal("https://169.254.169.254/", home: "https://10.0.0.5:5000") != nil)
        for address in ["https://169.254.169.254/", "https://10.0.0.1/"] {
            #expect(try refusal(address, home: "https://localhost:5000") != nil)
        }
        #expect(try refusal("http://10.0.0.5:5001/", home: "https://10.0.0.5:5000") != nil)
        #expect(try refusal("http://127.0.0.1:5001/token", home: "http://127.0.0.1:5000") == nil)
        #expect(try refusal("http://storage.example/", home: "http://127.0.0.1:5000") != nil)
    }

    @Test func `a redirect to where it must not lead is not followed, and a loop of them ends`() async throws {
        for target in ["http://169.254.169.254/", "http://10.0.0.1:1/", "file:///etc/passwd"] {
            try await ScriptedServer.with { _, _ in
                .status(307, "Location: \(target)\r\n")
            } _: { server in
                var settings = Pauses().settings()
                settings.confinement = try Confinement(home: server.url(""))
                try await LiveTransport.with(settings) { transport in
                    let error = await #expect(throws: TransportError.self) {
                        _ = try await transport.send(WebRequest("GET", server.url("/a")), limit: 10)
                    }
                    guard case .redirect? = error else {
                        Issue.record("\(target): \(String(describing: error))")
                        return
                    }
                }
            }
        }
        try await ScriptedServer.with { _, _ in
            .status(302, "Location: /again\r\n")
        } _: { server in
            var settings = Pauses().settings()
            settings.confinement = try Confinement(home: server.url(""))
            try await LiveTransport.with(settings) { transport in
                _ = await #expect(throws: TransportError.self) {
                    _ = try await transport.send(WebRequest("GET", server.url("/a")), limit: 10)
                }
            }
            #expect(server.heads.count == settings.redirectLimit + 1)
        }
    }

    @Test func `a password stays with its host when the storage is elsewhere`() async throws {
        try await ScriptedServer.with { _, _ in
            .text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        } _: { storage in
            try await ScriptedServer.with { _, _ in
                .status(307, "Location: \(storage.url("/blob"))\r\n")
            } _: { server in
                var settings = Pauses().settings()
                settings.confinement = try Confinement(home: server.url(""))
                try await LiveTransport.with(settings) { transport in
                    let response = try await transport.send(
                        WebRequest("GET", server.url("/a"), headers: ["Authorization": "Basic c2VjcmV0"]), limit: 10)
                    #expect(response.status == 200)
                }
                #expect(server.heads.first?.contains("Basic c2VjcmV0") == true)
                #expect(storage.heads.first?.contains("c2VjcmV0") == false)
            }
        }
    }

    @Test func `a first address outside is refused as well, since a registry names its token server`() async throws {
        var settings = Pauses().settings()
        settings.confinement = try Confinement(home: "https://registry.example")
        try await LiveTransport.with(settings) { transport in
            _ = await #expect(throws: TransportError.self) {
                _ = try await transport.send(WebRequest("GET", "http://127.0.0.1:9/token"), limit: 10)
            }
        }
    }
}
