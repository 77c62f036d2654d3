// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Blobs
package import OCI

/// An image layout in a folder. Links and devices in the place of files are refused; nothing is written.
package struct LayoutFolder: LayoutFiles {
    let path: String
    // A layout keeps its blobs where a store does.
    private let blobs: FileBlobStore

    package init(_ path: String) throws {
        self.path = path
        blobs = try FileBlobStore(folder: path, access: .readOnly)
    }

    package func document(_ name: String, limit: Int) throws -> [UInt8]? {
        try SmallFile.read(path + "/" + name, limit: limit) { LayoutError.tooLarge(path: path + "/" + name, limit: limit, found: $0) }
    }

    package func blob(_ digest: Digest, limit: Int) throws -> [UInt8]? {
        guard let size = try blobs.size(of: digest) else { return nil }
        guard size <= limit else { throw LayoutError.tooLarge(path: "\(path)/\(OCILayout.path(of: digest))", limit: limit, found: size) }
        return try blobs.read(digest)
    }

    package func piece(_ digest: Digest) throws -> MappedPiece? {
        guard try blobs.contains(digest) else { return nil }
        return MappedPiece(try blobs.map(digest))
    }

    package func check(_ blob: Descriptor) throws -> BlobCheck {
        guard let size = try blobs.size(of: blob.digest) else { return .missing }
        guard size == blob.size else { return .damaged(reason: "it has \(size) bytes, not \(blob.size)") }
        return BlobCheck(comparing: blob, size: size, digest: try blobs.computedDigest(of: blob.digest))
    }
}
