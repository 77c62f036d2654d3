// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Sandbox

/// A socket on the loopback that answers each connection, or datagram, once.
private final class Loopback: Sendable {
    let port: Int
    private let descriptor: Int32

    init(_ type: __socket_type, answer: @escaping @Sendable ([UInt8]) -> [UInt8]) throws {
        descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(bound)
        port = Int(UInt16(bigEndian: address.sin_port))
        let isStream = type == SOCK_STREAM
        if isStream { listen(descriptor, 5) }
        // The thread alone closes the socket, so that no other descriptor can get its number while it is used.
        Thread.detachNewThread {
            if isStream {
                Self.serveConnections(descriptor, answer)
            } else {
                Self.serveOneDatagram(descriptor, answer)
            }
            close(descriptor)
        }
    }

    private static func serveConnections(_ descriptor: Int32, _ answer: ([UInt8]) -> [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            let count = max(0, read(client, &buffer, buffer.count))
            let bytes = answer(Array(buffer[0..<count]))
            _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
    }

    private static func serveOneDatagram(_ descriptor: Int32, _ answer: ([UInt8]) -> [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var peer = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                let count = max(0, recvfrom(descriptor, &buffer, buffer.count, 0, peer, &length))
                let bytes = answer(Array(buffer[0..<count]))
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), peer, length)
            }
        }
    }

    /// Ends the waiting for connections.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

@Suite struct ProbeClientTests {
    private func ask(_ step: ServerStep, milliseconds: Int = 300) -> ProbeAnswer {
        ProbeClient.answer(to: ProbeQuestion(step: step, milliseconds: milliseconds))
    }
    private func with(_ answer: String, _ body: (Int) -> Void) throws {
        let server = try Loopback(SOCK_STREAM) { _ in Array(answer.utf8) }
        body(server.port)
        server.end()
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    ])
    func `an HTTP answer is compared by status and text`(_ answer: String) throws {
        try with(answer) { port in
            #expect(ask(.http(port: port, path: "/", status: 200, contains: ["hello"])) == ProbeAnswer(passed: true, detail: ""))
            #expect(ask(.http(port: port, path: "/", status: 404, contains: [])).detail.contains("found 200"))
            #expect(ask(.http(port: port, path: "/", status: 200, contains: ["absent"])).detail.contains("\"absent\""))
        }
    }

    @Test(arguments: ["", "nonsense\r\n\r\n", "HTTP/1.1 x OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"])
    func `an answer that is not HTTP or not whole does not pass by chance`(_ answer: String) throws {
        try with(answer) { port in #expect(!ask(.http(port: port, path: "/", status: 200, contains: ["hello"])).passed) }
    }

    @Test func `bytes over TCP and UDP`() throws {
        let echo: @Sendable ([UInt8]) -> [UInt8] = { Array("got ".utf8) + $0 }
        let stream = try Loopback(SOCK_STREAM, answer: echo)
        #expect(ask(.tcp(port: stream.port, send: Array("PING".utf8), contains: ["got", "PING"])).passed)
        #expect(!ask(.tcp(port: stream.port, send: Array("PING".utf8), contains: ["PONG"])).passed)
        stream.end()
        let datagram = try Loopback(SOCK_DGRAM, answer: echo)
        #expect(ask(.udp(port: datagram.port, send: [1, 2, 3], contains: ["got"])).passed)
    }

    @Test func `a FastCGI request carries its parameters`() throws {
        let seen = Mutex<[UInt8]>([])
        let long = String(repeating: "v", count: 200)
        let server = try Loopback(SOCK_STREAM) { request in
            seen.withLock { $0 = request }
            return [1, 6, 0, 1, 0, 5, 3, 0] + Array("hello".utf8) + [0, 0, 0] + [1, 7, 0, 1, 0, 3, 0, 0] + Array("bad".utf8) + [
                1, 3, 0, 1, 0, 8, 0, 0,
            ] + Array(repeating: 0, count: 8)
        }
        #expect(ask(.fastcgi(port: server.port, parameters: ["A": "b", "LONG": long], contains: ["hello", "bad"])).passed)
        #expect(seen.withLock { $0.firstRange(of: [1, 1] + Array("Ab".utf8)) } != nil)
        #expect(seen.withLock { $0.firstRange(of: [4, 0x80, 0, 0, 200] + Array("LONGvvv".utf8)) } != nil)
        server.end()
    }

    @Test func `a FastCGI answer that lies about its lengths does not pass`() throws {
        let server = try Loopback(SOCK_STREAM) { _ in [1, 6, 0, 1, 0xFF, 0xFF, 0xFF, 0] + Array("hello".utf8) }
        #expect(!ask(.fastcgi(port: server.port, parameters: [:], contains: ["hello"])).passed)
        server.end()
    }

    @Test func `a closed port is told`() throws {
        let server = try Loopback(SOCK_STREAM) { $0 }
        server.end()
        #expect(ask(.tcp(port: server.port, send: [], contains: []), milliseconds: 1).detail.contains("refused"))
        #expect(!ask(.tcp(port: 70000, send: [], contains: []), milliseconds: 1).passed)
        #expect(!ask(.restart, milliseconds: 1).passed)
    }

    @Test func `questions travel as JSON`() throws {
        let question = ProbeQuestion(step: .http(port: 80, path: "/", status: 200, contains: ["x"]), milliseconds: 5)
        let bytes = try CanonicalJSON.encode(question)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"milliseconds":5,"step":{"http":{"contains":["x"],"path":"/","port":80,"status":200}}}"#)
        #expect(try CanonicalJSON.decode(ProbeQuestion.self, from: bytes).step == question.step)
    }
}
