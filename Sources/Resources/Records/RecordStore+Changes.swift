// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base
import Foundation
import GRDB

/// The queue of changes: what the watcher plans, does and did. Rows outlive every crash; each step is one transaction.
extension RecordStore {
    private static let columns = "id, image, lock, state, seen, due, attempts, started, finished, release, document, failure, note"

    /// What is not done, in the order in which it was seen.
    package func openChanges() throws -> [Change] {
        try fetchChanges("WHERE state NOT IN ('done', 'superseded') ORDER BY id", [])
    }

    /// What was done lately, the newest first.
    package func finishedChanges(limit: Int) throws -> [Change] {
        try fetchChanges("WHERE state = 'done' ORDER BY finished DESC, id DESC LIMIT ?", [limit])
    }

    /// What was done since a moment.
    package func changes(doneSince moment: Timestamp) throws -> [Change] {
        try fetchChanges("WHERE state = 'done' AND finished >= ? ORDER BY id", [moment.seconds])
    }

    /// Everything that ever happened to an image, oldest first.
    package func changes(of image: String) throws -> [Change] { try fetchChanges("WHERE image = ? ORDER BY id", [image]) }

    package func openChange(of image: String) throws -> Change? {
        try fetchChanges("WHERE image = ? AND state NOT IN ('done', 'superseded')", [image]).first
    }

    /// Takes in what was planned for images, in one transaction.
    ///
    /// A change that leads to the same lock goes on where it was, with its attempts. What leads elsewhere takes its place, and an image
    /// for which nothing is planned has nothing open any more. What was written over before is kept along.
    ///
    /// - Parameters:
    ///   - images: All that were looked at.
    ///   - failures: By image, where planning itself came to nothing; its plan says for what.
    ///   - polls: What was learned of archives and feeds, of which the plans are all that came.
    package func enqueue(
        _ plans: [PlannedChange], for images: Set<String>, failures: [String: ChangeFailure] = [:], polls: [Poll] = [], at now: Timestamp
    ) throws {
        let documents = try plans.map { ($0, try CanonicalJSON.value(of: $0).canonicalText) }
        try write { database in
            for poll in polls { try Self.keep(poll, database) }
            let open = try Self.changes(database, "WHERE state NOT IN ('done', 'superseded')", [])
            var byImage = Dictionary(open.map { ($0.image, $0) }) { first, _ in first }
            for (plan, document) in documents {
                let state: Change.State = plan.decision == .now || plan.decision == .propose ? .pending : .waiting
                let due = plan.due(from: now)?.seconds
                if let failure = failures[plan.image] {
                    try Self.insertFailed(plan, document, failure, now, after: byImage.removeValue(forKey: plan.image), database)
                    continue
                }
                guard let old = byImage.removeValue(forKey: plan.image) else {
                    try Self.insert(plan, document, state, due, now, before: nil, database)
                    continue
                }
                if old.plan == plan { continue }
                if old.plan.lock == plan.lock {
                    // Tried or written down already: the reason may be told anew, the rest stays.
                    let isKept = [.failed, .running].contains(old.state) || old.state == .proposed && plan.decision == .propose
                    let keepsState = isKept && state == .pending
                    try database.execute(
                        sql: "UPDATE changes SET document = ?, state = ?, due = ?, note = ? WHERE id = ?",
                        arguments: [
                            document, (keepsState ? old.state : state).rawValue, keepsState ? old.due?.seconds : due,
                            keepsState ? old.note : nil, old.id,
                        ])
                } else {
                    let before = try Data.fetchOne(database, sql: "SELECT before FROM changes WHERE id = ?", arguments: [old.id])
                    try Self.supersede(old.id, now, database)
                    try Self.insert(plan, document, state, due, now, before: before, database)
                }
            }
            for old in byImage.values where images.contains(old.image) { try Self.supersede(old.id, now, database) }
        }
    }

    /// A change is under way: from here on it must be finished or taken back.
    ///
    /// - Parameter before: The file of its lock as it is now.
    package func begin(_ change: Change, replacing before: [UInt8]?, at now: Timestamp) throws {
        let packed = try before.map { Data(try Zstd.encode($0)) }
        try write { database in
            try database.execute(
                sql: "UPDATE changes SET state = 'running', attempts = attempts + 1, started = ?, finished = NULL, before = ? WHERE id = ?",
                arguments: [now.seconds, packed, change.id])
        }
    }

    /// The file of the lock as it was before a change that is under way wrote it.
    package func fileBefore(_ change: Change) throws -> [UInt8]? {
        guard let packed = try read({ try Data.fetchOne($0, sql: "SELECT before FROM changes WHERE id = ?", arguments: [change.id]) })
        else { return nil }
        do { return try Zstd.decode(Array(packed), limit: 64 << 20) } catch {
            throw RecordsError.damaged(table: "changes", reason: "the lock kept for \(change.image) cannot be unpacked")
        }
    }

    package func finish(_ change: Change, as release: Digest, at now: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE changes SET state = 'done', finished = ?, due = NULL, release = ?, failure = NULL, note = NULL, before = NULL
                    WHERE id = ?
                    """, arguments: [now.seconds, release.description, change.id])
        }
    }

    /// Those who want to know are told once for each change and reason, however often it is tried again.
    package func fail(_ change: Change, _ failure: ChangeFailure, due: Timestamp) throws {
        let text = try CanonicalJSON.value(of: failure).canonicalText
        try write { database in
            try database.execute(
                sql: "UPDATE changes SET state = 'failed', due = ?, failure = ?, note = NULL, before = NULL WHERE id = ?",
                arguments: [due.seconds, text, change.id])
            try Self.tell(failure, of: change.plan, number: change.id, database)
        }
    }

    private static func tell(_ failure: ChangeFailure, of plan: PlannedChange, number: Int, _ database: Database) throws {
        let event: CatalogEvent =
            failure.isOfGate
            ? .gateRefused(plan.image, reasons: failure.notes.isEmpty ? [failure.summary] : failure.notes, at: failure.at)
            : .buildFailed(plan.image, reason: failure.summary, code: failure.code, at: failure.at)
        _ = try insert(event, once: "change-failed \(number) \(failure.code)", database)
    }

    package func propose(_ change: Change, note: String, at now: Timestamp) throws {
        try write { database in
            try database.execute(
                sql:
                    "UPDATE changes SET state = 'proposed', due = NULL, finished = ?, failure = NULL, note = ?, before = NULL WHERE id = ?",
                arguments: [now.seconds, note, change.id])
            let event = CatalogEvent.proposalWritten(change.image, place: note, summary: change.plan.reason, at: now)
            _ = try Self.insert(event, once: "change-proposed \(change.image) \(change.plan.lock)", database)
        }
    }

    /// Puts a change back that was not to blame, or that has to wait for another.
    package func postpone(_ change: Change, until due: Timestamp, note: String?, isAttempt: Bool = false) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE changes SET state = CASE WHEN failure IS NULL THEN 'pending' ELSE 'failed' END, due = ?, note = ?, before = NULL,
                    attempts = attempts - ? WHERE id = ?
                    """, arguments: [due.seconds, note, isAttempt ? 1 : 0, change.id])
        }
    }

    // MARK: - Polls

    package func polls() throws -> [Poll] {
        try read { try String.fetchAll($0, sql: "SELECT document FROM polls ORDER BY source") }.compactMap {
            try? CanonicalJSON.decode(Poll.self, from: Array($0.utf8))
        }
    }

    package func keep(_ poll: Poll) throws {
        try write { try Self.keep(poll, $0) }
    }

    private static let failuresToTellOf = 3

    private static func keep(_ poll: Poll, _ database: Database) throws {
        let text = try CanonicalJSON.value(of: poll).canonicalText
        try database.execute(sql: "INSERT OR REPLACE INTO polls (source, document) VALUES (?, ?)", arguments: [poll.source, text])
        // One silent moment is no news; whoever is told today need not be told again before tomorrow.
        guard let feed = poll.feed, poll.failures >= failuresToTellOf, let reason = poll.failure else { return }
        let event = CatalogEvent.feedStale(feed, reason: reason, at: poll.checked)
        _ = try insert(event, once: "feed-silent \(feed) \(poll.checked.dateText)", database)
    }

    // MARK: - Rows

    private static func insert(
        _ plan: PlannedChange, _ document: String, _ state: Change.State, _ due: Int?, _ now: Timestamp, before: Data?, _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO changes (image, lock, state, seen, due, attempts, document, before) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
            arguments: [plan.image, plan.lock.description, state.rawValue, now.seconds, due, document, before])
    }

    // An image for which nothing can be planned has one row, however often that is tried.
    private static func insertFailed(
        _ plan: PlannedChange, _ document: String, _ failure: ChangeFailure, _ now: Timestamp, after old: Change?, _ database: Database
    ) throws {
        let text = try CanonicalJSON.value(of: failure).canonicalText
        let isSame = old?.plan.lock == plan.lock && old?.state == .failed
        let attempts = isSame ? (old?.attempts ?? 0) + 1 : 1
        let due = now.seconds + 600 * (1 << min(attempts - 1, 7))
        if let old, isSame {
            try database.execute(
                sql: "UPDATE changes SET document = ?, failure = ?, attempts = ?, due = ? WHERE id = ?",
                arguments: [document, text, attempts, due, old.id])
            return
        }
        if let old { try supersede(old.id, now, database) }
        try insert(plan, document, .failed, due, now, before: nil, database)
        let id = database.lastInsertedRowID
        try database.execute(
            sql: "UPDATE changes SET attempts = 1, failure = ? WHERE id = ?", arguments: [text, id])
        try tell(failure, of: plan, number: Int(id), database)
    }

    private static func supersede(_ id: Int, _ now: Timestamp, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE changes SET state = 'superseded', finished = ?, due = NULL, before = NULL WHERE id = ?",
            arguments: [now.seconds, id])
    }

    private func fetchChanges(_ condition: String, _ arguments: StatementArguments) throws -> [Change] {
        try read { try Self.changes($0, condition, arguments) }
    }

    private static func changes(_ database: Database, _ condition: String, _ arguments: StatementArguments) throws -> [Change] {
        try Row.fetchAll(database, sql: "SELECT \(columns) FROM changes \(condition)", arguments: arguments).map(change)
    }

    private static func change(_ row: Row) throws -> Change {
        func moment(_ name: String) -> Timestamp? { (row[name] as Int?).map { Timestamp(seconds: $0) } }
        guard let plan = try? CanonicalJSON.decode(PlannedChange.self, from: Array((row["document"] as String).utf8)),
            let state = Change.State(rawValue: row["state"]), let seen = moment("seen")
        else { throw RecordsError.damaged(table: "changes", reason: "a change of \(row["image"] as String) that is none") }
        let failure = (row["failure"] as String?).flatMap { try? CanonicalJSON.decode(ChangeFailure.self, from: Array($0.utf8)) }
        return Change(
            id: row["id"], plan: plan, state: state, seen: seen, due: moment("due"), attempts: row["attempts"], started: moment("started"),
            finished: moment("finished"), failure: failure, release: (row["release"] as String?).flatMap { Digest($0) }, note: row["note"])
    }
}
