// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
package import Base
package import OCI

/// Speaks the OCI distribution protocol with one registry. Tokens are asked for when the registry wants them, and kept.
package actor RegistryClient {
    /// `registry.example:5000`.
    package nonisolated let registry: String
    nonisolated let origin: String
    private let credentials: RegistryCredentials?
    let transport: any HTTPTransport
    private var authorizations: [RegistryScope: String] = [:]

    static let listLimit = 4 << 20
    static let answerLimit = 1 << 20
    private static let authorizationLimit = 1000

    package init(registry: String, scheme: RegistryScheme = .https, credentials: RegistryCredentials? = nil, transport: any HTTPTransport) {
        self.registry = registry
        origin = "\(scheme.rawValue)://\(registry.lowercased())"
        self.credentials = credentials
        self.transport = transport
    }

    /// One repository of the registry for reading.
    package nonisolated func repository(_ name: RepositoryName) -> RemoteRepository { RemoteRepository(client: self, name: name) }

    /// Sends a request, authenticating when asked to: once, and once more when a kept token was refused.
    func send(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = [], scope: RegistryScope, limit: Int
    ) async throws -> WebResponse {
        guard let url = RegistryURL.resolve(target, against: origin) else {
            throw PublishError.malformedAnswer(registry: registry, path: method, reason: "it leads to '\(Self.clean(target))'")
        }
        // A token is for this registry alone: storage elsewhere has its own signature in the address.
        guard RegistryURL.origin(of: url) == origin else {
            return try await transport.send(WebRequest(method, url, headers: headers, body: body), limit: limit)
        }
        return try await authorized(WebRequest(method, url, headers: headers, body: body), scope: scope) { [transport] in
            try await transport.send($0, limit: limit)
        }
    }

    /// Asks this registry, authenticating when asked to: once, and once more when a kept token was refused.
    func authorized(
        _ request: WebRequest, scope: RegistryScope, _ ask: (WebRequest) async throws -> WebResponse
    ) async throws -> WebResponse {
        var request = request
        request.headers["Authorization"] = authorizations[scope]
        var response = try await ask(request)
        if response.status == 401 {
            authorizations[scope] = nil
            let authorization = try await authorize(response.headers["www-authenticate"] ?? "", scope: scope)
            request.headers["Authorization"] = authorization
            response = try await ask(request)
            guard response.status != 401 else {
                throw PublishError.unauthorized(
                    registry: registry, scope: scope.description, reason: credentials == nil ? "it wants credentials" : "it refused them")
            }
            // Names may come from outside: what is kept of them is bounded.
            if authorizations.count >= Self.authorizationLimit { authorizations = [:] }
            authorizations[scope] = authorization
        }
        return response
    }

    private func authorize(_ header: String, scope: RegistryScope) async throws -> String {
        let challenges = AuthenticationChallenge.parse(header)
        try keepSecret(from: origin)
        if case .bearer(let token) = credentials { return "Bearer \(token)" }
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            return "Bearer \(try await token(bearer.parameters, scope: scope))"
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else {
            throw PublishError.unauthorized(registry: registry, scope: scope.description, reason: "it offers neither Basic nor Bearer")
        }
        guard let basic = basicAuthorization else {
            throw PublishError.unauthorized(registry: registry, scope: scope.description, reason: "it wants a user name and password")
        }
        return basic
    }

    // Whoever asks for a password in the clear may be anybody on the way.
    private func keepSecret(from server: String) throws(PublishError) {
        guard credentials == nil || RegistryURL.keepsSecrets(server) else { throw .plainCredentials(server: server) }
    }

    private var basicAuthorization: String? {
        guard case .basic(let user, let password) = credentials else { return nil }
        return "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }

    private func token(_ parameters: [String: String], scope: RegistryScope) async throws -> String {
        guard let realm = parameters["realm"], let realmOrigin = RegistryURL.origin(of: realm) else {
            throw PublishError.malformedAnswer(registry: registry, path: "/v2/", reason: "the challenge has no realm")
        }
        guard !(origin.hasPrefix("https:") && realmOrigin.hasPrefix("http:")) else {
            throw PublishError.unauthorized(
                registry: registry, scope: scope.description, reason: "its token server \(realmOrigin) is not reached over https")
        }
        try keepSecret(from: realmOrigin)
        var query: [(name: String, value: String)] = []
        if let service = parameters["service"] { query.append(("service", service)) }
        query.append(("scope", scope.description))
        var request = WebRequest("GET", RegistryURL.adding(query, to: realm))
        request.headers["Authorization"] = basicAuthorization
        let response = try await transport.send(request, limit: Self.answerLimit)
        guard response.status == 200 else {
            throw PublishError.unauthorized(
                registry: registry, scope: scope.description,
                reason:
                    "the token server \(realmOrigin) answered \(response.status)\(Self.reason(in: response.body).map { ": \($0)" } ?? "")")
        }
        let json = try? JSON.parse(response.body, limit: Self.answerLimit)
        guard let token = json?["token"]?.string ?? json?["access_token"]?.string, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw PublishError.malformedAnswer(registry: registry, path: realmOrigin, reason: "the answer holds no token") }
        return token
    }

    /// An error for an answer that is none of the expected ones.
    nonisolated func refusal(_ response: WebResponse, _ method: String, _ path: String, scope: RegistryScope) -> PublishError {
        let reason = Self.reason(in: response.body) ?? ""
        if response.status == 401 || response.status == 403 {
            return .unauthorized(
                registry: registry, scope: scope.description, reason: reason.isEmpty ? "status \(response.status)" : reason)
        }
        return .refused(registry: registry, method: method, path: path, status: response.status, reason: reason)
    }

    // {"errors":[{"code","message","detail"}]}
    private static func reason(in body: [UInt8]) -> String? {
        guard let errors = (try? JSON.parse(body, limit: answerLimit))?["errors"]?.array else { return nil }
        let texts = errors.prefix(3).compactMap { error in
            let parts = [error["code"]?.string, error["message"]?.string].compactMap(\.self)
            return parts.isEmpty ? nil : clean(parts.joined(separator: " "))
        }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }

    // What a registry says goes to terminals: no control characters, not too much.
    static func clean(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 })
        )
    }
}
