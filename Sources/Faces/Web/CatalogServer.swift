// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Blobs
import Foundation
import Hummingbird
import HummingbirdCore
import Ledger
package import Logging
import NIOCore
package import Pipeline
package import Records
import ServiceLifecycle
import Tokens

/// Serves a store: the registry below `/v2/` and the catalog's pages. Runs until its service group shuts down; requests that are
/// being answered are answered to their end.
package struct CatalogServer: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes any free port.
        package var port: Int
        /// PEM of the key that signs the images, served at `/cosign.pub`; nil when images are not signed.
        package var publicKey: [UInt8]?
        /// The public documents of the keys folder by their names, served below `/keys/`: read when they are asked for, since keys are
        /// replaced while a server runs.
        package var keyDocument: @Sendable (PublicKeys.Document) -> [UInt8]? = { _ in nil }
        /// What pull commands call this registry, `registry.example.org:5000`; nil takes it from each request.
        package var publicName: String?
        /// Who may do what; nil lets everybody pull everything, which is for loopback.
        package var access: AccessSettings?
        /// What is shown to clients that speak TLS; nil serves plain HTTP.
        package var identity: TLSIdentity?
        package var limits = ConnectionLimits()
        package var rates = RequestRates()
        /// Proxies whose word about their clients is taken.
        package var proxies: [AddressRange] = []
        package var audit: AuditTrail?
        /// Where pushes begin; nil when this registry takes none. The records must be open for serving.
        package var uploads: UploadFolder?
        /// Other registries whose repositories are served from here. The records must be open for serving.
        package var mirrors: MirrorSet?
        /// Whether the catalog has recipes for a repository: then tags of releases to come are kept for them.
        package var isOfCatalog: @Sendable (String) throws -> Bool = { _ in false }
        /// What the catalog says of how long remediations may take: read when it is asked for.
        package var objectives: @Sendable () throws -> SLOPolicy = { .standard }
        package var metricsAudience = MetricsAudience.local
        /// Of the program, for metrics.
        package var version = "0"
        /// Seconds before the end of a support from which on pages and pulls warn of it; 0 for not at all.
        package var warnBefore = 0
        /// Where recipes are found, with `{image}` and `{stream}`, for bots.
        package var sourceAddress: String?
        /// What limits in time are measured with; tests hand in their own.
        var ticks = RateLimiter.steadyClock()

        package init(host: String = "127.0.0.1", port: Int = 5000, publicKey: [UInt8]? = nil, publicName: String? = nil) {
            self.host = host
            self.port = port
            self.publicKey = publicKey
            self.publicName = publicName
        }
    }

    /// The clock of this machine.
    package static let systemClock: @Sendable () -> Timestamp = { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }

    /// Runs what waits for the disk on threads of its own, away from those that answer.
    package static let offload: PullThrough.Offload = { work in try await Registry.onDisk(work) }

    private let settings: Settings
    private let logger: Logger
    let responder: CatalogResponder
    private let table: ConnectionTable
    private let handover = FileHandover()
    private let executors = LoopExecutors()
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// `onRunning` is told the port when connections are accepted; `clock` is what tokens are compared with.
    package init(
        records: RecordStore, blobs: FileBlobStore, settings: Settings, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp = Self.systemClock, onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        self.settings = settings
        self.logger = logger
        self.onRunning = onRunning
        let access = AccountAccess(try settings.access ?? .open(), records: records, now: clock, ticks: settings.ticks)
        let metrics = Metrics()
        table = ConnectionTable(limit: settings.limits.perAddress, exempt: settings.proxies, metrics: metrics)
        responder = CatalogResponder(
            registry: Registry(
                records: records, blobs: blobs, access: access, uploads: settings.uploads, handover: handover,
                isOfCatalog: settings.isOfCatalog, clock: clock, mirrors: settings.mirrors, warnBefore: settings.warnBefore),
            pages: CatalogPages(
                records: records, blobs: blobs, hasKey: settings.publicKey != nil, log: LogFolder(blobs.folder + "/log"),
                keys: PublicKeys(read: settings.keyDocument), objectives: settings.objectives, warnBefore: settings.warnBefore,
                now: clock),
            feeds: FeedFiles(
                records: records, identity: .sha256(of: settings.publicKey ?? Array((settings.publicName ?? "").utf8)),
                source: settings.sourceAddress, now: clock),
            log: LogFiles(folder: LogFolder(blobs.folder + "/log")),
            statements: StatementFiles(
                records: records, blobs: blobs, access: access, publicKey: settings.publicKey, version: settings.version),
            access: access,
            door: Door(settings),
            record: RequestRecord(metrics: metrics, audit: settings.audit, now: clock),
            metricsPage: MetricsPage(metrics, blobs: blobs, version: settings.version, mirrors: settings.mirrors),
            publicKey: settings.publicKey, keys: PublicKeys(read: settings.keyDocument),
            publicName: settings.publicName ?? "\(settings.host):\(settings.port)", isNameFixed: settings.publicName != nil,
            isTLS: settings.identity != nil)
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cancelWhenGracefulShutdown { await Housekeeping(settings, logger).run() } }
            defer { group.cancelAll() }
            try await serve()
        }
        try? settings.audit?.sync()
    }

    private func serve() async throws {
        do { try await application.run() } catch let error as IOError {
            throw WebError.cannotListen(host: settings.host, port: settings.port, reason: error.description)
        } catch let error as SocketAddressError {
            throw WebError.cannotListen(host: settings.host, port: settings.port, reason: "\(error)")
        }
    }

    /// The application, for `run` and for tests in process.
    var application: some ApplicationProtocol {
        let onRunning = onRunning
        let (limits, table, identity, handover, executors) = (settings.limits, table, settings.identity, handover, executors)
        return Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                let http = HTTP1Channel(
                    responder: responder,
                    configuration: .init(
                        additionalChannelHandlers: [ConnectionGuard(limits, table), PatientClose()],
                        idleTimeout: TimeAmount(limits.idlePatience),
                        httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)
                    ))
                return GuardedChannel(http: http, identity: identity, handover: handover, executors: executors)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) },
            logger: logger)
    }
}

extension AccessSettings {
    /// Everybody may pull everything, and short-lived tokens end with this process.
    static func open() throws -> AccessSettings {
        var generator = SystemRandomNumberGenerator()
        guard let everything = Grant("**:pull"), let seal = TokenSeal(key: TokenSeal.generate(using: &generator)) else {
            throw WebError.badGrant("**:pull", of: "everybody")
        }
        return AccessSettings(anonymous: [everything], seal: seal)
    }
}
