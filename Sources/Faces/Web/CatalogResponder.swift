// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Records

/// Answers every request: chooses who answers, turns errors into answers, adds what every answer has, writes the log.
struct CatalogResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let registry: Registry
    let pages: CatalogPages
    let log: LogFiles
    let publicKey: [UInt8]?
    let publicName: String
    let isNameFixed: Bool

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let start = ContinuousClock.now
        // The server puts it into the logger; a log handler that keeps nothing has none.
        let id = context.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
        var response = await answer(request, id, context)
        response.headers[.requestID] = id
        response.headers[.xContentTypeOptions] = "nosniff"
        // Published bytes share the pages' origin: whatever a media type says, a browser runs none of them.
        if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox" }
        if request.method == .head { response = response.createHeadResponse() }
        log(request, response, since: start, context.logger)
        return response
    }

    private func answer(_ request: Request, _ id: String, _ context: BasicRequestContext) async -> Response {
        guard let path = HTTPText.decoded(request.uri.path), !path.utf8.contains(0) else {
            return Self.plain(.badRequest, "The address has an escape that cannot be read.\n")
        }
        do {
            if path == "/v2" || path.hasPrefix("/v2/") { return try await registry.respond(to: request, path: path, context: context) }
            return try page(request, path)
        } catch let refusal as RegistryRefusal {
            return refusal.response
        } catch {
            return failure(error, path, id, context)
        }
    }

    private func page(_ request: Request, _ path: String) throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.plain(.methodNotAllowed, "Only GET and HEAD are answered here.\n", [.allow: "GET, HEAD"])
        }
        switch path {
        case "/healthz": return Self.plain(.ok, "ok\n", [.cacheControl: "no-store"])
        case "/readyz": return readiness()
        case "/cosign.pub":
            guard let publicKey else { return pages.notFound(visitor(request)) }
            return Response(
                status: .ok, headers: [.contentType: "application/x-pem-file", .cacheControl: "no-cache"],
                body: .init(byteBuffer: ByteBuffer(bytes: publicKey)))
        case Stylesheet.path: return Stylesheet.response(to: request.headers[.ifNoneMatch])
        case "/robots.txt": return Self.plain(.ok, "User-agent: *\nDisallow: /v2/\n")
        case "/", "/images", "/images/": return try pages.home(visitor(request))
        default:
            if path.hasPrefix(LogFiles.prefix) {
                return try log.respond(to: path) ?? Self.plain(.notFound, "The log has no such file.\n", [.cacheControl: "no-store"])
            }
            guard path.hasPrefix("/images/") else { return pages.notFound(visitor(request)) }
            let name = String(path.dropFirst(8))
            guard RepositoryName.isWellFormed(name) else { return pages.notFound(visitor(request)) }
            return try pages.image(name, visitor(request))
        }
    }

    private func readiness() -> Response {
        do {
            _ = try registry.records.repositories(limit: 1)
            return Self.plain(.ok, "ready\n", [.cacheControl: "no-store"])
        } catch {
            return Self.plain(.serviceUnavailable, "the records cannot be read\n", [.cacheControl: "no-store"])
        }
    }

    /// How the visitor reaches us: the name in the request, when it is one.
    private func visitor(_ request: Request) -> Visitor {
        let isSecure = request.headers[.forwardedProto] == "https"
        guard !isNameFixed, let name = request.head.authority, Visitor.isName(name) else {
            return Visitor(host: publicName, isSecure: isSecure)
        }
        return Visitor(host: name, isSecure: isSecure)
    }

    private func failure(_ error: any Error, _ path: String, _ id: String, _ context: BasicRequestContext) -> Response {
        let diagnosis = (error as? any Diagnosable)?.diagnosis
        context.logger.error(
            "request failed",
            metadata: ["code": "\(diagnosis?.code ?? "web.unexpected")", "reason": "\(diagnosis?.summary ?? String(reflecting: error))"])
        let status: HTTPResponse.Status = diagnosis?.kind == .unavailable ? .serviceUnavailable : .internalServerError
        guard path.hasPrefix("/v2/") else { return pages.failed(status, requestID: id) }
        return RegistryRefusal.failed(diagnosis, requestID: id).response
    }

    private func log(_ request: Request, _ response: Response, since start: ContinuousClock.Instant, _ logger: Logger) {
        let isFailure = response.status.code >= 500
        guard logger.logLevel <= (isFailure ? .error : .info) else { return }
        let (seconds, fraction) = (ContinuousClock.now - start).components
        // The path only: a query or a header may carry a secret.
        logger.log(
            level: isFailure ? .error : .info, "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path.prefix(300))", "status": "\(response.status.code)",
                "bytes": "\(response.headers[.contentLength] ?? "-")",
                "microseconds": "\(seconds * 1_000_000 + fraction / 1_000_000_000_000)",
            ])
    }

    static func plain(_ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "text/plain; charset=utf-8"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Who looks at a page, as far as commands on it depend on that.
struct Visitor {
    /// What the visitor calls this registry: `127.0.0.1:5000`.
    let host: String
    /// Whether TLS ends before us.
    let isSecure: Bool

    /// A host name or address with an optional port, nothing that could mean more in a shell or on a page.
    static func isName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 255, text.utf8.first != 0x2D else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D: true
            default: false
            }
        }
    }
}
