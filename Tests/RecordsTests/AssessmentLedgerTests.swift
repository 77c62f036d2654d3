// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import GRDB
import TestKit
import Testing

@testable import Records

private let image = Digest.sha256(of: "image")
private let monday = Timestamp(seconds: 1_795_000_000)
private let day = 86_400

private func assessment(
    _ advisories: [String] = ["CVE-2026-0001"], at time: Timestamp = monday, level: Completeness.Level = .complete,
    feedDate: Timestamp = monday
) -> Assessment {
    let findings = advisories.map {
        AdvisoryFinding(
            advisory: $0, ecosystem: .debian("trixie"), source: SourceVersion(name: "glibc", version: "2.41-12"), path: .source,
            status: .affected, range: "every version", feed: "debian")
    }
    var feed = FeedFacts(name: "debian", title: "the Debian security tracker")
    feed.date = feedDate
    feed.digest = Digest.sha256(of: "feed \(feedDate)").description
    return Assessment(
        subject: "python:3.13", digest: image.description, assessed: time,
        completeness: Completeness(level: level, since: nil, reasons: []),
        feeds: [feed],
        platforms: [PlatformAssessment(platform: "linux/amd64", manifest: nil, componentCount: 1, findings: findings, unseen: [])],
        support: [])
}

private func feeds(_ name: String) -> Digest { .sha256(of: name) }

@Suite struct AssessmentLedgerTests {
    let scratch: TestFolder
    let store: RecordStore

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    @Test func `an assessment comes back as it was kept, also with answers`() throws {
        var kept = assessment(["CVE-2026-0001", "CVE-2026-0002"])
        kept.platforms[0].findings[1].answer = Answer(status: "not_affected", justification: "code_not_present", source: "vex/glibc.json")
        #expect(try store.keep(kept, of: image, feeds: feeds("1")) == .added)
        #expect(try store.assessment(of: image) == kept)
        #expect(try store.assessmentSummary(of: image) == AssessmentSummary(of: kept))
        #expect(try store.assessment(of: .sha256(of: "other")) == nil)
    }

    @Test func `the same feeds and findings add nothing, and the first time stays`() throws {
        #expect(try store.keep(assessment(), of: image, feeds: feeds("1")) == .added)
        let later = assessment(at: Timestamp(seconds: monday.seconds + 60))
        #expect(try store.keep(later, of: image, feeds: feeds("1")) == .unchanged)
        #expect(try store.ledger(of: [image]).map(\.summary.assessed) == [monday])
    }

    @Test func `new feeds and another verdict add an entry, and findings are stored once`() throws {
        try store.keep(assessment(), of: image, feeds: feeds("1"))
        let tuesday = Timestamp(seconds: monday.seconds + day)
        try store.keep(assessment(at: tuesday, feedDate: tuesday), of: image, feeds: feeds("2"))
        let entries = try store.ledger(of: [image])
        #expect(entries.count == 2)
        #expect(Set(entries.map(\.findings)).count == 1)
        // One document of findings, and the facts of two days.
        #expect(try store.ledgerSize().documents == 3)
        // A statement settled something since, with the same data.
        var answered = assessment(at: Timestamp(seconds: tuesday.seconds + 60), feedDate: tuesday)
        answered.platforms[0].findings[0].answer = Answer(status: "fixed", justification: nil, source: "vex/x.json")
        #expect(try store.keep(answered, of: image, feeds: feeds("2")) == .added)
        #expect(try store.ledger(of: [image]).count == 3)
    }

    @Test func `what was known on a day is what the last entry before its end says`() throws {
        try store.keep(assessment(), of: image, feeds: feeds("1"))
        let friday = Timestamp(seconds: monday.seconds + 4 * day)
        try store.keep(assessment(["CVE-2026-0001", "CVE-2026-0002"], at: friday, level: .atLeast), of: image, feeds: feeds("2"))
        let wednesday = Timestamp(seconds: monday.seconds + 2 * day)
        #expect(try store.assessment(of: image, asOf: wednesday)?.counts.all.total == 1)
        #expect(try store.assessment(of: image, asOf: friday)?.counts.all.total == 2)
        #expect(try store.assessmentSummary(of: image, asOf: friday)?.completeness.level == .atLeast)
        // Before the first entry there is no answer, and not an empty one.
        #expect(try store.assessment(of: image, asOf: Timestamp(seconds: monday.seconds - 1)) == nil)
        #expect(try store.assessmentSummary(of: image, asOf: Timestamp(seconds: monday.seconds - 1)) == nil)
    }

    @Test func `entries of several images stand in the order of their time`() throws {
        let other = Digest.sha256(of: "other")
        try store.keep(assessment(at: Timestamp(seconds: monday.seconds + day)), of: image, feeds: feeds("2"))
        try store.keep(assessment(at: monday), of: other, feeds: feeds("1"))
        try store.keep(assessment(at: Timestamp(seconds: monday.seconds + 2 * day)), of: other, feeds: feeds("3"))
        #expect(try store.ledger(of: [image, other]).map(\.image) == [other, image, other])
    }

    @Test(arguments: [
        "DELETE FROM ledger", "UPDATE ledger SET assessed = 0", "DELETE FROM ledger_documents",
        "UPDATE ledger_documents SET content = x'00'",
    ])
    func `nothing changes an entry or takes it away`(sql: String) throws {
        try store.keep(assessment(), of: image, feeds: feeds("1"))
        #expect(throws: RecordsError.self) { try store.write { try $0.execute(sql: sql) } }
        #expect(try store.assessment(of: image) == assessment())
    }

    @Test func `documents are compressed`() throws {
        let many = assessment((1...300).map { "CVE-2026-\(1000 + $0)" })
        try store.keep(many, of: image, feeds: feeds("1"))
        #expect(try store.ledgerSize().bytes * 10 < CanonicalJSON.encode(many).count)
    }

    @Test func `an entry that is damaged is told and never taken for clean`() throws {
        try store.keep(assessment(), of: image, feeds: feeds("1"))
        try store.write { database in
            try database.execute(sql: "DROP TRIGGER ledger_documents_are_not_changed")
            try database.execute(sql: "UPDATE ledger_documents SET content = x'28B52FFD'")
        }
        #expect { try store.assessment(of: image) } throws: { error in
            if case RecordsError.damaged = error { true } else { false }
        }
        #expect(try store.faults().count == 2)
    }

    @Test func `a document that was exchanged for another good one is found by a check`() throws {
        try store.keep(assessment(), of: image, feeds: feeds("1"))
        #expect(try store.faults().isEmpty)
        try store.write { database in
            try database.execute(sql: "DROP TRIGGER ledger_documents_are_not_changed")
            try database.execute(
                sql: "UPDATE ledger_documents SET content = (SELECT content FROM ledger_documents WHERE id = 2) WHERE id = 1")
        }
        #expect(try store.faults().contains(.malformed(table: "ledger_documents", text: "the document 1 is not what it was")))
    }

    @Test func `what a store of an older layout kept is taken over`() throws {
        let folder = scratch.path + "/old"
        try scratch.folder("old")
        let before = try #require(Schema.changes.lastIndex { $0.contains("CREATE TABLE assessments") })
        let old = assessment()
        do {
            let queue = try DatabaseQueue(path: folder + "/records.sqlite")
            try queue.write { database in
                for change in Schema.changes[...before] { try database.execute(sql: change) }
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(before + 1)")
                let document = try CanonicalJSON.value(of: old).canonicalText
                try database.execute(
                    sql: "INSERT INTO assessments (digest, feeds, assessed, summary, document) VALUES (?, ?, ?, '{}', ?)",
                    arguments: [image.description, feeds("1").description, monday.seconds, document])
                for (digest, text) in [(image.description, "no document"), ("x", document)] {
                    try database.execute(
                        sql: "INSERT INTO assessments (digest, feeds, assessed, summary, document) VALUES (?, ?, 1, '{}', ?)",
                        arguments: [digest, feeds(digest + text).description, text])
                }
            }
            try queue.close()
        }
        let store = try RecordStore(folder: folder)
        #expect(try store.assessment(of: image) == old)
        #expect(try store.ledger(of: [image]).map(\.feeds) == [feeds("1")])
        #expect(try store.read { try !$0.tableExists("assessments") })
        // What cannot be read was known to somebody, and is neither lost nor passed over in silence.
        let unread = try store.unreadAssessments(of: [image])
        #expect(unread.map(\.assessed) == [Timestamp(seconds: 1)])
        #expect(unread.first?.reason.isEmpty == false)
        let documents = try store.read { try String.fetchAll($0, sql: "SELECT document FROM unread_assessments ORDER BY id") }
        #expect(documents == ["no document", try CanonicalJSON.value(of: old).canonicalText])
        #expect(throws: RecordsError.self) { try store.write { try $0.execute(sql: "DELETE FROM unread_assessments") } }
    }

    private func foreign(_ reference: String, _ manifest: String, at time: Timestamp = monday) -> ForeignImage {
        ForeignImage(
            reference: reference, seen: time, image: .sha256(of: "index of " + manifest), manifest: .sha256(of: manifest),
            platform: "linux/amd64")
    }

    @Test func `an image of others is kept under its digest, and its names with the days on which they led to it`() throws {
        let name = "docker.io/library/python:3.13"
        #expect(try store.keep(assessment(), of: foreign(name, "a"), feeds: feeds("1")) == .added)
        #expect(try store.keep(assessment(), of: foreign(name, "a"), feeds: feeds("1")) == .unchanged)
        let later = Timestamp(seconds: monday.seconds + day)
        #expect(try store.keep(assessment(at: later), of: foreign(name, "a", at: later), feeds: feeds("2")) == .added)
        #expect(try store.foreignImages(named: name).map(\.seen) == [monday])
        // A second name of the same image is a name and no second entry.
        #expect(try store.keep(assessment(at: later), of: foreign("mirror.test/python:1", "a", at: later), feeds: feeds("2")) == .added)
        #expect(try store.ledger(of: [.sha256(of: "a")]).map(\.summary.assessed) == [monday, later])
        #expect(try store.foreignImages(with: .sha256(of: "index of a")).map(\.reference) == [name, "mirror.test/python:1"])
        // The name moves on, and back.
        for (number, manifest) in ["b", "a"].enumerated() {
            let time = Timestamp(seconds: later.seconds + (number + 1) * day)
            try store.keep(assessment(at: time), of: foreign(name, manifest, at: time), feeds: feeds("\(number + 3)"))
        }
        #expect(try store.foreignImages(named: name).map(\.manifest) == ["a", "b", "a"].map { .sha256(of: $0) })
        #expect(throws: RecordsError.self) { try store.write { try $0.execute(sql: "DELETE FROM foreign_images") } }
    }

    @Test func `what strangers make does not fill the ledger`() throws {
        let long = String(repeating: "x", count: RecordStore.ForeignLimit.reference + 1)
        guard case .refused = try store.keep(assessment(), of: foreign(long, "a"), feeds: feeds("1")) else {
            return #expect(Bool(false), "a name of any length was kept")
        }
        try store.write { database in
            let names = RecordStore.ForeignLimit.names
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(names))
                    INSERT INTO foreign_images (reference, seen, image, manifest, platform) SELECT 'x/' || i, 1, '', '', '' FROM n
                    """)
        }
        guard case .refused = try store.keep(assessment(), of: foreign("q.io/a:1", "a"), feeds: feeds("1")) else {
            return #expect(Bool(false), "more names were kept than there may be")
        }
        #expect(try store.ledger(of: [.sha256(of: "a")]).isEmpty)
        var large = assessment()
        large.subject = ""
        large.platforms[0].findings[0].range = String(repeating: "x", count: RecordStore.ForeignLimit.findings)
        guard case .refused = try store.keep(large, of: foreign("q.io/a:1", "a"), feeds: feeds("1")) else {
            return #expect(Bool(false), "findings of any size were kept")
        }
    }
}
