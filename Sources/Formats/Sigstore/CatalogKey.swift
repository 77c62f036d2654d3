// SPDX-License-Identifier: Apache-2.0
package import Base

/// A public key of either kind that a catalog uses, as DER SubjectPublicKeyInfo.
package struct CatalogKey: Hashable, Sendable {
    package enum Algorithm: String, Sendable { case p256 = "ECDSA P-256", ed25519 = "Ed25519" }

    package let der: [UInt8]
    package let algorithm: Algorithm

    // SubjectPublicKeyInfo { algorithm 1.3.101.112, BIT STRING of 32 bytes } (RFC 8410)
    private static let ed25519Head: [UInt8] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]

    package init(der: [UInt8]) throws(SigstoreError) {
        if der.count == 44, Array(der.prefix(12)) == Self.ed25519Head {
            self.der = der
            algorithm = .ed25519
        } else {
            self.der = try VerificationKey(der: der).der
            algorithm = .p256
        }
    }

    /// Reads the one `PUBLIC KEY` block of a PEM text.
    package init(pem: String) throws(SigstoreError) {
        guard pem.utf8.count <= 16384, !pem.contains("PRIVATE KEY") else { throw .unreadableKey(reason: "the file is no public key") }
        let blocks = PEM.blocks(in: pem, label: "PUBLIC KEY")
        guard blocks.count == 1, let der = blocks.first else { throw .unreadableKey(reason: "expected one block, found \(blocks.count)") }
        try self.init(der: der)
    }

    /// - Parameter ed25519: the 32 bytes of RFC 8032.
    package init(ed25519 bytes: [UInt8]) throws(SigstoreError) {
        guard bytes.count == 32 else { throw .unreadableKey(reason: "an Ed25519 key has 32 bytes, not \(bytes.count)") }
        try self.init(der: Self.ed25519Head + bytes)
    }

    /// The 32 bytes of an Ed25519 key; nil for others.
    package var ed25519: [UInt8]? { algorithm == .ed25519 ? Array(der.suffix(32)) : nil }
    package var pem: String { PEM.text(der, label: "PUBLIC KEY") }
    /// How people and documents name the key: SHA-256 of the DER.
    package var fingerprint: Digest { Digest.sha256(of: der) }
}
