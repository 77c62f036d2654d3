// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import TestKit
import Testing

@testable import Records

@Suite struct ChangesTests {
    private let now = Timestamp(seconds: 1_764_000_000)
    private func later(_ seconds: Int) -> Timestamp { Timestamp(seconds: now.seconds + seconds) }

    private func plan(_ image: String, _ lock: String, _ decision: PlannedChange.Decision = .now) -> PlannedChange {
        PlannedChange(image: image, lock: .sha256(of: lock), decision: decision, reason: "why", isSecurity: true, packages: [])
    }

    @Test func `a change that leads to the same lock goes on where it was`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        try records.enqueue([plan("a:1", "x")], for: ["a:1"], at: now)
        let change = try #require(try records.openChanges().first)
        try records.begin(change, replacing: Array("old lock".utf8), at: now)
        try records.fail(
            change, ChangeFailure(Diagnosis("a.b", .policy, "broken", remedy: "-"), at: now), due: later(600))
        try records.enqueue([plan("a:1", "x")], for: ["a:1"], at: later(10))
        let again = try #require(try records.openChange(of: "a:1"))
        #expect(again.id == change.id && again.state == .failed && again.attempts == 1 && again.due == later(600))
        #expect(again.seen == now && again.failure?.summary == "broken")
    }

    @Test func `what leads elsewhere takes its place, with the lock that was written over`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        try records.enqueue([plan("a:1", "x")], for: ["a:1"], at: now)
        let change = try #require(try records.openChanges().first)
        try records.begin(change, replacing: Array("old lock".utf8), at: now)
        try records.enqueue([plan("a:1", "y")], for: ["a:1"], at: later(10))
        let next = try #require(try records.openChange(of: "a:1"))
        #expect(next.id != change.id && next.state == .pending && next.attempts == 0)
        #expect(try records.fileBefore(next) == Array("old lock".utf8))
        #expect(try records.changes(of: "a:1").map(\.state) == [.superseded, .pending])
    }

    @Test func `an image for which nothing is planned has nothing open, others stay`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        try records.enqueue([plan("a:1", "x"), plan("b:1", "x", .after(later(86400)))], for: ["a:1", "b:1"], at: now)
        #expect(try records.openChanges().map(\.state) == [.pending, .waiting])
        try records.enqueue([], for: ["a:1"], at: now)
        #expect(try records.openChanges().map(\.image) == ["b:1"])
    }

    @Test func `a proposal stays one until its lock is taken over by a person`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        try records.enqueue([plan("a:1", "x", .propose)], for: ["a:1"], at: now)
        try records.propose(try #require(try records.openChange(of: "a:1")), note: "branch b", at: now)
        try records.enqueue([plan("a:1", "x", .propose)], for: ["a:1"], at: later(9))
        #expect(try records.openChange(of: "a:1")?.state == .proposed)
        try records.enqueue([plan("a:1", "x", .now)], for: ["a:1"], at: later(10))
        #expect(try records.openChange(of: "a:1")?.state == .pending)
    }

    @Test func `what cannot be planned is one failure, tried ever more seldom`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        let failure = ChangeFailure(Diagnosis("resolve.x", .policy, "no such package", remedy: "-"), at: now)
        for _ in 0..<3 { try records.enqueue([plan("a:1", "none")], for: ["a:1"], failures: ["a:1": failure], at: now) }
        let changes = try records.changes(of: "a:1")
        #expect(changes.count == 1 && changes[0].state == .failed && changes[0].attempts == 3)
        #expect(changes[0].due == later(2400))
        try records.enqueue([plan("a:1", "x")], for: ["a:1"], at: now)
        #expect(try records.openChange(of: "a:1")?.failure == nil)
    }

    @Test func `what was heard is kept with the plans it led to, or not at all`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        let poll = Poll(source: "archive t", checked: now, next: later(900), digest: .sha256(of: "i"), etag: "\"1\"")
        try records.enqueue([], for: [], polls: [poll], at: now)
        #expect(try records.polls() == [poll])
    }

    @Test func `a version is seen first once, and never later than now`() throws {
        let folder = try TestFolder()
        let records = try RecordStore(folder: folder.path)
        try records.remember(sights: [PackageVersion("curl", "8.2"): "trixie"], at: later(9_000_000))
        try records.remember(sights: [PackageVersion("curl", "8.2"): "trixie"], at: now)
        #expect(try records.firstSight(of: "curl", version: "8.2") == now)
        try records.remember(sights: [PackageVersion("curl", "8.2"): "trixie"], at: later(86400))
        #expect(try records.firstSight(of: "curl", version: "8.2") == now)
        #expect(try records.firstSight(of: "curl", version: "8.3") == nil)
        #expect(try records.firstSights(of: [PackageVersion("curl", "8.2"), PackageVersion("x", "1")]).count == 1)
    }
}
