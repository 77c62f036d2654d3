// SPDX-License-Identifier: Apache-2.0
package import Base
package import Blobs
import Foundation
import Hummingbird
import HummingbirdCore
import Ledger
package import Logging
import NIOCore
package import Records
import ServiceLifecycle

/// Serves a store: the registry below `/v2/` and the catalog's pages. Runs until its service group shuts down; requests that are
/// being answered are answered to their end.
package struct CatalogServer: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes any free port.
        package var port: Int
        /// PEM of the key that signs the images, served at `/cosign.pub`; nil when images are not signed.
        package var publicKey: [UInt8]?
        /// What pull commands call this registry, `registry.example.org:5000`; nil takes it from each request.
        package var publicName: String?
        /// Connections at once; more wait in the kernel's queue.
        package var maximumConnections: Int
        /// Where pushes begin; nil when this registry takes none. The records must be open for serving.
        package var uploads: UploadFolder?

        package init(
            host: String = "127.0.0.1", port: Int = 5000, publicKey: [UInt8]? = nil, publicName: String? = nil,
            maximumConnections: Int = 1024, uploads: UploadFolder? = nil
        ) {
            self.host = host
            self.port = port
            self.publicKey = publicKey
            self.publicName = publicName
            self.maximumConnections = maximumConnections
            self.uploads = uploads
        }
    }

    private let settings: Settings
    private let logger: Logger
    private let responder: CatalogResponder
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// `onRunning` is told the port when connections are accepted.
    package init(
        records: RecordStore, blobs: FileBlobStore, settings: Settings, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: Int(Date().timeIntervalSince1970)) },
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        self.settings = settings
        self.logger = logger
        self.onRunning = onRunning
        responder = CatalogResponder(
            registry: Registry(
                records: records, blobs: blobs, access: OpenAccess(isOpenForWriting: settings.uploads != nil), uploads: settings.uploads,
                clock: clock),
            pages: try CatalogPages(records: records, blobs: blobs, hasKey: settings.publicKey != nil),
            log: LogFiles(folder: LogFolder(blobs.folder + "/log")),
            publicKey: settings.publicKey, publicName: settings.publicName ?? "\(settings.host):\(settings.port)",
            isNameFixed: settings.publicName != nil)
    }

    package func run() async throws {
        do { try await application.run() } catch let error as IOError {
            throw WebError.cannotListen(host: settings.host, port: settings.port, reason: error.description)
        } catch let error as SocketAddressError {
            throw WebError.cannotListen(host: settings.host, port: settings.port, reason: "\(error)")
        }
    }

    /// The application, for `run` and for tests in process.
    var application: some ApplicationProtocol {
        let onRunning = onRunning
        return Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [PatientClose()], idleTimeout: .seconds(75),
                    httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.maximumConnections)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) },
            logger: logger)
    }
}
