// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import GRDB
import TestKit
import Testing

@testable import Records

@Suite struct OutboxTests {
    let scratch: TestFolder
    let store: RecordStore
    private static let day = 86400
    private static let start = Timestamp(seconds: 1_764_000_000)

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path, clock: { Self.start })
    }

    private func claims(of receiver: String, at now: Timestamp = start) throws -> [Delivery] {
        var claimed: [Delivery] = []
        while let next = try store.claim(for: receiver, at: now, lease: 300) { claimed.append(next) }
        return claimed
    }

    @Test func `a release is told once, with the digest and the moment it was published`() throws {
        let publication = Fixture.publication()
        try store.apply(publication)
        try store.apply(publication)
        let events = try store.events(limit: 10)
        #expect(events.map(\.event.kind) == [.releasePublished])
        #expect(events.first?.event.facts["digest"] == publication.release?.index.description)
        #expect(events.first?.event.time == Self.start)
        #expect(try store.publicationTimes(in: "python") == [.sha256(of: "m1"): Self.start])
    }

    @Test func `a release that takes its place again is told again`() throws {
        let first = Fixture.publication()
        try store.apply(first)
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        try store.apply(Publication(again: try #require(first.release)))
        #expect(try store.events(limit: 10).map { $0.event.title.contains("again") } == [true, false, false])
    }

    @Test func `what is refused is not told`() throws {
        try store.apply(Fixture.publication())
        #expect(throws: RecordsError.self) { try store.apply(Fixture.publication(manifest: "m2")) }
        #expect(try store.events(limit: 10).count == 1)
    }

    @Test func `what was published is told by whoever opens the store next`() throws {
        // The process that published ended before it told anybody.
        try RecordStore(folder: scratch.path, clock: { Self.start }).apply(Fixture.publication())
        let next = try RecordStore(folder: scratch.path)
        try next.enqueue(for: "ops", at: Self.start) { _ in true }
        #expect(try next.claim(for: "ops", at: Self.start, lease: 300)?.event.event.kind == .releasePublished)
    }

    @Test func `a revoked image is told in the same step and is not published again`() throws {
        try store.apply(Fixture.publication())
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        let withdrawal = Withdrawal(
            digest: .sha256(of: "m1"), state: .revoked, reason: "a lost key", replacement: "python:3.13.5-r2", since: Self.start)
        try store.withdraw([withdrawal], named: "python:3.13.5-r1")
        try store.withdraw([withdrawal], named: "python:3.13.5-r1")
        let event = try #require(try store.events(limit: 1).first?.event)
        #expect(event.kind == .imageRevoked && event.image == "python" && event.facts["replacement"] == "python:3.13.5-r2")
        #expect(try store.events(limit: 10).count == 3)
        #expect {
            try store.apply(Publication(again: try #require(Fixture.publication().release)))
        } throws: { error in (error as? RecordsError)?.diagnosis.kind == .policy }
        #expect(try store.reinstate([withdrawal.digest], named: "python:3.13.5-r1") == 1)
        #expect(try store.events(limit: 1).first?.event.kind == .imageReinstated)
        try store.apply(Publication(again: try #require(Fixture.publication().release)))
    }

    @Test func `what is said once is kept once`() throws {
        let event = CatalogEvent.feedStale("debian", reason: "no answer for 3 days", at: Self.start)
        #expect(try store.append(event, once: "debian 2026"))
        #expect(try !store.append(event, once: "debian 2026"))
        #expect(try store.append(event))
        #expect(try store.events(limit: 10).count == 2)
    }

    @Test func `events are neither changed nor removed`() throws {
        try store.append(.feedStale("debian", reason: "r", at: Self.start))
        #expect(throws: RecordsError.self) { try store.write { try $0.execute(sql: "UPDATE events SET time = 0") } }
        #expect(throws: RecordsError.self) { try store.write { try $0.execute(sql: "DELETE FROM events") } }
    }

    @Test func `a new receiver is told of the last day and of nothing older`() throws {
        try store.append(.feedStale("old", reason: "r", at: Timestamp(seconds: Self.start.seconds - 2 * Self.day)))
        try store.append(.feedStale("new", reason: "r", at: Timestamp(seconds: Self.start.seconds - 100)))
        try store.enqueue(for: "ops", at: Self.start) { _ in true }
        #expect(try claims(of: "ops").map(\.event.event.subject) == ["new"])
    }

    @Test func `each receiver is told what it wants, in order`() throws {
        for name in ["a", "b", "c"] { try store.append(.feedStale(name, reason: "r", at: Self.start)) }
        try store.enqueue(for: "all", at: Self.start) { _ in true }
        try store.enqueue(for: "some", at: Self.start) { $0.subject == "b" }
        #expect(try claims(of: "all").map(\.event.event.subject) == ["a", "b", "c"])
        #expect(try claims(of: "some").map(\.event.event.subject) == ["b"])
    }

    @Test func `what one took nobody else takes until its time is over`() throws {
        try store.append(.feedStale("a", reason: "r", at: Self.start))
        try store.enqueue(for: "ops", at: Self.start) { _ in true }
        let delivery = try #require(try store.claim(for: "ops", at: Self.start, lease: 300))
        let other = try RecordStore(folder: scratch.path)
        #expect(try other.claim(for: "ops", at: Timestamp(seconds: Self.start.seconds + 299), lease: 300) == nil)
        let again = try #require(try other.claim(for: "ops", at: Timestamp(seconds: Self.start.seconds + 300), lease: 300))
        #expect(again.event == delivery.event && again.event.id == delivery.event.id && again.attempts == 2)
        try other.settle(again, .delivered, at: Self.start)
        #expect(try other.claim(for: "ops", at: Timestamp(seconds: Self.start.seconds + 9999), lease: 300) == nil)
        #expect(try other.receiverStates().first?.delivered == 1)
    }

    @Test func `what was given up is shown, and waits again when somebody asks`() throws {
        try store.append(.feedStale("a", reason: "r", at: Self.start))
        try store.enqueue(for: "ops", at: Self.start) { _ in true }
        let delivery = try #require(try store.claim(for: "ops", at: Self.start, lease: 300))
        try store.settle(delivery, .givenUp(reason: "it answered 500"), at: Self.start)
        #expect(try claims(of: "ops", at: Timestamp(seconds: Self.start.seconds + 9999)).isEmpty)
        #expect(try store.undelivered(limit: 5).map(\.state) == [.givenUp])
        #expect(try store.receiverStates().first?.problem == "it answered 500")
        #expect(try store.retry(for: "ops", at: Self.start) == 1)
        #expect(try claims(of: "ops").count == 1)
    }

    @Test func `an idle look writes nothing`() throws {
        try store.append(.feedStale("a", reason: "r", at: Self.start))
        #expect(try store.hasDue(for: "ops", at: Self.start))
        try store.enqueue(for: "ops", at: Self.start) { _ in false }
        #expect(try !store.hasDue(for: "ops", at: Self.start))
    }

    @Test func `a store of an older layout tells what it published at the time it was built`() throws {
        try store.apply(Fixture.publication())
        try store.record(
            subjects: [.sha256(of: "m1")], of: "python", build: .sha256(of: "b"), at: Timestamp(seconds: 1_700_000_000))
        try store.write { database in
            try database.execute(sql: "DROP TABLE deliveries; DROP TABLE receivers; DROP TABLE events")
            try database.execute(sql: Schema.outbox)
            try RecordStore.tellEarlierReleases(database)
        }
        #expect(try store.publicationTimes(in: "python") == [.sha256(of: "m1"): Timestamp(seconds: 1_700_000_000)])
    }
}
