import Foundation
// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Synchronization

/// A server on the loopback that answers as its script says, wrong answers included.
final class ScriptedServer: Sendable {
    enum Reply: Sendable {
        /// Sends the text and keeps the connection.
        case text(String)
        /// Sends the text and closes the connection.
        case cut(String)
        /// Never answers.
        case silence
        /// Sends the text, then one more letter every few milliseconds for ever.
        case trickle(String)
    }

    let port: Int
    private let channel: any Channel

    static func with<Result: Sendable>(
        _ script: @escaping @Sendable (_ request: String, _ count: Int) -> Reply, _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(Handler(log: log, script: script)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel: channel, log: log)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// A server that says the same to whoever sends anything at all, and closes the connection; with nothing to say it closes it alone.
    static func greeting<Result: Sendable>(with text: String?, _ body: (_ port: Int) async throws -> Result) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(Greeter(text: text)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String?
        init(text: String?) { self.text = text }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let text { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
            context.close(promise: nil)
        }
    }

    private let log: Log
    private init(channel: any Channel, log: Log) {
        self.channel = channel
        self.log = log
        port = channel.localAddress?.port ?? 0
    }
    /// The whole heads of the requests so far, in order.
    var heads: [String] { log.heads.withLock { $0 } }
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    private final class Log: Sendable {
        let heads = Mutex<[String]>([])
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let log: Log
        private let script: @Sendable (String, Int) -> Reply
        private var pending = ""

        init(log: Log, script: @escaping @Sendable (String, Int) -> Reply) {
            self.log = log
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            while let end = pending.range(of: "\r\n\r\n") {
                let head = String(pending[..<end.lowerBound])
                pending = String(pending[end.upperBound...])
                let count = log.heads.withLock { heads in
                    heads.append(head)
                    return heads.count
                }
                switch script(head, count) {
                case .text(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                case .cut(let text):
                    // Said beforehand, so that the next request does not race with the close.
                    let text = text.replacing("\r\n", with: "\r\nConnection: close\r\n", maxReplacements: 1)
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                    context.close(promise: nil)
                case .silence: break
                case .trickle(let text):
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                    let channel = context.channel
                    context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { task in
                        if !channel.isActive { task.cancel() }
                        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
                    }
                }
            }
        }
    }
}

extension ScriptedServer.Reply {
    static func ok(_ body: String, _ headers: String = "") -> Self {
        .text("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }
    static func status(_ status: Int, _ headers: String = "") -> Self {
        .text("HTTP/1.1 \(status) Some\r\nContent-Length: 0\r\n\(headers)\r\n")
    }
}
