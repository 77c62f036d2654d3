// SPDX-License-Identifier: Apache-2.0
import Base

/// What `catalog/slo.yaml` says: within how many days a flaw has to be gone, and from when on the days count.
package struct SLOPolicy: Hashable, Sendable, Codable {
    /// Where the days begin.
    package enum Start: String, Hashable, Sendable, Codable, CaseIterable {
        /// The flaw was told to the world.
        case disclosed
        /// The archive had the repaired version.
        case fix
        /// An assessment of this store first had the finding.
        case seen

        package var title: String {
            switch self {
            case .disclosed: "disclosure"
            case .fix: "the fix in the archive"
            case .seen: "the first sight here"
            }
        }
    }
    /// What holds for flaws of the KEV catalog beside their severity; the earliest day counts.
    package struct Exploited: Hashable, Sendable, Codable {
        package var days: Int?
        /// Whether the day that CISA set counts.
        package var dueDate: Bool
        package init(days: Int? = nil, dueDate: Bool = false) {
            self.days = days
            self.dueDate = dueDate
        }
    }

    package var start: Start
    /// By severity; those that are not named have no limit.
    package var days: [String: Int]
    package var exploited: Exploited
    /// The preset, `own`, or both.
    package var basis: String
    /// `catalog/slo.yaml`, or that there is none.
    package var origin: String
    package init(start: Start, days: [String: Int], exploited: Exploited, basis: String, origin: String) {
        self.start = start
        self.days = days
        self.exploited = exploited
        self.basis = basis
        self.origin = origin
    }

    package static let fileName = "slo.yaml"

    package struct Preset: Sendable {
        package var name: String
        package var start: Start
        package var days: [String: Int]
        package var exploited: Exploited
        /// Whose document it is from.
        package var summary: String
    }
    /// docs/remediation.md names the clause of each. What nobody rated has the limit of what is rated high: no clause says so, and
    /// without it most flaws of Debian packages would have none.
    package static let presets: [Preset] = [
        Preset(
            name: "fedramp", start: .seen, days: ["critical": 30, "high": 30, "medium": 90, "low": 180, "unknown": 30],
            exploited: Exploited(dueDate: true), summary: "FedRAMP Rev5, RA-5 (d), from discovery; the day of CISA under BOD 22-01"),
        Preset(
            name: "chainguard-like", start: .fix, days: ["critical": 7, "high": 14, "medium": 14, "low": 14, "unknown": 14],
            exploited: Exploited(),
            summary: "what Chainguard's CVE policy promises, from the day a qualifying patch is public"),
        Preset(
            name: "pci", start: .fix, days: ["critical": 30, "high": 30, "medium": 90, "low": 90, "unknown": 30], exploited: Exploited(),
            summary: "PCI DSS 4, 6.3.3: one month from release; the 90 days of the others are a common reading of “appropriate”"),
    ]

    /// What holds where the file says nothing, and all there is without one.
    package static let standard = SLOPolicy(
        start: .fix, days: ["critical": 7, "high": 7, "medium": 30, "low": 90, "unknown": 30],
        exploited: Exploited(days: 7, dueDate: true), basis: "default",
        origin: "the default (there is no \(fileName) in the catalog)")

    /// `critical 7, high 7, medium 30, low 90 days from the fix in the archive`.
    package var text: String {
        let limits = Severity.allCases.compactMap { severity in days[severity.rawValue].map { "\(severity.rawValue) \($0)" } }
        var text = (limits.isEmpty ? "no limits" : limits.joined(separator: ", ") + " days") + " from \(start.title)"
        if let days = exploited.days { text += "; exploited \(days) days" }
        if exploited.dueDate { text += "; exploited by the day that CISA set" }
        return text
    }
}
