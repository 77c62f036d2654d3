// SPDX-License-Identifier: Apache-2.0
import Base
import Crypto

extension RekorEntry {
    /// Whether the entry's signature was made by the entry's key over what has the entry's digest.
    ///
    /// Nil for kinds whose digest is not of the signed bytes: those can only be checked with the document.
    package var hasValidSignature: Bool? {
        guard kind == .hashedrekord else { return nil }
        guard publicKeyDER.count <= 1024, (8...80).contains(signature.count),
            let key = try? P256.Signing.PublicKey(derRepresentation: publicKeyDER),
            let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature)
        else { return false }
        return key.isValidSignature(parsed, for: ComputedDigest(digest))
    }
}

/// A SHA-256 digest that is known without the bytes it is of.
private struct ComputedDigest: Crypto.Digest {
    static var byteCount: Int { 32 }
    private let bytes: [UInt8]

    init(_ digest: Base.Digest) { bytes = digest.bytes }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }
    func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }
    var description: String { "SHA256 digest: " + Hex.encode(bytes) }
}
