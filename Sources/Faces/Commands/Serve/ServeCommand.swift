// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Blobs
import Foundation
import Logging
import Records
import ServiceLifecycle
import Transport
import UnixSignals
import Web

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the store as an OCI registry and a catalog page.",
        discussion: """
            Builds may go on beside it. A store that is not there is made, empty: for a registry, or before the first build. Options win over `serve:` of ashlar.yaml; docs/configuration.md explains every key there, and
            docs/access.md who may do what.

            Example: ashlar serve --port 8080
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "The address to listen on; 127.0.0.1 when left out.") var host: String?
    @Option(help: "The port to listen on; 8080 when left out.") var port: Int?
    @Option(help: "What pull commands on the pages call this registry: registry.example:443.") var publicName: String?
    @Option(help: "PEM file of the server's certificate: speak TLS. Read again when it changes.", completion: .file()) var tlsCertificate:
        String?
    @Option(help: "PEM file of its private key.", completion: .file()) var tlsKey: String?
    @Flag(help: "Allow plain HTTP on an address other machines reach; put TLS in front of it.") var plainHttpBeyondLoopback = false
    @Flag(help: "Let everybody who reaches this address push and delete. On loopback only.") var openPush = false

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let settings = try Settings(options, environment: environment)
            OpenFiles.raise()
            if settings.serve.oidc.isEmpty {
                try await serve(settings, environment, transport: nil)
            } else {
                try await LiveTransport.with(try Network.settings(environment)) { try await serve(settings, environment, transport: $0) }
            }
        }
    }

    private func serve(_ settings: Settings, _ environment: [String: String], transport: (any HTTPTransport)?) async throws {
        let wanted = ServerSetup.Options(
            host: host, port: port, publicName: publicName, certificate: tlsCertificate, key: tlsKey,
            isPlainHTTPAllowed: plainHttpBeyondLoopback)
        let logger = ServerLog.logger(settings.serve.log)
        // Said before a store is made.
        try ServerSetup.checkHost(settings.serve, wanted)
        let store = try ServedStore(settings.store, notice: { logger.notice("\($0)") })
        var setup = try ServerSetup(settings, wanted, transport: transport, notice: { logger.notice("\($0)") })
        if openPush { try setup.openForPushes() }
        setup.server.uploads = store.uploads
        setup.server.objectives = { try RemediationDoor.policy(settings) }
        let images = settings.catalog + "/images"
        setup.server.isOfCatalog = { repository in
            // A registry without a catalog beside it reserves nothing.
            guard FileManager.default.fileExists(atPath: images) else { return false }
            return try FileManager.default.contentsOfDirectory(atPath: images).contains(repository)
        }
        try await MirrorSetup.with(settings.serve.mirrors, store, environment, logger) { mirrors in
            setup.server.mirrors = mirrors
            let ready = setup
            // Receivers are checked before a port is opened.
            try await ReceiverSetup.with(settings, store.records, environment) { notifier in
                let delivery = DeliveryService(notifier: notifier, records: store.records, warnBefore: settings.warnBefore, logger: logger)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await delivery.run() }
                    defer { tasks.cancelAll() }
                    try await run(ready, store, settings, logger)
                }
            }
        }
    }

    private func run(_ setup: ServerSetup, _ store: ServedStore, _ settings: Settings, _ logger: Logger) async throws {
        let address = setup.address
        let isJSON = ServerLog.isJSON(settings.serve.log)
        let server = try CatalogServer(
            records: store.records, blobs: store.blobs, settings: setup.server, logger: logger,
            onRunning: { port in
                if isJSON {
                    logger.notice("serving", metadata: ["address": "\(address(port))"])
                } else {
                    Progress().say("serving \(address(port))")
                }
            })
        for provider in setup.server.access?.providers ?? [] {
            do { try await provider.prepare() } catch {
                // It is tried again with the first token; an issuer that is down must not keep the registry down.
                let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
                logger.warning(
                    "the keys of an issuer could not be fetched", metadata: ["issuer": "\(provider.issuer)", "reason": "\(reason)"])
            }
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [.init(service: server)]
        if settings.watch.isServed, let watch = WatchService(settings, host: host, logger) {
            services.append(.init(service: watch, successTerminationBehavior: .ignore, failureTerminationBehavior: .ignore))
        }
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// Descriptors of this process: each connection and each blob under way needs one.
enum OpenFiles {
    /// Takes as many as the system allows without asking.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = min(limit.rlim_max, 65536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }
}
