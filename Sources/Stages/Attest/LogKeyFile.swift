// SPDX-License-Identifier: Apache-2.0
import Base
package import Crypto
import Sigstore

/// The Ed25519 private key of a transparency log as a file holds it: PKCS#8 in PEM (RFC 8410), plain or under a passphrase.
///
/// Works on texts; who reads and writes the file sees to its mode. A description of it shows nothing.
package struct LogKeyFile: Sendable, CustomStringConvertible, CustomReflectable {
    package let key: Curve25519.Signing.PrivateKey

    // PrivateKeyInfo of version 0 with the algorithm 1.3.101.112 and an OCTET STRING within an OCTET STRING.
    private static let prefix: [UInt8] = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]

    /// Makes a key. Outside of tests the generator is the system's.
    package static func generate(using generator: inout some RandomNumberGenerator) throws(AttestError) -> LogKeyFile {
        try LogKeyFile(seed: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// Reads `BEGIN PRIVATE KEY` or, with a passphrase, `BEGIN ENCRYPTED PRIVATE KEY`.
    package init(pem: String, passphrase: String? = nil) throws(AttestError) {
        guard pem.utf8.count <= 65536 else { throw .unreadableKey(reason: "the file has more than 65536 bytes") }
        var der = PEM.blocks(in: pem, label: "PRIVATE KEY").first
        if let encrypted = PEM.blocks(in: pem, label: "ENCRYPTED PRIVATE KEY").first {
            guard let passphrase, !passphrase.isEmpty else { throw .passphraseNeeded }
            der = try EncryptedPrivateKey(der: encrypted).decrypt(passphrase: passphrase)
        }
        guard let der, der.count == 48, der.starts(with: Self.prefix) else {
            throw .unreadableKey(reason: "the log's key is not an Ed25519 key in PKCS#8")
        }
        try self.init(seed: Array(der.suffix(32)))
    }

    private init(seed: [UInt8]) throws(AttestError) {
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed) } catch {
            throw .unreadableKey(reason: "the bytes are not an Ed25519 key")
        }
    }

    private var der: [UInt8] { Self.prefix + Array(key.rawRepresentation) }

    /// The unencrypted file.
    package var unencryptedPEM: String { PEM.text(der, label: "PRIVATE KEY") }

    /// The file under a passphrase, as `KeyFile` writes it.
    package func encryptedPEM(passphrase: String, using generator: inout some RandomNumberGenerator) throws(AttestError) -> String {
        guard passphrase.count >= KeyFile.minimumPassphrase else {
            throw .weakPassphrase(characters: passphrase.count, minimum: KeyFile.minimumPassphrase)
        }
        func random() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) } }
        let encrypted = try EncryptedPrivateKey(
            encrypting: der, passphrase: passphrase, salt: random(), iv: random(), iterations: EncryptedPrivateKey.defaultIterations)
        return PEM.text(try encrypted.der(), label: "ENCRYPTED PRIVATE KEY")
    }

    /// The 32 bytes of the public half.
    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// An Ed25519 signature, as witnesses make them; a log's checkpoints are signed by the signer.
    package func signature(of message: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: message)) }

    package var description: String { "LogKeyFile(\(Base.Digest.sha256(of: publicKey).short)…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
