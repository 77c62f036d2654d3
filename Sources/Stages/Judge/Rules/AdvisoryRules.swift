// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Malicious packages.
struct MaliciousRule: GateRule {
    let name = GateRuleName.malicious
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        guard policy.malicious == .refuse else { return [] }
        let items = image.findings(by: policy).filter { $0.status == .malicious }.map { $0.item(image) }
        return [
            GateQuestion(
                setting: "malicious", items: items, things: "malicious packages", thing: "malicious package",
                certainty: image.assessment.completeness.certainty,
                remedy: "remove the package, and look for what it did on every machine that ran the image")
        ]
    }
}

/// Flaws of the KEV catalog.
struct ExploitedRule: GateRule {
    let name = GateRuleName.exploited
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        guard policy.exploited != .allow else { return [] }
        let items = image.findings(by: policy).compactMap { finding -> GateQuestion.Item? in
            guard let exploited = finding.exploited else { return nil }
            let due = exploited.due.flatMap { Timestamp(date: $0) }
            if policy.exploited == .overdue, let due, now.seconds < due.seconds + 86400 { return nil }
            let more = "exploited since \(exploited.added)" + (exploited.due.map { ", due \($0)" } ?? "")
            return finding.item(image, more + (exploited.isUsedByRansomware ? ", used by ransomware" : ""))
        }
        // Without the KEV catalog nobody knows of any.
        let feed = image.feed("kev")
        let doubt = feed.map(\.doubt) ?? "the KEV catalog is missing"
        return [
            GateQuestion(
                setting: "exploited", items: items, things: "exploited flaws", thing: "exploited flaw",
                certainty: feed.map(\.certainty) ?? .unknown, doubts: doubt.map { [$0] } ?? [],
                remedy: "rebuild with the repaired packages: `ashlar resolve`, `ashlar build`; where there are none, take the package out")
        ]
    }
}

/// How many findings of each severity there may be.
struct SeverityRule: GateRule {
    let name = GateRuleName.severity
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        let findings = image.findings(by: policy, repairable: policy.fixableOnly)
        let fixable = policy.fixableOnly ? " that a package in the archive repairs" : ""
        return Self.unrated(findings, image, policy, fixable)
            + Severity.allCases.compactMap { severity in
                guard let allowed = policy.severities[severity.rawValue] else { return nil }
                return GateQuestion(
                    setting: "severities.\(severity.rawValue)",
                    items: findings.filter { $0.severity == severity }.map { $0.item(image) }, allowed: allowed,
                    things: "findings of severity \(severity.rawValue)\(fixable)",
                    thing: "finding of severity \(severity.rawValue)\(fixable)",
                    certainty: image.assessment.completeness.certainty,
                    remedy: policy.fixableOnly
                        ? "take the repaired packages: `ashlar resolve`, then `ashlar build`"
                        : "take the repaired packages where there are some (`ashlar resolve`, `ashlar build`); answer the others in vex/, or except them in gate.yaml until a day"
                )
            }
    }
}

extension SeverityRule {
    /// What nobody rated may be of any severity that the file limits: never in silence.
    private static func unrated(
        _ findings: [AdvisoryFinding], _ image: GateCase, _ policy: GatePolicy, _ fixable: String
    ) -> [GateQuestion] {
        let unknown = Severity.unknown.rawValue
        guard policy.severities[unknown] == nil, !policy.severities.isEmpty else { return [] }
        return [
            GateQuestion(
                setting: "severities.\(unknown)", items: findings.filter { $0.severity == .unknown }.map { $0.item(image) },
                things: "findings\(fixable) that nobody rated, which may be of any severity",
                thing: "finding\(fixable) that nobody rated, which may be of any severity",
                certainty: image.assessment.completeness.certainty,
                remedy:
                    "look at them and answer them in vex/; with a number at `severities.\(unknown)` in gate.yaml they are held against it",
                level: .warning)
        ]
    }
}

/// How long a finding may be open.
struct AgeRule: GateRule {
    let name = GateRuleName.age
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        guard !policy.age.days.isEmpty else { return [] }
        let findings = image.findings(by: policy, repairable: policy.fixableOnly)
        return Severity.allCases.compactMap { severity in
            guard let days = policy.age.days[severity.rawValue] else { return nil }
            let items = findings.filter { $0.severity == severity }.compactMap { finding -> GateQuestion.Item? in
                let (since, origin) = Self.since(finding, image, now)
                let age = max(0, now.seconds - since.seconds) / 86400
                guard age > days else { return nil }
                return finding.item(image, "open for at least \(age) days, \(origin) \(since.dateText), \(days) are allowed")
            }
            return GateQuestion(
                setting: "age.\(severity.rawValue)", items: items,
                things: "findings of severity \(severity.rawValue) open for over \(days) days",
                thing: "finding of severity \(severity.rawValue) open for over \(days) days",
                certainty: image.assessment.completeness.certainty,
                remedy: "take the repaired packages (`ashlar resolve`, `ashlar build`), or except it in gate.yaml until a day")
        }
    }

    /// The earliest day that anybody here can prove; the flaw may be older.
    static func since(_ finding: AdvisoryFinding, _ image: GateCase, _ now: Timestamp) -> (Timestamp, String) {
        let key = GateCase.FindingKey(advisory: finding.advisory, source: finding.source.name)
        let seen = image.firstSeen[key].map { min($0, now) } ?? now
        if let added = finding.exploited.flatMap({ Timestamp(date: $0.added) }), added < seen { return (added, "exploited since") }
        return (seen, "seen here since")
    }
}
