// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
package import SBOM

/// All that the gate looks at of one image.
package struct GateCase: Sendable {
    /// A package and what is claimed of its licence.
    package struct License: Hashable, Sendable {
        package var package: String
        package var version: String
        /// Each once, by its text; nil where something is claimed that nobody can read, or nothing at all. Two of them contradict each
        /// other.
        package var claims: [LicenseExpression?]
        package init(package: String, version: String, claims: [LicenseExpression?]) {
            self.package = package
            self.version = version
            self.claims = Set(claims).sorted { Self.text($0) < Self.text($1) }
        }
        package init(package: String, version: String, expression: LicenseExpression?) {
            self.init(package: package, version: version, claims: [expression])
        }

        static func text(_ claim: LicenseExpression?) -> String { claim?.description ?? "something that cannot be read" }
        /// What the claims contradict each other about, in one line.
        var contradiction: String? {
            claims.count > 1
                ? "\(package) \(version) is claimed to be under \(claims.map(Self.text).joined(separator: " and under "))" : nil
        }
    }
    /// Something that a rule of Check found, with the recipe's reason when it excepts it.
    package struct Hardening: Hashable, Sendable {
        package var rule: String
        package var platform: String
        package var path: String
        package var excepted: String?
        package init(rule: String, platform: String, path: String, excepted: String?) {
            self.rule = rule
            self.platform = platform
            self.path = path
            self.excepted = excepted
        }
    }
    /// Names a finding across assessments.
    package struct FindingKey: Hashable, Sendable {
        package var advisory: String
        package var source: String
        package init(advisory: String, source: String) {
            self.advisory = advisory
            self.source = source
        }
    }

    package var assessment: Assessment
    /// nil when the results of Check are not at hand.
    package var hardening: [Hardening]?
    /// Ids of the rules that were checked.
    package var checked: Set<String>
    /// nil when no inventory is at hand.
    package var licences: [License]?
    /// When a finding was first seen in this stream, as far as this store remembers.
    package var firstSeen: [FindingKey: Timestamp]

    package init(
        assessment: Assessment, hardening: [Hardening]? = nil, checked: Set<String> = [], licences: [License]? = nil,
        firstSeen: [FindingKey: Timestamp] = [:]
    ) {
        self.assessment = assessment
        self.hardening = hardening
        self.checked = checked
        self.licences = licences
        self.firstSeen = firstSeen
    }

    /// The findings that the policy counts, each once: what two platforms share is one flaw.
    ///
    /// - Parameter repairable: whether one counts only where a package in the archive repairs it: on one platform is enough.
    func findings(by policy: GatePolicy, repairable: Bool = false) -> [AdvisoryFinding] {
        SharedFinding.all(of: assessment.platforms, by: .flaw) { finding in
            finding.status != .undetermined && counts(finding, policy.counted) && (!repairable || finding.isFixable)
        }.map(\.finding)
    }

    private func counts(_ finding: AdvisoryFinding, _ counted: GatePolicy.Counted) -> Bool {
        switch counted {
        case .all: true
        case .withoutUnimportant: !finding.isUnimportant
        case .afterVEX: !finding.isUnimportant && finding.answer?.settles != true
        }
    }

    func feed(_ name: String) -> FeedFacts? { assessment.feeds.first { $0.name == name } }
}
