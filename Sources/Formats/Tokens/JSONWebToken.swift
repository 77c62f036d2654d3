// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc7519, https://www.rfc-editor.org/rfc/rfc7515#section-3.1
package import Base

/// A signed JSON Web Token in its compact form, read but not yet believed.
package struct JSONWebToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The header's `alg`: a claim of the sender, compared with the key and never obeyed.
    package let algorithm: String
    /// The header's `kid`.
    package let keyID: String?
    /// The header's `typ`.
    package let type: String?
    /// What was signed: header, dot, payload.
    let signed: [UInt8]
    let signature: [UInt8]
    let payload: [UInt8]

    package static let sizeLimit = 16 << 10

    package init(_ text: String) throws(TokensError) {
        guard text.utf8.count <= Self.sizeLimit else { throw .malformed("more than \(Self.sizeLimit) bytes") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("\(parts.count) parts instead of three") }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
        else { throw .malformed("a part that is not base64url") }
        guard let fields = Self.object(header) else { throw .malformed("a header that is not a JSON object") }
        guard let algorithm = fields["alg"]?.string else { throw .malformed("a header without alg") }
        // RFC 7515 section 4.1.11: what we must understand and do not.
        guard fields["crit"] == nil else { throw .malformed("a header with crit") }
        self.algorithm = algorithm
        keyID = fields["kid"]?.string
        type = fields["typ"]?.string
        signed = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        self.signature = signature
        self.payload = payload
    }

    /// Whether a text has the look of one: for telling it from a password.
    package static func resembles(_ text: String) -> Bool {
        text.hasPrefix("eyJ") && text.utf8.count <= sizeLimit && text.utf8.count { $0 == UInt8(ascii: ".") } == 2
    }

    /// The issuer a token claims, unverified: it may choose which keys to verify with, and nothing else.
    package var claimedIssuer: String? { Self.object(payload)?["iss"]?.string }

    /// The claims, after the key was found to have signed them.
    package func claims(signedBy key: some TokenVerifier) throws(TokensError) -> TokenClaims {
        try key.verify(self)
        guard let claims = Self.object(payload) else { throw .malformed("claims that are not a JSON object") }
        return TokenClaims(claims)
    }

    package var description: String { "a token with \(algorithm)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func object(_ bytes: [UInt8]) -> [String: JSON]? {
        (try? JSON.parse(bytes, limit: sizeLimit))?.object
    }
}

/// A key that can say whether it signed a token.
package protocol TokenVerifier {
    /// Throws when the token's algorithm is not of this key's kind, or the signature is another's.
    func verify(_ token: JSONWebToken) throws(TokensError)
}

/// The claims of a token whose signature was verified.
package struct TokenClaims: Sendable {
    private let members: [String: JSON]
    init(_ members: [String: JSON]) { self.members = members }

    /// A claim; one below another is written `kubernetes.io/namespace`.
    package subscript(name: String) -> JSON? {
        if let value = members[name] { return value }
        // The name itself may have slashes: take the longest that is there.
        var end = name.endIndex
        while let slash = name[..<end].lastIndex(of: "/") {
            if var value = members[String(name[..<slash])] {
                for step in name[name.index(after: slash)...].split(separator: "/") {
                    guard let next = value[String(step)] else { return nil }
                    value = next
                }
                return value
            }
            end = slash
        }
        return nil
    }

    package var subject: String? { members["sub"]?.string }

    /// Compares issuer, audience and times with what is expected (RFC 7519 section 4.1). A token without an end is refused.
    package func check(issuer: String, audience: String, now: Timestamp, leeway: Int = 60) throws(TokensError) {
        let found = members["iss"]?.string
        guard found == issuer else { throw .claim("iss", expected: issuer, found: found ?? "none") }
        let audiences = members["aud"]?.array?.compactMap(\.string) ?? [members["aud"]?.string].compactMap { $0 }
        guard audiences.contains(audience) else {
            throw .claim("aud", expected: audience, found: audiences.isEmpty ? "none" : audiences.prefix(4).joined(separator: ", "))
        }
        guard let end = seconds("exp") else { throw .claim("exp", expected: "a time", found: "none") }
        guard now.seconds < Self.sum(end, leeway) else { throw .expired(at: end) }
        if members["nbf"] != nil {
            guard let begin = seconds("nbf") else { throw .claim("nbf", expected: "a time", found: "something else") }
            guard now.seconds >= Self.sum(begin, -leeway) else { throw .notYetValid(from: begin) }
        }
    }

    /// A NumericDate, which may have a fraction.
    package func seconds(_ name: String) -> Int? {
        switch members[name] {
        case .int(let value): Int(value)
        case .number(let value) where value.magnitude < 1e15: Int(value.rounded(.down))
        default: nil
        }
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? (b < 0 ? .min : .max) : sum
    }
}
