// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Glibc
import HummingbirdTesting
import Synchronization
import Testing

@testable import Web

/// Clients that mean ill, against a real server on a port of this machine. Every wait is for the server and has an end.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HostileTests {
    private let guarded: GuardedStore
    init() throws { guarded = try GuardedStore() }

    private static let hurried = ConnectionLimits(
        perAddress: 4096, headPatience: .milliseconds(400), idlePatience: .seconds(2), bodyMinimum: 1024, bodyPatience: .milliseconds(400),
        writePatience: .milliseconds(600), pulse: .milliseconds(100))

    private func health(_ port: Int) async throws {
        let client = try SocketClient(port: port)
        try client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = String(decoding: try await client.read(atLeast: .max), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
    }

    /// Sends bytes and reads until the server closes.
    private func exchange(_ bytes: [UInt8], _ port: Int) async throws -> String {
        let client = try SocketClient(port: port)
        try? client.send(bytes)
        return String(decoding: (try? await client.read(atLeast: .max)) ?? [], as: UTF8.self)
    }

    private static let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Content-Length: 0\r\nContent-Length: 40\r\n\r\n", "Content-Length: 0, 40\r\n\r\n", "Content-Length: +40\r\n\r\n",
        "Content-Length: -1\r\n\r\n", "Content-Length: 0x28\r\n\r\n", "Content-Length: 99999999999999999999999\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        "Transfer-Encoding:\u{B}chunked\r\n\r\n0\r\n\r\n", "X: a\r\n Content-Length: 40\r\n\r\n", "X: a\0b\r\n\r\n", "Bad Name: x\r\n\r\n",
    ])
    func `a request with two ends is refused, and what hides behind it is not read`(rest: String) async throws {
        try await guarded.whileServing({ $0.limits = Self.hurried }) { port, _ in
            let answer = try await exchange(Array(("POST /v2/ HTTP/1.1\r\nHost: x\r\n" + rest + Self.hidden).utf8), port)
            // Where the fault is in the body, the answer to the head may have left before; the last word is always the refusal.
            let answers = answer.components(separatedBy: "HTTP/1.1 ").dropFirst()
            #expect(answer.isEmpty || answers.last?.hasPrefix("400") == true, "\(answer)")
            #expect(answers.count <= 2 && !answer.contains("HTTP/1.1 200") && !answer.contains("ok\n"), "\(answer)")
            try await health(port)
        }
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{FC}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "\r\n\r\n\r\n\r\nX",
        "GET /\r\n\r\n", "A B C D E\r\n\r\n",
    ])
    func `what is not HTTP is closed`(text: String) async throws {
        try await guarded.whileServing({ $0.limits = Self.hurried }) { port, _ in
            let answer = try await exchange(Array(text.utf8), port)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            try await health(port)
        }
    }

    @Test func `heads have limits: one field, all of them, their number, and no end at all`() async throws {
        try await guarded.whileServing({ $0.limits = Self.hurried }) { port, _ in
            let start = "GET /v2/ HTTP/1.1\r\nHost: x\r\n"
            let heads = [
                start + "X: \(String(repeating: "a", count: 20 << 10))\r\n\r\n",
                start + (0..<9).map { "X\($0): \(String(repeating: "a", count: 4000))\r\n" }.joined() + "\r\n",
                start + (0..<200).map { "X\($0): a\r\n" }.joined() + "\r\n",
                "GET /\(String(repeating: "a", count: 40 << 10)) HTTP/1.1\r\n\r\n",
                start + String(repeating: "X: y\r\n", count: 200_000),
            ]
            for head in heads {
                let answer = try await exchange(Array(head.utf8), port)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(200))")
            }
            try await health(port)
        }
    }

    @Test func `a head that drips is cut off`() async throws {
        try await guarded.whileServing({ $0.limits = Self.hurried }) { port, _ in
            let client = try SocketClient(port: port)
            try client.send("GET /v2/ HTTP/1.1\r\nHost: x\r\n")
            let start = ContinuousClock.now
            // A byte now and then, which no timeout for silence would notice.
            while ContinuousClock.now - start < .seconds(20) {
                do { try client.send("a") } catch { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            try await health(port)
        }
    }

    @Test func `a body that drips is cut off`() async throws {
        try await guarded.whileServing({ $0.limits = Self.hurried }) { port, _ in
            let client = try SocketClient(port: port)
            try client.send("PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(20) {
                do { try client.send("a") } catch { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            try await health(port)
        }
    }

    @Test func `a client that takes nothing of its answer is left`() async throws {
        let large = try SyntheticStore(layerSize: 16_000_000)
        let other = try GuardedStore(over: large)
        try await other.whileServing({ $0.limits = Self.hurried }) { port, server in
            let client = try SocketClient(port: port)
            try client.send("GET /v2/team/python/blobs/\(large.layerDigest) HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await client.read(atLeast: 100)
            let connections = { server.responder.record.metrics.connections.load(ordering: .relaxed) }
            let start = ContinuousClock.now
            while connections() > 0, ContinuousClock.now - start < .seconds(20) { try await Task.sleep(for: .milliseconds(50)) }
            #expect(connections() == 0)
            let rest = (try? await client.read(atLeast: .max)) ?? []
            #expect(rest.count < 16_000_000)
        }
    }

    @Test func `one address has a number of connections, and room when one leaves`() async throws {
        try await guarded.whileServing({ settings in
            settings.limits = ConnectionLimits(perAddress: 4)
        }) { port, server in
            var clients: [SocketClient] = []
            for _ in 0..<4 {
                let client = try SocketClient(port: port)
                try client.send(Self.hidden)
                _ = try await client.read(atLeast: 20)
                clients.append(client)
            }
            #expect(try await exchange(Array(Self.hidden.utf8), port).isEmpty)
            #expect(server.responder.record.metrics.refusedConnections.load(ordering: .relaxed) >= 1)
            clients.removeFirst()
            let start = ContinuousClock.now
            var answer = ""
            let closing = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            while answer.isEmpty, ContinuousClock.now - start < .seconds(10) { answer = try await exchange(Array(closing.utf8), port) }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    // Thousands are tried against the program itself (tests/faults): each connection has both ends in this process, and
    // Foundation's Process, which other tests use, does not survive descriptors beyond 1024.
    @Test func `silent connections hold nobody up, and are closed`() async throws {
        let count = 200
        try await guarded.whileServing({ settings in
            settings.limits = ConnectionLimits(
                perAddress: 4096, headPatience: .seconds(4), idlePatience: .seconds(4), pulse: .milliseconds(500))
        }) { port, server in
            var clients: [SocketClient] = []
            for _ in 0..<count { clients.append(try SocketClient(port: port)) }
            for _ in 0..<20 { try await health(port) }
            let start = ContinuousClock.now
            let connections = { server.responder.record.metrics.connections.load(ordering: .relaxed) }
            while connections() > 0, ContinuousClock.now - start < .seconds(30) { try await Task.sleep(for: .milliseconds(100)) }
            #expect(connections() == 0)
            try await health(port)
        }
    }
}
