// SPDX-License-Identifier: Apache-2.0
// https://www.rfc-editor.org/rfc/rfc7517, https://www.rfc-editor.org/rfc/rfc7518#section-3
import Base
import Crypto
import CryptoExtras

/// One public key of an issuer.
package struct JSONWebKey: TokenVerifier, Sendable {
    package let keyID: String?
    /// The one algorithm it may be used with, when its document says so.
    private let algorithm: String?
    private let material: Material

    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// Reads a key; nil when it is of a kind or for a use that is not ours (encryption, a shared secret, RSA under 2048 bits).
    init?(_ json: JSON) {
        if let use = json["use"]?.string, use != "sig" { return nil }
        if let operations = json["key_ops"]?.array, !operations.contains("verify") { return nil }
        func bytes(_ name: String) -> [UInt8]? { json[name]?.string.flatMap { Base64URL.decode($0) } }
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", _):
            guard let n = bytes("n"), let e = bytes("e"), (256...1025).contains(n.count), e.count <= 8,
                let key = try? _RSA.Signing.PublicKey(n: n, e: e), key.keySizeInBits >= 2048
            else { return nil }
            material = .rsa(key)
        case ("EC", "P-256"):
            guard let point = Self.point(json, 32), let key = try? P256.Signing.PublicKey(x963Representation: point) else { return nil }
            material = .p256(key)
        case ("EC", "P-384"):
            guard let point = Self.point(json, 48), let key = try? P384.Signing.PublicKey(x963Representation: point) else { return nil }
            material = .p384(key)
        case ("EC", "P-521"):
            guard let point = Self.point(json, 66), let key = try? P521.Signing.PublicKey(x963Representation: point) else { return nil }
            material = .p521(key)
        case ("OKP", "Ed25519"):
            guard let x = bytes("x"), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else { return nil }
            material = .ed25519(key)
        default: return nil
        }
        keyID = json["kid"]?.string
        algorithm = json["alg"]?.string
    }

    private static func point(_ json: JSON, _ size: Int) -> [UInt8]? {
        guard let x = json["x"]?.string.flatMap({ Base64URL.decode($0) }), let y = json["y"]?.string.flatMap({ Base64URL.decode($0) }),
            x.count == size, y.count == size
        else { return nil }
        return [0x04] + x + y
    }

    package func verify(_ token: JSONWebToken) throws(TokensError) {
        if let algorithm, algorithm != token.algorithm { throw .algorithm(token.algorithm) }
        guard try isValid(token) else { throw .badSignature }
    }

    // The pair of key and algorithm decides; whatever is not a row here is refused.
    private func isValid(_ token: JSONWebToken) throws(TokensError) -> Bool {
        let (signed, signature) = (token.signed, token.signature)
        switch (material, token.algorithm) {
        case (.rsa(let key), "RS256"): return Self.rsa(key, signature, SHA256.hash(data: signed), .insecurePKCS1v1_5)
        case (.rsa(let key), "RS384"): return Self.rsa(key, signature, SHA384.hash(data: signed), .insecurePKCS1v1_5)
        case (.rsa(let key), "RS512"): return Self.rsa(key, signature, SHA512.hash(data: signed), .insecurePKCS1v1_5)
        case (.rsa(let key), "PS256"): return Self.rsa(key, signature, SHA256.hash(data: signed), .PSS)
        case (.p256(let key), "ES256"):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: signed)
        case (.p384(let key), "ES384"):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: signed)
        case (.p521(let key), "ES512"):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: signed)
        case (.ed25519(let key), "EdDSA"): return key.isValidSignature(signature, for: signed)
        default: throw .algorithm(token.algorithm)
        }
    }

    private static func rsa(
        _ key: _RSA.Signing.PublicKey, _ signature: [UInt8], _ digest: some Crypto.Digest, _ padding: _RSA.Signing.Padding
    ) -> Bool {
        key.isValidSignature(_RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: padding)
    }
}

/// The keys of an issuer.
package struct JSONWebKeySet: Sendable {
    private let keys: [JSONWebKey]
    private static let countLimit = 64

    /// Reads a JWKS document; keys of foreign kinds are passed over, a document without any of ours is refused.
    package init(_ bytes: [UInt8]) throws(TokensError) {
        guard let document = try? JSON.parse(bytes, limit: 256 << 10), let entries = document["keys"]?.array else {
            throw .badKeySet("no JSON object with keys")
        }
        guard entries.count <= Self.countLimit else { throw .badKeySet("more than \(Self.countLimit) keys") }
        keys = entries.compactMap(JSONWebKey.init)
        guard !keys.isEmpty else { throw .badKeySet("no key for signatures that is known here") }
    }

    /// The key a token names. One that names none is taken by the only key there is, and refused when there are several.
    package func key(for token: JSONWebToken) throws(TokensError) -> JSONWebKey {
        if let id = token.keyID {
            guard let key = keys.first(where: { $0.keyID == id }) else { throw .unknownKey(id) }
            return key
        }
        guard keys.count == 1, let only = keys.first else { throw .unknownKey("none, and the issuer has \(keys.count)") }
        return only
    }
}
