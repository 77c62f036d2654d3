// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
import Base

/// One platform's image, or an artifact: a configuration, layers, and perhaps the manifest it is about.
package struct ImageManifest: Hashable, Sendable, Codable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var artifactType: String?
    package var config: Descriptor
    /// Lowest first.
    package var layers: [Descriptor]
    package var subject: Descriptor?
    package var annotations: [String: String]?

    /// Registries must take manifests of this many bytes; larger ones are refused here.
    package static let limit = 4 << 20

    package init(
        config: Descriptor, layers: [Descriptor], artifactType: String? = nil, subject: Descriptor? = nil,
        annotations: [String: String]? = nil
    ) {
        schemaVersion = 2
        mediaType = MediaType.manifest
        self.artifactType = artifactType
        self.config = config
        self.layers = layers
        self.subject = subject
        self.annotations = annotations
    }

    /// Reads a manifest, also one with Docker's media type, whose members are the same.
    package init(reading bytes: [UInt8]) throws(OCIError) {
        let (manifest, json) = try DocumentReader.read(ImageManifest.self, kind: "image manifest", from: bytes, limit: Self.limit)
        try DocumentReader.refuse(members: ["manifests"], of: json, kind: "image manifest")
        try DocumentReader.check(schemaVersion: manifest.schemaVersion, kind: "image manifest")
        if let found = manifest.mediaType, found != MediaType.manifest, found != MediaType.dockerManifest {
            throw .unexpectedMediaType(kind: "image manifest", expected: MediaType.manifest, found: found)
        }
        try DocumentReader.check([manifest.config] + manifest.layers + [manifest.subject].compactMap(\.self), kind: "image manifest")
        self = manifest
    }

    /// What referrers are listed under: the artifact type, else the configuration's media type (distribution-spec, "Listing Referrers").
    package var effectiveArtifactType: String { artifactType ?? config.mediaType }

    /// The canonical bytes with their descriptor.
    package func content() throws -> Content { Content(try CanonicalJSON.encode(self), mediaType: mediaType ?? MediaType.manifest) }
}
