// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records
import TestKit
import Testing

@testable import Commands

private let image = Digest.sha256(of: "image")
private let monday = Timestamp(seconds: 1_795_000_000)

private func assessment(at time: Timestamp, _ level: Completeness.Level, flaws: Int) -> Assessment {
    var feed = FeedFacts(name: "debian", title: "the Debian security tracker")
    feed.date = time
    let findings = (0..<flaws).map { number -> AdvisoryFinding in
        var finding = AdvisoryFinding(
            advisory: "CVE-2026-\(1000 + number)", ecosystem: .debian("trixie"), source: SourceVersion(name: "a", version: "1"),
            path: .source,
            status: .affected, range: "every version", feed: "debian")
        finding.severity = .high
        return finding
    }
    return Assessment(
        subject: "python:3.13", digest: image.description, assessed: time,
        completeness: Completeness(level: level, since: nil, reasons: []),
        feeds: [feed],
        platforms: [PlatformAssessment(platform: "linux/amd64", manifest: nil, componentCount: 1, findings: findings, unseen: [])],
        support: [])
}

@Suite struct HistoryTests {
    private let scratch: TestFolder
    private let store: RecordStore
    private let release: Release

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
        release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r1", tags: ["3.13"], index: image, platforms: [],
            created: monday, title: "Python", summary: "", endOfLife: nil, lock: .sha256(of: "lock"))
        try store.keep(assessment(at: monday, .unknown, flaws: 0), of: image, feeds: .sha256(of: "1"))
        let next = Timestamp(seconds: monday.seconds + 86_400)
        try store.keep(assessment(at: next, .atLeast, flaws: 2), of: image, feeds: .sha256(of: "2"))
    }

    private func history() throws -> HistoryText {
        HistoryText(entries: try store.ledger(of: [image]), builds: [image: "3.13.5-r1"])
    }

    @Test func `a day that could not be seen is a gap in a chart and no zero`() throws {
        let lines = try history().csv.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(lines.count == 3)
        #expect(Set(lines.map(\.count)).count == 1)
        let all = try #require(lines[0].firstIndex(of: "all"))
        let high = try #require(lines[0].firstIndex(of: "after_vex_high"))
        #expect(lines[1][all] == "" && lines[1][high] == "")
        #expect(lines[2][all] == "2" && lines[2][high] == "2")
        #expect(lines[1][3] == "unknown" && lines[2][3] == "at-least")
    }

    @Test func `numbers for programs stand beside what they are worth`() throws {
        let items = try #require(history().json.array)
        #expect(items[0]["counts"] == .null)
        #expect(items[0]["headline"] == "unknown")
        #expect(items[1]["counts"]?["all"]?["high"] == 2)
        #expect(items[1]["completeness"]?["level"] == "at-least")
        #expect(try history().table.contains("unknown"))
    }

    @Test func `a day is meant to its end, and a moment is a moment`() throws {
        #expect(try KnowledgeThen.moment("2026-11-23") == Timestamp(rfc3339: "2026-11-23T23:59:59Z"))
        #expect(try KnowledgeThen.moment("2026-11-23T08:00:00Z") == Timestamp(rfc3339: "2026-11-23T08:00:00Z"))
        for text in ["", "yesterday", "2026-13-01", "2026-11-23T", "23.11.2026"] {
            #expect(throws: LedgerRefusal.badMoment(text)) { try KnowledgeThen.moment(text) }
        }
    }

    @Test func `before the first assessment the answer is that nothing was known`() throws {
        let before = Timestamp(seconds: monday.seconds - 1)
        #expect(throws: LedgerRefusal.unknownThen("python:3.13 (3.13.5-r1)", moment: before, first: monday, earlier: [])) {
            try KnowledgeThen(of: release, at: before, in: store)
        }
        var other = release
        other.index = .sha256(of: "other")
        #expect(throws: LedgerRefusal.neverAssessed("python:3.13")) { try KnowledgeThen(of: other, at: monday, in: store) }
    }

    @Test(arguments: [
        ("docker.io/library/python:3.13", "docker.io/library/python:3.13", "docker.io/library/python"),
        ("docker.io/library/python", "docker.io/library/python:latest", "docker.io/library/python"),
        ("http://localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app"),
        ("localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app"),
        ("q.io/a@\(image)", "q.io/a@\(image)", "q.io/a"),
    ])
    func `images of others are kept by the name that leads to them`(text: String, name: String, repository: String) throws {
        let reference = try #require(ForeignReference(text, exists: { _ in nil }))
        #expect(reference.text == name)
        #expect(reference.repository == repository)
        #expect((reference.digest == nil) == !text.contains("@"))
    }

    @Test(arguments: ["python:3.13", "oci:dir", "docker-archive:x.tar", "dir:/srv", "q.io/a@sha256:12", "/x.tar"])
    func `what no registry names is not kept`(text: String) {
        #expect(ForeignReference(text, exists: { _ in nil }) == nil)
    }

    @Test func `a name of an image of others stands for what it led to on the day`() throws {
        let name = "docker.io/library/python:3.13"
        let days = (0..<3).map { Timestamp(seconds: monday.seconds + $0 * 86_400) }
        let old = ForeignImage(
            reference: name, seen: days[0], image: .sha256(of: "index"), manifest: .sha256(of: "old"), platform: "linux/amd64")
        var new = old
        new.manifest = .sha256(of: "new")
        new.seen = days[1]
        var pinned = old
        pinned.reference = "docker.io/library/python@\(old.image)"
        pinned.seen = days[2]
        #expect(try store.keep(assessment(at: days[0], .complete, flaws: 3), of: old, feeds: .sha256(of: "1")) == .added)
        #expect(try store.keep(assessment(at: days[1], .complete, flaws: 2), of: new, feeds: .sha256(of: "2")) == .added)
        // By its digest, after the name has moved on.
        #expect(try store.keep(assessment(at: days[2], .complete, flaws: 4), of: pinned, feeds: .sha256(of: "3")) == .added)

        let subject = try LedgerSubject(name, in: store)
        let entries = try store.ledger(of: Array(subject.labels.keys))
        #expect(entries.map(\.summary.counts.all.total) == [3, 2, 4])
        #expect(HistoryText(entries: entries, builds: subject.labels).table.contains("\(old.image.short) linux/amd64"))
        func known(_ text: String, _ day: Int) throws -> String {
            try KnowledgeThen(of: try #require(try ForeignSubjects(text, in: store)), at: days[day], in: store).text
        }
        #expect(try known(name, 0).contains("3 / 3 / 3"))
        #expect(try known(name, 1).contains("2 / 2 / 2"))
        #expect(try known(name, 2).contains("2 / 2 / 2"))
        #expect(try known("https://docker.io/library/python@\(old.manifest)", 2).contains("4 / 4 / 4"))
        let before = Timestamp(seconds: monday.seconds - 1)
        #expect(throws: LedgerRefusal.unknownThen(name, moment: before, first: days[0], earlier: [])) {
            try KnowledgeThen(of: try #require(try ForeignSubjects(name, in: store)), at: before, in: store)
        }
        #expect(throws: LedgerRefusal.neverAssessed(name)) {
            let subject = try #require(try ForeignSubjects(name, in: store))
            return try KnowledgeThen(of: subject, platform: "linux/arm64", at: days[1], in: store)
        }
        #expect(try ForeignSubjects("docker.io/library/pyth@\(old.manifest)", in: store)?.images.isEmpty == true)
        #expect(throws: NameError.self) { try LedgerSubject("python:3.13", in: store) }
    }

    @Test func `what was known then is shown with its feeds and how complete it was`() throws {
        let then = try KnowledgeThen(of: release, at: Timestamp(seconds: monday.seconds + 3600), in: store)
        #expect(then.text.contains("unknown"))
        #expect(then.text.contains("as assessed at \(monday)"))
        let later = try KnowledgeThen(of: release, at: Timestamp(seconds: monday.seconds + 90_000), in: store)
        #expect(later.text.contains("at least 2 / 2 / 2"))
        #expect(try later.json["assessment"]?["feeds"]?.array?.count == 1)
    }
}
