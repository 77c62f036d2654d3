// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
package import Records
import Resolve
import Synchronization
import Watch

/// Does what is due in the queue: writes the lock, builds, checks, signs and publishes, several images at once.
///
/// What fails leaves the lock as it was and the last good release in service. After a crash anywhere the queue says what was under
/// way, and `recover` takes it back or finds it done.
package struct ChangeRunner: Sendable {
    /// Where a run may end by itself: tests crash here.
    package enum Step: String, Sendable, CaseIterable { case begun, written, published, finished, restored, failed, proposed }
    package enum News: Sendable {
        case began(Change)
        case published(Change, Release)
        case proposed(Change, String)
        case failed(Change, ChangeFailure)
        case waits(Change, because: String)
        case stopped(String)
    }
    package struct Outcome: Sendable {
        package var published = 0
        package var proposed = 0
        package var failed = 0
        /// Why the rest was not tried: what the next image would have met as well.
        package var stopped: String?
    }

    let catalog: WatchedCatalog
    let records: RecordStore
    let clock: @Sendable () -> Timestamp
    let parallelism: Int
    let tell: @Sendable (News) -> Void
    let onStep: @Sendable (Step) throws -> Void

    package init(
        _ catalog: WatchedCatalog, records: RecordStore, parallelism: Int, clock: @escaping @Sendable () -> Timestamp,
        tell: @escaping @Sendable (News) -> Void = { _ in }, onStep: @escaping @Sendable (Step) throws -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.records = records
        self.parallelism = parallelism
        self.clock = clock
        self.tell = tell
        self.onStep = onStep
    }

    /// So many in a row that failed for what is no image's fault end a round.
    private static let troubleLimit = 3
    /// Seconds for which what was done counts for a package that fails elsewhere.
    private static let memory = 7 * 86400

    private struct State {
        var queue: [Change]
        var breaker: CauseBreaker
        var outcome = Outcome()
        var troubles = 0
    }
    /// What the workers of one round share.
    private final class Board: Sendable {
        let state: Mutex<State>
        init(_ state: State) { self.state = Mutex(state) }
    }

    // MARK: - After a crash

    /// Finishes what was published before a crash, and takes everything else back that was under way. May itself be cut short.
    package static func recover(
        _ records: RecordStore, folder: CatalogFolder, lockPath: (String) -> String?, at now: Timestamp
    ) throws {
        for change in try records.openChanges() {
            let before = try records.fileBefore(change)
            guard change.state == .running || before != nil else { continue }
            let parts = change.image.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2, let release = try records.latestRelease(in: parts[0], stream: parts[1]), release.lock == change.plan.lock {
                try records.finish(change, as: release.index, at: now)
                continue
            }
            if let before, let path = lockPath(change.image), let file = try? folder.readFile(path), file != before,
                let lock = try? LockFile.read(file), try CanonicalJSON.digest(of: lock) == change.plan.lock
            {
                // Only what the watcher wrote is taken back.
                try folder.write(before, to: path)
            }
            try records.postpone(change, until: now, note: nil, isAttempt: change.state == .running)
        }
    }

    // MARK: - Running

    /// - Parameter locks: What the plans of the changes lead to, by image.
    package func run(_ changes: [Change], locks: [String: Lock]) async throws -> Outcome {
        let now = clock()
        // What is open tells of failures, what was done of what works.
        let done = try records.changes(doneSince: Timestamp(seconds: now.seconds - Self.memory))
        let breaker = CauseBreaker(try records.openChanges() + done)
        // Security fixes first.
        let ordered = changes.sorted { ($0.plan.isSecurity ? 0 : 1, $0.id) < ($1.plan.isSecurity ? 0 : 1, $1.id) }
        let board = Board(State(queue: ordered, breaker: breaker))
        let workers = max(1, min(parallelism, changes.count))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while let change = try next(board) {
                        try Task.checkCancellation()
                        let result = try await run(change, locks[change.image])
                        try note(result, board)
                    }
                }
            }
            try await group.waitForAll()
        }
        return board.state.withLock { $0.outcome }
    }

    // Postpones what has to wait, and gives the first that need not.
    private func next(_ board: Board) throws -> Change? {
        while true {
            let now = clock()
            let (change, verdict) = board.state.withLock { state -> (Change?, CauseBreaker.Verdict) in
                guard state.outcome.stopped == nil, !state.queue.isEmpty else { return (nil, .go) }
                var change = state.queue.removeFirst()
                let verdict = state.breaker.verdict(on: change, now: now)
                if verdict == .go {
                    change.state = .running
                    state.breaker.note(change)
                }
                return (change, verdict)
            }
            guard let change else { return nil }
            guard case .wait(let until, let reason) = verdict else { return change }
            try records.postpone(change, until: until, note: reason)
            tell(.waits(change, because: reason))
        }
    }

    private enum Result: Sendable {
        case published(Change)
        case proposed(Change)
        case failed(Change, isTrouble: Bool)
    }

    private func note(_ result: Result, _ board: Board) throws {
        let stopped = board.state.withLock { state -> String? in
            switch result {
            case .published(let change):
                state.outcome.published += 1
                state.troubles = 0
                state.breaker.note(change)
            case .proposed: state.outcome.proposed += 1
            case .failed(let change, let isTrouble):
                state.outcome.failed += 1
                state.breaker.note(change)
                state.troubles = isTrouble ? state.troubles + 1 : 0
                if state.troubles >= Self.troubleLimit, state.outcome.stopped == nil {
                    let reason = change.failure?.summary ?? "the machine"
                    state.outcome.stopped = reason
                    return reason
                }
            }
            return nil
        }
        if let stopped { tell(.stopped(stopped)) }
    }

    private func run(_ queued: Change, _ lock: Lock?) async throws -> Result {
        var change = queued
        guard let recipe = catalog.recipe(change.image), let lock else {
            // It was planned a moment ago; somebody removed it since.
            throw PipelineError.lockMissing(reference: change.image)
        }
        tell(.began(change))
        if change.plan.decision == .propose { return try await propose(change, recipe, lock) }
        let before = try? catalog.folder.readFile(recipe.lockPath)
        try records.begin(change, replacing: before, at: clock())
        change.attempts += 1
        change.started = clock()
        try onStep(.begun)
        try catalog.relock.write(lock, of: recipe)
        try onStep(.written)
        let release: Release
        do { release = try await catalog.build(recipe, lock) } catch {
            return try fail(change, error, before, recipe)
        }
        try onStep(.published)
        try records.finish(change, as: release.index, at: clock())
        change.state = .done
        change.release = release.index
        tell(.published(change, release))
        try onStep(.finished)
        return .published(change)
    }

    private func propose(_ change: Change, _ recipe: Recipe, _ lock: Lock) async throws -> Result {
        let place: String
        do { place = try await catalog.propose(change.plan, recipe, lock) } catch {
            return try fail(change, error, nil, recipe)
        }
        try onStep(.proposed)
        try records.propose(change, note: place, at: clock())
        tell(.proposed(change, place))
        return .proposed(change)
    }

    private func fail(_ failed: Change, _ error: any Error, _ before: [UInt8]?, _ recipe: Recipe) throws -> Result {
        var change = failed
        // The lock of what was not published stays out of the catalog.
        if let before { try catalog.folder.write(before, to: recipe.lockPath) }
        try onStep(.restored)
        let now = clock()
        if error is CancellationError || Task.isCancelled {
            try records.postpone(change, until: now, note: nil, isAttempt: true)
            throw CancellationError()
        }
        let diagnosis = Self.diagnosis(of: error)
        let failure = ChangeFailure(diagnosis, at: now)
        let due = Timestamp(seconds: now.seconds + Retry.pause(after: max(1, change.attempts), of: change.image))
        try records.fail(change, failure, due: due)
        (change.state, change.failure, change.due) = (.failed, failure, due)
        tell(.failed(change, failure))
        try onStep(.failed)
        return .failed(change, isTrouble: Self.isTrouble(error, diagnosis))
    }

    static func diagnosis(of error: any Error) -> Diagnosis {
        (error as? any Diagnosable)?.diagnosis
            ?? Diagnosis("watch.unexpected", .internalFault, "\(error)", remedy: "report this as a bug")
    }

    /// What is no image's fault, and what the next one would meet as well: the network, the disk, the signer, the sandbox.
    static func isTrouble(_ error: any Error, _ diagnosis: Diagnosis) -> Bool {
        if case PipelineError.limitsMissing = error { return true }
        guard error is any Diagnosable else { return true }
        return diagnosis.kind == .unavailable && !diagnosis.code.hasPrefix("gate.") || diagnosis.code.hasPrefix("signing.")
            || diagnosis.code.hasPrefix("ledger.")
    }
}
