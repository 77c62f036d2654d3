// SPDX-License-Identifier: Apache-2.0
package import Base
package import Blobs

/// The stages' port to the cache folder of the store.
package struct FlowCache: DerivedCache {
    let folder: CacheFolder

    package init(folder: CacheFolder) { self.folder = folder }

    package func read(_ kind: String, _ key: Digest) -> [UInt8]? { folder.file(key.hex, in: kind)?.array }
    // A cache that cannot be written (a full disk, a read-only store) costs time at the next build; what matters fails by itself.
    package func write(_ kind: String, _ key: Digest, _ bytes: [UInt8]) { try? folder.store(bytes, as: key.hex, in: kind) }
}
