// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// An event on its way to one receiver.
package struct Delivery: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case waiting, delivered
        case givenUp = "given up"
    }
    package var receiver: String
    package var event: KeptEvent
    package var state: State
    /// Tries so far.
    package var attempts: Int
    /// When it was tried first.
    package var firstTry: Timestamp?
    /// When it is to be tried again; when it was delivered or given up.
    package var next: Timestamp
    /// Why the last try failed; nothing secret.
    package var problem: String?
}

/// What became of a try.
package enum DeliveryOutcome: Hashable, Sendable {
    case delivered
    case failed(reason: String, next: Timestamp)
    case givenUp(reason: String)
}

/// How things stand with one receiver.
package struct ReceiverState: Hashable, Sendable {
    package var receiver: String
    package var waiting: Int
    package var delivered: Int
    package var givenUp: Int
    /// Of what waits or was given up, the newest problem.
    package var problem: String?
    package var lastDelivered: Timestamp?
}

/// The outbox: what each receiver is still to be told. At least once: what was told and not written down is told again.
extension RecordStore {
    /// Puts events that happened since into the outbox of a receiver, those that it wants.
    ///
    /// A receiver that is new is told what happened in the day before, so that nothing between the first publication and the first
    /// look is lost, and nothing old is told.
    package func enqueue(for receiver: String, at now: Timestamp, wanting: (CatalogEvent) -> Bool) throws {
        try write { database in
            let seen: Int64
            if let known = try Int64.fetchOne(database, sql: "SELECT seen FROM receivers WHERE name = ?", arguments: [receiver]) {
                seen = known
            } else {
                seen =
                    try Int64.fetchOne(
                        database, sql: "SELECT coalesce(max(id), 0) FROM events WHERE time < ?", arguments: [now.seconds - 86400]) ?? 0
            }
            let rows = try Row.fetchAll(
                database, sql: "SELECT id, document FROM events WHERE id > ? ORDER BY id LIMIT 10000", arguments: [seen])
            for row in rows {
                guard let kept = KeptEvent(row), wanting(kept.event) else { continue }
                try database.cachedStatement(
                    sql: """
                        INSERT OR IGNORE INTO deliveries (receiver, event, state, attempts, next) VALUES (?, ?, 'waiting', 0, ?)
                        """
                ).execute(arguments: [receiver, kept.number, now.seconds])
            }
            let last = rows.last.map { $0["id"] as Int64 } ?? seen
            try database.execute(sql: "INSERT OR REPLACE INTO receivers (name, seen) VALUES (?, ?)", arguments: [receiver, last])
            // What was told a month ago is kept as an event.
            try database.execute(
                sql: "DELETE FROM deliveries WHERE receiver = ? AND state = 'delivered' AND next < ?",
                arguments: [receiver, now.seconds - 30 * 86400])
        }
    }

    /// Whether there is something to put into the outbox of a receiver, or to deliver: asked without writing anything.
    package func hasDue(for receiver: String, at now: Timestamp) throws -> Bool {
        try read { database in
            guard let seen = try Int64.fetchOne(database, sql: "SELECT seen FROM receivers WHERE name = ?", arguments: [receiver]),
                try Int64.fetchOne(database, sql: "SELECT coalesce(max(id), 0) FROM events") == seen
            else { return true }
            return try Bool.fetchOne(
                database, sql: "SELECT 1 FROM deliveries WHERE receiver = ? AND state = 'waiting' AND next <= ? LIMIT 1",
                arguments: [receiver, now.seconds]) ?? false
        }
    }

    /// Takes the oldest delivery that is due, so that nobody else tries it for a while; nil when none is.
    ///
    /// - Parameter lease: Seconds after which it is due again, when whoever took it did not say what became of it.
    package func claim(for receiver: String, at now: Timestamp, lease: Int, beyond last: Int64 = 0) throws -> Delivery? {
        try write { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT d.*, e.id, e.document FROM deliveries d JOIN events e ON e.id = d.event
                    WHERE d.receiver = ? AND d.state = 'waiting' AND d.next <= ? AND d.event > ? ORDER BY d.event LIMIT 1
                    """, arguments: [receiver, now.seconds, last])
            guard let row, let delivery = Delivery(row) else { return nil }
            try database.execute(
                sql: """
                    UPDATE deliveries SET next = ?, attempts = attempts + 1, first_try = coalesce(first_try, ?)
                    WHERE receiver = ? AND event = ?
                    """, arguments: [now.seconds + lease, now.seconds, receiver, delivery.event.number])
            var claimed = delivery
            claimed.attempts += 1
            claimed.firstTry = delivery.firstTry ?? now
            return claimed
        }
    }

    /// Writes down what became of a try.
    package func settle(_ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp) throws {
        let (state, next, problem): (Delivery.State, Timestamp, String?) =
            switch outcome {
            case .delivered: (.delivered, now, nil)
            case .failed(let reason, let next): (.waiting, next, reason)
            case .givenUp(let reason): (.givenUp, now, reason)
            }
        try write { database in
            try database.execute(
                sql: "UPDATE deliveries SET state = ?, next = ?, problem = ? WHERE receiver = ? AND event = ? AND state = 'waiting'",
                arguments: [state.rawValue, next.seconds, problem, delivery.receiver, delivery.event.number])
        }
    }

    /// Nothing is due for a receiver before a moment.
    package func postpone(for receiver: String, until moment: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: "UPDATE deliveries SET next = ? WHERE receiver = ? AND state = 'waiting' AND next < ?",
                arguments: [moment.seconds, receiver, moment.seconds])
        }
    }

    /// Makes what waits for a receiver due now, and what was given up wait again; says how many.
    package func retry(for receiver: String, at now: Timestamp) throws -> Int {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE deliveries SET state = 'waiting', next = ?, attempts = 0, first_try = NULL
                    WHERE receiver = ? AND state IN ('waiting', 'given up')
                    """, arguments: [now.seconds, receiver])
            return database.changesCount
        }
    }

    /// How things stand with receivers that were told something, by name.
    package func receiverStates() throws -> [ReceiverState] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT r.name,
                        count(*) FILTER (WHERE d.state = 'waiting') AS waiting, count(*) FILTER (WHERE d.state = 'delivered') AS delivered,
                        count(*) FILTER (WHERE d.state = 'given up') AS given_up,
                        max(d.next) FILTER (WHERE d.state = 'delivered') AS last,
                        (SELECT problem FROM deliveries p WHERE p.receiver = r.name AND p.problem IS NOT NULL AND p.state != 'delivered'
                            ORDER BY p.event DESC LIMIT 1) AS problem
                    FROM receivers r LEFT JOIN deliveries d ON d.receiver = r.name GROUP BY r.name ORDER BY r.name
                    """
            ).map { row in
                ReceiverState(
                    receiver: row["name"], waiting: row["waiting"], delivered: row["delivered"], givenUp: row["given_up"],
                    problem: row["problem"], lastDelivered: (row["last"] as Int?).map { Timestamp(seconds: $0) })
            }
        }
    }

    /// What waits or was given up, oldest first.
    package func undelivered(limit: Int) throws -> [Delivery] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT d.*, e.id, e.document FROM deliveries d JOIN events e ON e.id = d.event
                    WHERE d.state != 'delivered' ORDER BY d.receiver, d.event LIMIT ?
                    """, arguments: [limit]
            ).compactMap(Delivery.init)
        }
    }
}

extension Delivery {
    init?(_ row: Row) {
        guard let event = KeptEvent(row), let state = State(rawValue: row["state"]) else { return nil }
        self.init(
            receiver: row["receiver"], event: event, state: state, attempts: row["attempts"],
            firstTry: (row["first_try"] as Int?).map { Timestamp(seconds: $0) }, next: Timestamp(seconds: row["next"]),
            problem: row["problem"])
    }
}
