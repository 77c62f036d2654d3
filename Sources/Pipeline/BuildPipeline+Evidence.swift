// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assemble
import Attest
import Base
import Blobs
import OCI
import Publish
import Records
import Sigstore

extension BuildPipeline {
    /// Signs what is not signed yet: everything about a new image; about one that was published before what its key has not signed,
    /// or what differs now. What was signed stays. Nothing when nothing is missing. With it what is in the image.
    func evidence(
        for image: Image, _ findings: Findings, _ indexes: [IndexEvidence], _ job: BuildJob, _ stopwatch: Stopwatch
    ) async throws -> (Evidence, Inventory) {
        let repository = try publisher.repository(of: image)
        let subjects = [image.index] + image.platforms.map(\.manifest)
        let standing = try await stopwatch.time("standing") {
            try StandingEvidence(
                about: subjects.map(\.digest), by: attestor.key, isLogged: attestor.isLogging, in: repository.description, blobs: blobs,
                records: records)
        }
        let (inventory, all) = try await stopwatch.time("describe") {
            let inventory = statements.inventory(of: image, job.recipe)
            return (inventory, try statements.claims(about: image, inventory, job: job, findings: findings, indexes: indexes))
        }
        let claims = all.filter { !standing.holds($0) }
        let unsigned = subjects.filter { !standing.isSigned($0.digest) }
        guard !claims.isEmpty || !unsigned.isEmpty else { return (.none, inventory) }
        // The signer signs nothing about other manifests than these.
        try records.record(subjects: subjects.map(\.digest), of: repository.description, build: job.key, at: statements.clock())
        let signed = try await stopwatch.time("attest") {
            try await attestor.attest(
                claims, signing: unsigned, about: subjects, as: repository, created: image.created, listed: standing.lists)
        }
        var evidence = try await stopwatch.time("summarize") {
            try await summarize(signed, beside: standing, image, job, repository)
        }
        // Each provenance has the inputs that it names beside it.
        if claims.contains(where: { $0.predicateType == PredicateType.slsaProvenance }) {
            let sources = try await stopwatch.time("sources") {
                try SourceArtifact.evidence(
                    about: image.index, created: image.created, lock: job.lock, tree: job.tree, indexes: indexes, blobs: blobs)
            }
            evidence.manifests.append(sources.manifest)
            evidence.blobs += sources.documents
        }
        return (evidence, inventory)
    }

    // What was signed is verified as a stranger would, and the outcome signed too.
    private func summarize(
        _ evidence: Evidence, beside standing: StandingEvidence, _ image: Image, _ job: BuildJob, _ repository: RepositoryName
    ) async throws -> Evidence {
        let place = LocalRepository(repository.description, blobs: blobs, records: records)
        let claims = try await summaries.claims(
            about: image, EvidenceRepository(evidence, of: image, beside: place), standing.attestations + evidence.attestations, job,
            key: attestor.key)
        let subjects = [image.index] + image.platforms.map(\.manifest)
        let made = evidence.manifests.compactMap { manifest in manifest.tag.map { ($0, manifest.manifest) } }
        let later = try await attestor.attest(
            claims, about: subjects, as: repository, created: image.created,
            listed: standing.lists.merging(made) { _, later in later })
        return evidence.adding(later)
    }

    /// Signatures in the second format, for what was published without them or with another certificate.
    func notation(for image: Image, _ job: BuildJob) async throws -> Evidence {
        guard let notary else { return .none }
        let repository = try publisher.repository(of: image).description
        let standing = try records.referrers(of: image.index.digest, in: repository, artifactType: NotationEnvelope.artifactType)
        // One that was pushed is somebody's own, whatever it says of itself.
        guard !standing.contains(where: { $0.isPublished && notary.isOwn($0.annotations) }) else { return .none }
        try records.record(
            subjects: [image.index.digest] + image.platforms.map(\.manifest.digest), of: repository, build: job.key,
            at: statements.clock())
        return try await notary.sign(image)
    }

    // Statements change while the image stays: their document takes the place of the one before it.
    func vex(for image: Image, _ proved: [TriageBook.Own], after evidence: Evidence, _ job: BuildJob) async throws -> Evidence {
        guard let triage else { return .none }
        let repository = try publisher.repository(of: image)
        let published = LocalRepository(repository.description, blobs: blobs, records: records)
        let claims = try await triage.claims(about: TriagedImage(image), proved, published: published)
        guard !claims.isEmpty else { return .none }
        let changed = Set(claims.map(\.subject))
        let subjects = ([image.index] + image.platforms.map(\.manifest)).filter { changed.contains($0.digest) }
        var lists: [Tag: ImageManifest] = [:]
        for tag in subjects.map({ Tag.attestations(of: $0.digest) }) {
            if let made = evidence.manifests.last(where: { $0.tag == tag }) {
                lists[tag] = made.manifest
            } else if let content = try await published.manifest(tag.description) {
                lists[tag] = try ImageManifest(reading: content.bytes)
            }
        }
        try records.record(
            subjects: subjects.map(\.digest), of: repository.description, build: job.key, at: statements.clock())
        return try await attestor.attest(claims, about: subjects, as: repository, created: image.created, listed: lists)
    }
}

extension Evidence {
    static let none = Evidence(attestations: [], blobs: [], manifests: [])
}
