// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1

/// Puts a file's pieces where an answer that names a file has empty ones. Sits between the HTTP/1 encoder and the library.
final class FileSender: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let handover: FileHandover
    private var body: FileBody?
    private var position = 0

    init(_ handover: FileHandover) { self.handover = handover }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            body = nil
            if let number = head.headers.first(name: FileHandover.header) {
                head.headers.remove(name: FileHandover.header)
                guard let taken = Int(number).flatMap(handover.take) else {
                    promise?.fail(ChannelError.operationUnsupported)
                    return context.close(promise: nil)
                }
                body = taken
                position = taken.range.lowerBound
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(.byteBuffer(let bytes)) where bytes.readableBytes == 0:
            guard let body, position < body.range.upperBound else { return context.write(data, promise: promise) }
            let end = min(position + FileHandover.pieceSize, body.range.upperBound)
            let promise = promise ?? context.eventLoop.makePromise()
            // The file stays open until the kernel has this piece.
            promise.futureResult.whenComplete { _ in withExtendedLifetime(body) {} }
            context.write(wrapOutboundOut(.body(.fileRegion(body.region(position..<end)))), promise: promise)
            position = end
        default: context.write(data, promise: promise)
        }
    }
}
