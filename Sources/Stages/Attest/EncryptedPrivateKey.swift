// SPDX-License-Identifier: Apache-2.0
import Crypto
import CryptoExtras
import SwiftASN1

/// A PKCS#8 EncryptedPrivateKeyInfo (RFC 5958) under PBES2 (RFC 8018): PBKDF2-HMAC-SHA256 and AES-256-CBC.
package struct EncryptedPrivateKey: Hashable, Sendable {
    let salt: [UInt8]
    let iterations: Int
    let iv: [UInt8]
    let ciphertext: [UInt8]

    /// OWASP's recommendation for PBKDF2-HMAC-SHA256.
    package static let defaultIterations = 600_000
    /// Bounds for what is read: OpenSSL's default, and about ten seconds of work.
    static let readableIterations = 2_048...20_000_000

    init(encrypting plain: [UInt8], passphrase: String, salt: [UInt8], iv: [UInt8], iterations: Int) throws(AttestError) {
        guard iterations >= Self.defaultIterations else {
            throw .unreadableKey(reason: "\(iterations) iterations were asked for, at least \(Self.defaultIterations) are needed")
        }
        self.salt = salt
        self.iv = iv
        self.iterations = iterations
        do {
            let key = try Self.derive(passphrase, salt: salt, iterations: iterations)
            ciphertext = Array(try AES._CBC.encrypt(plain, using: key, iv: AES._CBC.IV(ivBytes: iv)))
        } catch {
            throw .unreadableKey(reason: "it cannot be encrypted")
        }
    }

    func decrypt(passphrase: String) throws(AttestError) -> [UInt8] {
        do {
            let key = try Self.derive(passphrase, salt: salt, iterations: iterations)
            return Array(try AES._CBC.decrypt(ciphertext, using: key, iv: AES._CBC.IV(ivBytes: iv)))
        } catch {
            throw .wrongPassphrase
        }
    }

    private static func derive(_ passphrase: String, salt: [UInt8], iterations: Int) throws -> SymmetricKey {
        // Reading must go below the library's minimum for files that OpenSSL made; writing never does.
        try KDF.Insecure.PBKDF2.deriveKey(
            from: Array(passphrase.utf8), salt: salt, using: .sha256, outputByteCount: 32, unsafeUncheckedRounds: iterations)
    }
}

// MARK: - DER

extension EncryptedPrivateKey {
    private enum Name {
        static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
        static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 12]
        static let hmacSHA256: ASN1ObjectIdentifier = [1, 2, 840, 113549, 2, 9]
        static let aes256CBC: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 1, 42]
    }

    init(der: [UInt8]) throws(AttestError) {
        do {
            self = try DER.sequence(DER.parse(der), identifier: .sequence) { outer in
                let parameters = try Self.sequence(in: &outer) { algorithm in
                    try Self.expect(Name.pbes2, in: &algorithm)
                    return try Self.sequence(in: &algorithm) { try Self.parameters(&$0) }
                }
                let ciphertext = try ASN1OctetString(derEncoded: &outer)
                return EncryptedPrivateKey(
                    salt: parameters.salt, iterations: parameters.iterations, iv: parameters.iv, ciphertext: Array(ciphertext.bytes))
            }
        } catch let error as AttestError {
            throw error
        } catch {
            throw .unreadableKey(reason: "the encrypted block is not PKCS#8 with PBES2, PBKDF2-HMAC-SHA256 and AES-256-CBC")
        }
    }

    private init(salt: [UInt8], iterations: Int, iv: [UInt8], ciphertext: [UInt8]) {
        self.salt = salt
        self.iterations = iterations
        self.iv = iv
        self.ciphertext = ciphertext
    }

    private static func parameters(_ nodes: inout ASN1NodeCollection.Iterator) throws -> (salt: [UInt8], iterations: Int, iv: [UInt8]) {
        let (salt, iterations) = try sequence(in: &nodes) { derivation in
            try expect(Name.pbkdf2, in: &derivation)
            return try sequence(in: &derivation) { parameters in
                let salt = Array(try ASN1OctetString(derEncoded: &parameters).bytes)
                let iterations = try Int(derEncoded: &parameters)
                guard var next = parameters.next() else { throw AttestError.unreadableKey(reason: "PBKDF2 with HMAC-SHA1 is not taken") }
                if next.identifier == .integer {
                    guard try Int(derEncoded: next) == 32, let after = parameters.next() else {
                        throw AttestError.unreadableKey(reason: "PBKDF2 does not derive a key of 32 bytes with HMAC-SHA256")
                    }
                    next = after
                }
                try DER.sequence(next, identifier: .sequence) { function in
                    try expect(Name.hmacSHA256, in: &function)
                    _ = try ASN1Null(derEncoded: &function)
                }
                return (salt, iterations)
            }
        }
        let iv = try sequence(in: &nodes) { cipher in
            try expect(Name.aes256CBC, in: &cipher)
            return Array(try ASN1OctetString(derEncoded: &cipher).bytes)
        }
        guard (8...1024).contains(salt.count), iv.count == 16, readableIterations.contains(iterations) else {
            throw AttestError.unreadableKey(
                reason:
                    "salt (\(salt.count) bytes), iterations (\(iterations)) or initialisation vector (\(iv.count) bytes) are out of bounds")
        }
        return (salt, iterations, iv)
    }

    private static func sequence<Result>(
        in nodes: inout ASN1NodeCollection.Iterator, _ read: (inout ASN1NodeCollection.Iterator) throws -> Result
    ) throws -> Result {
        guard let node = nodes.next() else { throw AttestError.unreadableKey(reason: "the encrypted block is cut short") }
        return try DER.sequence(node, identifier: .sequence, read)
    }

    private static func expect(_ name: ASN1ObjectIdentifier, in nodes: inout ASN1NodeCollection.Iterator) throws {
        guard try ASN1ObjectIdentifier(derEncoded: &nodes) == name else {
            throw AttestError.unreadableKey(
                reason: "the encrypted block is not PKCS#8 with PBES2, PBKDF2-HMAC-SHA256 and AES-256-CBC")
        }
    }

    func der() throws(AttestError) -> [UInt8] {
        var serializer = DER.Serializer()
        do {
            try serializer.appendConstructedNode(identifier: .sequence) { outer in
                try outer.appendConstructedNode(identifier: .sequence) { algorithm in
                    try algorithm.serialize(Name.pbes2)
                    try algorithm.appendConstructedNode(identifier: .sequence) { try Self.append(to: &$0, self) }
                }
                try outer.serialize(ASN1OctetString(contentBytes: ciphertext[...]))
            }
        } catch {
            throw .unreadableKey(reason: "it cannot be written as DER")
        }
        return serializer.serializedBytes
    }

    private static func append(to parameters: inout DER.Serializer, _ key: EncryptedPrivateKey) throws {
        try parameters.appendConstructedNode(identifier: .sequence) { derivation in
            try derivation.serialize(Name.pbkdf2)
            try derivation.appendConstructedNode(identifier: .sequence) { values in
                try values.serialize(ASN1OctetString(contentBytes: key.salt[...]))
                try values.serialize(key.iterations)
                try values.appendConstructedNode(identifier: .sequence) { function in
                    try function.serialize(Name.hmacSHA256)
                    try function.serialize(ASN1Null())
                }
            }
        }
        try parameters.appendConstructedNode(identifier: .sequence) { cipher in
            try cipher.serialize(Name.aes256CBC)
            try cipher.serialize(ASN1OctetString(contentBytes: key.iv[...]))
        }
    }
}
