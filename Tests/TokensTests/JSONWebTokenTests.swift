// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Tokens

@Suite struct JSONWebTokenTests {
    private static let claims: JSON = ["iss": "https://issuer.example", "aud": "registry.example", "sub": "ci", "exp": 2000, "nbf": 1000]
    private let p256 = P256.Signing.PrivateKey()

    private func token(_ claims: JSON = Self.claims, key: String? = "a") throws -> String {
        try Forge.token("ES256", key: key, claims: claims) { try p256.signature(for: $0).rawRepresentation }
    }
    private func keys() throws -> JSONWebKeySet { try Forge.set([Forge.jwk(p256.publicKey, id: "a")]) }
    private func verify(_ text: String, with keys: JSONWebKeySet? = nil) throws -> TokenClaims {
        let token = try JSONWebToken(text)
        return try token.claims(signedBy: (keys ?? self.keys()).key(for: token))
    }

    @Test func `a token of every algorithm is verified by its key`() throws {
        let (p384, p521, ed) = (P384.Signing.PrivateKey(), P521.Signing.PrivateKey(), Curve25519.Signing.PrivateKey())
        let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let set = try Forge.set([
            Forge.jwk(p256.publicKey, id: "256"), Forge.jwk(p384.publicKey, id: "384"), Forge.jwk(p521.publicKey, id: "521"),
            Forge.jwk(ed.publicKey, id: "ed"), Forge.jwk(rsa.publicKey, id: "rsa"),
        ])
        let tokens = [
            try Forge.token("ES256", key: "256", claims: Self.claims) { try p256.signature(for: $0).rawRepresentation },
            try Forge.token("ES384", key: "384", claims: Self.claims) { try p384.signature(for: $0).rawRepresentation },
            try Forge.token("ES512", key: "521", claims: Self.claims) { try p521.signature(for: $0).rawRepresentation },
            try Forge.token("EdDSA", key: "ed", claims: Self.claims) { try ed.signature(for: $0) },
            try Forge.token("RS256", key: "rsa", claims: Self.claims) {
                try rsa.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            },
            try Forge.token("RS384", key: "rsa", claims: Self.claims) {
                try rsa.signature(for: SHA384.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            },
            try Forge.token("RS512", key: "rsa", claims: Self.claims) {
                try rsa.signature(for: SHA512.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            },
            try Forge.token("PS256", key: "rsa", claims: Self.claims) {
                try rsa.signature(for: SHA256.hash(data: $0), padding: .PSS).rawRepresentation
            },
        ]
        for token in tokens { #expect(try verify(token, with: set).subject == "ci") }
    }

    @Test func `every changed byte of a token is noticed`() throws {
        let text = Array(try token().utf8)
        for index in text.indices where text[index] != UInt8(ascii: ".") {
            var changed = text
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: TokensError.self) { try verify(String(decoding: changed, as: UTF8.self)) }
        }
    }

    @Test func `a token without a signature is refused`() throws {
        for algorithm in ["none", "None", "", "HS256"] {
            let unsigned = Forge.unsigned(["alg": JSON(algorithm), "kid": "a"], Self.claims)
            #expect(throws: TokensError.algorithm(algorithm)) { try verify(unsigned + ".") }
        }
    }

    @Test func `a public key is no shared secret`() throws {
        // The forger's MAC with the bytes that everybody knows.
        let secret = SymmetricKey(data: p256.publicKey.derRepresentation)
        let forged = try Forge.token("HS256", key: "a", claims: Self.claims) { HMAC<SHA256>.authenticationCode(for: $0, using: secret) }
        #expect(throws: TokensError.algorithm("HS256")) { try verify(forged) }
    }

    @Test func `a key is used with the algorithm of its kind only`() throws {
        let signed = try Forge.token("ES384", key: "a", claims: Self.claims) { try p256.signature(for: $0).rawRepresentation }
        #expect(throws: TokensError.algorithm("ES384")) { try verify(signed) }
        let bound = try Forge.set([Forge.jwk(p256.publicKey, id: "a", ["alg": "ES384"])])
        #expect(throws: TokensError.algorithm("ES256")) { try verify(token(), with: bound) }
    }

    @Test(arguments: ["", "a", "a.b", "a.b.c.d", "..", "e30.e30.", "!.e30.AA", "e30=.e30.AA", "W10.e30.AA", "eyJhbGciOjF9.e30.AA"])
    func `what is no token is refused`(text: String) throws {
        #expect(throws: TokensError.self) { try JSONWebToken(text) }
    }

    @Test func `a token that is too long or demands more than we know is refused`() throws {
        #expect(throws: TokensError.self) { try JSONWebToken(String(repeating: "A", count: JSONWebToken.sizeLimit + 1)) }
        let critical = Forge.unsigned(["alg": "ES256", "crit": ["b64"], "b64": false], Self.claims) + ".AA"
        #expect(throws: TokensError.self) { try JSONWebToken(critical) }
    }

    @Test func `a key is found by its name, or when it is the only one`() throws {
        #expect(throws: TokensError.unknownKey("b")) { try verify(token(key: "b")) }
        #expect(try verify(token(key: nil)).subject == "ci")
        let two = try Forge.set([Forge.jwk(p256.publicKey, id: "a"), Forge.jwk(P256.Signing.PrivateKey().publicKey, id: "b")])
        #expect(throws: TokensError.self) { try verify(token(key: nil), with: two) }
    }

    @Test func `issuer, audience and times are compared`() throws {
        func check(_ changes: [String: JSON], now: Int = 1500, _ expected: TokensError?, sourceLocation: SourceLocation = #_sourceLocation)
            throws
        {
            let claims = try verify(token(.object((Self.claims.object ?? [:]).merging(changes) { $1 })))
            let body = { try claims.check(issuer: "https://issuer.example", audience: "registry.example", now: Timestamp(seconds: now)) }
            guard let expected else { return try body() }
            #expect(throws: expected, sourceLocation: sourceLocation) { try body() }
        }
        try check([:], nil)
        try check(["aud": ["other", "registry.example"]], nil)
        try check(["aud": "other"], .claim("aud", expected: "registry.example", found: "other"))
        try check(["aud": .null], .claim("aud", expected: "registry.example", found: "none"))
        try check(["iss": "https://issuer.example/"], .claim("iss", expected: "https://issuer.example", found: "https://issuer.example/"))
        try check([:], now: 2059, nil)
        try check([:], now: 2060, .expired(at: 2000))
        try check([:], now: 939, .notYetValid(from: 1000))
        try check(["exp": .null], .claim("exp", expected: "a time", found: "none"))
        try check(["exp": "2000"], .claim("exp", expected: "a time", found: "none"))
        try check(["exp": .int(.max)], nil)
        try check(["exp": .int(.min)], .expired(at: .min))
        try check(["nbf": .int(.min)], nil)
        try check(["exp": .number(2000.7)], nil)
    }

    @Test func `a claim below another is found, also when names have slashes`() throws {
        let claims = try verify(token(["kubernetes.io": ["namespace": "ci"], "https://x.example/team": "a", "a/b": ["c": "d"]]))
        #expect(claims["kubernetes.io/namespace"]?.string == "ci")
        #expect(claims["https://x.example/team"]?.string == "a")
        #expect(claims["a/b/c"]?.string == "d")
        #expect(claims["kubernetes.io/pod/name"] == nil)
        #expect(claims["x/y"] == nil)
    }

    @Test func `a key set without a usable key is refused`() throws {
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        for key in [
            ["kty": "oct", "k": "AAAA"], ["kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"],
            ["kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"],
            Forge.jwk(p256.publicKey, id: "a", ["use": "enc"]), Forge.jwk(p256.publicKey, id: "a", ["key_ops": ["encrypt"]]),
            try Forge.jwk(small.publicKey, id: "a"),
        ] as [JSON] {
            #expect(throws: TokensError.self) { try Forge.set([key]) }
        }
        #expect(throws: TokensError.self) { try JSONWebKeySet(Array("[]".utf8)) }
        #expect(throws: TokensError.self) {
            try Forge.set(Array(repeating: Forge.jwk(p256.publicKey, id: "a"), count: 65))
        }
    }

    /// RFC 7515 appendix A.3.
    @Test func `the example of the specification is verified`() throws {
        let token = try JSONWebToken(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        let set = try Forge.set([
            [
                "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ]
        ])
        #expect(try token.claims(signedBy: set.key(for: token))["iss"]?.string == "joe")
    }
}
