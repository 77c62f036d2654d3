// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Assess
package import Base
package import Records
import Resolve
import Watch

/// Holds the locks of a catalog against the archives, and plans what is to be done about each image.
package struct CatalogPlanner: Sendable {
    /// Whether what is seen for the first time is remembered.
    package enum Effects: Sendable { case remembering, none }

    package struct Outcome: Sendable {
        package var plans: [PlannedChange] = []
        /// Image -> the lock that its plan leads to.
        package var locks: [String: Lock] = [:]
        /// Every image that was looked at.
        package var images: Set<String> = []
        /// Images for which nothing could be planned.
        package var failures: [String: ChangeFailure] = [:]
    }

    let catalog: WatchedCatalog
    let records: RecordStore
    let now: Timestamp
    let parallelism: Int

    package init(_ catalog: WatchedCatalog, records: RecordStore, now: Timestamp, parallelism: Int) {
        self.catalog = catalog
        self.records = records
        self.now = now
        self.parallelism = parallelism
    }

    /// What the archive gives for a recipe, beside its lock.
    private struct Look: Sendable {
        var recipe: Recipe
        var lock: Lock
        var resolver: Resolver
        var proposed: Lock
    }
    private enum Sight: Sendable {
        case nothing
        /// The lock in the catalog is not that of the release.
        case reviewed(Recipe, Lock, before: Lock?)
        case moved(Look)
        case failed(Recipe, Diagnosis)
    }

    /// An error is about the archives or the store, and so about all images; what is wrong with one is among the failures.
    package func plan(_ effects: Effects) async throws -> Outcome {
        // Once, and before the images ask for them all at the same time: an archive that cannot be had is no image's fault.
        for recipe in catalog.recipes { _ = try await catalog.relock.resolver(for: recipe) }
        let sights = try await catalog.recipes.concurrentMap(limit: parallelism) { recipe in try await look(at: recipe) }
        let firstSeen = try remember(sights, effects)
        let fixes = FixFinder(catalog.advisories, now: now)
        let planned = try await sights.concurrentMap(limit: parallelism) { sight in try decide(sight, firstSeen, fixes) }
        var outcome = Outcome()
        outcome.images = Set(catalog.recipes.map(\.reference))
        for case (let plan, let lock, let failure)? in planned {
            outcome.plans.append(plan)
            outcome.locks[plan.image] = lock
            if let failure { outcome.failures[plan.image] = failure }
        }
        return outcome
    }

    private func look(at recipe: Recipe) async throws -> Sight {
        do {
            // Nobody wants the image yet, or it is being written.
            guard let lock = try catalog.locks(recipe) else { return .nothing }
            guard lock.isCurrent(for: recipe) else { throw PipelineError.lockStale(reference: recipe.reference, contradictions: []) }
            let release = try records.latestRelease(in: recipe.name, stream: recipe.tagStem)
            if try release?.lock != CanonicalJSON.digest(of: lock) {
                return .reviewed(recipe, lock, before: nil)
            }
            let resolver = try await catalog.relock.resolver(for: recipe)
            let (proposed, difference) = try await catalog.relock.propose(recipe, replacing: lock)
            if difference.isEmpty { return .nothing }
            return .moved(Look(recipe: recipe, lock: lock, resolver: resolver, proposed: proposed))
        } catch let error as any Diagnosable where !(error is RecordsError) {
            return .failed(recipe, error.diagnosis)
        }
    }

    private func remember(_ sights: [Sight], _ effects: Effects) throws -> [PackageVersion: Timestamp] {
        var versions: [PackageVersion: String] = [:]
        for case .moved(let look) in sights {
            for package in look.proposed.platforms.flatMap(\.packages) {
                versions[PackageVersion(package.name, package.version)] = package.archive
            }
        }
        if effects == .remembering { try records.remember(sights: versions, at: now) }
        return try records.firstSights(of: Set(versions.keys))
    }

    private func decide(
        _ sight: Sight, _ firstSeen: [PackageVersion: Timestamp], _ fixes: FixFinder
    ) throws -> (PlannedChange, Lock, ChangeFailure?)? {
        switch sight {
        case .nothing: return nil
        case .failed(let recipe, let diagnosis):
            let plan = PlannedChange(
                image: recipe.reference, lock: .sha256(of: "unresolved"), decision: .now, reason: "its lock cannot be resolved",
                isSecurity: false, packages: [])
            let empty = Lock(
                image: recipe.name, stream: recipe.stream, variant: recipe.variant, recipe: plan.lock, revision: 1, platforms: [])
            return (plan, empty, ChangeFailure(diagnosis, at: now))
        case .reviewed(let recipe, let lock, _):
            let isFirst = try records.latestRelease(in: recipe.name, stream: recipe.tagStem) == nil
            let plan = ChangePlanner(policy: recipe.updates, now: now).reviewed(
                recipe.reference, lock: try CanonicalJSON.digest(of: lock), packages: [], isFirst: isFirst)
            return (plan, lock, nil)
        case .moved(let look): return try decide(look, firstSeen, fixes).map { ($0.0, $0.1, nil) }
        }
    }

    private func decide(
        _ look: Look, _ firstSeen: [PackageVersion: Timestamp], _ fixes: FixFinder
    ) throws -> (PlannedChange, Lock)? {
        let planner = ChangePlanner(policy: look.recipe.updates, now: now)
        let whole = observation(look, look.proposed, firstSeen, fixes)
        let changes = whole.changes
        // The same files at other places of the archive make the same image.
        guard !changes.isEmpty else { return nil }
        let held = planner.held(changes, firstSeen: firstSeen)
        var remainder = ChangePlanner.Remainder.none
        var seen = whole
        if !held.isEmpty {
            if let part = part(of: look, without: held, planner, firstSeen, fixes) {
                seen = part.seen
                remainder = .waiting(part.held)
            } else if held.count < changes.count {
                remainder = .inseparable(held)
            }
        }
        var plan = planner.plan(seen, lock: try CanonicalJSON.digest(of: seen.proposed), remainder: remainder)
        plan.summary = LockDiff(from: look.lock, to: seen.proposed).text
        return (plan, seen.proposed)
    }

    // What flows when the rest waits; nil when nothing does, or when the rest cannot be left out. Without a version another one may be
    // picked that has to wait as well.
    private func part(
        of look: Look, without held: [PackageChange], _ planner: ChangePlanner, _ firstSeen: [PackageVersion: Timestamp],
        _ fixes: FixFinder
    ) -> (seen: Observation, held: [PackageChange])? {
        var all = held
        for _ in 0..<4 {
            let resolver = look.resolver.holding(Set(all.compactMap(\.version)))
            guard let lock = try? resolver.resolve(look.recipe, previous: look.lock) else { return nil }
            let seen = observation(look, lock, firstSeen, fixes)
            let changes = seen.changes
            guard !changes.isEmpty, planner.isUsable(changes) else { return nil }
            let more = planner.held(changes, firstSeen: firstSeen)
            guard !more.isEmpty else { return (seen, all) }
            all += more
        }
        return nil
    }

    private func observation(
        _ look: Look, _ proposed: Lock, _ firstSeen: [PackageVersion: Timestamp], _ fixes: FixFinder
    ) -> Observation {
        let security = Set(catalog.suite(of: look.recipe)?.archives.filter(\.isSecurity).map(\.suite) ?? [])
        return Observation(
            image: look.recipe.reference, current: look.lock, proposed: proposed, securityArchives: security,
            fixes: fixes.fixes(from: look.lock, to: proposed), firstSeen: firstSeen)
    }
}
