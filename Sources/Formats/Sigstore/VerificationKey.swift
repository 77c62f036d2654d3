// SPDX-License-Identifier: Apache-2.0
package import Base

import enum Crypto.P256

/// An ECDSA P-256 public key that signatures are checked with.
package struct VerificationKey: Hashable, Sendable {
    /// DER SubjectPublicKeyInfo (RFC 5480), uncompressed point.
    package let der: [UInt8]

    /// Reads DER; any other curve or algorithm is refused.
    package init(der: [UInt8]) throws(SigstoreError) {
        guard der.count <= 1024 else { throw .unreadableKey(reason: "it has \(der.count) bytes") }
        do {
            self.der = Array(try P256.Signing.PublicKey(derRepresentation: der).derRepresentation)
        } catch {
            throw .unreadableKey(reason: "the bytes are not a P-256 SubjectPublicKeyInfo")
        }
    }

    /// Reads the one `PUBLIC KEY` block of a PEM text.
    package init(pem: String) throws(SigstoreError) {
        guard pem.utf8.count <= 16384 else { throw .unreadableKey(reason: "the file has more than 16384 bytes") }
        guard !pem.contains("PRIVATE KEY") else { throw .unreadableKey(reason: "the file holds a private key") }
        let blocks = PEM.blocks(in: pem, label: "PUBLIC KEY")
        guard let der = blocks.first else { throw .unreadableKey(reason: "no such block was found") }
        guard blocks.count == 1 else { throw .unreadableKey(reason: "\(blocks.count) such blocks were found, not one") }
        try self.init(der: der)
    }

    package var pem: String { PEM.text(der, label: "PUBLIC KEY") }
    /// How Sigstore bundles name the key.
    package var hint: String { Base64.encode(Digest.sha256(of: der).bytes) }
    /// How people and logs name the key.
    package var fingerprint: Digest { Digest.sha256(of: der) }
}
