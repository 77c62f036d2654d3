// SPDX-License-Identifier: Apache-2.0
import Base
package import Crypto
import Sigstore

/// A log's Ed25519 private key as a file holds it: PKCS#8 in PEM (RFC 8410), plain or under a passphrase.
package struct LogKeyFile: Sendable, CustomStringConvertible, CustomReflectable {
    package let key: Curve25519.Signing.PrivateKey

    // PrivateKeyInfo { version 0, algorithm 1.3.101.112, OCTET STRING { OCTET STRING of 32 bytes } }
    private static let head: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]

    /// Makes a key. Outside of tests the generator is the system's.
    package static func generate(using generator: inout some RandomNumberGenerator) throws(AttestError) -> LogKeyFile {
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return try LogKeyFile(der: head + seed)
    }

    package init(pem: String, passphrase: String? = nil) throws(AttestError) {
        guard pem.utf8.count <= 65536 else { throw .unreadableKey(reason: "the file has more than 65536 bytes") }
        if let der = PEM.blocks(in: pem, label: "ENCRYPTED PRIVATE KEY").first {
            guard let passphrase, !passphrase.isEmpty else { throw .passphraseNeeded }
            let plain = try EncryptedPrivateKey(der: der).decrypt(passphrase: passphrase)
            // A wrong passphrase passes the padding check once in 256 times.
            do { try self.init(der: plain) } catch { throw .wrongPassphrase }
        } else if let der = PEM.blocks(in: pem, label: "PRIVATE KEY").first {
            try self.init(der: der)
        } else {
            throw .unreadableKey(reason: "no PEM block of a private key was found")
        }
    }

    private init(der: [UInt8]) throws(AttestError) {
        guard der.count == 48, Array(der.prefix(16)) == Self.head,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32))
        else { throw .unreadableKey(reason: "the block holds no Ed25519 key") }
        self.key = key
    }

    package var unencryptedPEM: String { PEM.text(Self.head + Array(key.rawRepresentation), label: "PRIVATE KEY") }

    package func encryptedPEM(
        passphrase: String, iterations: Int = EncryptedPrivateKey.defaultIterations, using generator: inout some RandomNumberGenerator
    ) throws(AttestError) -> String {
        try KeyFile.encryptedPEM(of: Self.head + Array(key.rawRepresentation), passphrase, iterations, using: &generator)
    }

    /// The 32 bytes of the public half.
    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    package var description: String { "LogKeyFile(\(Digest.sha256(of: publicKey).short)…)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The one line that names a log and its key: `ORIGIN+hash8hex+base64(0x01 || key)` (c2sp.org/signed-note).
package enum LogName {
    package static func line(origin: String, publicKey: [UInt8]) -> String {
        let typed = [0x01] + publicKey
        let hash = Digest.sha256(of: Array(origin.utf8) + [0x0A] + typed).bytes.prefix(4)
        return "\(origin)+\(Hex.encode(hash))+\(Base64.encode(typed))"
    }

    /// The origin in such a line; nil when the line is not the one for this key.
    package static func origin(in text: String, of publicKey: [UInt8]) -> String? {
        guard let line = text.split(whereSeparator: \.isNewline).first, let plus = line.firstIndex(of: "+") else { return nil }
        let origin = String(line[..<plus])
        return isGood(origin) && Self.line(origin: origin, publicKey: publicKey) == String(line) ? origin : nil
    }

    /// Whether a text may name a log: no space, no plus sign, nothing that moves a cursor.
    package static func isGood(_ origin: String) -> Bool {
        (1...200).contains(origin.utf8.count) && origin.unicodeScalars.allSatisfy { (0x21...0x7E).contains($0.value) && $0 != "+" }
    }

    /// A name for a log that nobody named: no two keys share it.
    package static func ownOrigin(of publicKey: [UInt8]) -> String { "ashlar.local/log/" + Digest.sha256(of: publicKey).short }
}
