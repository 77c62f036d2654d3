// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a change came to nothing. The last good release stays in service.
package struct ChangeFailure: Hashable, Sendable, Codable {
    /// Of the diagnosis: `pipeline.gate-refused`.
    package var code: String
    package var summary: String
    package var remedy: String
    package var notes: [String]
    package var at: Timestamp
    package init(_ diagnosis: Diagnosis, at: Timestamp) {
        code = diagnosis.code
        summary = diagnosis.summary
        remedy = diagnosis.remedy
        notes = Array(diagnosis.notes.prefix(40))
        self.at = at
    }

    /// Whether the catalog's `gate.yaml` stood in the way.
    package var isOfGate: Bool { code.hasPrefix("gate.") }
}

/// A change in the queue of the store, with everything that happened to it.
package struct Change: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// For its day, for a person, or for another change that has the same package.
        case waiting
        case pending
        case running
        /// Tried, and to be tried again.
        case failed
        /// Written down for a person.
        case proposed
        case done
        /// The archive gives something else by now, or nothing.
        case superseded
        package var isOpen: Bool { self != .done && self != .superseded }
    }

    /// Counts up in the store.
    package var id: Int
    package var plan: PlannedChange
    package var state: State
    /// When the change was first seen here.
    package var seen: Timestamp
    /// When it is tried next; nil when nothing but a person moves it on.
    package var due: Timestamp?
    package var attempts: Int
    /// Of the last attempt.
    package var started: Timestamp?
    package var finished: Timestamp?
    package var failure: ChangeFailure?
    /// The release it led to.
    package var release: Digest?
    /// What happened to it beside its reason: where it was written down, what it waits for.
    package var note: String?

    package init(
        id: Int, plan: PlannedChange, state: State, seen: Timestamp, due: Timestamp?, attempts: Int = 0, started: Timestamp? = nil,
        finished: Timestamp? = nil, failure: ChangeFailure? = nil, release: Digest? = nil, note: String? = nil
    ) {
        self.id = id
        self.plan = plan
        self.state = state
        self.seen = seen
        self.due = due
        self.attempts = attempts
        self.started = started
        self.finished = finished
        self.failure = failure
        self.release = release
        self.note = note
    }

    package var image: String { plan.image }
}

/// What is known of a place that is asked for news: an archive or a feed.
package struct Poll: Hashable, Sendable, Codable {
    /// `archive trixie-security`, `feed debian`.
    package var source: String
    package var checked: Timestamp
    /// When it last gave something else than before.
    package var changed: Timestamp?
    package var next: Timestamp
    /// Of what it gave last, when that was taken whole.
    package var digest: Digest?
    package var etag: String?
    package var lastModified: String?
    /// How often in a row it failed, and how last.
    package var failures: Int
    package var failure: String?

    package static func source(ofFeed name: String) -> String { "feed \(name)" }
    /// The name of the feed; nil for an archive.
    package var feed: String? { source.hasPrefix("feed ") ? String(source.dropFirst(5)) : nil }

    package init(
        source: String, checked: Timestamp, changed: Timestamp? = nil, next: Timestamp, digest: Digest? = nil, etag: String? = nil,
        lastModified: String? = nil, failures: Int = 0, failure: String? = nil
    ) {
        self.source = source
        self.checked = checked
        self.changed = changed
        self.next = next
        self.digest = digest
        self.etag = etag
        self.lastModified = lastModified
        self.failures = failures
        self.failure = failure
    }
}
