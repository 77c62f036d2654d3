// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Keeps one cause from being tried in every image at once: when a package's new version failed in several images and worked in none,
/// the others try one after the other, ever more seldom, until it works in one.
package struct CauseBreaker: Sendable {
    package enum Verdict: Hashable, Sendable {
        case go
        case wait(until: Timestamp, because: String)
    }

    /// Images that a version must have failed in before the others wait.
    package static let limit = 3
    /// Seconds between two images at first, and at most.
    static let first = 60
    static let longest = 3600

    private struct Cause {
        var failed: Set<Int> = []
        var running: Set<Int> = []
        var works = false
        var last = Timestamp(seconds: 0)
    }
    private var causes: [PackageVersion: Cause] = [:]

    /// - Parameter changes: What is open, and what was done lately.
    package init(_ changes: [Change] = []) {
        for change in changes { note(change) }
    }

    /// Takes in where a change is, or how it went.
    package mutating func note(_ change: Change) {
        for version in change.plan.packages.compactMap(\.version) {
            var cause = causes[version] ?? Cause()
            cause.running.remove(change.id)
            switch change.state {
            case .running: cause.running.insert(change.id)
            case .failed:
                cause.failed.insert(change.id)
                if let at = change.failure?.at { cause.last = max(cause.last, at) }
            case .done: cause.works = true
            case .waiting, .pending, .proposed, .superseded: break
            }
            causes[version] = cause
        }
    }

    /// Whether a change may be tried now.
    package func verdict(on change: Change, now: Timestamp) -> Verdict {
        for version in change.plan.packages.compactMap(\.version).sorted() {
            guard let cause = causes[version], !cause.works, cause.failed.count >= Self.limit else { continue }
            let reason = "\(version) failed in \(cause.failed.count) images and worked in none; the others try one after the other"
            let pause = Retry.pause(
                after: cause.failed.count - Self.limit + 1, of: version.description, first: Self.first, longest: Self.longest)
            // A failure from the future is of a clock that was wrong.
            let next = Timestamp(seconds: min(cause.last, now).seconds + pause)
            if next > now { return .wait(until: next, because: reason) }
            if !cause.running.subtracting([change.id]).isEmpty {
                return .wait(until: Timestamp(seconds: now.seconds + Self.first), because: reason)
            }
        }
        return .go
    }
}
