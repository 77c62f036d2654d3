// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
import Base

/// A list of manifests, one for each platform, or of the referrers of a manifest.
package struct ImageIndex: Hashable, Sendable, Codable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var artifactType: String?
    package var manifests: [Descriptor]
    package var subject: Descriptor?
    package var annotations: [String: String]?

    package static let limit = 4 << 20

    package init(
        manifests: [Descriptor], artifactType: String? = nil, subject: Descriptor? = nil, annotations: [String: String]? = nil
    ) {
        schemaVersion = 2
        mediaType = MediaType.index
        self.artifactType = artifactType
        self.manifests = manifests
        self.subject = subject
        self.annotations = annotations
    }

    /// Reads an index, also a Docker manifest list, whose members are the same.
    package init(reading bytes: [UInt8]) throws(OCIError) {
        let (index, json) = try DocumentReader.read(ImageIndex.self, kind: "image index", from: bytes, limit: Self.limit)
        try DocumentReader.refuse(members: ["config", "layers"], of: json, kind: "image index")
        try DocumentReader.check(schemaVersion: index.schemaVersion, kind: "image index")
        if let found = index.mediaType, found != MediaType.index, found != MediaType.dockerManifestList {
            throw .unexpectedMediaType(kind: "image index", expected: MediaType.index, found: found)
        }
        try DocumentReader.check(index.manifests + [index.subject].compactMap(\.self), kind: "image index")
        self = index
    }

    /// The manifest for a platform: the first whose operating system, architecture and variant fit.
    package func manifest(for platform: Platform) -> Descriptor? { manifests.first { $0.platform?.known == platform } }

    /// The canonical bytes with their descriptor.
    package func content() throws -> Content { Content(try CanonicalJSON.encode(self), mediaType: mediaType ?? MediaType.index) }
}

extension DescriptorPlatform {
    /// The supported platform this names; nil for others. `arm64` means the same with and without its variant `v8`.
    package var known: Platform? {
        let variant = architecture == "arm64" && variant == "v8" ? nil : variant
        return Platform(([os, architecture, variant] as [String?]).compactMap(\.self).joined(separator: "/"))
    }
}
