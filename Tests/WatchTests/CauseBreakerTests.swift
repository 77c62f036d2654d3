// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Testing

@testable import Watch

@Suite struct CauseBreakerTests {
    private let now = Timestamp(seconds: 1_764_000_000)

    private func change(_ id: Int, _ state: Change.State, _ version: String = "2", failedAgo seconds: Int? = nil) -> Change {
        let package = PackageChange(
            name: "libbad", from: "1", to: version, source: "bad", archive: "trixie-security", isSecurity: true, fixes: [])
        let plan = PlannedChange(
            image: "i\(id):1", lock: .sha256(of: "\(id)"), decision: .now, reason: "x", isSecurity: true, packages: [package])
        var change = Change(id: id, plan: plan, state: state, seen: now, due: now, attempts: 1)
        if let seconds {
            change.failure = ChangeFailure(
                Diagnosis("a.b", .policy, "broken", remedy: "-"), at: Timestamp(seconds: now.seconds - seconds))
        }
        return change
    }

    @Test func `a package that broke three images and works in none lets the others wait`() {
        let failed = (1...3).map { change($0, .failed, failedAgo: 5) }
        guard case .wait(let until, let reason) = CauseBreaker(failed).verdict(on: change(9, .pending), now: now) else {
            Issue.record("expected it to wait")
            return
        }
        #expect(until > now && reason.contains("libbad 2 failed in 3 images"))
        #expect(CauseBreaker(Array(failed.prefix(2))).verdict(on: change(9, .pending), now: now) == .go)
    }

    @Test func `another version of it is another cause`() {
        let breaker = CauseBreaker((1...5).map { change($0, .failed, failedAgo: 5) })
        #expect(breaker.verdict(on: change(9, .pending, "3"), now: now) == .go)
    }

    @Test func `where it works in one image it is not to blame`() {
        let breaker = CauseBreaker((1...5).map { change($0, .failed, failedAgo: 5) } + [change(6, .done)])
        #expect(breaker.verdict(on: change(9, .pending), now: now) == .go)
    }

    @Test func `after a pause one is tried, and the others wait for it`() {
        var breaker = CauseBreaker((1...3).map { change($0, .failed, failedAgo: 100) })
        #expect(breaker.verdict(on: change(9, .pending), now: now) == .go)
        breaker.note(change(9, .running))
        guard case .wait = breaker.verdict(on: change(10, .pending), now: now) else {
            Issue.record("expected it to wait")
            return
        }
        breaker.note(change(9, .done))
        #expect(breaker.verdict(on: change(10, .pending), now: now) == .go)
    }

    @Test func `two hundred images that one package breaks are tried a few times a day`() {
        var breaker = CauseBreaker()
        var clock = now
        var tries = 0
        var waiting = (1...200).map { change($0, .pending) }
        let end = now.seconds + 86400
        while clock.seconds < end, let next = waiting.first {
            switch breaker.verdict(on: next, now: clock) {
            case .go:
                tries += 1
                waiting.removeFirst()
                var failed = change(next.id, .failed)
                failed.failure = ChangeFailure(Diagnosis("a.b", .policy, "broken", remedy: "-"), at: clock)
                breaker.note(failed)
            case .wait(let until, _):
                #expect(until > clock)
                clock = until
            }
        }
        #expect(tries > 10 && tries < 45, "\(tries)")
    }

    @Test func `pauses double up to a day, and are not the same for all`() {
        let pauses = (1...30).map { Retry.pause(after: $0, of: "python:3.13") }
        #expect(pauses[0] >= 480 && pauses[0] <= 720)
        #expect(pauses.allSatisfy { $0 <= 86400 * 12 / 10 } && pauses[29] >= 86400 * 8 / 10)
        #expect(Set((1...50).map { Retry.pause(after: 3, of: "i\($0)") }).count > 20)
        #expect(Retry.pause(after: 3, of: "a") == Retry.pause(after: 3, of: "a"))
    }
}
