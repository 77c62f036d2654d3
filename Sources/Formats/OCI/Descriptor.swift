// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
package import Base

/// A typed pointer to content: media type, digest and size in bytes.
package struct Descriptor: Hashable, Sendable, Codable {
    package var mediaType: String
    package var digest: Digest
    package var size: Int
    package var annotations: [String: String]?
    package var artifactType: String?
    package var platform: DescriptorPlatform?

    package init(
        mediaType: String, digest: Digest, size: Int, annotations: [String: String]? = nil, artifactType: String? = nil,
        platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.artifactType = artifactType
        self.platform = platform.map(DescriptorPlatform.init)
    }
}

/// The `platform` object of a descriptor inside an index.
package struct DescriptorPlatform: Hashable, Sendable, Codable {
    package var architecture: String
    package var os: String
    package var variant: String?
    package init(_ platform: Platform) {
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
    }
}

/// Media types this project writes or reads.
package enum MediaType {
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let config = "application/vnd.oci.image.config.v1+json"
    package static let layerTar = "application/vnd.oci.image.layer.v1.tar"
    package static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    package static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    package static let empty = "application/vnd.oci.empty.v1+json"
    package static let sigstoreBundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
    package static let simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json"
    package static let dsseEnvelope = "application/vnd.dsse.envelope.v1+json"
    package static let inToto = "application/vnd.in-toto+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
}
