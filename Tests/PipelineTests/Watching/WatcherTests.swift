// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Records
import Synchronization
import TestKit
import Testing

@testable import Pipeline

@Suite struct WatcherTests {
    private static let fixed = WatchBench.packages("1.0", library: "2.0-1+deb13u1").filter { $0.name == "libtool1" }

    @Test func `a new security index rebuilds what it touches, once`() async throws {
        let bench = try WatchBench(images: 3)
        try await bench.settle()
        #expect(bench.builds.withLock { $0.count } == 3)
        #expect(try await bench.round().changes.published == 0)
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        let round = try await bench.round()
        #expect(round.changes.published == 3 && round.failures.isEmpty)
        #expect(try bench.versions("image1")["libtool1"] == "2.0-1+deb13u1")
        #expect(try await bench.round().changes.published == 0)
        #expect(
            bench.builds.withLock { $0.sorted() } == [
                "image1:1 1-r1", "image1:1 1-r2", "image2:1 1-r1", "image2:1 1-r2", "image3:1 1-r1", "image3:1 1-r2",
            ])
        let change = try #require(try bench.records.changes(of: "image1:1").last)
        #expect(change.state == .done && change.plan.reason == "security fix of libtool1")
        #expect(try change.release == bench.records.latestRelease(in: "image1", stream: "1")?.index)
    }

    @Test func `what did not change is asked about with conditions, and nothing else is fetched`() async throws {
        let bench = try WatchBench(images: 2)
        try await bench.settle()
        let before = bench.asked
        let round = try await bench.round()
        #expect(bench.asked - before == 2 && round.asked == 2)
        // Before its time nothing is asked at all.
        #expect(try await bench.round(.due).asked == 0)
        bench.advance(days: 0.1)
        #expect(try await bench.round(.due).asked == 2)
    }

    @Test func `an update waits for its day and flows then, a fix does not wait for it`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0") + WatchBench.packages("1.1"), security: [], at: 2)
        #expect(try await bench.round().changes.published == 0)
        #expect(try bench.records.openChange(of: "image1:1")?.state == .waiting)
        try bench.publish(main: WatchBench.packages("1.0") + WatchBench.packages("1.1"), security: Self.fixed, at: 3)
        #expect(try await bench.round().changes.published == 1)
        #expect(try bench.versions("image1") == ["tool": "1.0-1", "libtool1": "2.0-1+deb13u1"])
        #expect(try bench.records.openChange(of: "image1:1")?.plan.decision.word == "after")
        bench.advance(days: 6.9)
        #expect(try await bench.round().changes.published == 0)
        bench.advance(days: 0.2)
        #expect(try await bench.round(.due).changes.published == 1)
        #expect(try bench.versions("image1")["tool"] == "1.1-1")
    }

    @Test func `a fix that needs a new version takes it along when the earlier one has left`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.1"), security: Self.fixed, at: 2)
        #expect(try await bench.round().changes.published == 1)
        #expect(try bench.versions("image1") == ["tool": "1.1-1", "libtool1": "2.0-1+deb13u1"])
        #expect(try bench.records.changes(of: "image1:1").last?.plan.reason.contains("without which it cannot be had") == true)
    }

    @Test func `what fails leaves lock and release as they were, is told, and is tried again ever more seldom`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        let before = try bench.digests()
        bench.obstacle.withLock { $0 = { _, _ in WatchBench.Broken() } }
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        #expect(try await bench.round().changes.failed == 1)
        #expect(try bench.digests() == before && bench.isWhole())
        let failed = try #require(try bench.records.openChange(of: "image1:1"))
        #expect(failed.state == .failed && failed.failure?.summary == "its contract is broken" && failed.attempts == 1)
        // Not before its time, however often is asked.
        #expect(try await bench.round().changes.failed == 0)
        for _ in 0..<200 {
            bench.advance(days: 0.02)
            try await bench.round(.due)
        }
        let attempts = try #require(try bench.records.openChange(of: "image1:1")).attempts
        #expect(attempts > 5 && attempts < 16, "\(attempts)")
        bench.obstacle.withLock { $0 = { _, _ in nil } }
        bench.advance(days: 2)
        #expect(try await bench.round(.due).changes.published == 1)
        #expect(try bench.records.openChange(of: "image1:1") == nil && bench.isWhole())
    }

    @Test func `a lock that cannot be resolved is a failure of its image alone`() async throws {
        let bench = try WatchBench(images: 2)
        try await bench.settle()
        try CatalogFolder(path: bench.path + "/catalog").write(
            Array(
                "stream: \"1\"\nsuite: trixie\nplatforms: [linux/amd64]\nversion: \"1\"\ntags: [\"{stream}\"]\ncontents: {packages: [tool, absent]}\n"
                    .utf8),
            to: "images/image2/1.yaml")
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        #expect(try await bench.round().changes.published == 1)
        let failed = try #require(try bench.records.openChange(of: "image2:1"))
        #expect(failed.state == .failed && failed.failure?.code == "pipeline.lock-stale")
    }

    @Test func `an archive that is half updated is heard again, and nothing of it is used`() async throws {
        let bench = try WatchBench(images: 2)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        // The signed index is there, the list of packages it names is not.
        let lists = bench.mirror.files.withLock { files in
            let lists = files.filter { $0.key.contains("trixie-security/main") }
            for name in lists.keys { files[name] = nil }
            return lists
        }
        let round = try await bench.round()
        #expect(round.changes.published == 0 && !round.failures.isEmpty)
        #expect(try bench.records.polls().first { $0.source == "archive trixie-security" }?.failures == 1)
        #expect(try bench.isWhole())
        bench.mirror.files.withLock { $0.merge(lists) { $1 } }
        bench.advance(days: 0.05)
        #expect(try await bench.round(.due).changes.published == 2)
        #expect(try bench.records.polls().allSatisfy { $0.failures == 0 })
    }

    @Test func `a mirror that steps back in time is not followed`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 5)
        try await bench.round()
        try bench.publish(main: WatchBench.packages("1.0"), security: [], at: 3)
        let round = try await bench.round()
        #expect(round.changes.published == 0 && round.failures.contains { $0.contains("seen here before") })
        #expect(try bench.versions("image1")["libtool1"] == "2.0-1+deb13u1")
    }

    @Test func `a clock that was ahead silences nothing`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        bench.advance(days: 400)
        try await bench.round()
        bench.advance(days: -400)
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        #expect(try await bench.round(.due).changes.published == 1)
    }

    @Test func `a full disk stops the round, is nobody's failure for long, and loses nothing`() async throws {
        let bench = try WatchBench(images: 12)
        try await bench.settle()
        bench.obstacle.withLock { $0 = { _, _ in WatchBench.Broken(.unavailable) } }
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        let round = try await bench.round()
        #expect(round.changes.stopped != nil && round.changes.failed <= 7)
        #expect(try bench.isWhole() && bench.records.openChanges().count == 12)
        bench.obstacle.withLock { $0 = { _, _ in nil } }
        var published = 0
        for _ in 0..<10 {
            bench.advance(days: 0.01)
            published += try await bench.round(.due).changes.published
        }
        #expect(try published == 12 && bench.records.openChanges().isEmpty)
    }

    @Test func `a package that breaks all images is tried in a few, and flows when it is mended`() async throws {
        let bench = try WatchBench(images: 60)
        try await bench.settle()
        bench.builds.withLock { $0 = [] }
        let tries = Mutex(0)
        bench.obstacle.withLock {
            $0 = { _, lock in
                guard lock.platforms[0].packages.contains(where: { $0.version == "2.0-1+deb13u1" }) else { return nil }
                tries.withLock { $0 += 1 }
                return WatchBench.Broken()
            }
        }
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        try await bench.round()
        #expect(tries.withLock { $0 } <= 6, "\(tries.withLock { $0 })")
        #expect(try bench.isWhole() && bench.records.openChanges().count == 60)
        let mended = WatchBench.packages("1.0", library: "2.0-1+deb13u2").filter { $0.name == "libtool1" }
        try bench.publish(main: WatchBench.packages("1.0"), security: mended, at: 3)
        #expect(try await bench.round().changes.published == 60)
        #expect(try bench.isWhole() && bench.records.openChanges().isEmpty)
    }

    @Test func `two hundred changes at once are built a few at a time, each once`() async throws {
        let bench = try WatchBench(images: 200)
        try await bench.settle()
        bench.builds.withLock { $0 = [] }
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        #expect(try await bench.round(parallelism: 3).changes.published == 200)
        #expect(bench.most <= 4 && bench.builds.withLock { Set($0).count == 200 && $0.count == 200 })
        #expect(try bench.isWhole())
    }

    @Test func `what a person is to take is written down once`() async throws {
        let bench = try WatchBench(images: 1, updates: "updates: {security: propose}")
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        #expect(try await bench.round().changes.proposed == 1)
        let change = try #require(try bench.records.openChange(of: "image1:1"))
        #expect(change.state == .proposed && change.note?.hasPrefix("patch \(bench.path)/proposals/image1-1-") == true)
        #expect(try await bench.round().changes.proposed == 0)
        #expect(try bench.versions("image1")["libtool1"] == "2.0-1")
        // Whoever takes the lock over has it built.
        let catalog = try bench.open(.fresh)
        let lock = try await catalog.relock.propose(catalog.recipes[0], replacing: try catalog.locks(catalog.recipes[0])).lock
        try catalog.relock.write(lock, of: catalog.recipes[0])
        #expect(try await bench.round().changes.published == 1)
    }

    @Test func `planning without effects changes nothing`() async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        let outcome = try await CatalogPlanner(try bench.open(.fresh), records: bench.records, now: bench.now, parallelism: 2).plan(.none)
        #expect(outcome.plans.map(\.decision) == [.now] && outcome.plans[0].summary.contains("^ libtool1 2.0-1 -> 2.0-1+deb13u1"))
        #expect(try bench.records.openChanges().isEmpty && bench.versions("image1")["libtool1"] == "2.0-1")
        #expect(try bench.records.firstSight(of: "libtool1", version: "2.0-1+deb13u1") == nil)
    }
}

@Suite struct WatchCrashTests {
    private static let fixed = WatchBench.packages("1.0", library: "2.0-1+deb13u1").filter { $0.name == "libtool1" }

    /// The digests and builds of a run that nothing disturbed.
    private func expected() async throws -> [String: String] {
        let bench = try WatchBench(images: 5)
        try await bench.settle()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        try await bench.round()
        return try bench.digests()
    }

    @Test func `a crash at any step, hundreds of times, ends with the same digests and each image published once`() async throws {
        let expected = try await expected()
        var crashes = 0
        for seed in 0..<12 {
            let bench = try WatchBench(images: 5)
            try await bench.settle()
            bench.builds.withLock { $0 = [] }
            try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
            let random = Mutex(Steady(state: UInt64(seed)))
            // Some images fail now and then as well, so that taking back is cut short too.
            bench.obstacle.withLock {
                $0 = { _, _ in random.withLock { Int.random(in: 0..<5, using: &$0) } == 0 ? WatchBench.Broken() : nil }
            }
            for turn in 0..<60 where try !bench.records.openChanges().isEmpty || turn == 0 {
                let limit = random.withLock { Int.random(in: 1..<9, using: &$0) }
                let steps = Mutex(0)
                do {
                    try await bench.watcher(
                        parallelism: 1 + seed % 3,
                        onStep: { _ in
                            let count = steps.withLock { count in
                                count += 1
                                return count
                            }
                            if count >= limit { throw WatchBench.Crash() }
                        }
                    ).round(.all)
                } catch is WatchBench.Crash { crashes += 1 }
                bench.advance(days: 1.5)
            }
            bench.obstacle.withLock { $0 = { _, _ in nil } }
            for _ in 0..<4 {
                bench.advance(days: 2)
                try await bench.round()
            }
            #expect(try bench.digests() == expected, "seed \(seed)")
            #expect(try bench.isWhole() && bench.records.openChanges().isEmpty, "seed \(seed)")
            let built = bench.builds.withLock { $0 }
            #expect(built.count == 5 && Set(built).count == 5, "seed \(seed): \(built)")
        }
        #expect(crashes >= 50, "\(crashes)")
    }

    @Test(arguments: ChangeRunner.Step.allCases.filter { $0 != .proposed })
    func `nothing is half published after a crash`(at step: ChangeRunner.Step) async throws {
        let bench = try WatchBench(images: 1)
        try await bench.settle()
        let before = try bench.digests()
        try bench.publish(main: WatchBench.packages("1.0"), security: Self.fixed, at: 2)
        if step == .restored || step == .failed { bench.obstacle.withLock { $0 = { _, _ in WatchBench.Broken() } } }
        await #expect(throws: WatchBench.Crash.self) {
            try await bench.watcher(onStep: { if $0 == step { throw WatchBench.Crash() } }).round(.all)
        }
        let isOut = step == .published || step == .finished
        #expect(try (bench.digests() == before) == !isOut)
        bench.obstacle.withLock { $0 = { _, _ in nil } }
        bench.advance(days: 1)
        try await bench.round()
        #expect(try bench.isWhole() && bench.records.openChanges().isEmpty)
        #expect(try bench.versions("image1")["libtool1"] == "2.0-1+deb13u1")
        #expect(bench.builds.withLock { $0.count } == 2)
    }
}
