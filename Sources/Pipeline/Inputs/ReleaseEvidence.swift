// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Attest
package import Base
package import OCI
package import Sigstore

/// A published image as its signed provenance describes it, before any of its inputs was looked at.
package struct ReleaseEvidence: Sendable {
    package struct PlatformRecord: Sendable {
        package var platform: Platform
        package var manifest: Content
        package var document: ImageManifest
        package var config: ImageConfig
        package var configBytes: [UInt8]
    }
    /// As it was asked for.
    package var reference: String
    package var index: Content
    package var document: ImageIndex
    /// In the order of the index.
    package var platforms: [PlatformRecord]
    /// Signed by the key, about the index.
    package var provenance: Provenance
    /// Every claim that the key signed: by the manifest it is about.
    package var claims: [Digest: [Statement]]
    /// The artifact with the inputs; nobody signed it, and nothing of it is used before it was held against the provenance.
    package var sources: ImageManifest?
    /// What was checked, one line each.
    package var checked: [String]

    /// Reads and verifies what a repository has under a tag or digest.
    package static func read(
        _ reference: String, shownAs shown: String, in repository: some RepositoryReader, key: VerificationKey
    ) async throws -> ReleaseEvidence {
        let results = try await Verifier(key: key, requiring: [PredicateType.slsaProvenance]).verifyAll(reference, in: repository)
        let reasons = results.flatMap(\.reasons)
        guard reasons.isEmpty, let first = results.first, let subject = first.subject else {
            throw InputError.notTrusted(reference: shown, reasons: reasons)
        }
        let claims = Dictionary(results.compactMap { result in result.subject.map { ($0, result.claims.map(\.statement)) } }) { a, _ in a }
        let provenances = try first.claims.map(\.statement).filter { $0.predicateType == PredicateType.slsaProvenance }.map {
            try CanonicalJSON.decode(Provenance.self, from: $0.predicate)
        }
        // An image that was built again to the same bytes has one of each build: the newest is looked into.
        let end = { (one: Provenance) in one.runDetails.metadata?.finishedOn?.seconds ?? .min }
        guard let provenance = provenances.max(by: { end($0) < end($1) }) else {
            throw InputError.notTrusted(reference: shown, reasons: ["expected a provenance of \(subject), found none"])
        }
        guard provenance.buildDefinition.buildType == ProvenanceWriter.buildType else {
            throw InputError.notTrusted(
                reference: shown,
                reasons: ["its build type is \(provenance.buildDefinition.buildType.prefix(200)), not \(ProvenanceWriter.buildType)"])
        }
        let index = try await content(subject, in: repository)
        let document = try ImageIndex(reading: index.bytes)
        var platforms: [PlatformRecord] = []
        for descriptor in document.manifests {
            guard let platform = descriptor.platform?.known else { continue }
            platforms.append(try await record(platform, descriptor, in: repository))
        }
        var evidence = ReleaseEvidence(
            reference: shown, index: index, document: document, platforms: platforms, provenance: provenance, claims: claims, sources: nil,
            checked: [
                "the index \(subject) and its \(platforms.count) manifests are signed by the key \(key.fingerprint)",
                "its provenance is signed by the same key: \(provenance.runDetails.builder.id)",
            ])
        evidence.sources = try await evidence.sources(in: repository)
        return evidence
    }

    private static func content(_ digest: Digest, in repository: some RepositoryReader) async throws -> Content {
        guard let content = try await repository.manifest(digest.description) else {
            throw InputError.lost("the manifest \(digest)")
        }
        guard content.digest == digest else { throw OCIError.digestMismatch(expected: digest, found: content.digest) }
        return content
    }

    private static func record(
        _ platform: Platform, _ descriptor: Descriptor, in repository: some RepositoryReader
    ) async throws -> PlatformRecord {
        let manifest = try await content(descriptor.digest, in: repository)
        let document = try ImageManifest(reading: manifest.bytes)
        guard document.config.size <= ImageConfig.limit,
            let bytes = try await repository.blob(document.config.digest, limit: document.config.size)
        else { throw InputError.lost("the configuration \(document.config.digest)") }
        try document.config.check(bytes)
        return PlatformRecord(
            platform: platform, manifest: manifest, document: document, config: try ImageConfig(reading: bytes), configBytes: bytes)
    }

    // Each build has its own: the one with the documents that this provenance names, else the first.
    private func sources(in repository: some RepositoryReader) async throws -> ImageManifest? {
        let named = Set([lock, recipeTree].compactMap(\.self))
        var first: ImageManifest?
        for descriptor in try await repository.referrers(of: index.digest).prefix(Self.referrerLimit)
        where descriptor.artifactType == SourceArtifact.artifactType {
            let bytes = try await Self.content(descriptor.digest, in: repository).bytes
            // Anybody may attach an artifact of this type.
            guard let manifest = try? ImageManifest(reading: bytes), manifest.subject?.digest == index.digest else { continue }
            if named.isSubset(of: manifest.layers.map(\.digest)) { return manifest }
            first = first ?? manifest
        }
        return first
    }

    private static let referrerLimit = 1000
}

extension ReleaseEvidence {
    private var dependencies: [ResourceDescriptor] { provenance.buildDefinition.resolvedDependencies ?? [] }

    private static func sha256(_ resource: ResourceDescriptor) -> Digest? { resource.digest?["sha256"].flatMap { Digest(hex: $0) } }

    /// The archive of the recipe's files that was built.
    package var recipeTree: Digest? { dependencies.first { $0.name == ProvenanceWriter.Name.recipe }.flatMap(Self.sha256) }
    package var program: Digest? { dependencies.first { $0.name == ProvenanceWriter.Name.program }.flatMap(Self.sha256) }
    /// The lock in canonical JSON.
    package var lock: Digest? {
        provenance.runDetails.byproducts?.first { $0.name == ProvenanceWriter.Name.lock }.flatMap(Self.sha256)
    }
    /// The InRelease file of an archive: where it lies in the archive, and its digest.
    package func inRelease(of archive: String) -> (path: String, digest: Digest)? {
        dependencies.first { $0.name == archive && $0.uri?.hasSuffix("/dists/\(archive)/InRelease") == true }.flatMap { resource in
            guard let path = resource.uri, let digest = Self.sha256(resource) else { return nil }
            return (path, digest)
        }
    }
    /// Digest of each .deb -> its package URL.
    package var packages: [Digest: String] {
        Dictionary(
            dependencies.compactMap { resource in
                guard let purl = resource.uri, purl.hasPrefix("pkg:deb/"), let digest = Self.sha256(resource) else { return nil }
                return (digest, purl)
            }
        ) { first, _ in first }
    }
    /// Who published the image, as its annotations say; nothing in releases that do not record it.
    package var imprint: Imprint {
        let recorded = provenance.buildDefinition.internalParameters?["imprint"]
        return recorded.flatMap { try? CanonicalJSON.decode(Imprint.self, from: $0) } ?? Imprint()
    }
    package var compressor: String? { provenance.buildDefinition.internalParameters?["compressor"]?.string }
    package var helpers: [CompiledHelper] {
        (provenance.buildDefinition.internalParameters?["helpers"]?.array ?? []).compactMap { CompiledHelper($0) }
    }
    /// `git+https://example.org/catalog@<commit>`; nil when it was not built from a commit.
    package var commit: String? { dependencies.first { $0.name == ProvenanceWriter.Name.catalog }?.uri }
    package func parameter(_ name: String) -> String? { provenance.buildDefinition.externalParameters[name]?.string }
}
