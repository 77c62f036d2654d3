// SPDX-License-Identifier: Apache-2.0
package import Base

import protocol Crypto.Digest
import enum Crypto.P256

/// The outcome of checking a signature: never an error, always with a reason.
package enum SignatureCheck: Hashable, Sendable {
    /// What was checked, one line each.
    case good(evidence: [String])
    case bad(reason: String)

    package var isGood: Bool { if case .good = self { true } else { false } }
}

/// Checks ECDSA P-256 signatures over SHA-256 (FIPS 186-5).
package enum SignatureVerifier {
    /// Checks a DER-encoded signature of a message.
    package static func verify(der signature: [UInt8], message: [UInt8], key: VerificationKey) -> SignatureCheck {
        verify(der: signature, digest: .sha256(of: message), key: key)
    }

    /// Checks a DER-encoded signature of a message that has the digest.
    package static func verify(der signature: [UInt8], digest: Base.Digest, key: VerificationKey) -> SignatureCheck {
        guard (8...80).contains(signature.count) else { return .bad(reason: "the signature has \(signature.count) bytes, not 8 to 80") }
        guard let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature) else {
            return .bad(reason: "the signature is not a DER-encoded ECDSA signature")
        }
        guard let publicKey = try? P256.Signing.PublicKey(derRepresentation: key.der) else {
            return .bad(reason: "the public key is not a P-256 key")
        }
        guard publicKey.isValidSignature(parsed, for: KnownDigest(digest)) else {
            return .bad(reason: "the signature was not made by the key \(key.fingerprint.short)… over these bytes")
        }
        return .good(evidence: ["ECDSA P-256 signature by the key \(key.fingerprint)"])
    }

    /// Reads the key first; a key that cannot be read is a reason.
    package static func verify(der signature: [UInt8], message: [UInt8], publicKeyDER: [UInt8]) -> SignatureCheck {
        do throws(SigstoreError) {
            return verify(der: signature, message: message, key: try VerificationKey(der: publicKeyDER))
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }

    package static func verify(der signature: [UInt8], message: [UInt8], publicKeyPEM: String) -> SignatureCheck {
        do throws(SigstoreError) {
            return verify(der: signature, message: message, key: try VerificationKey(pem: publicKeyPEM))
        } catch {
            return .bad(reason: error.diagnosis.summary)
        }
    }
}

/// A SHA-256 digest that was computed already.
private struct KnownDigest: Crypto.Digest {
    static var byteCount: Int { 32 }
    private let bytes: [UInt8]

    init(_ digest: Base.Digest) { bytes = digest.bytes }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }
    func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }
    var description: String { "SHA256 digest: " + Hex.encode(bytes) }
}
