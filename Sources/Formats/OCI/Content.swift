// SPDX-License-Identifier: Apache-2.0
package import Base

/// Bytes together with the descriptor that names them: what is stored, sent and pointed at.
package struct Content: Hashable, Sendable {
    package let bytes: [UInt8]
    package let descriptor: Descriptor

    /// Describes bytes: digest and size are computed.
    package init(_ bytes: [UInt8], mediaType: String, annotations: [String: String]? = nil, artifactType: String? = nil) {
        self.bytes = bytes
        descriptor = Descriptor(
            mediaType: mediaType, digest: .sha256(of: bytes), size: bytes.count, annotations: annotations, artifactType: artifactType)
    }

    package var digest: Digest { descriptor.digest }

    /// The two bytes `{}`: the configuration of artifacts that need none (image-spec, "Guidance for an Empty Descriptor").
    package static let empty = Content(Array("{}".utf8), mediaType: MediaType.empty)
}

extension Descriptor {
    /// Checks that the bytes are the ones this descriptor names: size first, then digest.
    package func check(_ bytes: [UInt8]) throws(OCIError) {
        guard bytes.count == size else { throw .sizeMismatch(digest: digest, expected: size, found: bytes.count) }
        let found = Digest.sha256(of: bytes)
        guard found == digest else { throw .digestMismatch(expected: digest, found: found) }
    }

    /// Media type, digest and size alone: what a `subject` holds.
    package var bare: Descriptor { Descriptor(mediaType: mediaType, digest: digest, size: size) }
}
