// SPDX-License-Identifier: Apache-2.0
// https://security-tracker.debian.org/tracker/data/json

/// What Debian's tracker says of one flaw in one source package and one release.
package struct TrackerEntry: Hashable, Sendable {
    package enum Status: UInt32, Hashable, Sendable, CaseIterable {
        /// Affected; no version repairs it there.
        case open
        /// Versions before `fixed` are affected.
        case resolved
        /// Debian has no verdict yet.
        case undetermined
    }
    /// How much it matters in Debian's binaries, as the tracker's people say. Differs by release and source package.
    package enum Urgency: UInt32, Hashable, Sendable, CaseIterable {
        case unimportant, low, medium, high, notYetAssigned, endOfLife, unknown
        package var text: String {
            switch self {
            case .unimportant: "unimportant"
            case .low: "low"
            case .medium: "medium"
            case .high: "high"
            case .notYetAssigned: "not yet assigned"
            case .endOfLife: "end-of-life"
            case .unknown: "unknown"
            }
        }
    }
    /// What the security team means to do about it in a stable release. A note, never an exclusion.
    package enum Triage: UInt32, Hashable, Sendable, CaseIterable {
        case none, noAdvisory, ignored, postponed
    }
    package enum Scope: UInt32, Hashable, Sendable, CaseIterable { case unknown, remote, local }

    /// `CVE-2026-1234`, `TEMP-0000000-ABCDEF`.
    package var advisory: String
    package var source: String
    /// `trixie`.
    package var release: String
    package var status: Status
    package var fixed: String?
    /// The newest version of the source that the release's archives have, by the tracker.
    package var newest: String?
    package var urgency: Urgency
    package var triage: Triage
    /// The security team's reason for its triage.
    package var note: String?
    package var scope: Scope
    /// The record names a fixed version that is none: it counts as affected, since nobody can tell.
    package var hasUnreadableFix: Bool
    /// The first of the description, at most 200 bytes.
    package var summary: String
    /// The number of Debian's bug.
    package var bug: Int?
}
