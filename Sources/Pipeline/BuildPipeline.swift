// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Assemble
package import Attest
package import Base
package import Blobs
import Check
import Describe
package import Fetch
import OCI
package import Publish
package import Records
import Resolve
import Sigstore

/// One image to build: its recipe, the lock that was reviewed for it, and the digest of everything that decides the result.
package struct BuildJob: Sendable {
    package var recipe: Recipe
    package var lock: Lock
    package var key: Digest
    /// Where the recipe and the revision of the catalog come from, for provenance.
    package var source: CatalogSource
    package var tree: RecipeTree
    /// Names this run among all runs: `urn:uuid:…`.
    package var invocation: String
    package var started: Timestamp
    /// What the catalog says about vulnerabilities; those about other images are passed over.
    package var statements: [TriageStatement]
    package init(
        recipe: Recipe, lock: Lock, key: Digest, source: CatalogSource, tree: RecipeTree, invocation: String, started: Timestamp,
        statements: [TriageStatement] = []
    ) {
        self.recipe = recipe
        self.lock = lock
        self.key = key
        self.source = source
        self.tree = tree
        self.invocation = invocation
        self.started = started
        self.statements = statements
    }
}

/// From a reviewed lock to a published release. The body of `build` is the product.
package struct BuildPipeline: Sendable {
    let voucher: LockVoucher
    let fetcher: Fetcher
    let assembler: Assembler
    let checker: ImageChecker
    let gate: Gate
    let attestor: Attestor
    let notary: NotationAttestor?
    let statements: ClaimWriter
    let triage: VEXWriter?
    let summaries: SummaryWriter
    let publisher: Publisher
    let blobs: FileBlobStore
    let records: RecordStore
    let onFetch: @Sendable (LockedPackage) -> Void

    /// - Parameter onFetch: is told each package when it is in the store, so that somebody can watch.
    package init(
        voucher: LockVoucher, fetcher: Fetcher, assembler: Assembler, checker: ImageChecker, gate: Gate, attestor: Attestor,
        notary: NotationAttestor? = nil, statements: ClaimWriter, triage: VEXWriter? = nil, summaries: SummaryWriter,
        publisher: Publisher, blobs: FileBlobStore, records: RecordStore,
        onFetch: @escaping @Sendable (LockedPackage) -> Void = { _ in }
    ) {
        self.voucher = voucher
        self.fetcher = fetcher
        self.assembler = assembler
        self.checker = checker
        self.gate = gate
        self.attestor = attestor
        self.notary = notary
        self.statements = statements
        self.triage = triage
        self.summaries = summaries
        self.publisher = publisher
        self.blobs = blobs
        self.records = records
        self.onFetch = onFetch
    }

    /// Builds, checks, signs and publishes one image. Nothing of it is visible before the last line, and all of it after.
    package func build(_ job: BuildJob, stopwatch: Stopwatch) async throws -> Release {
        try await blobs.withDeferredSync {
            let vouched = try await stopwatch.time("index") { try await voucher.vouch(for: job.lock, of: job.recipe) }
            // What cannot have its tags need not be made.
            let names = try names(of: job)
            let (image, findings) = try await refetchingDamaged {
                let parcels = try await stopwatch.time("fetch") { try await fetcher.fetch(vouched.value.lock, progress: onFetch) }
                let image = try await stopwatch.time("assemble") { try await assembler.assemble(parcels, as: job.recipe) }
                return (image, try await stopwatch.time("check") { try await checker.check(image, against: job.recipe) })
            }
            try gate.admit(findings, job.recipe.reference)
            let proved = try await stopwatch.time("triage") { try checker.prove(job.statements, about: image, job.recipe) }
            if let release = try published(like: image, as: names, job) { return release }
            var evidence = try await evidence(for: image, findings, vouched.value.evidence, job, stopwatch)
            if let notation = try await notation(for: image, job) { evidence = evidence.adding(notation) }
            if let vex = try await vex(for: image, proved, after: evidence, job) { evidence = evidence.adding(vex) }
            return try await stopwatch.time("publish") { try publish(image, evidence, findings, job) }
        }
    }

    // What changed on the disk is found where it is read and removed there, so the same work fetches it or makes it anew. Each
    // blob may be damaged once: a second time the disk is to blame.
    private func refetchingDamaged<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        var damaged: Set<Digest> = []
        while true {
            do { return try await work() } catch BlobsError.damaged(let digest, _) where damaged.insert(digest).inserted {}
        }
    }

    private func names(of job: BuildJob) throws -> TagPlan {
        guard let version = job.recipe.version(in: job.lock) else {
            throw PipelineError.lockStale(reference: job.recipe.reference, contradictions: [])
        }
        return try TagPlan(recipe: job.recipe, version: version, revision: job.lock.revision)
    }

    // Another version of the compressor gives the same content other bytes. Build tags never move: what is published stays.
    private func published(like image: Image, as names: TagPlan, _ job: BuildJob) throws -> Release? {
        let repository = try publisher.repository(of: image).description
        guard var release = try records.release(in: repository, buildTag: names.build.description), release.index != image.index.digest,
            try ImageContent(of: release.index, from: blobs) == ImageContent(of: image.index.digest, from: blobs)
        else { return nil }
        release.tags = names.moving.map(\.description)
        try records.apply(Publication(again: release), recording: BuildRecord(key: job.key, result: try CanonicalJSON.value(of: release)))
        return release
    }

    // An image that was published before has its evidence, and keeps it: only its tags may have changed.
    private func evidence(
        for image: Image, _ findings: Findings, _ indexes: [IndexEvidence], _ job: BuildJob, _ stopwatch: Stopwatch
    ) async throws -> Evidence {
        let repository = try publisher.repository(of: image)
        if try records.digest(ofTag: Tag.signatures(of: image.index.digest).description, in: repository.description) != nil {
            return Evidence(attestations: [], blobs: [], manifests: [])
        }
        let claims = try await stopwatch.time("describe") {
            try statements.claims(about: image, job: job, findings: findings, indexes: indexes)
        }
        // The signer signs nothing about other manifests than these.
        try records.record(
            subjects: [image.index.digest] + image.platforms.map(\.manifest.digest), of: repository.description, build: job.key,
            at: statements.clock())
        let signed = try await stopwatch.time("attest") { try await attestor.attest(image, as: repository, claims: claims) }
        var evidence = try await stopwatch.time("summarize") { try await summarize(signed, image, job, repository) }
        let sources = try SourceArtifact.evidence(
            about: image.index, created: image.created, lock: job.lock, tree: job.tree, indexes: indexes, blobs: blobs)
        evidence.manifests.append(sources.manifest)
        evidence.blobs += sources.documents
        return evidence
    }

    // What was signed is verified as a stranger would, and the outcome signed too.
    private func summarize(_ evidence: Evidence, _ image: Image, _ job: BuildJob, _ repository: RepositoryName) async throws -> Evidence {
        let claims = try await summaries.claims(about: image, evidence, job, key: attestor.key, blobs: blobs)
        let subjects = [image.index] + image.platforms.map(\.manifest)
        let lists = Dictionary(
            subjects.compactMap { subject in
                evidence.manifests.first { $0.tag == .attestations(of: subject.digest) }.map { (subject.digest, $0.manifest) }
            }
        ) { first, _ in first }
        let later = try await attestor.attest(claims, about: subjects, as: repository, created: image.created, listed: lists)
        return evidence.adding(later)
    }

    // The second format is added to what was published without it; an image that has it keeps it.
    private func notation(for image: Image, _ job: BuildJob) async throws -> Evidence? {
        guard let notary else { return nil }
        let repository = try publisher.repository(of: image).description
        guard try records.referrers(of: image.index.digest, in: repository, artifactType: NotationEnvelope.artifactType).isEmpty else {
            return nil
        }
        try records.record(
            subjects: [image.index.digest] + image.platforms.map(\.manifest.digest), of: repository, build: job.key,
            at: statements.clock())
        return try await notary.sign(image)
    }

    // Statements change while the image stays: their document takes the place of the one before it.
    private func vex(for image: Image, _ proved: [TriageBook.Own], after evidence: Evidence, _ job: BuildJob) async throws -> Evidence? {
        guard let triage else { return nil }
        let repository = try publisher.repository(of: image)
        let published = LocalRepository(repository.description, blobs: blobs, records: records)
        let claims = try await triage.claims(about: TriagedImage(image), proved, published: published)
        guard !claims.isEmpty else { return nil }
        let changed = Set(claims.map(\.subject))
        let subjects = ([image.index] + image.platforms.map(\.manifest)).filter { changed.contains($0.digest) }
        var lists: [Digest: ImageManifest] = [:]
        for subject in subjects {
            let tag = Tag.attestations(of: subject.digest)
            if let made = evidence.manifests.first(where: { $0.tag == tag }) {
                lists[subject.digest] = made.manifest
            } else if let content = try await published.manifest(tag.description) {
                lists[subject.digest] = try ImageManifest(reading: content.bytes)
            }
        }
        try records.record(
            subjects: subjects.map(\.digest), of: repository.description, build: job.key, at: statements.clock())
        return try await attestor.attest(claims, about: subjects, as: repository, created: image.created, listed: lists)
    }

    private func publish(_ image: Image, _ evidence: Evidence, _ findings: Findings, _ job: BuildJob) throws -> Release {
        let repository = try publisher.repository(of: image).description
        let existing = ExistingTags(
            tags: Dictionary(try records.taggedDigests(in: repository).map { ($0.tag, $0.digest) }) { _, last in last })
        let publication = try publisher.plan(
            image, with: evidence, findings: findings, recipe: job.recipe, lock: job.lock, existing: existing)
        for content in evidence.blobs + evidence.manifests.map(\.content) { try blobs.write(content.bytes) }
        // Everything a record names is on disk before the record exists.
        try blobs.flush()
        guard let release = publication.release else { throw PipelineError.cannotRead(path: repository, reason: "no release was planned") }
        try records.apply(publication, recording: BuildRecord(key: job.key, result: try CanonicalJSON.value(of: release)))
        return release
    }
}
