// SPDX-License-Identifier: Apache-2.0
import Base
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OCI
import Records

/// Answers every request: who may come in, who answers, what every answer has, what is counted and written down.
struct CatalogResponder: HTTPResponder {
    typealias Context = WebContext

    let registry: Registry
    let pages: CatalogPages
    let feeds: FeedFiles
    let log: LogFiles
    let statements: StatementFiles
    let access: AccountAccess
    let door: Door
    let record: RequestRecord
    let metricsPage: MetricsPage
    let publicKey: [UInt8]?
    let keys: PublicKeys
    let publicName: String
    let isNameFixed: Bool
    let isTLS: Bool

    func respond(to request: Request, context: WebContext) async throws -> Response {
        let start = ContinuousClock.now
        // The server puts it into the logger; a log handler that keeps nothing has none.
        let id = context.logger[metadataKey: "hb.request.id"]?.description ?? RequestID().description
        let client = door.address(of: request, peer: context.peer)
        let path = HTTPText.decoded(request.uri.path).flatMap { $0.utf8.contains(0) ? nil : $0 }
        var outcome = Outcome()
        var response = await answer(request, path, client, id, context, &outcome)
        response.headers[.requestID] = id
        response.headers[.xContentTypeOptions] = "nosniff"
        // Published bytes share the pages' origin: whatever a media type says, a browser runs none of them.
        if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox" }
        if request.method == .head { response = response.createHeadResponse() }
        record.keep(request, path ?? "", response, outcome, client, id, since: start, context.logger)
        return response
    }

    /// What became of a request, beside its answer.
    struct Outcome {
        var caller: String?
        /// Who the sender said to be, when that was not shown to be true.
        var claimed: String?
        var refusal: String?
    }

    private func answer(
        _ request: Request, _ path: String?, _ client: ClientAddress, _ id: String, _ context: WebContext, _ outcome: inout Outcome
    ) async -> Response {
        guard let path else { return Self.plain(.badRequest, "The address has an escape that cannot be read.\n") }
        let isRegistry = path == "/v2" || path.hasPrefix("/v2/")
        do {
            // Tokens are asked for with credentials that only the endpoint itself can judge.
            if path == TokenEndpoint.path {
                try door.admit(nil, client)
                return try await TokenEndpoint(access: access).respond(to: request, from: client.key)
            }
            if path == "/healthz" || path == "/readyz" { return try await page(request, path, Caller(name: nil, grants: []), client) }
            let caller = try await door.caller(of: request, client, access)
            outcome.caller = caller.name
            try door.admit(caller.name, client)
            if isRegistry { return try await registry.respond(to: request, path: path, context: context) }
            if StatementFiles.holds(path) { return try await statement(request, path) }
            if path == MetricsPage.path { return try await metrics(request, caller, client) }
            return try await page(request, path, caller, client)
        } catch let refusal as RegistryRefusal {
            outcome.refusal = refusal.code
            if outcome.caller == nil { outcome.claimed = request.headers[.authorization].flatMap { AuthorizationHeader($0)?.claimedName } }
            return isRegistry || path == TokenEndpoint.path ? answer(refusal, request, path) : plainAnswer(refusal)
        } catch {
            return failure(error, request, path, id, context)
        }
    }

    /// A refusal of the registry's API; one that asks for credentials says where tokens are handed out.
    private func answer(_ refusal: RegistryRefusal, _ request: Request, _ path: String) -> Response {
        var response = refusal.response
        if let challenge = refusal.challenge {
            guard path != TokenEndpoint.path else {
                response.headers[.wwwAuthenticate] = Self.basicChallenge
                return response
            }
            let visitor = visitor(request)
            var parts = ["realm=\"\(visitor.origin)\(TokenEndpoint.path)\"", "service=\"\(publicNameOrOurs)\""]
            if let scope = challenge.scope { parts.append("scope=\"\(scope)\"") }
            if let error = challenge.error { parts.append("error=\"\(error)\"") }
            response.headers[.wwwAuthenticate] = "Bearer " + parts.joined(separator: ",")
        }
        return response
    }

    private var publicNameOrOurs: String { isNameFixed ? publicName : "ashlar" }
    private static let basicChallenge = "Basic realm=\"ashlar\", charset=\"UTF-8\""

    private func plainAnswer(_ refusal: RegistryRefusal) -> Response {
        var headers = refusal.headers
        if refusal.challenge != nil { headers[.wwwAuthenticate] = Self.basicChallenge }
        return Self.plain(refusal.status, refusal.message + "\n", headers)
    }

    private func statement(_ request: Request, _ path: String) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.plain(.methodNotAllowed, "Only GET and HEAD are answered here.\n", [.allow: "GET, HEAD"])
        }
        // A store that is read only does not tell when it changes: then files are as old as ten seconds.
        let edition = registry.edition ?? UInt64(truncatingIfNeeded: registry.clock().seconds / 10)
        let found = try await statements.respond(
            to: path, at: visitor(request).origin, varying: varying, ifNoneMatch: request.headers[.ifNoneMatch], edition: edition)
        return found ?? Self.plain(.notFound, "Nothing is said here about vulnerabilities.\n", [.cacheControl: "no-store"])
    }

    private func metrics(_ request: Request, _ caller: Caller, _ client: ClientAddress) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.plain(.methodNotAllowed, "Only GET and HEAD are answered here.\n", [.allow: "GET, HEAD"])
        }
        try door.admitToMetrics(caller, client)
        return await metricsPage.response()
    }

    private func page(_ request: Request, _ path: String, _ caller: Caller, _ client: ClientAddress) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.plain(.methodNotAllowed, "Only GET and HEAD are answered here.\n", [.allow: "GET, HEAD"])
        }
        switch path {
        case "/healthz": return Self.plain(.ok, "ok\n", [.cacheControl: "no-store"])
        case "/readyz": return readiness()
        case "/cosign.pub":
            guard let publicKey else { return pages.notFound(question(request, path)) }
            return Response(
                status: .ok, headers: [.contentType: "application/x-pem-file", .cacheControl: "no-cache"],
                body: .init(byteBuffer: ByteBuffer(bytes: publicKey)))
        case "/robots.txt": return Self.plain(.ok, "User-agent: *\nDisallow: /v2/\n")
        default: return try await catalog(request, path, caller)
        }
    }

    /// Everything of the catalog: what a visitor may not see is not there for them.
    private func catalog(_ request: Request, _ path: String, _ caller: Caller) async throws -> Response {
        let question = question(request, path)
        if path.hasPrefix(LogFiles.prefix) {
            return try log.respond(to: path) ?? Self.plain(.notFound, "The log has no such file.\n", [.cacheControl: "no-store"])
        }
        if path.hasPrefix(PublicKeys.prefix) {
            return keys.respond(to: path) ?? Self.plain(.notFound, "There is no such key.\n", [.cacheControl: "no-store"])
        }
        if path.hasPrefix(Assets.prefix) {
            return Assets.respond(to: path, ifNoneMatch: request.headers[.ifNoneMatch]) ?? pages.notFound(question)
        }
        // Where everything is private, the catalog asks who it is.
        if Self.isOfCatalog(path), caller.name == nil, !access.settings.anonymous.contains(where: { $0.actions.contains(.pull) }),
            access.asksForLogin()
        {
            throw RegistryRefusal.unauthorized("log in to see the images")
        }
        if FeedFiles.holds(path) {
            let (origin, tag) = (visitor(request).origin, request.headers[.ifNoneMatch])
            let file = try await Registry.onDisk { [feeds, access] in
                try feeds.respond(to: path, at: origin, ifNoneMatch: tag) { access.lists($0, for: caller) }
            }
            if let file { return file }
        }
        // Pages read records and documents: not on the threads that answer everybody.
        if let page = try await Registry.onDisk({ [pages, access] in try pages.page(question, { access.lists($0, for: caller) }) }) {
            return page
        }
        // Whether an image is there is not said.
        let name = String(path.dropFirst(8))
        if path.hasPrefix("/images/"), RepositoryName.isWellFormed(name), !access.lists(name, for: caller), caller.name == nil,
            access.asksForLogin()
        {
            throw RegistryRefusal.unauthorized("log in to see this image")
        }
        return pages.notFound(question)
    }

    private static func isOfCatalog(_ path: String) -> Bool {
        path == "/"
            || ["/images", "/cves", "/packages", "/search", "/remediation", "/evidence", "/feed.atom", "/renovate/"].contains {
                path.hasPrefix($0)
            }
    }

    private func question(_ request: Request, _ path: String) -> CatalogPages.Question {
        .init(visitor: visitor(request), path: path, query: request.uri.query, cookies: request.headers[.cookie])
    }

    private func readiness() -> Response {
        do {
            _ = try registry.records.repositories(limit: 1)
            return Self.plain(.ok, "ready\n", [.cacheControl: "no-store"])
        } catch {
            return Self.plain(.serviceUnavailable, "the records cannot be read\n", [.cacheControl: "no-store"])
        }
    }

    /// The fields of a request on which the address of this server depends, as far as nobody configured it.
    private var varying: [String] { (isNameFixed ? [] : ["Host"]) + (isTLS ? [] : [HTTPField.Name.forwardedProto.rawName]) }

    /// How the visitor reaches us: the name in the request, when it is one.
    private func visitor(_ request: Request) -> Visitor {
        let isSecure = isTLS || request.headers[.forwardedProto] == "https"
        guard !isNameFixed, let name = request.head.authority, Visitor.isName(name) else {
            return Visitor(host: publicName, isSecure: isSecure)
        }
        return Visitor(host: name, isSecure: isSecure)
    }

    private func failure(_ error: any Error, _ request: Request, _ path: String, _ id: String, _ context: WebContext) -> Response {
        let diagnosis = (error as? any Diagnosable)?.diagnosis
        context.logger.error(
            "request failed",
            metadata: ["code": "\(diagnosis?.code ?? "web.unexpected")", "reason": "\(diagnosis?.summary ?? String(reflecting: error))"])
        let status: HTTPResponse.Status = diagnosis?.kind == .unavailable ? .serviceUnavailable : .internalServerError
        guard path.hasPrefix("/v2/") || path == TokenEndpoint.path else {
            return pages.failed(question(request, path), status, requestID: id)
        }
        return RegistryRefusal.failed(diagnosis, requestID: id).response
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

    var origin: String { (isSecure ? "https://" : "http://") + host }

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
