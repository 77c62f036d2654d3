// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Base
import Blobs
import Foundation
import Logging
import Records
import ServiceLifecycle
import UnixSignals
import Web

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the store as an OCI registry and a catalog page.",
        discussion: """
            Builds may go on beside it. Takes no pushes unless told to.

            Example: ashlar serve --port 8080
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on.") var port = 8080
    @Option(help: "What pull commands on the pages call this registry: registry.example:443.") var publicName: String?
    @Flag(help: "Allow plain HTTP on an address other machines reach; put TLS in front of it.") var plainHttpBeyondLoopback = false

    @Flag(help: "Let everybody who reaches this address push and delete. Loopback only.") var openPush = false

    func run() async throws {
        try await reporting {
            let settings = try Settings(options, environment: ProcessInfo.processInfo.environment)
            let isLoopback = ["127.0.0.1", "::1", "localhost"].contains(host)
            guard !openPush || isLoopback else {
                throw CommandError.badReference(host, reason: "--open-push lets everybody push and delete, which loopback alone may have")
            }
            guard plainHttpBeyondLoopback || isLoopback else {
                throw CommandError.badReference(
                    host, reason: "plain HTTP is served on loopback only, unless --plain-http-beyond-loopback says that TLS stands in front"
                )
            }
            let key = FileManager.default.contents(atPath: settings.publicKeyFile).map(Array.init)
            var logger = Logger(label: "ashlar.serve", factory: { StreamLogHandler.standardError(label: $0) })
            logger.logLevel = .notice
            let blobs = try FileBlobStore(folder: settings.store, access: openPush ? .readWrite : .readOnly)
            let server = try CatalogServer(
                records: try RecordStore(folder: settings.store, access: openPush ? .serving : .readOnly), blobs: blobs,
                settings: .init(
                    host: host, port: port, publicKey: key, publicName: publicName,
                    uploads: openPush ? try UploadFolder(store: blobs) : nil), logger: logger,
                onRunning: { [host] port in Progress().say("serving http://\(host):\(port)/") })
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
            try await group.run()
        }
    }
}
