// SPDX-License-Identifier: Apache-2.0
// https://distribution.github.io/distribution/spec/auth/token/, https://distribution.github.io/distribution/spec/auth/oauth/
import Base
import HTTPTypes
import Hummingbird
import NIOCore
import Tokens

/// `/token`: trades credentials for a short-lived token with what a client asked for, as far as it may have it.
struct TokenEndpoint: Sendable {
    static let path = "/token"
    let access: AccountAccess

    /// Bytes of a form: a token of an issuer and what is around it.
    private static let formLimit = 32 << 10
    /// Seconds that a refresh token holds; a client keeps it in the place of a password.
    private static let refreshLifetime = 30 * 86400

    func respond(to request: Request, from address: String) async throws -> Response {
        switch request.method {
        case .get, .head: return try await grant(query: request.uri.query, showing: request.headers[.authorization], from: address)
        case .post: return try await grant(form: request, from: address)
        default:
            return CatalogResponder.plain(.methodNotAllowed, "Tokens are asked for with GET or POST.\n", [.allow: "GET, POST"])
        }
    }

    // The form of docker login and of most clients: Basic credentials, scopes in the query.
    private func grant(query: String?, showing header: String?, from address: String) async throws -> Response {
        if let header, case .bearer? = AuthorizationHeader(header) {
            throw RegistryRefusal.unauthorized("expected Basic credentials here, found a bearer token")
        }
        let principal = try await access.principal(showing: header, from: address)
        let scopes = try scopes(HTTPText.parameters("scope", in: query))
        let wantsRefresh = HTTPText.parameter("offline_token", in: query) == "true"
        let (token, _, issued) = seal(scopes, for: principal)
        var members: [String: JSON] = ["token": JSON(token), "access_token": JSON(token)]
        return answer(&members, issued, principal, wantsRefresh)
    }

    // The OAuth form, which containerd and clients with a refresh token use.
    private func grant(form request: Request, from address: String) async throws -> Response {
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: Self.formLimit) } catch {
            return refused("invalid_request", "the form has more than \(Self.formLimit) bytes", .contentTooLarge)
        }
        let text = String(buffer: body).replacing("+", with: "%20")
        let field = { HTTPText.parameter($0, in: text) }
        let scopes = try scopes(HTTPText.parameters("scope", in: text))
        let principal: Principal
        switch field("grant_type") {
        case "password":
            guard let user = field("username"), let password = field("password") else {
                return refused("invalid_request", "username and password are missing")
            }
            principal = try await access.principal(user: user, password: password, from: address)
        case "refresh_token":
            guard let refresh = field("refresh_token") else { return refused("invalid_request", "refresh_token is missing") }
            principal = try refreshed(refresh)
        default: return refused("unsupported_grant_type", "expected the grant_type password or refresh_token")
        }
        let (token, granted, issued) = seal(scopes, for: principal)
        var members: [String: JSON] = ["access_token": JSON(token), "scope": JSON(granted.description), "token_type": "Bearer"]
        return answer(&members, issued, principal, field("access_type") == "offline")
    }

    // A long-lived token serves as its own refresh token: Kubernetes and docker keep one as an identity token.
    private func refreshed(_ text: String) throws -> Principal {
        if let token = AccessToken(text) { return try access.principal(of: token) }
        do {
            let whole = try access.principal(of: SealedClaims(JSONWebToken(text), access.settings.seal), use: .refresh)
            let caller = whole.caller
            return Principal(Caller(name: caller.name, grants: caller.grants, limits: caller.limits), whole.credential)
        } catch let error as TokensError {
            throw RegistryRefusal.unauthorized(error.diagnosis.summary, error: "invalid_token")
        }
    }

    private func scopes(_ texts: [String]) throws -> TokenScopes {
        guard let scopes = TokenScopes(texts.joined(separator: " ")) else {
            throw RegistryRefusal(
                status: .badRequest, code: "UNSUPPORTED",
                message: "expected at most \(TokenScopes.limit) scopes such as repository:team/python:pull, found something else")
        }
        return scopes
    }

    private func seal(_ wanted: TokenScopes, for principal: Principal) -> (token: String, TokenScopes, SealedClaims) {
        let granted = wanted.granted { action, repository in access.allows(principal.caller, action, on: repository) }
        let now = access.now()
        var end = Timestamp(seconds: now.seconds + access.settings.tokenLifetime)
        if case .foreign(_, _, let until) = principal.credential { end = min(end, until) }
        let claims = SealedClaims(use: .access, credential: principal.credential, scopes: granted, issued: now, expires: end)
        return (access.settings.seal.seal(claims.json), granted, claims)
    }

    private func answer(
        _ members: inout [String: JSON], _ claims: SealedClaims, _ principal: Principal, _ wantsRefresh: Bool
    ) -> Response {
        members["expires_in"] = JSON(claims.expires.seconds - claims.issued.seconds)
        members["issued_at"] = JSON(claims.issued.description)
        if wantsRefresh, let refresh = refreshToken(for: principal) { members["refresh_token"] = JSON(refresh) }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: JSON.object(members).canonicalBytes)))
    }

    private func refreshToken(for principal: Principal) -> String? {
        // What was narrowed to a scope begets nothing wider.
        guard principal.caller.scope == nil else { return nil }
        switch principal.credential {
        case .password, .token:
            let now = access.now()
            let end = Timestamp(seconds: now.seconds + Self.refreshLifetime)
            let claims = SealedClaims(use: .refresh, credential: principal.credential, scopes: nil, issued: now, expires: end)
            return access.settings.seal.seal(claims.json)
        // What a foreign issuer says ends when it says; nobody needs no token to be nobody again.
        case .nobody, .foreign: return nil
        }
    }

    // RFC 6749 section 5.2.
    private func refused(_ code: String, _ text: String, _ status: HTTPResponse.Status = .badRequest) -> Response {
        let body: JSON = ["error": JSON(code), "error_description": JSON(text)]
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: body.canonicalBytes)))
    }
}
