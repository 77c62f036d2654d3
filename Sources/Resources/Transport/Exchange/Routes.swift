// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// The HTTP clients for the three ways to a host: directly, by a proxy that gets the whole address, through a proxy's tunnel.
struct Routes: Sendable {
    enum Route: Sendable, Hashable {
        case direct
        case forwarded(ProxyAddress)
        case tunnelled(ProxyAddress)
    }
    private let direct: HTTPClient
    private let forwarding: HTTPClient?
    private let tunnelling: HTTPClient?
    private let settings: TransportSettings

    init(_ settings: TransportSettings) throws(TransportError) {
        self.settings = settings
        let tls = try Self.tls(settings)
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(settings, tls))
        forwarding = settings.httpProxy.map { _ in
            var configuration = Self.configuration(settings, tls)
            // The library asks every proxy to CONNECT, which proxies refuse for port 80; the absolute form of RFC 9112
            // section 3.2.2 is what they expect for http addresses.
            configuration.http1_1ConnectionDebugInitializer = AbsoluteForm.install
            return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }
        tunnelling = settings.httpsProxy.map { proxy in
            var configuration = Self.configuration(settings, tls)
            let login = proxy.user.map { HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "") }
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: login)
            return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }
    }

    func route(to address: WebAddress) -> (client: HTTPClient, route: Route) {
        if settings.withoutProxy.covers(host: address.host, port: address.port) { return (direct, .direct) }
        if address.scheme == .http, let proxy = settings.httpProxy, let forwarding { return (forwarding, .forwarded(proxy)) }
        if address.scheme == .https, let proxy = settings.httpsProxy, let tunnelling { return (tunnelling, .tunnelled(proxy)) }
        return (direct, .direct)
    }

    func shutdown() async {
        // Shutting down twice is the only error here, and harmless.
        for client in [direct, forwarding, tunnelling].compactMap(\.self) { try? await client.shutdown() }
    }

    private static func configuration(_ settings: TransportSettings, _ tls: TLSConfiguration) -> HTTPClient.Configuration {
        var pool = HTTPClient.Configuration.ConnectionPool(
            idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: max(1, settings.connectionsPerHost))
        pool.retryConnectionEstablishment = false
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: amount(settings.connectTimeout), read: amount(settings.readTimeout), write: amount(settings.readTimeout)),
            connectionPool: pool, decompression: .disabled)
        configuration.httpVersion = .http1Only
        return configuration
    }

    private static func amount(_ duration: Duration) -> TimeAmount {
        .nanoseconds(duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    }

    private static func tls(_ settings: TransportSettings) throws(TransportError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let pem = settings.authorities { tls.trustRoots = .certificates(try certificates(pem, "SSL_CERT_FILE")) }
        if let pem = settings.additionalAuthorities {
            tls.additionalTrustRoots = [.certificates(try certificates(pem, "ASHLAR_CA_FILE"))]
        }
        return tls
    }

    private static func certificates(_ pem: [UInt8], _ variable: String) throws(TransportError) -> [NIOSSLCertificate] {
        guard let read = try? NIOSSLCertificate.fromPEMBytes(pem), !read.isEmpty else {
            throw .setting(
                variable, reason: "a file without PEM certificates", remedy: "set \(variable) to a file of BEGIN CERTIFICATE blocks")
        }
        return read
    }
}

/// Rewrites `GET /path` into `GET http://host/path` for a proxy; the Host header says which host.
private final class AbsoluteForm: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    @Sendable static func install(in channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(AbsoluteForm(), position: .after(try pipeline.handler(type: HTTPRequestEncoder.self)))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
            return context.write(data, promise: promise)
        }
        head.uri = "http://\(host)\(head.uri)"
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
