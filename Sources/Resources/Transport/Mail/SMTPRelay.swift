// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc5321, https://www.rfc-editor.org/rfc/rfc3207, https://www.rfc-editor.org/rfc/rfc4954
import Base
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Hands mail to a relay by SMTP, one connection for each mail.
///
/// Every wait ends; replies are bounded. A password is sent only inside of TLS or to this machine itself. Where TLS was asked for and is
/// not to be had, no mail is sent.
package struct SMTPRelay: MailRelay {
    private let address: RelayAddress
    private let login: RelayLogin?
    private let tls: NIOSSLContext
    private let patience: Duration

    /// - Parameters:
    ///   - authorities: PEM certificates that are trusted besides the system's.
    ///   - patience: for the whole conversation.
    package init(
        _ address: RelayAddress, login: RelayLogin?, authorities: [UInt8]? = nil, patience: Duration = .seconds(60)
    ) throws(TransportError) {
        self.address = address
        self.login = login
        self.patience = patience
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            guard let read = try? NIOSSLCertificate.fromPEMBytes(authorities), !read.isEmpty else {
                throw .mail(place: address.place, reason: "a file of CAs without PEM certificates")
            }
            configuration.additionalTrustRoots = [.certificates(read)]
        }
        do { tls = try NIOSSLContext(configuration: configuration) } catch {
            throw .mail(place: address.place, reason: "TLS cannot be set up here")
        }
    }

    package func send(_ message: MailMessage) async throws {
        do {
            try await within(patience, host: address.place) { try await converse(message) }
        } catch let error as TransportError { throw error } catch is CancellationError { throw CancellationError() } catch {
            throw Failures.translated(error, host: address.host, place: address.place, route: .direct)
        }
    }

    private func converse(_ message: MailMessage) async throws {
        let channel: NIOAsyncChannel<SMTPReply, ByteBuffer> = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(20))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if address.protection == .tls { try pipeline.addHandler(tlsHandler()) }
                    try pipeline.addHandler(ByteToMessageHandler(SMTPReplyDecoder(), maximumBufferSize: SMTPReplyDecoder.limit))
                    try pipeline.addHandler(TurnKeeper())
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { replies, commands in
            var talk = Conversation(place: address.place, replies: replies.makeAsyncIterator(), commands: commands)
            try await talk.expect(220, after: "the connection")
            var abilities = try await talk.greet()
            if address.protection == .startTLS {
                guard abilities.contains("STARTTLS") else {
                    throw TransportError.mail(place: address.place, reason: "no STARTTLS, and a mail must not travel in the open")
                }
                try await talk.say("STARTTLS", expecting: 220)
                let socket = channel.channel
                try await socket.eventLoop.submit { try socket.pipeline.syncOperations.addHandler(tlsHandler(), position: .first) }.get()
                abilities = try await talk.greet()
            }
            if let login { try await talk.logIn(login, abilities) }
            try await talk.say("MAIL FROM:<\(message.from)>", expecting: 250)
            for receiver in message.to { try await talk.say("RCPT TO:<\(receiver)>", expecting: 250, 251) }
            try await talk.say("DATA", expecting: 354)
            try await talk.say((message.lines + ["."]).joined(separator: "\r\n"), as: "the mail", expecting: 250)
            // It is delivered. A relay that says no good-bye, or says it late, must not get the mail once more.
            try? await commands.write(ByteBuffer(string: "QUIT\r\n"))
        }
    }

    private func tlsHandler() throws -> NIOSSLClientHandler {
        let isNumber = (try? SocketAddress(ipAddress: address.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isNumber ? nil : address.host)
    }
}

/// Commands and replies, in turns.
private struct Conversation {
    let place: String
    var replies: NIOAsyncChannelInboundStream<SMTPReply>.AsyncIterator
    let commands: NIOAsyncChannelOutboundWriter<ByteBuffer>

    mutating func greet() async throws -> Set<String> {
        let reply = try await say("EHLO [127.0.0.1]", expecting: 250)
        return Set(reply.lines.map { $0.uppercased() })
    }

    mutating func logIn(_ login: RelayLogin, _ abilities: Set<String>) async throws {
        let ways = abilities.first { $0.hasPrefix("AUTH ") }?.split(separator: " ") ?? []
        if ways.contains("PLAIN") {
            let text = Base64.encode([0] + Array(login.name.utf8) + [0] + Array(login.password.utf8))
            try await say("AUTH PLAIN \(text)", as: "the login", expecting: 235)
        } else if ways.contains("LOGIN") {
            try await say("AUTH LOGIN", expecting: 334)
            try await say(Base64.encode(Array(login.name.utf8)), as: "the login", expecting: 334)
            try await say(Base64.encode(Array(login.password.utf8)), as: "the login", expecting: 235)
        } else {
            throw TransportError.mail(place: place, reason: "a relay that takes no login by PLAIN or LOGIN")
        }
    }

    /// - Parameter name: what is told of it when it fails, where it holds a secret or is long.
    @discardableResult
    mutating func say(_ command: String, as name: String? = nil, expecting codes: Int...) async throws -> SMTPReply {
        try await commands.write(ByteBuffer(string: command + "\r\n"))
        return try await expect(codes, after: name ?? command)
    }

    @discardableResult
    mutating func expect(_ codes: Int..., after name: String) async throws -> SMTPReply { try await expect(codes, after: name) }

    private mutating func expect(_ codes: [Int], after name: String) async throws -> SMTPReply {
        guard let reply = try await replies.next(isolation: #isolation) else {
            throw TransportError.mail(place: place, reason: "the end of the connection after \(name)")
        }
        guard codes.contains(reply.code) else {
            let text = reply.lines.joined(separator: " ").unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }
            throw TransportError.mail(
                place: place, reason: "the reply \(reply.code) to \(name): \(String(String.UnicodeScalarView(text)).prefix(160))")
        }
        return reply
    }
}

/// A reply of a relay: a code, and what it says in each line.
struct SMTPReply: Sendable, Equatable {
    var code: Int
    var lines: [String]
}

/// Reads replies: lines of at most 512 bytes, at most 64 of them.
struct SMTPReplyDecoder: ByteToMessageDecoder {
    typealias InboundOut = SMTPReply
    static let limit = 32 << 10
    private var lines: [String] = []

    init() {}

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let end = buffer.readableBytesView.firstIndex(of: 0x0A) else {
            guard buffer.readableBytes <= 2048 else { throw malformed }
            return .needMoreData
        }
        let length = end - buffer.readerIndex
        guard length <= 2048, lines.count < 64, let bytes = buffer.readBytes(length: length + 1) else { throw malformed }
        let line = bytes.dropLast().filter { $0 != 0x0D }
        guard line.count >= 3, let code = Int(String(decoding: line.prefix(3), as: UTF8.self)), (200...599).contains(code) else {
            throw malformed
        }
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        if line.count > 3, line[line.index(line.startIndex, offsetBy: 3)] == 0x2D { return .continue }
        context.fireChannelRead(Self.wrapInboundOut(SMTPReply(code: code, lines: lines)))
        lines = []
        return .continue
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        .needMoreData
    }

    private var malformed: TransportError { .mail(place: "the relay", reason: "a reply that is not one of SMTP") }
}

/// One reply for each command: what comes unasked is an attack. So nothing that was sent before TLS stood is taken for what was sent
/// within (RFC 3207 section 6).
final class TurnKeeper: ChannelDuplexHandler {
    typealias InboundIn = SMTPReply
    typealias InboundOut = SMTPReply
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    /// The greeting comes by itself.
    private var awaited = 1

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        awaited += 1
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        awaited -= 1
        guard awaited >= 0 else {
            context.fireErrorCaught(TransportError.mail(place: "the relay", reason: "a reply to nothing that was asked"))
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}
