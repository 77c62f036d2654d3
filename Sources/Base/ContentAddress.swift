// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The digest under which somebody else names content: SHA-256, by which everything is stored, or SHA-512.
///
/// image-spec, descriptor.md "Registered Algorithms". A value that exists is well formed.
package enum ContentAddress: Hashable, Sendable, CustomStringConvertible {
    case sha256(Digest)
    case sha512(WideDigest)

    /// Reads `sha256:<64 hex>` or `sha512:<128 hex>`; nil when the text is anything else.
    package init?(_ text: some StringProtocol) {
        if let digest = Digest(text) {
            self = .sha256(digest)
        } else if let digest = WideDigest(text) {
            self = .sha512(digest)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .sha256(let digest): digest.description
        case .sha512(let digest): digest.description
        }
    }
}

/// A SHA-512 in lower-case hexadecimal, written `sha512:<128 hex>`.
package struct WideDigest: Hashable, Sendable, CustomStringConvertible {
    package let hex: String

    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("sha512:") else { return nil }
        let hex = text.dropFirst(7)
        guard hex.utf8.count == 128, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
        self.hex = String(hex)
    }

    fileprivate init(_ digest: SHA512Digest) { hex = Hex.encode(digest) }

    package static func sha512(of bytes: [UInt8]) -> WideDigest {
        var hasher = WideHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }

    package var description: String { "sha512:" + hex }
}

/// SHA-512 over bytes that arrive in pieces.
package struct WideHasher: Sendable {
    private var state = SHA512()
    package init() {}
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
    package consuming func finish() -> WideDigest { WideDigest(state.finalize()) }
}
