// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto
import Sigstore

/// An ECDSA P-256 private key as a file holds it: PKCS#8 in PEM, plain or under a passphrase.
///
/// Works on texts; who reads and writes the file sees to its mode. A description of it shows nothing.
package struct KeyFile: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: P256.Signing.PrivateKey

    package static let minimumPassphrase = 8

    /// Makes a key. Outside of tests the generator is the system's.
    package static func generate(using generator: inout some RandomNumberGenerator) -> KeyFile {
        while true {
            let scalar = randomBytes(32, using: &generator)
            // Fails for zero and for numbers above the curve's order: about once in 2^32.
            if let key = try? P256.Signing.PrivateKey(rawRepresentation: scalar) { return KeyFile(key: key) }
        }
    }

    /// Reads `BEGIN PRIVATE KEY`, `BEGIN EC PRIVATE KEY` or, with a passphrase, `BEGIN ENCRYPTED PRIVATE KEY`.
    package init(pem: String, passphrase: String? = nil) throws(AttestError) {
        guard pem.utf8.count <= 65536 else { throw .unreadableKey(reason: "the file has more than 65536 bytes") }
        if let der = PEM.blocks(in: pem, label: "ENCRYPTED PRIVATE KEY").first {
            guard let passphrase, !passphrase.isEmpty else { throw .passphraseNeeded }
            let plain = try EncryptedPrivateKey(der: der).decrypt(passphrase: passphrase)
            // A wrong passphrase passes the padding check once in 256 times.
            guard let key = try? P256.Signing.PrivateKey(derRepresentation: plain) else { throw .wrongPassphrase }
            self.key = key
            return
        }
        guard let der = PEM.blocks(in: pem, label: "PRIVATE KEY").first ?? PEM.blocks(in: pem, label: "EC PRIVATE KEY").first else {
            let found = PEM.label(of: pem).map { "a block '\($0.prefix(40))' was found" } ?? "no PEM block was found"
            throw .unreadableKey(reason: found)
        }
        guard let key = try? P256.Signing.PrivateKey(derRepresentation: der) else {
            throw .unreadableKey(reason: "the block holds no P-256 key")
        }
        self.key = key
    }

    private init(key: P256.Signing.PrivateKey) { self.key = key }

    /// The unencrypted file.
    package var unencryptedPEM: String { PEM.text(Array(key.derRepresentation), label: "PRIVATE KEY") }

    /// The file under a passphrase: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, as OpenSSL reads it.
    package func encryptedPEM(
        passphrase: String, iterations: Int = EncryptedPrivateKey.defaultIterations, using generator: inout some RandomNumberGenerator
    ) throws(AttestError) -> String {
        guard passphrase.count >= Self.minimumPassphrase else {
            throw .weakPassphrase(characters: passphrase.count, minimum: Self.minimumPassphrase)
        }
        let encrypted = try EncryptedPrivateKey(
            encrypting: Array(key.derRepresentation), passphrase: passphrase, salt: Self.randomBytes(16, using: &generator),
            iv: Self.randomBytes(16, using: &generator), iterations: iterations)
        return PEM.text(try encrypted.der(), label: "ENCRYPTED PRIVATE KEY")
    }

    /// The public half, DER SubjectPublicKeyInfo.
    package var publicKeyDER: [UInt8] { Array(key.publicKey.derRepresentation) }
    /// The public half as verifiers take it: `BEGIN PUBLIC KEY`.
    package var publicPEM: String { PEM.text(publicKeyDER, label: "PUBLIC KEY") }
    package var signer: KeySigner { KeySigner(key: key) }
    /// A signer that also signs the checkpoints of a log.
    package func signer(log: LogKeyFile?) -> KeySigner { KeySigner(key: key, logKey: log?.key) }

    package var description: String { "KeyFile(\(Digest.sha256(of: publicKeyDER).short)…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func randomBytes(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
