// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import OCI

/// What a push did.
package struct PushSummary: Hashable, Sendable {
    package var blobsSent = 0
    package var blobsPresent = 0
    package var bytesSent = 0
    package var manifests = 0
    package var tags = 0
    package init() {}
}

extension RegistryClient {
    package enum BlobOutcome: Hashable, Sendable { case present, mounted, sent }

    /// Sends a publication: blobs with at most four at once, then manifests and tags in order.
    ///
    /// Safe to repeat: what is there is skipped. A build tag that names another image there is a conflict, found before
    /// anything is sent. In a registry without the referrers API, the tags that stand in for it are brought up to date.
    package func push(
        _ publication: Publication, to repository: RepositoryName, from store: some BlobStore,
        reporting progress: @escaping @Sendable (RegistryCopy.Step) -> Void = { _ in }
    ) async throws -> PushSummary {
        let steps = try RegistryCopy.steps(for: publication)
        for tag in publication.immutableTags.sorted() {
            guard let found = publication.tags[tag], let existing = try await digest(of: tag, in: repository), existing != found else {
                continue
            }
            throw PublishError.buildTagTaken(repository: "\(registry)/\(repository)", tag: tag, existing: existing, found: found)
        }
        var summary = PushSummary()
        let blobs = steps.compactMap { step in if case .blob(let digest) = step { digest } else { nil } }
        let sent = try await blobs.concurrentMap(limit: 4) { digest in
            guard let size = try store.size(of: digest) else { throw PublishError.missingContent(digest) }
            let outcome = try await self.putBlob(digest, in: repository) { try store.read(digest) }
            progress(.blob(digest))
            return outcome == .sent ? size : 0
        }
        summary.bytesSent = sent.reduce(0, +)
        summary.blobsSent = sent.count { $0 > 0 }
        summary.blobsPresent = sent.count - summary.blobsSent
        for step in steps {
            switch step {
            case .blob: continue
            case .manifest(let manifest):
                try await put(manifest, under: manifest.digest.description, in: repository, from: store)
                summary.manifests += 1
            case .tag(let tag, let manifest):
                try await put(manifest, under: tag, in: repository, from: store)
                summary.tags += 1
            }
            progress(step)
        }
        return summary
    }

    /// Sends a blob unless the registry has it; from another repository of the registry it is taken over without sending.
    @discardableResult
    package func putBlob(
        _ digest: Digest, in repository: RepositoryName, mountingFrom other: RepositoryName? = nil,
        bytes read: @Sendable () throws -> [UInt8]
    ) async throws -> BlobOutcome {
        if try await hasBlob(digest, in: repository) { return .present }
        let scope = RegistryScope(repository: repository.description, isWriting: true)
        let path = "/v2/\(repository)/blobs/uploads/"
        let start = other.map { RegistryURL.adding([("mount", digest.description), ("from", $0.description)], to: path) } ?? path
        let started = try await send("POST", start, headers: ["Content-Length": "0"], scope: scope, limit: Self.answerLimit)
        if started.status == 201, other != nil { return .mounted }
        guard started.status == 202 else { throw refusal(started, "POST", path, scope: scope) }
        guard let location = started.headers["location"], let url = RegistryURL.resolve(location, against: origin) else {
            throw PublishError.malformedAnswer(registry: registry, path: path, reason: "the upload has no usable Location")
        }
        let bytes = try read()
        let finished = try await send(
            "PUT", RegistryURL.adding([("digest", digest.description)], to: url),
            headers: ["Content-Type": "application/octet-stream", "Content-Length": "\(bytes.count)"], body: bytes, scope: scope,
            limit: Self.answerLimit)
        guard finished.status == 201 || finished.status == 204 else { throw refusal(finished, "PUT", path, scope: scope) }
        return .sent
    }

    /// Sends a manifest or index under a tag or its digest. True when the registry listed it under its subject by itself.
    @discardableResult
    package func putManifest(_ content: Content, under reference: String, in repository: RepositoryName) async throws -> Bool {
        let scope = RegistryScope(repository: repository.description, isWriting: true)
        let path = "/v2/\(repository)/manifests/\(reference)"
        let response = try await send(
            "PUT", path, headers: ["Content-Type": content.descriptor.mediaType, "Content-Length": "\(content.bytes.count)"],
            body: content.bytes, scope: scope, limit: Self.answerLimit)
        guard response.status == 201 else { throw refusal(response, "PUT", path, scope: scope) }
        if let stored = response.headers["docker-content-digest"].flatMap({ Digest($0) }), stored != content.digest {
            throw OCIError.digestMismatch(expected: content.digest, found: stored)
        }
        return response.headers["oci-subject"] != nil
    }

    private func put(_ manifest: Publication.Manifest, under reference: String, in repository: RepositoryName, from store: some BlobStore)
        async throws
    {
        guard try store.size(of: manifest.digest) != nil else { throw PublishError.missingContent(manifest.digest) }
        let content = Content(try store.read(manifest.digest), mediaType: manifest.mediaType)
        guard content.digest == manifest.digest else { throw OCIError.digestMismatch(expected: manifest.digest, found: content.digest) }
        let isListed = try await putManifest(content, under: reference, in: repository)
        guard let subject = manifest.subject, !isListed else { return }
        var descriptor = content.descriptor
        descriptor.artifactType = manifest.artifactType
        descriptor.annotations = manifest.annotations.isEmpty ? nil : manifest.annotations
        try await addFallbackReferrer(descriptor, of: subject, in: repository)
    }

    // Not atomic: the specification has no compare-and-set for tags, so two pushes at once can lose an entry; pushing again mends it.
    private func addFallbackReferrer(_ descriptor: Descriptor, of subject: Digest, in repository: RepositoryName) async throws {
        var index = try await fallbackReferrers(of: subject, in: repository)
        guard !index.manifests.contains(where: { $0.digest == descriptor.digest }) else { return }
        index.manifests.append(descriptor)
        try await putManifest(index.content(), under: Tag.referrers(of: subject).description, in: repository)
    }
}
