// SPDX-License-Identifier: Apache-2.0
package import Base
import CPKCS11
package import Crypto
import Sigstore
import Synchronization

/// Signs with an image key inside a PKCS#11 token. The log's key, if any, is in this process's memory.
package final class TokenKeys: KeyHolder {
    package let publicKeyDER: [UInt8]
    private let publicKey: P256.Signing.PublicKey
    private let logKey: Curve25519.Signing.PrivateKey?
    private let uri: TokenURI
    private let pin: String
    private let opened: Mutex<Opened?>

    private struct Opened {
        let token: Token
        let key: CK_OBJECT_HANDLE
    }

    /// Finds the key. One that could be read out of its token is refused.
    package init(_ uri: TokenURI, pin: String, logKey: Curve25519.Signing.PrivateKey? = nil) throws(SigningError) {
        self.uri = uri
        self.pin = pin
        self.logKey = logKey
        let opened = try Self.open(uri, pin)
        publicKey = try Self.publicKey(opened.token, uri)
        publicKeyDER = Array(publicKey.derRepresentation)
        self.opened = Mutex(opened)
    }

    /// Makes a key where the URI points; one that is there is not replaced.
    package static func generate(_ uri: TokenURI, pin: String) throws(SigningError) {
        let token = try Token(uri, pin: pin, mayWrite: true)
        guard try token.find(CKO_PRIVATE_KEY, uri) == nil, try token.find(CKO_PUBLIC_KEY, uri) == nil else {
            throw .token(reason: "there is a key with this name", remedy: "choose another object= in the URI")
        }
        try token.generate(uri)
    }

    package var logPublicKey: [UInt8]? { logKey.map { Array($0.publicKey.rawRepresentation) } }

    package func signature(of message: SignableMessage) throws -> [UInt8] {
        switch message {
        case .statement(let payload):
            let encoded = Envelope.preAuthenticationEncoding(payloadType: Statement.payloadType, payload: payload)
            return Array(try sign(encoded).derRepresentation)
        case .simpleSigning(let payload): return Array(try sign(payload).derRepresentation)
        case .notation(let input): return Array(try sign(input).rawRepresentation)
        case .checkpoint(let text, _):
            guard let logKey else { throw SigningError.refused(reason: "this signer has no key for a log") }
            return Array(try logKey.signature(for: text))
        }
    }

    package func signature(over bytes: [UInt8]) throws -> [UInt8] { Array(try sign(bytes).derRepresentation) }

    private func sign(_ bytes: [UInt8]) throws -> P256.Signing.ECDSASignature {
        let digest = Base.Digest.sha256(of: bytes).bytes
        let raw = try opened.withLock { opened throws(SigningError) -> [UInt8] in
            if let there = opened {
                do throws(SigningError) { return try there.token.sign(digest, with: there.key) } catch { opened = nil }
            }
            // A token that was taken out, or that ended the session, is opened once more.
            let again = try Self.open(uri, pin)
            opened = again
            return try again.token.sign(digest, with: again.key)
        }
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: raw)
        guard publicKey.isValidSignature(signature, for: bytes) else {
            throw SigningError.token(reason: "it made a signature that its own public key refuses", remedy: "replace the token")
        }
        return signature
    }

    private static func open(_ uri: TokenURI, _ pin: String) throws(SigningError) -> Opened {
        let token = try Token(uri, pin: pin)
        guard let key = try token.find(CKO_PRIVATE_KEY, uri) else {
            throw .token(reason: "it has no EC key with the name that the URI gives", remedy: "make one: ashlar keys generate --token URI")
        }
        guard token.flag(CKA_SENSITIVE, of: key) == true, token.flag(CKA_EXTRACTABLE, of: key) == false else {
            throw .token(
                reason: "the key can be read out of it (it is not sensitive, or extractable)",
                remedy: "make a key inside the token: ashlar keys generate --token URI")
        }
        return Opened(token: token, key: key)
    }

    private static func publicKey(_ token: Token, _ uri: TokenURI) throws(SigningError) -> P256.Signing.PublicKey {
        func bad(_ reason: String) -> SigningError {
            .token(reason: reason, remedy: "make a P-256 key pair inside the token: ashlar keys generate --token URI")
        }
        guard let object = try token.find(CKO_PUBLIC_KEY, uri) else { throw bad("the public half of the key is not in it") }
        guard token.bytes(CKA_EC_PARAMS, of: object) == Token.prime256v1 else { throw bad("the key is not on the curve P-256") }
        // An OCTET STRING around the point; some tokens give the point alone.
        var point = token.bytes(CKA_EC_POINT, of: object) ?? []
        if point.count == 67, point.starts(with: [4, 65]) { point = Array(point.dropFirst(2)) }
        guard let key = try? P256.Signing.PublicKey(x963Representation: point) else { throw bad("its public half is no point of P-256") }
        return key
    }
}
