// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Transport

/// A relay on the loopback that says what its script says to each line, and keeps what it was told.
private final class ScriptedRelay: Sendable {
    private let heard = Mutex<[String]>([])
    var lines: [String] { heard.withLock { $0 } }

    static func with(
        _ answers: [String: String] = [:], greeting: String = "220 relay.example",
        _ body: (ScriptedRelay, Int) async throws -> Void
    ) async throws {
        let relay = ScriptedRelay()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(Handler(relay: relay, answers: answers, greeting: greeting))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(relay, channel.localAddress?.port ?? 0)
            try await channel.close()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let relay: ScriptedRelay
        private let answers: [String: String]
        private let greeting: String
        private var pending = ""
        private var isData = false

        init(relay: ScriptedRelay, answers: [String: String], greeting: String) {
            self.relay = relay
            self.answers = answers
            self.greeting = greeting
        }

        private func say(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: text + "\r\n")), promise: nil)
        }

        func channelActive(context: ChannelHandlerContext) { say(greeting, context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            while let end = pending.range(of: "\r\n") {
                let line = String(pending[..<end.lowerBound])
                pending = String(pending[end.upperBound...])
                relay.heard.withLock { $0.append(line) }
                if isData {
                    guard line == "." else { continue }
                    isData = false
                    say(answers["."] ?? "250 taken", context)
                    continue
                }
                let word = line.split(separator: " ").first.map(String.init) ?? ""
                switch word {
                case "EHLO": say(answers[word] ?? "250-relay.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE", context)
                case "DATA":
                    isData = answers["DATA"] == nil
                    say(answers["DATA"] ?? "354 go on", context)
                case "AUTH": say(answers[line] ?? answers["AUTH"] ?? "235 welcome", context)
                case "QUIT": say("221 bye", context)
                default: say(answers[word] ?? "250 ok", context)
                }
            }
        }
    }
}

@Suite struct MailTests {
    private func message(subject: String = "a subject", text: String = "a text\n", to: [String] = ["ops@example.org"]) throws -> MailMessage
    {
        MailMessage(
            from: try MailAddress("ashlar@example.org"), to: try to.map { try MailAddress($0) }, subject: subject, text: text,
            id: .sha256(of: "id"), date: Timestamp(seconds: 1_764_000_000))
    }

    private func relay(_ port: Int, login: String? = nil) throws -> SMTPRelay {
        try SMTPRelay(
            RelayAddress("smtp://127.0.0.1:\(port)"), login: try login.map { try #require(RelayLogin($0)) }, patience: .seconds(600))
    }

    @Test func `a mail is handed over`() async throws {
        try await ScriptedRelay.with { server, port in
            try await relay(port).send(message(to: ["ops@example.org", "b@example.org"]))
            let lines = server.lines
            #expect(lines.contains("MAIL FROM:<ashlar@example.org>"))
            #expect(lines.filter { $0.hasPrefix("RCPT TO:") } == ["RCPT TO:<ops@example.org>", "RCPT TO:<b@example.org>"])
            #expect(lines.contains("Subject: =?utf-8?B?YSBzdWJqZWN0?=") && lines.contains("YSB0ZXh0Cg=="))
            #expect(lines.contains("Date: Mon, 24 Nov 2025 16:00:00 +0000"))
            // Receivers do not learn of each other from the headers.
            #expect(lines.filter { $0.contains("b@example.org") } == ["RCPT TO:<b@example.org>"])
        }
    }

    @Test(arguments: [
        "x\r\nBcc: evil@example.org", "x\n.\r\nMAIL FROM:<evil@example.org>", "x\r\n.\r\nQUIT", "\u{202E}x\u{0}\u{7}",
        String(repeating: "ä€", count: 500),
    ])
    func `no text makes a header or a command`(hostile: String) async throws {
        try await ScriptedRelay.with { server, port in
            try await relay(port).send(message(subject: hostile, text: hostile))
            let commands: Set = ["EHLO", "MAIL", "RCPT", "DATA", "QUIT", "."]
            let heads = ["From:", "To:", "Subject:", "Date:", "Message-ID:", "Auto-Submitted:", "MIME-Version:", "Content-"]
            let base64 = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
            for line in server.lines where !line.isEmpty {
                let isOurs =
                    commands.contains(String(line.prefix { $0 != " " })) || heads.contains { line.hasPrefix($0) }
                    || line.hasPrefix(" =?utf-8?B?") || line.allSatisfy(base64.contains)
                #expect(isOurs, "\(line)")
                #expect(line.utf8.count <= 78)
            }
            #expect(server.lines.count { $0.hasPrefix("MAIL") } == 1 && server.lines.count { $0 == "." } == 1)
        }
    }

    @Test(arguments: [
        "", "ops", "a@b@c", "ops@example.org>\r\nRCPT TO:<x@y", "ops @example.org", "ops@exa mple.org", "\"a b\"@example.org", "ops@",
        "@example.org", "ops@-x\n",
    ])
    func `what is no address is none`(text: String) { #expect(throws: TransportError.self) { try MailAddress(text) } }

    @Test func `a login is sent by PLAIN, or by LOGIN where there is nothing else`() async throws {
        try await ScriptedRelay.with { server, port in
            try await relay(port, login: "ops\nsecret\n").send(message())
            #expect(server.lines.contains("AUTH PLAIN " + Base64.encode(Array("\0ops\0secret".utf8))))
        }
        let answers = [
            "EHLO": "250-relay.example\r\n250 AUTH LOGIN", "AUTH LOGIN": "334 VXNlcm5hbWU6",
            Base64.encode(Array("ops".utf8)): "334 UGFzc3dvcmQ6",
            Base64.encode(Array("secret".utf8)): "235 welcome",
        ]
        try await ScriptedRelay.with(answers) { server, port in
            try await relay(port, login: "ops\nsecret").send(message())
            #expect(server.lines.contains("AUTH LOGIN") && server.lines.contains(Base64.encode(Array("secret".utf8))))
        }
    }

    @Test func `a refused login does not show the password`() async throws {
        try await ScriptedRelay.with(["AUTH": "535 no"]) { _, port in
            await #expect {
                try await relay(port, login: "ops\nsecret").send(message())
            } throws: { error in
                let text = "\((error as? TransportError)?.diagnosis.rendered ?? "")"
                return text.contains("535") && !text.contains("secret") && !text.contains(Base64.encode(Array("\0ops\0secret".utf8)))
            }
        }
    }

    @Test(arguments: ["RCPT", "MAIL", "DATA", ".", "EHLO"]) func `what a relay refuses is not sent`(command: String) async throws {
        try await ScriptedRelay.with([command: "550 not here"]) { _, port in
            await #expect(throws: TransportError.self) { try await relay(port).send(message()) }
        }
    }

    @Test(arguments: [
        "hello", "999 x", "220 ok\r\n250 relay.example\r\n250 ok", String(repeating: "220-x\r\n", count: 100) + "220 x",
        "220 " + String(repeating: "x", count: 4000),
    ])
    func `a relay that does not keep its turn or the protocol is left`(greeting: String) async throws {
        try await ScriptedRelay.with(greeting: greeting) { _, port in
            await #expect(throws: TransportError.self) { try await relay(port).send(message()) }
        }
    }

    @Test func `addresses of relays say how the way is protected`() throws {
        #expect(try RelayAddress("smtps://mail.example").port == 465)
        #expect(try RelayAddress("smtps://mail.example").protection == .tls)
        #expect(try RelayAddress("smtp://mail.example").port == 587)
        #expect(try RelayAddress("smtp://mail.example").protection == .startTLS)
        #expect(try RelayAddress("smtp://mail.example:25").protection == .startTLS)
        #expect(try RelayAddress("smtp://localhost:2525").protection == .plain)
        for text in ["mail.example", "smtp://user:secret@mail.example", "smtp://mail.example/x", "http://mail.example"] {
            #expect(throws: TransportError.self) { try RelayAddress(text) }
        }
    }

    @Test func `a relay without TLS is not told anything where TLS is due`() async throws {
        // Not this machine by its name, so TLS is due; the scripted relay offers none.
        try await ScriptedRelay.with { server, port in
            var address = try RelayAddress("smtp://127.0.0.1:\(port)")
            address = address.protected(by: .startTLS)
            let relay = try SMTPRelay(address, login: RelayLogin("ops\nsecret"), patience: .seconds(600))
            await #expect(throws: TransportError.self) { try await relay.send(message()) }
            #expect(!server.lines.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        }
    }
}
