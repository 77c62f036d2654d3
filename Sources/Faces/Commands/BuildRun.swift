// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Assemble
import Attest
import Base
import Blobs
import Describe
import Fetch
import Foundation
import OCI
import Pipeline
import Publish
import Records
import Resolve
import Sandbox
import Transport

/// Builds the asked images one after the other; within one, packages are unpacked and fetched at the same time.
struct BuildRun {
    let workshop: Workshop
    let reach: IndexLoader.Reach
    let rebuild: Bool
    let resolveGone: Bool
    let limits: Gate.Limits
    let timings: Bool
    private let progress = Progress()

    init(workshop: Workshop, reach: IndexLoader.Reach, rebuild: Bool, resolveGone: Bool, limits: Gate.Limits, timings: Bool) {
        self.workshop = workshop
        self.reach = reach
        self.rebuild = rebuild
        self.resolveGone = resolveGone
        self.limits = limits
        self.timings = timings
    }

    func run(_ references: [String]?) async throws {
        defer { workshop.signers.close() }
        let catalog = try workshop.loader.catalog()
        let statements = try workshop.loader.triage()
        let problems = try TriageLocks.problems(of: statements, in: workshop, now: Workshop.now())
        let recipes = try references?.map { try catalog.recipe($0) } ?? catalog.recipes()
        if try LogKeys.published(workshop.settings) == nil {
            progress.say("no transparency log: what is signed leaves no trace; `ashlar init` makes its key")
        }
        let blobs = try workshop.blobs()
        let records = try workshop.records()
        let publishGate = try publishGate()
        try await LiveTransport.with(try Network.settings(workshop.environment)) { transport in
            let mirror = reach == .network ? try workshop.mirror() : nil
            let indexes = IndexShelf(
                workshop.indexLoader(blobs: blobs, records: records, transport: transport, mirror: mirror, reach: reach),
                suites: catalog.suites)
            let contracts = try await contracts()
            let sources = workshop.sources
            var failures: [any Error] = []
            for recipe in recipes {
                do {
                    // What is said of an image stands in the way of it alone.
                    let mine = problems.filter { $0.statement.concerns(image: recipe.name, stream: recipe.tagStem) }
                    guard mine.isEmpty else { throw Diagnoses(mine.map(\.error.diagnosis)) }
                    try await build(
                        recipe, catalog.scripts, blobs, records, transport, mirror, indexes, contracts, sources, statements, publishGate,
                        position: recipes.firstIndex(of: recipe) ?? 0,
                        of: recipes.count)
                } catch {
                    // One image that cannot be built leaves the others alone, and what it had published before stays in service.
                    if recipes.count == 1 || Self.concernsAll(error) { throw error }
                    progress.say("FAILED  \(recipe.reference)\n" + ((error as? any Diagnosable)?.diagnosis.rendered ?? "\(error)"))
                    failures.append(error)
                }
            }
            if let first = failures.first { throw first }
        }
        if let summary = GateText.summary(publishGate.verdicts) { progress.say(summary) }
        if references == nil {
            try Unchanged(workshop, limits).remember(images: recipes.count, until: statements.map(\.expires).min(), in: records)
        }
    }

    private func build(
        _ recipe: Recipe, _ scripts: ScriptTable, _ blobs: FileBlobStore, _ records: RecordStore, _ transport: LiveTransport,
        _ mirror: Mirror?,
        _ indexes: IndexShelf, _ contracts: ImageChecker.Contracts, _ sources: SourceFinder, _ statements: [TriageStatement],
        _ publishGate: PublishGate, position: Int, of count: Int
    ) async throws {
        let label = "[\(position + 1)/\(count)] \(recipe.reference)"
        let key = workshop.buildKey(recipe, limits)
        if !rebuild, let known = try records.build(forKey: key, as: Release.self), try blobs.size(of: known.index) != nil,
            try records.manifest(known.index, in: known.repository) != nil
        {
            if try records.isInForce(known) { return progress.say("\(label)  unchanged  \(known.index.short)") }
            // Built before, and replaced since: a lock that came back brings its image back, if the gate still lets it.
            if publishGate.policy.enforce == .publish { try await admitAgain(known, publishGate) }
            try records.apply(Publication(again: known))
            return progress.say("\(label)  \(known.version)  published again  \(known.index.short)")
        }
        guard let lock = try workshop.loader.lock(of: recipe) else { throw PipelineError.lockMissing(reference: recipe.reference) }
        let tools = ImageTools(
            workshop: workshop, blobs: blobs, records: records, transport: transport, mirror: mirror, indexes: indexes,
            onFetch: FetchProgress(of: lock, label: label, on: progress).arrived, publishGate: publishGate)
        let stopwatch = Stopwatch()
        let start = ContinuousClock.now
        let started = Workshop.now()
        progress.update("\(label)  building")
        let release: Release
        do {
            let pipeline = try await tools.pipeline(for: recipe, scripts: scripts, contracts: contracts, limits: limits, reach: reach)
            release = try await pipeline.build(
                try await job(recipe, lock, key: key, sources, statements, started, stopwatch), stopwatch: stopwatch)
        } catch  where resolveGone && Self.isGone(error) {
            progress.say("\(label)  locked packages have left the archive; resolving again")
            let relock = Relock(indexes: indexes, folder: workshop.catalogFolder)
            let (fresh, difference) = try await relock.propose(recipe, replacing: lock)
            try relock.write(fresh, of: recipe)
            progress.say(difference.text)
            let workshop = try Workshop(workshop.settings, environment: workshop.environment)
            let pipeline = try await tools.pipeline(for: recipe, scripts: scripts, contracts: contracts, limits: limits, reach: reach)
            release = try await pipeline.build(
                try await job(recipe, fresh, key: workshop.buildKey(recipe, limits), sources, statements, started, stopwatch),
                stopwatch: stopwatch)
        }
        let seconds = (ContinuousClock.now - start) / .milliseconds(1)
        let size = Size.text(release.platforms.first?.compressedSize ?? 0)
        progress.say("\(label)  \(release.version)  \(size)  \(release.index.short)  \((seconds / 100).rounded() / 10) s")
        if timings {
            for lap in stopwatch.all { print("\(recipe.reference)\t\(lap.stage)\t\(lap.duration / .microseconds(1)) µs") }
        }
    }

    /// The catalog's gate, which is told of every image that is about to be published.
    func publishGate() throws -> PublishGate {
        let (settings, environment) = (workshop.settings, workshop.environment)
        return PublishGate(policy: try workshop.loader.gate()) { try AssessDesk(settings, environment: environment).judge }
    }

    func admitAgain(_ release: Release, _ publishGate: PublishGate) async throws {
        let desk = try AssessDesk(workshop.settings, environment: workshop.environment)
        if let verdict = try await desk.assess(release, by: publishGate.policy).verdict { try publishGate.admit(verdict) }
    }

    // What the next image would meet as well.
    private static func concernsAll(_ error: any Error) -> Bool {
        if case PipelineError.limitsMissing = error { return true }
        return error is CancellationError || error is ExitCode
    }

    // It stands in no index any more, or it was vouched for when it did and its file is not there now.
    private static func isGone(_ error: any Error) -> Bool {
        switch error {
        case PipelineError.notVouched, FetchError.gone: true
        default: false
        }
    }

    func job(
        _ recipe: Recipe, _ lock: Lock, key: Digest, _ sources: SourceFinder, _ statements: [TriageStatement],
        _ started: Timestamp, _ stopwatch: Stopwatch
    ) async throws -> BuildJob {
        let (source, tree) = try await stopwatch.time("source") { try await sources.source(of: recipe, lock: lock) }
        return BuildJob(
            recipe: recipe, lock: lock, key: key, source: source, tree: tree, invocation: "urn:uuid:\(UUID().uuidString.lowercased())",
            started: started, statements: statements)
    }

    func contracts() async throws -> ImageChecker.Contracts {
        let sandbox: Sandbox
        do { sandbox = try await Sandbox.probe(workshop.toolbox) } catch let error as SandboxError where limits == .mayBeMissing {
            // Asked for: what no test has tried is published as such. The gate refuses it from everybody else.
            let reason = "no sandbox works on this machine"
            progress.say("\(reason), so no contract test is run\n  " + error.diagnosis.notes.joined(separator: "\n  "))
            return .skip(reason: reason)
        }
        if !sandbox.capabilities.missing.isEmpty {
            progress.say("this host cannot enforce in the sandbox: \(sandbox.capabilities.missing.joined(separator: ", "))")
        }
        // By its name: the probe starts in a room with processes of its own, where a number under /proc means another program.
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), access(program, X_OK) == 0 else {
            throw PipelineError.cannotRead(path: "/proc/self/exe", reason: "the program was replaced while it runs; start it again")
        }
        return .run(
            ContractRunner(
                sandbox, probeExecutable: [program, "sandbox-probe"], randomUID: Int.random(in: 100_000...2_000_000_000)))
    }
}
