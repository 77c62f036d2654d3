// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Fetch
import Foundation
import Ledger
import Pipeline
import Records
import Transport

/// Builds and publishes one image for the watcher, from a lock that is in the catalog's folder by now.
struct WatchBuild: Sendable {
    let workshop: Workshop
    let blobs: FileBlobStore
    let records: RecordStore
    let transport: LiveTransport
    let mirror: Mirror
    let indexes: IndexShelf
    let catalog: Catalog
    let statements: [TriageStatement]
    /// Statements that stand in the way of images.
    let problems: [TriageReview.Problem]
    let sources: SourceFinder
    let publishGate: PublishGate
    let run: BuildRun
    let contracts: @Sendable () async throws -> ImageChecker.Contracts
    /// The signer and the log, one of each for all images: both take one request after the other.
    let signing: AsyncOnce<ImageTools.Signing>
    /// Images that are built at the same time want the same packages, and a file is downloaded by one task at a time.
    let fetching: Turns

    func release(of recipe: Recipe, _ lock: Lock) async throws -> Release {
        let mine = problems.filter { $0.statement.concerns(image: recipe.name, stream: recipe.tagStem) }
        guard mine.isEmpty else { throw Diagnoses(mine.map(\.error.diagnosis)) }
        let workshop = try workshop.holding(lock, of: recipe)
        let key = workshop.buildKey(recipe, run.limits)
        if let known = try records.build(forKey: key, as: Release.self), try blobs.size(of: known.index) != nil,
            try records.manifest(known.index, in: known.repository) != nil
        {
            if try records.isInForce(known) { return known }
            if publishGate.policy.enforce == .publish { try await run.admitAgain(known, publishGate) }
            try records.apply(Publication(again: known))
            return known
        }
        let signing = try await signing.value { try await ImageTools.Signing(of: workshop) }
        let tools = ImageTools(
            workshop: workshop, blobs: blobs, records: records, transport: transport, mirror: mirror, indexes: indexes, onFetch: { _ in },
            publishGate: publishGate, suites: catalog.suites, signing: signing)
        // The digests of the lock decide what is kept.
        try await fetching.alone { _ = try await tools.fetcher(.network).fetch(lock) }
        // What promises nothing needs no room to be tried in.
        let tried = recipe.contract.isEmpty ? ImageChecker.Contracts.skip(reason: "it promises nothing") : try await contracts()
        let pipeline = try await tools.pipeline(
            for: recipe, scripts: catalog.scripts, contracts: tried, limits: run.limits, reach: .network)
        let stopwatch = Stopwatch()
        let job = try await run.job(recipe, lock, key: key, sources, statements, Workshop.now(), stopwatch)
        return try await pipeline.build(job, stopwatch: stopwatch)
    }
}
