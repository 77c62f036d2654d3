// SPDX-License-Identifier: Apache-2.0
import Attest
import Base
import Foundation
import Sigstore
import Synchronization
import Testing

@testable import Signing

/// A server on a thread of this process, stopped with the value.
final class LiveServer: Sendable {
    let path: String
    let server: SignerServer
    private let done = Mutex(false)
    private let bench: Workbench

    init(_ bench: Workbench, allowed: Set<UInt32> = [geteuid()], limits: SignerServer.Limits = .init()) throws {
        self.bench = bench
        path = bench.scratch.path + "/signer.sock"
        server = try SignerServer(desk: bench.desk, allowed: allowed, limits: limits)
        let socket = try SignerSocket(path: path)
        try socket.listen()
        Thread.detachNewThread { [self] in
            try? server.serve(socket)
            done.withLock { $0 = true }
        }
    }

    func signer(expecting key: [UInt8]? = nil) async throws -> SocketSigner {
        try await SocketSigner.connect(to: path, servers: [0, geteuid()], expecting: key)
    }

    func stopAndWait() {
        server.stop()
        while !done.withLock({ $0 }) { sched_yield() }
    }
}

@Suite(.timeLimit(.minutes(2))) struct ServerTests {
    private func deadline() -> ContinuousClock.Instant { .now + .seconds(20) }

    @Test(arguments: [(UInt32?.none, false), (1000, false), (0, true), (1001, true)])
    func `a signer is apart when its process is another user's`(_ server: UInt32?, _ isApart: Bool) {
        #expect(SocketSigner.isApart(server: server, from: 1000) == isApart)
    }

    @Test func `a builder gets signatures over a socket and never sees a key`() async throws {
        let bench = try Workbench()
        let live = try LiveServer(bench)
        let signer = try await live.signer(expecting: bench.keys.publicKeyDER)
        #expect(signer.logPublicKey == bench.keys.logPublicKey)
        #expect(!signer.isApart)
        #expect(try await signer.lastCheckpoint() == nil)
        let tree = SmallTree(3)
        let signatures = try await signer.sign([
            .statement(try Workbench.statement()), .simpleSigning(Workbench.simpleSigning),
            .checkpoint(tree.checkpoint(), consistency: []), .notation(Workbench.notation().signingInput),
        ])
        #expect(signatures.count == 4)
        let last = try #require(try await signer.lastCheckpoint())
        #expect(last.size == 3 && last.root == tree.root())
        await #expect(throws: SigningError.refused(reason: "message 1: no build of this store made \(Workbench.foreign)")) {
            try await signer.sign([.statement(try Workbench.statement(about: Workbench.foreign))])
        }
        #expect(bench.journal.last?["peer"] == ["pid": JSON(Int(getpid())), "uid": JSON(Int(geteuid()))])
        live.stopAndWait()
        await #expect(throws: SigningError.self) { try await signer.sign([.simpleSigning(Workbench.simpleSigning)]) }
    }

    @Test func `more messages than one request holds go in several`() async throws {
        let live = try LiveServer(try Workbench())
        let messages = Array(repeating: SignableMessage.simpleSigning(Workbench.simpleSigning), count: SignerProtocol.batchLimit + 3)
        #expect(try await live.signer().sign(messages).count == messages.count)
        live.stopAndWait()
    }

    static let malformed: [(String, [UInt8])] = [
        ("no JSON", frame("hello")), ("JSON that is not canonical", frame(#"{ "ask":"hello","version":1}"#)),
        ("an array", frame("[]")), ("an empty frame", frame("")), ("another version", frame(#"{"ask":"hello","version":2}"#)),
        ("no version", frame(#"{"ask":"hello"}"#)), ("an unknown question", frame(#"{"ask":"export-key","version":1}"#)),
        ("a member too many", frame(#"{"ask":"hello","key":"x","version":1}"#)),
        ("no messages", frame(#"{"ask":"sign","messages":[],"version":1}"#)),
        ("an unknown kind", frame(#"{"ask":"sign","messages":[{"kind":"certificate"}],"version":1}"#)),
        ("a proof that is none", frame(#"{"ask":"sign","messages":[{"consistency":["x"],"kind":"checkpoint"}],"version":1}"#)),
        ("a frame of four gigabytes", [0xFF, 0xFF, 0xFF, 0xFF]),
        ("a header that is too long", [0, 0x10, 0, 0] + Array(repeating: 0x20, count: 64)),
        ("a message that is too long", frame(#"{"ask":"sign","messages":[{"kind":"statement"}],"version":1}"#) + [0x7F, 0, 0, 0]),
        ("too many messages", frame(#"{"ask":"sign","messages":[\#(messages(513))],"version":1}"#)),
        ("deep JSON", frame(String(repeating: "[", count: 4000))),
    ]
    private static func messages(_ count: Int) -> String {
        Array(repeating: #"{"kind":"statement"}"#, count: count).joined(separator: ",")
    }
    private static func frame(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }

    @Test(arguments: malformed) func `a malformed request is answered with a reason, and harms nobody else`(
        name: String, bytes: [UInt8]
    ) async throws {
        let bench = try Workbench()
        let live = try LiveServer(bench)
        let channel = try LocalSocket.connect(to: live.path)
        _ = bytes.withUnsafeBytes { send(channel.descriptor, $0.baseAddress, $0.count, 0) }
        let answer = try SignerAnswer(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline()))
        guard case .refusal("signing.protocol", _) = answer else {
            Issue.record("\(name) was answered with \(answer)")
            return
        }
        #expect(try await live.signer().sign([.simpleSigning(Workbench.simpleSigning)]).count == 1)
        live.stopAndWait()
    }

    @Test func `random bytes never bring it down`() async throws {
        let live = try LiveServer(try Workbench())
        var generator = SystemRandomNumberGenerator()
        let good = SignerRequest.sign([.simpleSigning]).bytes
        let whole = [0, 0, 0, UInt8(good.count)] + good + [0, 0, 0, UInt8(Workbench.simpleSigning.count)] + Workbench.simpleSigning
        for round in 0..<200 {
            var bytes = whole
            if round.isMultiple(of: 2) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            let channel = try LocalSocket.connect(to: live.path)
            _ = bytes.withUnsafeBytes { send(channel.descriptor, $0.baseAddress, $0.count, 0) }
            channel.hangUp()
        }
        // Connections that have just ended may still be counted.
        var signatures: [[UInt8]] = []
        while signatures.isEmpty { signatures = (try? await live.signer().sign([.simpleSigning(Workbench.simpleSigning)])) ?? [] }
        live.stopAndWait()
    }

    @Test func `clients that say nothing keep nobody waiting, and cannot take every place`() async throws {
        let bench = try Workbench()
        var limits = SignerServer.Limits()
        limits.connectionsOfUser = 4
        let live = try LiveServer(bench, limits: limits)
        var silent: [FrameChannel] = []
        for _ in 0..<3 {
            let channel = try LocalSocket.connect(to: live.path)
            // The beginning of a frame, and no more.
            _ = [UInt8](arrayLiteral: 0, 0).withUnsafeBytes { send(channel.descriptor, $0.baseAddress, 2, 0) }
            silent.append(channel)
        }
        #expect(try await live.signer().sign([.simpleSigning(Workbench.simpleSigning)]).count == 1)
        // Its place is taken once it was accepted.
        var refused: SignerAnswer?
        while refused == nil {
            let channel = try LocalSocket.connect(to: live.path)
            // One that is turned away may be gone before it is spoken to; its answer is there all the same.
            try? channel.writeFrame(SignerRequest.hello.bytes, until: deadline())
            let answer = try SignerAnswer(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline()))
            silent.append(channel)
            if case .refusal = answer { refused = answer }
        }
        guard case .refusal(_, let reason) = refused else { return }
        #expect(reason.contains("too many connections"))
        silent = []
        live.stopAndWait()
    }

    @Test func `a request that stops in the middle ends when its time is over`() throws {
        var limits = SignerServer.Limits()
        limits.request = .milliseconds(80)
        let live = try LiveServer(try Workbench(), limits: limits)
        let channel = try LocalSocket.connect(to: live.path)
        try channel.writeFrame(SignerRequest.sign([.statement]).bytes, until: deadline())
        let answer = try SignerAnswer(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline()))
        guard case .refusal("signing.lost", let reason) = answer else {
            Issue.record("answered with \(answer)")
            return
        }
        #expect(reason.contains("nothing came within the time"))
        live.stopAndWait()
    }

    @Test func `the memory of one user is bounded`() throws {
        var limits = SignerServer.Limits()
        limits.bytesOfUser = 1000
        let live = try LiveServer(try Workbench(), limits: limits)
        let channel = try LocalSocket.connect(to: live.path)
        try channel.writeFrame(SignerRequest.sign([.statement]).bytes, until: deadline())
        try channel.writeFrame(Array(repeating: 0x20, count: 1001), until: deadline())
        let answer = try SignerAnswer(reading: channel.readFrame(limit: SignerProtocol.headerLimit, until: deadline()))
        guard case .refusal("signing.lost", _) = answer else {
            Issue.record("answered with \(answer)")
            return
        }
        live.stopAndWait()
    }

    @Test func `a user who is not on the list is turned away, and that is in the journal`() async throws {
        let bench = try Workbench()
        let live = try LiveServer(bench, allowed: [geteuid() &+ 4711])
        await #expect(throws: SigningError.self) { try await live.signer() }
        #expect(bench.journal.last?["decision"] == "refused")
        #expect(bench.journal.last?["reason"]?.string?.contains("not allowed") == true)
        live.stopAndWait()
    }

    @Test func `a signer with another key, or of another user, is not believed`() async throws {
        let live = try LiveServer(try Workbench())
        let other = try Workbench.makeKeys().publicKeyDER
        await #expect(throws: SigningError.self) { try await live.signer(expecting: other) }
        await #expect(throws: SigningError.self) {
            _ = try await SocketSigner.connect(to: live.path, servers: [geteuid() &+ 4711], expecting: nil)
        }
        live.stopAndWait()
    }

    @Test func `a socket is made where nobody else can put another in its place`() throws {
        let scratch = try Scratch()
        for mode in [0o777, 0o775, 0o1777] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch.path)
            #expect(throws: SigningError.self, "mode \(String(mode, radix: 8))") { try SignerSocket(path: scratch.path + "/s") }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path)
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: ".")
        #expect(throws: SigningError.self) { try SignerSocket(path: scratch.path + "/link/s") }
        #expect(throws: SigningError.self) { try SignerSocket(path: "relative/s") }
        try Data("precious".utf8).write(to: URL(filePath: scratch.path + "/file"))
        #expect(throws: SigningError.self) { try SignerSocket(path: scratch.path + "/file") }
        #expect(scratch.text("file") == "precious")

        let path = scratch.path + "/s"
        let socket = try SignerSocket(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: SigningError.alreadyRunning(place: path)) { try SignerSocket(path: path) }
        withExtendedLifetime(socket) {}
    }

    @Test func `a socket that was left behind is taken over, one that answers is not`() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/s"
        // As kill -9 leaves it: bound once, closed, still there.
        let descriptor = try LocalSocket.bind(to: path, uids: [geteuid()])
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        do {
            let socket = try SignerSocket(path: path)
            try socket.listen()
            #expect(throws: SigningError.alreadyRunning(place: path)) { try LocalSocket.bind(to: path, uids: [geteuid()]) }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a second signer on one journal does not start`() throws {
        let bench = try Workbench()
        #expect(throws: SigningError.self) { try Workbench(bench.scratch) }
    }
}
