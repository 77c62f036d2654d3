// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import Ledger
import Pipeline
import Records
import Synchronization
import Transport

/// What the watcher works with, made once for the process: the store, the way out, the signer, the sandbox; and the catalog, read anew
/// for each round and taken apart when it changed.
final class WatchDesk: Sendable {
    let settings: Settings
    let environment: [String: String]
    let records: RecordStore
    private let blobs: FileBlobStore
    private let transport: LiveTransport
    private let mirror: Mirror
    private let limits: Gate.Limits
    private let signers: SignerDoor
    /// Finding out what the sandbox of this machine can do takes a while, and is done once.
    private let contracts = AsyncOnce<ImageChecker.Contracts>()
    private let fetching = Turns()
    private let state = Mutex(State())

    private struct State {
        var read: Read?
        var indexes: IndexShelf?
    }
    /// A catalog as it was taken apart, until one of its files changes.
    private struct Read: Sendable {
        var digest: Digest
        var workshop: Workshop
        var catalog: Catalog
        var statements: [TriageStatement]
    }

    init(_ settings: Settings, environment: [String: String], limits: Gate.Limits, transport: LiveTransport) throws {
        self.settings = settings
        self.environment = environment
        self.limits = limits
        self.transport = transport
        signers = SignerDoor(settings, environment: environment)
        let workshop = try Workshop(settings, environment: environment, signers: signers)
        blobs = try workshop.blobs()
        records = try workshop.records()
        mirror = try workshop.mirror()
    }

    /// Ends the signer that was started here.
    func close() { signers.close() }

    /// Throws what stands in the way of signing.
    func checkSigner() async throws {
        _ = try await signers.signer()
        close()
    }

    func watcher(tell: @escaping @Sendable (Watcher.News) -> Void) throws -> Watcher {
        Watcher(
            records: records, transport: transport, mirror: mirror, feeds: try feeds(),
            schedule: WatchSchedule(archives: settings.watch.archiveMinutes * 60, feeds: settings.watch.feedMinutes * 60),
            parallelism: parallelism, clock: { Workshop.now() }, open: { [self] in try catalog($0) },
            writing: { [self] in try await writing($0) },
            tell: tell)
    }

    var parallelism: Int { settings.watch.parallel ?? max(1, min(4, ProcessInfo.processInfo.activeProcessorCount)) }

    private func writing(_ body: @escaping @Sendable () async throws -> Void) async throws {
        defer { close() }
        try await StoreLock.whileHeld(
            store: settings.store,
            onWait: { Progress().say("waiting for another ashlar\($0.map { " (process \($0))" } ?? "") that writes to this store") }, body)
    }

    private func feeds() throws -> WatchedFeeds {
        let (settings, transport) = (settings, transport)
        let shelf = FeedDoor.shelf(settings)
        let all = shelf.sources
        let named = try settings.watch.feeds.map { names in try names.map { try FeedDoor.source($0, on: shelf) } }
        let scratch = try FeedDoor.scratch(settings)
        return WatchedFeeds(
            sources: named ?? all.filter { !$0.address.isEmpty },
            update: { await FeedUpdater(shelf: FeedDoor.shelf(settings), scratch: scratch).update($0, over: transport) },
            key: {
                let shelf = FeedDoor.shelf(settings)
                return shelf.key(shelf.facts())
            },
            assess: { [environment] in
                let desk = try AssessDesk(settings, environment: environment)
                // What is wrong with one image, or taken back, keeps no other from being assessed.
                var problem: (any Error)?
                for release in try desk.releases(nil) where try desk.records.withdrawal(of: release.index) == nil {
                    do { _ = try await desk.assess(release) } catch let error where !(error is CancellationError) { problem = error }
                }
                try ObjectiveWatch(records: desk.records, desk: RemediationDoor.desk(settings)).tell(at: Workshop.now())
                if let problem { throw problem }
            })
    }

    // MARK: - The catalog

    func catalog(_ freshness: Watcher.Indexes) throws -> WatchedCatalog {
        let read = try read()
        let indexes = shelf(freshness, read)
        let folder = read.workshop.catalogFolder
        let build = builder(read, indexes)
        let (settings, toolbox) = (settings, read.workshop.toolbox)
        return WatchedCatalog(
            recipes: read.catalog.recipes(), suites: read.catalog.suites, key: read.digest, folder: folder,
            relock: Relock(indexes: indexes, folder: folder), locks: { try read.workshop.loader.lock(of: $0) },
            advisories: { FeedDoor.shelf(settings).open(AdvisorySet.feeds(about: [Ecosystem("Debian")])) },
            build: { try await build().release(of: $0, $1) },
            propose: { plan, recipe, lock in
                try await LockProposer(
                    catalog: folder, toolbox: toolbox, folder: settings.watch.proposals ?? settings.store + "/proposals",
                    now: Workshop.now()
                ).write(plan, recipe, lock)
            })
    }

    private func read() throws -> Read {
        let workshop = try Workshop(settings, environment: environment, signers: signers)
        let digest = CatalogFolder.digest(of: workshop.files) { !$0.hasSuffix("/overview.md") }
        if let known = state.withLock({ $0.read }), known.digest == digest { return known }
        let read = Read(
            digest: digest, workshop: workshop, catalog: try workshop.loader.catalog(), statements: try workshop.loader.triage())
        state.withLock { $0.read = read }
        return read
    }

    private func shelf(_ freshness: Watcher.Indexes, _ read: Read) -> IndexShelf {
        if freshness == .kept, let kept = state.withLock({ $0.indexes }) { return kept }
        let loader = read.workshop.indexLoader(blobs: blobs, records: records, transport: transport, mirror: mirror, reach: .network)
        let shelf = IndexShelf(loader, suites: read.catalog.suites)
        state.withLock { $0.indexes = shelf }
        return shelf
    }

    /// What building needs is made when the first image of a round is built.
    private func builder(_ read: Read, _ indexes: IndexShelf) -> @Sendable () throws -> WatchBuild {
        let made = Once<WatchBuild>()
        return { [self] in
            try made.value {
                let run = BuildRun(
                    workshop: read.workshop, reach: .network, rebuild: false, resolveGone: false, limits: limits, timings: false)
                return WatchBuild(
                    workshop: read.workshop, blobs: blobs, records: records, transport: transport, mirror: mirror, indexes: indexes,
                    catalog: read.catalog, statements: read.statements,
                    problems: try TriageLocks.problems(of: read.statements, in: read.workshop, now: Workshop.now()),
                    sources: read.workshop.sources, publishGate: try run.publishGate(), run: run,
                    contracts: { [contracts] in try await contracts.value { try await run.contracts() } }, signing: AsyncOnce(),
                    fetching: fetching)
            }
        }
    }
}

/// A value that is made when it is first asked for; what fails is tried again.
final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    func value(_ make: () throws -> Value) throws -> Value {
        try made.withLock { known in
            if let known { return known }
            let fresh = try make()
            known = fresh
            return fresh
        }
    }
}
