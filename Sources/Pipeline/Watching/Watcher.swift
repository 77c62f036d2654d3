// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import Records
import Resolve
import Synchronization
package import Transport
import Watch

/// How often is asked, in seconds; each time is spread by a tenth, so that not everybody asks at the same moment.
package struct WatchSchedule: Hashable, Sendable {
    package var archives: Int
    package var feeds: Int
    package init(archives: Int = 900, feeds: Int = 3600) {
        self.archives = archives
        self.feeds = feeds
    }
}

/// The feeds of this machine as the watcher asks them.
package struct WatchedFeeds: Sendable {
    package var sources: [FeedSource]
    let update: @Sendable (FeedSource) async -> FeedUpdater.Outcome
    /// Names the state of all feeds.
    let key: @Sendable () -> Digest
    /// Keeps what the feeds say now of every image that is current: what was known on which day is read from there.
    let assess: @Sendable () async throws -> Void
    package init(
        sources: [FeedSource], update: @escaping @Sendable (FeedSource) async -> FeedUpdater.Outcome, key: @escaping @Sendable () -> Digest,
        assess: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.sources = sources
        self.update = update
        self.key = key
        self.assess = assess
    }
}

/// Keeps a catalog current: asks archives and feeds, plans what they change, and does it. One at a time for a store.
///
/// A round that is cut short anywhere loses nothing: what an archive said counts as heard when everything it led to is in the queue.
package struct Watcher: Sendable {
    package enum News: Sendable {
        case heard(String)
        case unheard(String, reason: String)
        case planned([PlannedChange])
        case unplanned(Diagnosis)
        case unassessed(Diagnosis)
        case change(ChangeRunner.News)
    }
    package enum Indexes: Sendable { case fresh, kept }
    /// Whether places are asked although their time has not come.
    package enum Asking: Sendable { case due, all }
    package struct Round: Sendable {
        package var asked = 0
        package var changes = ChangeRunner.Outcome()
        /// Of the places that gave nothing, and of planning.
        package var failures: [String] = []
        package var next: Timestamp
    }

    let records: RecordStore
    let transport: any HTTPTransport
    let mirror: Mirror
    let feeds: WatchedFeeds
    let schedule: WatchSchedule
    let parallelism: Int
    let clock: @Sendable () -> Timestamp
    /// The catalog as it is now, with indexes as they are now or as they were a moment ago.
    let open: @Sendable (Indexes) async throws -> WatchedCatalog
    /// Runs a body as the only one that writes to the store.
    let writing: @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void
    let tell: @Sendable (News) -> Void
    let onStep: @Sendable (ChangeRunner.Step) throws -> Void

    package init(
        records: RecordStore, transport: any HTTPTransport, mirror: Mirror, feeds: WatchedFeeds, schedule: WatchSchedule = WatchSchedule(),
        parallelism: Int, clock: @escaping @Sendable () -> Timestamp, open: @escaping @Sendable (Indexes) async throws -> WatchedCatalog,
        writing: @escaping @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void,
        tell: @escaping @Sendable (News) -> Void = { _ in }, onStep: @escaping @Sendable (ChangeRunner.Step) throws -> Void = { _ in }
    ) {
        self.records = records
        self.transport = transport
        self.mirror = mirror
        self.feeds = feeds
        self.schedule = schedule
        self.parallelism = parallelism
        self.clock = clock
        self.open = open
        self.writing = writing
        self.tell = tell
        self.onStep = onStep
    }

    /// The name under which failures of planning and building that concern all images are kept beside those of places.
    package static let work = "work"
    private static let plannedKey = "watch/planned"
    private static let assessedKey = "watch/assessed"

    /// Watches until the task is cancelled. A catalog that is half saved, or a store that cannot be written for a moment, is told and
    /// tried again: nobody is there to start a watcher anew.
    package func run() async throws {
        var troubles = 0
        while true {
            var pause: Int
            do {
                let round = try await round(.due)
                troubles = 0
                pause = round.next.seconds - clock().seconds
            } catch let error where !(error is CancellationError) {
                try Task.checkCancellation()
                troubles += 1
                tell(.unplanned(ChangeRunner.diagnosis(of: error)))
                pause = Retry.pause(after: troubles, of: Self.work, first: 60, longest: 3600)
            }
            try Task.checkCancellation()
            try await Task.sleep(for: .seconds(max(1, pause)))
        }
    }

    /// Asks, plans and does once.
    @discardableResult
    package func round(_ asking: Asking) async throws -> Round {
        var round = Round(next: clock())
        var polls = Dictionary(try records.polls().map { ($0.source, $0) }) { first, _ in first }
        let catalog = try await open(.kept)
        let news = try await askArchives(of: catalog, asking, polls, &round)
        for poll in try await askFeeds(asking, polls, &round) + news.quiet {
            if poll != polls[poll.source] { try records.keep(poll) }
            polls[poll.source] = poll
        }
        let now = clock()
        // Once a day at least: an archive that stands still is found out where the age of its index is judged.
        let key = Digest.sha256(of: "plan-1 \(catalog.key) \(feeds.key()) \(now.dateText)").hex
        let isDue = try records.openChanges().contains { $0.state == .running || $0.due.map { $0 <= now } ?? false }
        // After trouble that concerned all images everything rests for a while, unless somebody asks or there is news.
        let rests = asking == .due && polls[Self.work].map { $0.failures > 0 && $0.next > now && $0.checked <= now } ?? false
        let isOther = try records.metadata(Self.plannedKey) != key
        if !news.changed.isEmpty || !rests && (isDue || isOther) {
            try await work(news.changed, key, polls, &round)
        }
        try await assess(&round)
        round.next = try nextTime(catalog, after: now)
        return round
    }

    // MARK: - Asking

    private func isDue(_ poll: Poll?, _ asking: Asking, _ now: Timestamp) -> Bool {
        guard let poll, asking == .due else { return true }
        // A clock that was ahead must not silence a place.
        return poll.next <= now || poll.checked > now
    }

    private func next(_ poll: Poll, every seconds: Int, _ now: Timestamp) -> Timestamp {
        let pause =
            poll.failures == 0
            ? Retry.spread(seconds, by: 10, name: "\(poll.source) \(now.seconds)")
            : Retry.pause(after: poll.failures, of: poll.source, first: min(60, seconds), longest: max(seconds, 60))
        return Timestamp(seconds: now.seconds + pause)
    }

    private func askArchives(
        of catalog: WatchedCatalog, _ asking: Asking, _ polls: [String: Poll], _ round: inout Round
    ) async throws -> (changed: [Poll], quiet: [Poll]) {
        let now = clock()
        let due = catalog.archives.filter { isDue(polls[ArchivePoller.source(of: $0)], asking, now) }
        guard !due.isEmpty else { return ([], []) }
        let poller = ArchivePoller(transport: transport, mirror: mirror, now: now)
        round.asked += due.count
        var changed: [Poll] = []
        var quiet: [Poll] = []
        for news in try await due.concurrentMap(limit: 8, { try await poller.ask($0, last: polls[ArchivePoller.source(of: $0)]) }) {
            switch news {
            case .unchanged(var poll):
                poll.next = next(poll, every: schedule.archives, now)
                quiet.append(poll)
            case .changed(var poll):
                poll.next = next(poll, every: schedule.archives, now)
                changed.append(poll)
                tell(.heard(poll.source))
            case .failed(var poll):
                poll.next = next(poll, every: schedule.archives, now)
                quiet.append(poll)
                round.failures.append("\(poll.source): \(poll.failure ?? "no answer")")
                tell(.unheard(poll.source, reason: poll.failure ?? "no answer"))
            }
        }
        return (changed, quiet)
    }

    private func askFeeds(_ asking: Asking, _ polls: [String: Poll], _ round: inout Round) async throws -> [Poll] {
        var asked: [Poll] = []
        for feed in feeds.sources {
            let source = Poll.source(ofFeed: feed.name)
            let now = clock()
            guard isDue(polls[source], asking, now) else { continue }
            round.asked += 1
            var poll = polls[source] ?? Poll(source: source, checked: now, next: now)
            poll.checked = now
            let outcome = await feeds.update(feed)
            try Task.checkCancellation()
            switch outcome {
            case .unchanged: (poll.failures, poll.failure) = (0, nil)
            case .updated:
                (poll.failures, poll.failure, poll.changed) = (0, nil, now)
                tell(.heard(source))
            case .failed(let reason):
                (poll.failures, poll.failure) = (poll.failures + 1, reason)
                round.failures.append("\(source): \(reason)")
                tell(.unheard(source, reason: reason))
            }
            poll.next = next(poll, every: schedule.feeds, now)
            asked.append(poll)
        }
        return asked
    }

    // MARK: - Working

    private func work(_ changed: [Poll], _ key: String, _ polls: [String: Poll], _ round: inout Round) async throws {
        let result = Results()
        try await writing {
            do {
                try await recover()
                let catalog = try await open(.fresh)
                let outcome = try await plan(catalog, key, changed)
                let now = clock()
                let ready = try records.openChanges().filter {
                    ($0.state == .pending || $0.state == .failed) && $0.due.map { $0 <= now } ?? false && outcome.failures[$0.image] == nil
                }
                tell(.planned(outcome.plans))
                guard !ready.isEmpty else { return try rest(nil, polls) }
                let runner = ChangeRunner(
                    catalog, records: records, parallelism: parallelism, clock: clock, tell: { tell(.change($0)) }, onStep: onStep)
                let done = try await runner.run(ready, locks: outcome.locks)
                result.set(done)
                try rest(done.stopped, polls)
                // What was held back for these is planned anew.
                if done.published > 0 { _ = try await plan(try await open(.kept), key, []) }
            } catch let error as any Diagnosable {
                // Nothing of what was heard is lost: it will be heard again.
                for var poll in changed {
                    let last = polls[poll.source]
                    let failures = (last?.failures ?? 0) + 1
                    (poll.digest, poll.etag, poll.lastModified, poll.changed) = (
                        last?.digest, last?.etag, last?.lastModified, last?.changed
                    )
                    (poll.failures, poll.failure) = (failures, error.diagnosis.summary)
                    poll.next = next(poll, every: schedule.archives, clock())
                    try records.keep(poll)
                }
                try rest(error.diagnosis.summary, polls)
                result.failed(error.diagnosis)
                tell(.unplanned(error.diagnosis))
            }
        }
        round.changes = result.outcome
        round.failures += result.failures
    }

    // When a feed or the set of releases moved. What fails here takes nothing back, and is tried with the next round.
    private func assess(_ round: inout Round) async throws {
        let key = try "\(feeds.key().hex) \(Digest.sha256(of: records.latestReleases().map(\.index.hex).joined(separator: " ")).hex)"
        guard try records.metadata(Self.assessedKey) != key else { return }
        do {
            try await feeds.assess()
            try records.setMetadata(Self.assessedKey, to: key)
        } catch let error as any Diagnosable {
            try Task.checkCancellation()
            round.failures.append("assessing: \(error.diagnosis.summary)")
            tell(.unassessed(error.diagnosis))
        }
    }

    private func recover() async throws {
        let catalog = try await open(.kept)
        try ChangeRunner.recover(records, folder: catalog.folder, lockPath: { catalog.recipe($0)?.lockPath }, at: clock())
    }

    private func plan(_ catalog: WatchedCatalog, _ key: String, _ heard: [Poll]) async throws -> CatalogPlanner.Outcome {
        let now = clock()
        let outcome = try await CatalogPlanner(catalog, records: records, now: now, parallelism: parallelism).plan(.remembering)
        let open = Set(try records.openChanges().map(\.image))
        try records.enqueue(
            outcome.plans, for: outcome.images.union(open), failures: outcome.failures, polls: heard, at: now)
        if try records.metadata(Self.plannedKey) != key { try records.setMetadata(Self.plannedKey, to: key) }
        return outcome
    }

    // Remembers trouble that concerned all images, or that it is over.
    private func rest(_ trouble: String?, _ polls: [String: Poll]) throws {
        let last = polls[Self.work]
        guard trouble != nil || last?.failures ?? 0 > 0 else { return }
        let now = clock()
        var poll = last ?? Poll(source: Self.work, checked: now, next: now)
        poll.checked = now
        poll.failure = trouble
        poll.failures = trouble == nil ? 0 : poll.failures + 1
        poll.next = Timestamp(
            seconds: now.seconds + (trouble == nil ? 0 : Retry.pause(after: poll.failures, of: Self.work, first: 60, longest: 3600)))
        try records.keep(poll)
    }

    private func nextTime(_ catalog: WatchedCatalog, after now: Timestamp) throws -> Timestamp {
        let sources = Set(catalog.archives.map(ArchivePoller.source) + feeds.sources.map { Poll.source(ofFeed: $0.name) })
        let polls = try records.polls()
        let places = polls.filter { sources.contains($0.source) }.map(\.next)
        let work = polls.first { $0.source == Self.work && $0.failures > 0 }?.next
        let changes = try records.openChanges().compactMap(\.due).map { max($0, work ?? $0) }
        return (places + changes).min() ?? Timestamp(seconds: now.seconds + schedule.archives)
    }
}

extension Watcher {
    /// What a round did while it held the store's lock.
    private final class Results: Sendable {
        private let state = Mutex((outcome: ChangeRunner.Outcome(), failures: [String]()))
        var outcome: ChangeRunner.Outcome { state.withLock { $0.outcome } }
        var failures: [String] { state.withLock { $0.failures } }
        func set(_ outcome: ChangeRunner.Outcome) { state.withLock { $0.outcome = outcome } }
        func failed(_ diagnosis: Diagnosis) { state.withLock { $0.failures.append(diagnosis.summary) } }
    }
}
