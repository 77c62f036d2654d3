// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import CryptoExtras
import Foundation

@testable import Tokens

/// Makes tokens and key sets as issuers do, and as forgers do.
enum Forge {
    static func unsigned(_ header: JSON, _ claims: JSON) -> String {
        Base64URL.encode(header.canonicalBytes) + "." + Base64URL.encode(claims.canonicalBytes)
    }

    static func token(_ algorithm: String, key: String? = nil, claims: JSON, _ sign: (Data) throws -> some Sequence<UInt8>) throws -> String
    {
        var header: [String: JSON] = ["alg": JSON(algorithm), "typ": "JWT"]
        if let key { header["kid"] = JSON(key) }
        let signed = unsigned(.object(header), claims)
        return signed + "." + Base64URL.encode(try sign(Data(signed.utf8)))
    }

    static func set(_ keys: [JSON]) throws -> JSONWebKeySet { try JSONWebKeySet(JSON.object(["keys": .array(keys)]).canonicalBytes) }

    static func jwk(_ key: P256.Signing.PublicKey, id: String?, _ more: [String: JSON] = [:]) -> JSON {
        ec("P-256", Array(key.x963Representation), id, more)
    }
    static func jwk(_ key: P384.Signing.PublicKey, id: String?) -> JSON { ec("P-384", Array(key.x963Representation), id, [:]) }
    static func jwk(_ key: P521.Signing.PublicKey, id: String?) -> JSON { ec("P-521", Array(key.x963Representation), id, [:]) }
    static func jwk(_ key: Curve25519.Signing.PublicKey, id: String?) -> JSON {
        object(["kty": "OKP", "crv": "Ed25519", "x": JSON(Base64URL.encode(key.rawRepresentation))], id)
    }
    static func jwk(_ key: _RSA.Signing.PublicKey, id: String?) throws -> JSON {
        let numbers = try key.getKeyPrimitives()
        return object(
            ["kty": "RSA", "n": JSON(Base64URL.encode(numbers.modulus)), "e": JSON(Base64URL.encode(numbers.publicExponent))], id)
    }

    private static func ec(_ curve: String, _ point: [UInt8], _ id: String?, _ more: [String: JSON]) -> JSON {
        let half = (point.count - 1) / 2
        return object(
            [
                "kty": "EC", "crv": JSON(curve), "x": JSON(Base64URL.encode(point[1...half])),
                "y": JSON(Base64URL.encode(point[(half + 1)...])),
            ].merging(more) { $1 }, id)
    }
    private static func object(_ members: [String: JSON], _ id: String?) -> JSON {
        .object(members.merging(id.map { ["kid": JSON($0)] } ?? [:]) { $1 })
    }
}

/// Numbers in a row: what a test needs from chance, the same each time.
struct CountingGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
