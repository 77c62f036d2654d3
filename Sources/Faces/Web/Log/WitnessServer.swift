// SPDX-License-Identifier: Apache-2.0
// https://c2sp.org/tlog-witness
import Base
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Ledger
package import Logging
import NIOCore
import ServiceLifecycle
import Transparency

/// Serves a witness: `POST /add-checkpoint`, and nothing else.
///
/// Speaks plain HTTP; an answer is a signature that whoever asked checks, and a log that is asked for is public.
package struct WitnessServer: Service {
    private let desk: WitnessDesk
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onRunning: @Sendable (_ port: Int) async -> Void

    package init(
        _ desk: WitnessDesk, host: String, port: Int, logger: Logger, onRunning: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.desk = desk
        self.host = host
        self.port = port
        self.logger = logger
        self.onRunning = onRunning
    }

    package func run() async throws {
        let (desk, logger, onRunning) = (desk, logger, onRunning)
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await Self.answer(request, desk, logger) },
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), availableConnectionsDelegate: MaximumAvailableConnections(256)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) }, logger: logger)
        do { try await application.run() } catch let error as IOError {
            throw WebError.cannotListen(host: host, port: port, reason: error.description)
        } catch let error as SocketAddressError {
            throw WebError.cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    private static func answer(_ request: Request, _ desk: WitnessDesk, _ logger: Logger) async -> Response {
        guard request.uri.path == "/" + AddCheckpointRequest.path else {
            return CatalogResponder.plain(.notFound, "A witness answers POST /\(AddCheckpointRequest.path).\n")
        }
        guard request.method == .post else {
            return CatalogResponder.plain(.methodNotAllowed, "Checkpoints are added with POST.\n", [.allow: "POST"])
        }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: AddCheckpointRequest.limit) } catch {
            return CatalogResponder.plain(.contentTooLarge, "A request has at most \(AddCheckpointRequest.limit) bytes.\n")
        }
        do {
            let answer = try desk.cosign(Array(body.readableBytesView))
            logger.info("asked to cosign", metadata: ["status": "\(answer.status)"])
            return Response(
                status: .init(code: answer.status), headers: [.contentType: answer.mediaType],
                body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
        } catch {
            let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            logger.error("a checkpoint could not be cosigned", metadata: ["reason": "\(reason)"])
            return CatalogResponder.plain(.internalServerError, "The witness cannot answer now.\n")
        }
    }
}
