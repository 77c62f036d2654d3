// SPDX-License-Identifier: Apache-2.0
import Base
package import Blobs
package import Records

/// How much space repositories use.
package struct StoreUsage: Hashable, Sendable {
    package struct Repository: Hashable, Sendable {
        package var name: String
        package var tags: Int
        package var manifests: Int
        package var blobs: Int
        /// Bytes of everything it holds, each once.
        package var bytes: Int
        /// Bytes that no other repository holds: what deleting it could free.
        package var ownBytes: Int
    }
    package var repositories: [Repository]
    /// Bytes of all blobs on the disk, those that no repository holds as well.
    package var totalBytes: Int

    package init(blobs: FileBlobStore, records: RecordStore) throws {
        var sizes: [Digest: Int] = [:]
        for digest in blobs.digests() { sizes[digest] = try blobs.size(of: digest) ?? 0 }
        let holdings = try records.holdings()
        var holders: [Digest: Int] = [:]
        for holding in holdings {
            for digest in Set(holding.blobs).union(holding.manifests.keys) { holders[digest, default: 0] += 1 }
        }
        repositories = holdings.map { holding in
            let all = Set(holding.blobs).union(holding.manifests.keys)
            return Repository(
                name: holding.repository, tags: holding.tags, manifests: holding.manifests.count, blobs: holding.blobs.count,
                bytes: all.reduce(0) { $0 + (sizes[$1] ?? 0) },
                ownBytes: all.reduce(0) { $0 + (holders[$1] == 1 ? sizes[$1] ?? 0 : 0) })
        }
        totalBytes = sizes.values.reduce(0, +)
    }
}
