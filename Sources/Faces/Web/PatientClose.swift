// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Closes a connection only after what was written to it has left, so that a slow client gets the end of its blob when the
/// server shuts down. A client that takes nothing for too long is closed all the same.
// Without it the last bytes still in the channel's buffer are lost: closing a channel fails its pending writes.
final class PatientClose: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = NIOAny

    static let patience: TimeAmount = .seconds(60)
    private var lastWrite: EventLoopFuture<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        lastWrite = promise.futureResult
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, let lastWrite else { return context.close(mode: mode, promise: promise) }
        let loop = context.eventLoop.assumeIsolated()
        let limit = loop.scheduleTask(in: Self.patience) { context.close(mode: mode, promise: nil) }
        lastWrite.assumeIsolated().whenComplete { _ in
            limit.cancel()
            context.close(mode: mode, promise: promise)
        }
    }
}
