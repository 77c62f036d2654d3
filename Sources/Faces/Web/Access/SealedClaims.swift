// SPDX-License-Identifier: Apache-2.0
import Base
import Tokens

/// What a token of this server says: whom it is for, what it was asked for, until when.
///
/// The rights themselves are looked up with every request, so that what was revoked is refused although a token is out.
struct SealedClaims: Sendable {
    enum Use: String { case access, refresh }

    let use: Use
    let credential: Principal.Credential
    /// nil for a refresh token.
    let scopes: TokenScopes?
    let issued: Timestamp
    let expires: Timestamp

    init(use: Use, credential: Principal.Credential, scopes: TokenScopes?, issued: Timestamp, expires: Timestamp) {
        self.use = use
        self.credential = credential
        self.scopes = scopes
        self.issued = issued
        self.expires = expires
    }

    private static let issuer = "ashlar"

    var json: JSON {
        var members: [String: JSON] = [
            "iss": JSON(Self.issuer), "aud": JSON(Self.issuer), "use": JSON(use.rawValue), "iat": JSON(issued.seconds),
            "nbf": JSON(issued.seconds), "exp": JSON(expires.seconds),
        ]
        if let scopes { members["access"] = scopes.claim }
        switch credential {
        case .nobody: break
        case .password(let name, let fingerprint):
            members["sub"] = JSON(name)
            members["password"] = JSON(fingerprint)
        case .token(let id): members["token"] = JSON(id)
        case .foreign(let name, let grants, let end):
            members["sub"] = JSON(name)
            members["grants"] = JSON(grants.map(\.description))
            members["until"] = JSON(end.seconds)
        }
        return .object(members)
    }

    /// Reads a token that the seal made. Whether it is too old, the caller decides.
    init(_ token: JSONWebToken, _ seal: TokenSeal) throws(TokensError) {
        let claims = try token.claims(signedBy: seal)
        guard claims["iss"]?.string == Self.issuer, claims["aud"]?.string == Self.issuer, let use = claims["use"]?.string.flatMap(Use.init),
            let issued = claims["iat"]?.int, let expires = claims["exp"]?.int
        else { throw .malformed("a token of another kind") }
        self.use = use
        self.issued = Timestamp(seconds: issued)
        self.expires = Timestamp(seconds: expires)
        scopes = use == .access ? TokenScopes(claim: claims["access"]) : nil
        if let id = claims["token"]?.string {
            credential = .token(id)
        } else if let name = claims.subject, let fingerprint = claims["password"]?.string {
            credential = .password(name, fingerprint)
        } else if let name = claims.subject, let grants = claims["grants"]?.array, let end = claims["until"]?.int {
            credential = .foreign(name, grants.compactMap { $0.string.flatMap { Grant($0) } }, until: Timestamp(seconds: end))
        } else {
            credential = .nobody
        }
    }
}
