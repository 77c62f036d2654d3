// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTPTypes

/// Closes a connection that holds on to the server without giving anything: a head that never ends, a body that drips, an
/// answer that nobody takes, one connection too many of an address.
///
/// Silence between requests is left to the idle timeout of the server library, which sees whole parts of requests only.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = NIOAny
    typealias OutboundOut = NIOAny

    private enum Phase { case beforeFirstHead, body, other }

    private let limits: ConnectionLimits
    private let pulseLength: TimeAmount
    private let table: ConnectionTable
    private var seat: ConnectionTable.Seat?
    private var phase = Phase.beforeFirstHead
    private var opened = NIODeadline.now()
    /// Whether bytes of a body are asked for: what we do not want yet, the client does not owe.
    private var isReading = false
    private var bytes = 0
    private var stretchBegan = NIODeadline.now()
    private var pendingWrites = 0
    private var lastProgress = NIODeadline.now()
    private var pulse: Scheduled<Void>?

    init(_ limits: ConnectionLimits, _ table: ConnectionTable) {
        self.limits = limits
        pulseLength = TimeAmount(limits.pulse)
        self.table = table
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            phase = .body
            bytes = 0
            stretchBegan = .now()
        case .body(let buffer): bytes += buffer.readableBytes
        case .end: phase = .other
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        if pendingWrites == 0 { lastProgress = .now() }
        pendingWrites += 1
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.pendingWrites -= 1
            self.lastProgress = .now()
        }
        context.write(data, promise: promise)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard seat == nil else { return }
        opened = .now()
        guard let seat = table.enter(context.channel.remoteAddress?.ipAddress) else { return context.close(promise: nil) }
        self.seat = seat
        beat(context)
    }

    private func end() {
        pulse?.cancel()
        pulse = nil
        if let seat { table.leave(seat) }
        seat = nil
    }

    private func beat(_ context: ChannelHandlerContext) {
        pulse = context.eventLoop.assumeIsolated().scheduleTask(in: pulseLength) {
            guard self.seat != nil else { return }
            if self.isOverdue(.now()) { context.close(promise: nil) } else { self.beat(context) }
        }
    }

    private func isOverdue(_ now: NIODeadline) -> Bool {
        if pendingWrites > 0, now - lastProgress > TimeAmount(limits.writePatience) { return true }
        switch phase {
        case .beforeFirstHead: return now - opened > TimeAmount(limits.headPatience)
        case .body:
            guard isReading, bytes < limits.bodyMinimum else {
                bytes = 0
                stretchBegan = now
                return false
            }
            return now - stretchBegan > TimeAmount(limits.bodyPatience)
        case .other: return false
        }
    }
}
