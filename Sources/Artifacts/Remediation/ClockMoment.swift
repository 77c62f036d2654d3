// SPDX-License-Identifier: Apache-2.0
package import Base

/// When something happened, how sure that is, and what says so.
package struct ClockMoment: Hashable, Sendable, Codable {
    package enum Bound: String, Hashable, Sendable, Codable, CaseIterable {
        case exact
        /// It had happened by then.
        case notAfter = "not-after"
        /// It had not happened before.
        case notBefore = "not-before"
    }
    package var at: Timestamp
    package var bound: Bound
    /// The record that says so, in words.
    package var origin: String
    package init(_ at: Timestamp, _ bound: Bound = .exact, origin: String) {
        self.at = at
        self.bound = bound
        self.origin = origin
    }
}

/// A step of a remediation: when it was done, or why nobody knows. Never a zero.
package struct ClockStep: Hashable, Sendable, Codable {
    package var moment: ClockMoment?
    /// What else bounds it.
    package var others: [ClockMoment]
    /// Why there is no moment; nil beside one.
    package var unknown: String?

    package init(_ moment: ClockMoment, others: [ClockMoment] = []) {
        self.moment = moment
        self.others = others
    }
    package init(unknown: String) {
        others = []
        self.unknown = unknown
    }

    package var at: Timestamp? { moment?.at }
    /// Before this moment it had not happened, as far as something says so.
    package var earliest: Timestamp? {
        ((moment.map { [$0] } ?? []) + others).filter { $0.bound != .notAfter }.map(\.at).max()
    }
    /// By this moment it had happened, as far as something says so.
    package var latest: Timestamp? {
        ((moment.map { [$0] } ?? []) + others).filter { $0.bound != .notBefore }.map(\.at).min()
    }
}

/// A time between two steps in seconds.
package struct ClockSpan: Hashable, Sendable, Codable {
    package enum Bound: String, Hashable, Sendable, Codable, CaseIterable {
        case exact
        case atLeast = "at-least"
        case atMost = "at-most"
        /// Both ends are bounds, and not of one kind.
        case about
    }
    package var seconds: Int
    package var bound: Bound

    /// nil where an end is not known, or where the second came first: that is no time that anybody took.
    package init?(from start: ClockStep, to end: ClockStep) {
        guard let a = start.moment, let b = end.moment, b.at >= a.at else { return nil }
        seconds = b.at.seconds - a.at.seconds
        bound =
            switch (a.bound, b.bound) {
            case (.exact, .exact): .exact
            case (.notAfter, .exact), (.notAfter, .notBefore), (.exact, .notBefore): .atLeast
            case (.notBefore, .exact), (.notBefore, .notAfter), (.exact, .notAfter): .atMost
            case (.notAfter, .notAfter), (.notBefore, .notBefore): .about
            }
    }
}
