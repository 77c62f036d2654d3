// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TestKit
import Testing

@testable import Web

/// Runs when openssl is installed: it makes the certificates.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: Certificates.isPossible)) struct TLSTests {
    private let guarded: GuardedStore
    private let files: Certificates
    init() throws {
        guarded = try GuardedStore()
        files = try Certificates(guarded.store.scratch.path)
    }

    @Test func `requests are answered over TLS, and tokens are asked for there`() async throws {
        try guarded.add("ada", ["**:pull"])
        let identity = try files.identity("one")
        try await guarded.whileServing(anonymous: [], { $0.identity = identity }) { port, _ in
            let client = try await TLSClient(port: port, trusting: files.certificate("one"))
            #expect(client.negotiated == "http/1.1")
            let answer = try await client.ask("/v2/")
            #expect(answer.hasPrefix("HTTP/1.1 401"))
            #expect(answer.contains(#"realm="https://registry.example/token""#))
            try await client.close()
        }
    }

    @Test func `old versions and weak ciphers are refused`() async throws {
        let identity = try files.identity("one")
        try await guarded.whileServing({ $0.identity = identity }) { port, _ in
            for change in [
                { (settings: inout TLSConfiguration) in (settings.minimumTLSVersion, settings.maximumTLSVersion) = (.tlsv1, .tlsv11) },
                { settings in
                    settings.maximumTLSVersion = .tlsv12
                    settings.cipherSuites = "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA:AES256-GCM-SHA384"
                },
                { settings in settings.applicationProtocols = ["h2"] },
            ] as [(inout TLSConfiguration) -> Void] {
                let client = try? await TLSClient(port: port, trusting: files.certificate("one"), change)
                // Without a protocol in common the library goes on without one; h2 is never agreed on.
                #expect(client == nil || client?.negotiated == nil)
                try? await client?.close()
            }
            let good = try await TLSClient(port: port, trusting: files.certificate("one")) { $0.maximumTLSVersion = .tlsv12 }
            #expect(try await good.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            try await good.close()
        }
    }

    @Test func `a new certificate is shown to new connections, and old ones live on`() async throws {
        let identity = try files.identity("one", as: "live")
        try await guarded.whileServing({ $0.identity = identity }) { port, _ in
            let old = try await TLSClient(port: port, trusting: files.certificate("one"))
            #expect(try await old.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            #expect(try !identity.reloadIfChanged())
            // Half of the change: the present one stays.
            try files.copy("two.crt", to: "live.crt")
            #expect(throws: WebError.self) { try identity.reloadIfChanged() }
            let between = try await TLSClient(port: port, trusting: files.certificate("one"))
            #expect(try await between.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            try files.copy("two.key", to: "live.key")
            // The server itself looks every second; whoever comes first takes it.
            _ = try identity.reloadIfChanged()
            let new = try await TLSClient(port: port, trusting: files.certificate("two"))
            #expect(try await new.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            #expect(try await old.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            await #expect(throws: (any Error).self) { try await TLSClient(port: port, trusting: files.certificate("one")) }
            for client in [old, between, new] { try await client.close() }
        }
    }

    @Test func `a server without a usable certificate does not start`() throws {
        try files.copy("one.crt", to: "bad.crt")
        try files.copy("two.key", to: "bad.key")
        #expect(throws: WebError.self) { try TLSIdentity(certificate: files.path("bad.crt"), key: files.path("bad.key")) }
        #expect(throws: WebError.self) { try TLSIdentity(certificate: files.path("absent"), key: files.path("one.key")) }
        #expect(throws: WebError.self) { try TLSIdentity(certificate: files.path("one.key"), key: files.path("one.key")) }
    }

    @Test func `a handshake that never ends is cut off`() async throws {
        let identity = try files.identity("one")
        try await guarded.whileServing({ settings in
            settings.identity = identity
            settings.limits = ConnectionLimits(headPatience: .milliseconds(400), pulse: .milliseconds(100))
        }) { port, _ in
            let silent = try SocketClient(port: port)
            let start = ContinuousClock.now
            #expect(try await silent.read(atLeast: .max).isEmpty)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}

/// Certificates for localhost that openssl makes.
struct Certificates {
    private static let program = ["/usr/bin/openssl", "/bin/openssl"].first { FileManager.default.isExecutableFile(atPath: $0) }
    static let isPossible: Bool = {
        if program == nil { print("SKIPPED: TLS tests (openssl is not installed)") }
        return program != nil
    }()
    private let folder: String

    init(_ folder: String) throws {
        self.folder = folder
        for name in ["one", "two"] {
            let process = Process()
            process.executableURL = URL(filePath: Self.program ?? "")
            process.arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost", "-keyout", path(name + ".key"), "-out", path(name + ".crt"),
            ]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
        }
    }

    func path(_ name: String) -> String { folder + "/" + name }
    func certificate(_ name: String) throws -> NIOSSLCertificate { try NIOSSLCertificate.fromPEMFile(path(name + ".crt"))[0] }

    func copy(_ name: String, to other: String) throws {
        let data = try Data(contentsOf: URL(filePath: path(name)))
        try data.write(to: URL(filePath: path(other)), options: .atomic)
    }

    func identity(_ name: String, as copy: String? = nil) throws -> TLSIdentity {
        if let copy { for end in [".crt", ".key"] { try self.copy(name + end, to: copy + end) } }
        return try TLSIdentity(certificate: path((copy ?? name) + ".crt"), key: path((copy ?? name) + ".key"))
    }
}

/// One connection over TLS that asks and reads answers with a length.
final class TLSClient: Sendable {
    private enum Event: Sendable {
        case handshake(String?)
        case bytes(ByteBuffer)
    }
    private let channel: any Channel
    private let inbox: Inbox
    let negotiated: String?

    init(port: Int, trusting certificate: NIOSSLCertificate, _ change: (inout TLSConfiguration) -> Void = { _ in }) async throws {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.trustRoots = .certificates([certificate])
        settings.applicationProtocols = ["http/1.1"]
        change(&settings)
        let context = try NIOSSLContext(configuration: settings)
        let (events, sender) = AsyncThrowingStream.makeStream(of: Event.self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                try channel.pipeline.syncOperations.addHandler(Reporter(sender))
            }
        }.connect(host: "127.0.0.1", port: port).get()
        inbox = Inbox(events)
        guard case .handshake(let name) = try await inbox.next() else { throw ChannelError.eof }
        negotiated = name
    }

    func ask(_ path: String) async throws -> String {
        try await channel.writeAndFlush(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        var text = ""
        while true {
            guard case .bytes(let buffer) = try await inbox.next() else { throw ChannelError.eof }
            text += String(buffer: buffer)
            guard let end = text.range(of: "\r\n\r\n"),
                let length = text.lowercased().firstMatch(of: /content-length: (\d+)/).flatMap({ Int($0.1) })
            else { continue }
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }

    func close() async throws { try await channel.close() }

    private actor Inbox {
        private var events: AsyncThrowingStream<Event, any Error>.AsyncIterator
        init(_ events: AsyncThrowingStream<Event, any Error>) { self.events = events.makeAsyncIterator() }
        func next() async throws -> Event? {
            var copy = events
            let event = try await copy.next(isolation: self)
            events = copy
            return event
        }
    }

    private final class Reporter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let sender: AsyncThrowingStream<Event, any Error>.Continuation
        init(_ sender: AsyncThrowingStream<Event, any Error>.Continuation) { self.sender = sender }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { sender.yield(.bytes(unwrapInboundIn(data))) }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted(let name)? = event as? TLSUserEvent { sender.yield(.handshake(name)) }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            sender.finish(throwing: error)
            context.close(promise: nil)
        }
        func channelInactive(context: ChannelHandlerContext) { sender.finish() }
    }
}
