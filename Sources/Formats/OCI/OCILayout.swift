// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
package import Base

/// The files of an image layout, as values: who writes them decides where.
///
///     oci-layout               the header
///     index.json               the manifests that have a name
///     blobs/sha256/<hex>       everything
package struct OCILayout: Hashable, Sendable {
    package var index: ImageIndex

    package static let headerPath = "oci-layout"
    package static let indexPath = "index.json"
    package static let header = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)

    /// Names manifests in the order given; a name is a tag or a whole reference.
    package init(naming manifests: [(name: String?, descriptor: Descriptor)]) {
        index = ImageIndex(
            manifests: manifests.map { name, descriptor in
                var named = descriptor
                if let name { named.annotations = (named.annotations ?? [:]).merging([Annotation.referenceName: name]) { $1 } }
                return named
            })
    }

    /// Reads header and index; the version must be 1.0.0.
    package init(header: [UInt8], index: [UInt8]) throws(OCIError) {
        struct Header: Decodable { var imageLayoutVersion: String }
        let (found, _) = try DocumentReader.read(Header.self, kind: "image layout header", from: header, limit: 4096)
        guard found.imageLayoutVersion == "1.0.0" else {
            throw .malformedDocument(
                kind: "image layout header", reason: "imageLayoutVersion is '\(found.imageLayoutVersion.prefix(40))', not 1.0.0")
        }
        self.index = try ImageIndex(reading: index)
    }

    /// The path of a blob below the layout's root.
    package static func path(of digest: Digest) -> String { "blobs/sha256/" + digest.hex }

    /// The manifest with a name; nil when there is none.
    package func manifest(named name: String) -> Descriptor? {
        index.manifests.first { $0.annotations?[Annotation.referenceName] == name }
    }

    /// The bytes of `index.json`.
    package func indexBytes() throws -> [UInt8] { try index.content().bytes }
}
