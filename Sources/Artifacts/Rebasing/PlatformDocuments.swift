// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md and config.md
package import Base
package import OCI

/// Manifest and configuration of one platform's image, whoever made it: held against their digests and against each other.
package struct PlatformDocuments: Hashable, Sendable {
    package let platform: Platform
    package let manifest: Content
    package let document: ImageManifest
    /// The bytes of the configuration.
    package let config: Content
    /// The same as a value, with members that we do not know.
    package let settings: JSON
    /// Of the layers, lowest first: as many as there are.
    package let diffIDs: [Digest]

    /// Layers of one image: runtimes stop at fewer.
    package static let layerLimit = 500

    package init(manifest: Content, config bytes: [UInt8]) throws {
        self.manifest = manifest
        document = try ImageManifest(reading: manifest.bytes)
        guard document.layers.count <= Self.layerLimit else {
            throw OCIError.malformedDocument(
                kind: "image manifest", reason: "it has \(document.layers.count) layers; at most \(Self.layerLimit) are taken")
        }
        try document.config.check(bytes)
        let known = try ImageConfig(reading: bytes)
        let platformText = ([known.os, known.architecture, known.architecture == "arm64" ? nil : known.variant] as [String?])
            .compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "/")
        guard let platform = Platform(platformText) else {
            throw OCIError.malformedDocument(
                kind: "image configuration", reason: "it is for '\(platformText.prefix(60))', expected one of \(Platform.allCases)")
        }
        guard known.rootfs.diffIDs.count == document.layers.count else {
            throw OCIError.malformedDocument(
                kind: "image configuration",
                reason: "it names \(known.rootfs.diffIDs.count) layers, the manifest lists \(document.layers.count)")
        }
        self.platform = platform
        config = Content(bytes, mediaType: document.config.mediaType)
        settings = try JSON.parse(bytes, limit: ImageConfig.limit)
        diffIDs = known.rootfs.diffIDs
    }

    /// When it was made, as the configuration says.
    package var created: Timestamp? { settings["created"]?.string.flatMap { Timestamp(rfc3339: $0) } }
}
