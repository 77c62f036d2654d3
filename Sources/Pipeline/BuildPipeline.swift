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
    /// The catalog's `gate.yaml`; nil where nobody wants to be told.
    let publishGate: PublishGate?
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
        voucher: LockVoucher, fetcher: Fetcher, assembler: Assembler, checker: ImageChecker, gate: Gate,
        publishGate: PublishGate? = nil, attestor: Attestor,
        notary: NotationAttestor? = nil, statements: ClaimWriter, triage: VEXWriter? = nil, summaries: SummaryWriter, publisher: Publisher,
        blobs: FileBlobStore, records: RecordStore,
        onFetch: @escaping @Sendable (LockedPackage) -> Void = { _ in }
    ) {
        self.voucher = voucher
        self.fetcher = fetcher
        self.assembler = assembler
        self.checker = checker
        self.gate = gate
        self.publishGate = publishGate
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
            try publishGate?.admit(
                .built(
                    image, findings, recipe: job.recipe, lock: vouched.value.lock, in: publisher.repository(of: image).description,
                    proved: proved))
            if let release = try published(like: image, as: names, job) { return release }
            let (signed, inventory) = try await evidence(for: image, findings, vouched.value.evidence, job, stopwatch)
            var evidence = signed.adding(try await notation(for: image, job))
            evidence = try await evidence.adding(vex(for: image, proved, after: evidence, job))
            return try await stopwatch.time("publish") { try publish(image, inventory, evidence, findings, job) }
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
        try records.apply(
            Publication(again: release), recording: BuildRecord(key: job.key, result: try CanonicalJSON.value(of: release)))
        return release
    }

    private func publish(
        _ image: Image, _ inventory: Inventory, _ evidence: Evidence, _ findings: Findings, _ job: BuildJob
    ) throws -> Release {
        let repository = try publisher.repository(of: image).description
        let existing = ExistingTags(
            tags: Dictionary(try records.taggedDigests(in: repository).map { ($0.tag, $0.digest) }) { _, last in last })
        let publication = try publisher.plan(
            image, with: evidence, findings: findings, recipe: job.recipe, lock: job.lock, existing: existing)
        for content in evidence.blobs + evidence.manifests.map(\.content) { try blobs.write(content.bytes) }
        // Everything a record names is on disk before the record exists.
        try blobs.flush()
        guard let release = publication.release else { throw PipelineError.cannotRead(path: repository, reason: "no release was planned") }
        // First, so that nothing is visible that cannot be found.
        try records.index([ImageContents(inventory, repository: repository, release: job.recipe.suite)])
        try records.index(image.platforms.map { LayerBase(release, $0) })
        try records.apply(publication, recording: BuildRecord(key: job.key, result: try CanonicalJSON.value(of: release)))
        return release
    }
}
