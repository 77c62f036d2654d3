// SPDX-License-Identifier: Apache-2.0
package import Base
import OCI

/// What an image holds, without what a compressor decides: two that are equal unpack to the same, though their digests differ.
///
/// A configuration names its layers by the digests of what is in them (diff ids), a manifest by those of the compressed bytes.
package struct ImageContent: Hashable, Sendable {
    private let index: ImageIndex
    private let manifests: [ImageManifest]

    /// Reads the index and its manifests.
    package init(of digest: Digest, from blobs: any BlobStore) throws {
        var index = try ImageIndex(reading: try blobs.read(digest))
        manifests = try index.manifests.map { listed in
            var manifest = try ImageManifest(reading: try blobs.read(listed.digest))
            manifest.layers = manifest.layers.map(Self.withoutBytes)
            return manifest
        }
        index.manifests = index.manifests.map(Self.withoutBytes)
        self.index = index
    }

    private static func withoutBytes(_ descriptor: Descriptor) -> Descriptor {
        var descriptor = descriptor
        descriptor.digest = Digest.sha256(of: [UInt8]())
        descriptor.size = 0
        return descriptor
    }
}
