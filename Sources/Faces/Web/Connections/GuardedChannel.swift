// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1
import NIOSSL

/// HTTP/1.1 over TCP, or over TLS with the certificate that is valid when the connection comes.
///
/// Without TLS, bodies that are files go from the disk to the socket inside the kernel. With it they have to pass through here.
struct GuardedChannel: ServerChildChannel {
    let http: HTTP1Channel
    let identity: TLSIdentity?
    let handover: FileHandover
    let executors: LoopExecutors

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        guard let identity else {
            return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                let pipeline = channel.pipeline.syncOperations
                let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
                try pipeline.addHandler(FileSender(handover), position: .before(codec))
                handover.add(channel)
                return value
            }
        }
        let context = identity.context
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }.flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(executors.executor(for: value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
