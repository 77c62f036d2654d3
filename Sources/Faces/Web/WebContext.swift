// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import NIOCore

/// What belongs to one request beside itself: its logger and who is at the other end.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The address at the other end of the connection: a client's or a proxy's.
    var peer: String? { channel.remoteAddress?.ipAddress }

    /// The plain context, for parts that need no more.
    var basic: BasicRequestContext { BasicRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger)) }
}
