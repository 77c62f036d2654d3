// SPDX-License-Identifier: Apache-2.0
import Base

/// The cache as this stage uses it: what is read decides the bytes of an image, so every entry carries the digest of its kind,
/// key and content, and one that does not fit counts as lost.
struct SealedCache: Sendable {
    enum Kind: String {
        /// The paths of a .deb.
        case listing
        /// A fragment's manifest and its compressed bytes.
        case fragment, member
        /// What a layer became.
        case layer
    }

    private static let sealSize = 32
    private let cache: any DerivedCache

    init(_ cache: any DerivedCache) { self.cache = cache }

    func read(_ kind: Kind, _ key: Digest) -> [UInt8]? {
        guard var bytes = cache.read(kind.rawValue, key), bytes.count >= Self.sealSize else { return nil }
        let seal = Array(bytes.suffix(Self.sealSize))
        bytes.removeLast(Self.sealSize)
        return Self.seal(kind, key, bytes) == seal ? bytes : nil
    }

    func write(_ kind: Kind, _ key: Digest, _ bytes: [UInt8]) {
        cache.write(kind.rawValue, key, bytes + Self.seal(kind, key, bytes))
    }

    private static func seal(_ kind: Kind, _ key: Digest, _ bytes: [UInt8]) -> [UInt8] {
        var hasher = DigestHasher()
        hasher.update(Array("\(kind.rawValue) \(key.hex)\n".utf8))
        hasher.update(bytes)
        return hasher.finish().bytes
    }
}
