// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Blobs
import Inspect
import OCI

/// Finds one platform's image behind a reference, wherever it lies.
package struct ImageOpener: Sendable {
    /// `linux/amd64`; nil takes this machine's when the image has it, else the only one.
    let platform: String?
    /// As it was asked for, for showing.
    let reference: String

    package init(platform: String?, reference: String) {
        self.platform = platform
        self.reference = reference
    }

    /// Out of a repository; layers are mapped where `pieces` can, else fetched.
    package func open(
        _ name: String, in repository: some RepositoryReader, pieces: (Digest) throws -> MappedPiece? = { _ in nil }
    ) async throws -> OpenedImage {
        guard let content = try await repository.manifest(name) else {
            throw InspectError.malformed(what: "an image named \(name)", reason: "none in the repository")
        }
        let (manifest, index) = try await platformManifest(content, repository)
        let document = try ImageManifest(reading: manifest.bytes)
        guard document.config.size <= ImageConfig.limit,
            let config = try await repository.blob(document.config.digest, limit: document.config.size)
        else { throw InspectError.malformed(what: "the configuration \(document.config.digest)", reason: "nothing where the image lies") }
        try document.config.check(config)
        let settings = try ForeignConfig(reading: config)
        guard settings.platform != nil || !settings.diffIDs.isEmpty else {
            throw InspectError.malformed(what: "an image", reason: "an artifact of the type \(document.effectiveArtifactType)")
        }
        var subject = settings.subject(reference)
        subject.index = index
        subject.manifest = manifest.digest
        let layers: [OpenedImage.LayerPlace] = try document.layers.map { layer in
            if let piece = try pieces(layer.digest) { return .mapped(piece, expected: layer.digest) }
            return .remote(layer, repository)
        }
        let commands = settings.commands
        return OpenedImage(
            subject: subject, ports: settings.ports, layers: layers, commands: commands.count == layers.count ? commands : [])
    }

    /// A layout, whose blobs lie on this disk.
    package func open(layout: LayoutRepository, _ name: String?) async throws -> OpenedImage {
        try await open(try name ?? layout.onlyImage().description, in: layout) { try layout.piece($0) }
    }

    /// An archive of `docker save`.
    package func open(archive: DockerArchive, _ name: String?) throws -> OpenedImage {
        let image = try archive.image(named: name)
        let settings = try ForeignConfig(reading: image.config)
        var subject = settings.subject(reference)
        subject.platform = settings.platform
        let expected = settings.diffIDs
        guard expected.count == image.layers.count else {
            throw InspectError.malformed(what: "\(image.layers.count) layers in the configuration", reason: "\(expected.count)")
        }
        let layers = zip(image.layers, expected).map { piece, digest in
            // Configurations name unpacked layers. What is packed in there has no digest of its own.
            let isPacked = piece.withUnsafeBytes { $0.starts(with: [0x1F, 0x8B]) || $0.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) }
            return OpenedImage.LayerPlace.mapped(piece, expected: isPacked ? nil : digest)
        }
        let commands = settings.commands
        return OpenedImage(
            subject: subject, ports: settings.ports, layers: layers, commands: commands.count == layers.count ? commands : [])
    }

    private func platformManifest(_ content: Content, _ repository: some RepositoryReader) async throws -> (Content, Digest?) {
        guard let index = try? ImageIndex(reading: content.bytes) else { return (content, nil) }
        // Builders put their attestations among the platforms, as those of an unknown system.
        let images = index.manifests.filter { $0.platform?.os != "unknown" }
        func name(_ descriptor: Descriptor) -> String {
            descriptor.platform.map { ([$0.os, $0.architecture, $0.variant] as [String?]).compactMap(\.self).joined(separator: "/") } ?? ""
        }
        let names = images.map(name)
        let wanted = platform ?? (names.contains(Self.ownPlatform) ? Self.ownPlatform : names.first ?? "")
        let chosen = images.first { name($0) == wanted || name($0) == wanted + "/v8" }
        guard let chosen else {
            throw InspectError.malformed(what: "an image for \(wanted)", reason: names.isEmpty ? "none" : names.joined(separator: ", "))
        }
        guard let manifest = try await repository.manifest(chosen.digest.description) else {
            throw InspectError.malformed(what: "the manifest \(chosen.digest)", reason: "nothing where the image lies")
        }
        guard manifest.digest == chosen.digest else { throw OCIError.digestMismatch(expected: chosen.digest, found: manifest.digest) }
        return (manifest, content.digest)
    }

    #if arch(arm64)
        private static let ownPlatform = "linux/arm64"
    #else
        private static let ownPlatform = "linux/amd64"
    #endif
}
