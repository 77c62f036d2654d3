// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Blobs
package import Inspect
import OCI

/// Reads layers out of folders of blobs, each once for all images that have it.
package actor LayerShelf {
    private let inspector: Inspector
    private var scanned: [Digest: ScannedLayer] = [:]
    private var contents: [Digest: Digest] = [:]
    /// More layers than these are read again when they are asked for again.
    private static let limit = 128

    package init(inspector: Inspector = Inspector()) { self.inspector = inspector }

    /// The entries of a layer, whose bytes are held against its digest first.
    func layer(_ digest: Digest, in place: FileBlobStore) async throws -> ScannedLayer {
        if let known = scanned[digest] { return known }
        let piece = MappedPiece(try place.map(digest))
        let layer = try await OpenedImage.scan(
            .mapped(piece, expected: digest), number: 0, with: inspector, sharing: InspectionAllowance(inspector.limits))
        if scanned.count >= Self.limit { scanned.removeAll() }
        scanned[digest] = layer
        return layer
    }

    func layers(_ digests: [Digest], in place: FileBlobStore) async throws -> [ScannedLayer] {
        var layers: [ScannedLayer] = []
        for digest in digests { layers.append(try await layer(digest, in: place)) }
        return layers
    }

    /// The digest of what is in a layer, which configurations name it by.
    func diffID(of digest: Digest, in place: FileBlobStore) throws -> Digest {
        if let known = contents[digest] { return known }
        let file = try place.map(digest)
        let found = try file.withUnsafeBytes { try LayerBytes.diffID(of: $0) }
        contents[digest] = found
        return found
    }

    func root(of layers: [ScannedLayer]) throws -> LayeredRoot { try inspector.root(of: layers) }

    func inventory(of layers: [ScannedLayer], as subject: ForeignSubject) throws -> ForeignInventory {
        var numbered = layers
        for position in numbered.indices { numbered[position].number = position }
        return try inspector.inventory(of: numbered, as: subject, ports: [])
    }
}
