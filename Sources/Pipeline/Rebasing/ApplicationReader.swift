// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import OCI

/// Reads manifests and configurations of an image that is to get another base, all platforms, each held against its digest.
package struct ApplicationReader: Sendable {
    /// Manifests of one index.
    private static let manifestLimit = 256

    package init() {}

    package func read(_ name: String, shownAs reference: String, in repository: some RepositoryReader) async throws -> ApplicationImage {
        guard let content = try await repository.manifest(name) else { throw RebaseRefusal.noImage(reference) }
        guard case .index = try PushedManifest(reading: content.bytes, as: content.descriptor.mediaType).kind else {
            return ApplicationImage(reference: reference, index: nil, platforms: [try await documents(content, repository)])
        }
        let index = try ImageIndex(reading: content.bytes)
        guard index.manifests.count <= Self.manifestLimit else {
            throw OCIError.malformedDocument(kind: "image index", reason: "it lists \(index.manifests.count) manifests")
        }
        var image = ApplicationImage(reference: reference, index: content, platforms: [])
        for listed in index.manifests {
            // Builders put their attestations among the platforms, as those of an unknown system.
            guard listed.platform?.os != "unknown", listed.artifactType == nil else {
                image.leftBehind.append(listed)
                continue
            }
            guard let manifest = try await repository.manifest(listed.digest.description) else {
                throw RebaseRefusal.lost(reference, what: "the manifest \(listed.digest)")
            }
            guard manifest.digest == listed.digest else {
                throw OCIError.digestMismatch(expected: listed.digest, found: manifest.digest)
            }
            let documents = try await documents(manifest, repository)
            guard !image.platforms.contains(where: { $0.platform == documents.platform }) else {
                throw OCIError.malformedDocument(kind: "image index", reason: "it lists two images for \(documents.platform)")
            }
            image.platforms.append(documents)
        }
        guard !image.platforms.isEmpty else { throw RebaseRefusal.noImage(reference) }
        return image
    }

    private func documents(_ manifest: Content, _ repository: some RepositoryReader) async throws -> PlatformDocuments {
        let config = try ImageManifest(reading: manifest.bytes).config
        guard config.size <= ImageConfig.limit else {
            throw OCIError.documentTooLarge(kind: "image configuration", limit: ImageConfig.limit, found: config.size)
        }
        guard let bytes = try await repository.blob(config.digest, limit: config.size) else {
            throw RebaseRefusal.lost(manifest.digest.description, what: "the configuration \(config.digest)")
        }
        return try PlatformDocuments(manifest: manifest, config: bytes)
    }
}

/// Why there is nothing to rebase, or it may not be done. Every reason is told.
package enum RebaseRefusal: Diagnosable {
    case noImage(String)
    case lost(String, what: String)
    case refused(String, [RebaseFinding])
    case moved(String, expected: Digest, found: Digest?)
    case notTaken(String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .noImage(let reference):
            Diagnosis(
                "rebase.no-image", .notFound, "expected an image at \(reference), found none",
                remedy: "name one as NAME:TAG, HOST/NAME:TAG or oci:DIR[:TAG]; `ashlar cascade` lists those of this store")
        case .lost(let reference, let what):
            Diagnosis(
                "rebase.lost", .notFound, "\(reference): expected \(what) where the image lies, found nothing",
                remedy: "push the image again")
        case .refused(let reference, let findings):
            Diagnosis(
                "rebase.unsafe", .policy,
                "\(reference) keeps its base: \(findings.count) reason\(findings.count == 1 ? "" : "s") against another one",
                remedy: Self.remedies(findings), notes: findings.map(\.text))
        case .moved(let reference, let expected, let found):
            Diagnosis(
                "rebase.moved", .conflict,
                "expected \(reference) to be \(expected) still, found \(found?.description ?? "nothing"): somebody pushed meanwhile",
                remedy: "run it again: the image that is there now is looked at then")
        case .notTaken(let reference, let reason):
            Diagnosis("rebase.not-taken", .policy, "\(reference) was not taken: \(reason)", remedy: "choose another name: --to NAME:TAG")
        }
    }

    private static func remedies(_ findings: [RebaseFinding]) -> String {
        var seen: Set<String> = []
        return findings.map(\.remedy).filter { seen.insert($0).inserted }.prefix(3).joined(separator: "; ")
    }
}
