// SPDX-License-Identifier: Apache-2.0
import Base
import Synchronization
import Testing

@testable import Transport

/// Settings for tests: waits that no slow machine reaches, two tries, pauses that are recorded instead of slept.
final class Pauses: Sendable {
    let taken = Mutex<[Duration]>([])
    func settings(attempts: Int = 2) -> TransportSettings {
        var settings = TransportSettings()
        settings.connectTimeout = .seconds(300)
        settings.readTimeout = .seconds(300)
        settings.attemptTimeout = .seconds(300)
        settings.retries = RetryPolicy(
            attempts: attempts, jitter: { 1 }, sleep: { [self] pause in taken.withLock { $0.append(pause) } })
        return settings
    }
}

@Suite struct LiveTransportTests {
    private func error(_ work: () async throws -> Void) async -> TransportError? {
        do {
            try await work()
            return nil
        } catch { return error as? TransportError }
    }

    @Test func `any status is an answer and header names are small`() async throws {
        try await ScriptedServer.with { _, _ in
            .status(404, "X-Some: Thing\r\n")
        } _: { server in
            try await LiveTransport.with(Pauses().settings()) { transport in
                let response = try await transport.send(WebRequest("GET", server.url("/a?b=c")), limit: 10)
                #expect(response.status == 404)
                #expect(response.headers["x-some"] == "Thing")
            }
            #expect(server.heads.first?.hasPrefix("GET /a?b=c HTTP/1.1") == true)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
    ])
    func `an answer over the limit is refused, at the limit it is read`(_ answer: String) async throws {
        try await ScriptedServer.with { _, _ in
            .cut(answer)
        } _: { server in
            try await LiveTransport.with(Pauses().settings()) { transport in
                let request = WebRequest("GET", server.url("/a"))
                let whole = try await transport.send(request, limit: 11)
                #expect(whole.body == Array("hello world".utf8))
                #expect(await error { _ = try await transport.send(request, limit: 10) } == .tooLarge(server.url("/a"), limit: 10))
            }
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", nil])
    func `what does not speak TLS is told from a certificate that is not trusted`(_ greeting: String?) async throws {
        try await ScriptedServer.greeting(with: greeting) { port in
            try await LiveTransport.with(Pauses().settings(attempts: 1)) { transport in
                let found = await error { _ = try await transport.send(WebRequest("GET", "https://127.0.0.1:\(port)/v2/"), limit: 10) }
                guard case .noTLS(let place, let reason) = found else {
                    Issue.record("\(String(describing: found))")
                    return
                }
                #expect(place == "127.0.0.1:\(port)" && reason.contains(greeting == nil ? "closed" : "not TLS"), "\(reason)")
                #expect(found?.diagnosis.kind == .unavailable && found?.diagnosis.remedy.contains("http://127.0.0.1:\(port)/") == true)
            }
        }
    }

    @Test func `a silent server ends in an error that names it`() async throws {
        try await ScriptedServer.with { _, _ in
            .silence
        } _: { server in
            let pauses = Pauses()
            var settings = pauses.settings()
            settings.readTimeout = .seconds(1)
            try await LiveTransport.with(settings) { transport in
                let found = await error { _ = try await transport.send(WebRequest("GET", server.url("/a")), limit: 10) }
                #expect(found == .timedOut(host: "127.0.0.1", waitingFor: "an answer"))
            }
            #expect(server.heads.count == 2)
            #expect(pauses.taken.withLock { $0 } == [.milliseconds(500)])
        }
    }

    @Test func `a server that trickles ends in an error`() async throws {
        try await ScriptedServer.with { _, _ in
            .trickle("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        } _: { server in
            var settings = Pauses().settings(attempts: 1)
            settings.attemptTimeout = .milliseconds(400)
            try await LiveTransport.with(settings) { transport in
                let found = await error { _ = try await transport.send(WebRequest("GET", server.url("/a")), limit: 200_000) }
                // Which of the two clocks runs out first is the machine's business; that one does is ours.
                guard case .timedOut(host: "127.0.0.1", _) = found else { return #expect(found == nil) }
            }
        }
    }

    @Test func `a closed port is unreachable`() async throws {
        let port = try await ScriptedServer.with({ _, _ in .silence }, { $0.port })
        try await LiveTransport.with(Pauses().settings()) { transport in
            let found = await error { _ = try await transport.send(WebRequest("GET", "http://127.0.0.1:\(port)/"), limit: 10) }
            guard case .unreachable(host: "127.0.0.1", let reason) = found else { return #expect(found == nil) }
            #expect(reason.contains("refused"))
        }
    }

    @Test func `passing failures are tried again with growing pauses, and Retry-After is followed up to a bound`() async throws {
        let script: @Sendable (String, Int) -> ScriptedServer.Reply = { _, count in
            count == 1
                ? .status(503)
                : count == 2 ? .status(429, "Retry-After: 7\r\n") : count == 3 ? .status(503, "Retry-After: 9999\r\n") : .ok("yes")
        }
        try await ScriptedServer.with(script) { server in
            let pauses = Pauses()
            try await LiveTransport.with(pauses.settings(attempts: 5)) { transport in
                let response = try await transport.send(WebRequest("GET", server.url("/")), limit: 10)
                #expect(response.body == Array("yes".utf8))
            }
            #expect(pauses.taken.withLock { $0 } == [.milliseconds(500), .seconds(7), .seconds(20)])
        }
    }

    @Test func `a request with an effect is not sent twice`() async throws {
        try await ScriptedServer.with { _, _ in
            .cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        } _: { server in
            try await LiveTransport.with(Pauses().settings()) { transport in
                let found = await error { _ = try await transport.send(WebRequest("POST", server.url("/"), body: [1]), limit: 10) }
                #expect(found == .interrupted(server.url("/"), received: 4, expected: 10))
            }
            #expect(server.heads.count == 1)
        }
    }

    @Test func `redirects are followed a bounded number of times`() async throws {
        try await ScriptedServer.with { head, _ in
            head.hasPrefix("GET /loop")
                ? .status(302, "Location: /loop\r\n") : head.hasPrefix("GET /a/b") ? .status(301, "Location: c\r\n") : .ok("end")
        } _: { server in
            try await LiveTransport.with(Pauses().settings()) { transport in
                let response = try await transport.send(WebRequest("GET", server.url("/a/b")), limit: 10)
                #expect(response.body == Array("end".utf8))
                #expect(server.heads.last?.hasPrefix("GET /a/c ") == true)
                let found = await error { _ = try await transport.send(WebRequest("GET", server.url("/loop")), limit: 10) }
                #expect(found == .redirect(server.url("/loop"), reason: "after 5 redirects"))
            }
        }
    }

    @Test func `another host gets no secret of the first`() async throws {
        try await ScriptedServer.with { _, _ in
            .ok("end")
        } _: { second in
            let elsewhere = "http://localhost:\(second.port)/x"
            try await ScriptedServer.with { _, _ in
                .status(307, "Location: \(elsewhere)\r\n")
            } _: { first in
                var settings = Pauses().settings()
                settings.credentials = Credentials(
                    try Credentials.parse(Array("machine http://127.0.0.1 login u password secret".utf8), file: "f"))
                try await LiveTransport.with(settings) { transport in
                    let headers = ["X-Token": "secret", "Cookie": "secret", "Accept": "a/b"]
                    _ = try await transport.send(WebRequest("GET", first.url("/"), headers: headers), limit: 10)
                    #expect(first.heads[0].lowercased().contains("authorization: basic"))
                    #expect(first.heads[0].contains("X-Token"))
                    #expect(!second.heads[0].lowercased().contains("authorization"))
                    #expect(!second.heads[0].contains("secret"))
                    #expect(second.heads[0].contains("a/b"))
                    let found = await error { _ = try await transport.send(WebRequest("POST", first.url("/"), body: [1]), limit: 10) }
                    #expect(found == .redirect(first.url("/"), reason: "of a request with a body to another host, localhost"))
                }
            }
        }
    }

    @Test func `an error shows neither password nor query`() async throws {
        let port = try await ScriptedServer.with({ _, _ in .silence }, { $0.port })
        var settings = Pauses().settings(attempts: 1)
        settings.httpProxy = try ProxyAddress("http://me:hush1@127.0.0.1:\(port)", variable: "HTTP_PROXY")
        try await LiveTransport.with(settings) { transport in
            let url = "http://you:hush2@mirror.invalid/debian?token=hush3"
            let found = await error { _ = try await transport.send(WebRequest("GET", url, headers: ["Authorization": "hush4"]), limit: 10) }
            let text = try #require(found).diagnosis.rendered
            #expect(text.contains("mirror.invalid"))
            #expect(!text.contains("hush"))
        }
    }
}
