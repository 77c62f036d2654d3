// SPDX-License-Identifier: Apache-2.0
// https://www.cisa.gov/stakeholder-specific-vulnerability-categorization-ssvc
import Advisories
import Artifacts
import Base

/// Says what to do about a finding, in the manner of SSVC, from what the feeds say; what nobody said is shown as unknown.
///
/// act: it is exploited, or the package is malicious. attend: exploitation is likely (EPSS of 10 % or more), or it is high or
/// critical and can be reached over the network or nobody says that it cannot. track: everything else, and whatever Debian calls
/// unimportant unless it is exploited.
enum Ranker {
    private static let likely = 10_000

    static func rank(_ finding: AdvisoryFinding, _ advisories: AdvisorySet) -> AdvisoryFinding {
        var finding = finding
        let names = [finding.advisory] + finding.aliases
        if let exploit = names.lazy.compactMap({ advisories.exploited?.exploit(of: $0) }).first {
            finding.exploited = AdvisoryFinding.Exploited(
                added: exploit.added.dateText, due: exploit.due?.dateText, isUsedByRansomware: exploit.isUsedByRansomware)
        }
        if let score = names.lazy.compactMap({ advisories.scores?.score(of: $0) }).max(by: { $0.probability < $1.probability }) {
            finding.likelihood = AdvisoryFinding.Likelihood(probability: score.probability, percentile: score.percentile)
        }
        var inputs = [
            Decision.Input("exploitation", exploitation(finding, advisories), origin: advisories.facts("kev").title),
            Decision.Input(
                "likelihood", finding.likelihood.map { percent($0.probability) } ?? "unknown", origin: advisories.facts("epss").title),
            Decision.Input("severity", finding.severity.rawValue, origin: finding.severityOrigin),
        ]
        let reach = finding.decision.inputs.first { $0.name == "scope" } ?? scope(finding)
        inputs.append(reach)
        if let triage = finding.triage { inputs.append(Decision.Input("triage", triage, origin: finding.feed)) }
        finding.decision = Decision(action: action(finding, scope: reach.value), inputs: inputs)
        return finding
    }

    static func isMoreUrgent(_ a: AdvisoryFinding, _ b: AdvisoryFinding) -> Bool {
        let actions = Decision.Action.allCases
        let first = actions.firstIndex(of: a.decision.action) ?? 0
        let second = actions.firstIndex(of: b.decision.action) ?? 0
        if first != second { return first < second }
        if (a.status == .undetermined) != (b.status == .undetermined) { return b.status == .undetermined }
        if a.severity != b.severity { return a.severity < b.severity }
        let likelihoods = (a.likelihood?.probability ?? -1, b.likelihood?.probability ?? -1)
        if likelihoods.0 != likelihoods.1 { return likelihoods.0 > likelihoods.1 }
        return (a.advisory, a.source, a.path.rawValue, a.ecosystem.description)
            < (b.advisory, b.source, b.path.rawValue, b.ecosystem.description)
    }

    private static func exploitation(_ finding: AdvisoryFinding, _ advisories: AdvisorySet) -> String {
        if finding.status == .malicious { return "active: the package is malicious" }
        if let exploited = finding.exploited { return "active since \(exploited.added)" }
        return advisories.exploited == nil ? "unknown" : "none known"
    }

    // The vector says it where there is one.
    private static func scope(_ finding: AdvisoryFinding) -> Decision.Input {
        guard let vector = finding.vector else { return Decision.Input("scope", "unknown", origin: "nobody has said") }
        return Decision.Input("scope", vector.contains("/AV:N") ? "remote" : "local", origin: vector)
    }

    private static func action(_ finding: AdvisoryFinding, scope: String) -> Decision.Action {
        if finding.status == .malicious || finding.exploited != nil { return .act }
        if finding.isUnimportant || finding.status == .undetermined { return .track }
        if let likelihood = finding.likelihood, likelihood.probability >= likely { return .attend }
        return finding.severity <= .high && scope != "local" ? .attend : .track
    }

    /// `4.919 %` of hundred-thousandths.
    static func percent(_ value: Int) -> String {
        let fraction = String(value % 1000)
        return "\(value / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) %"
    }
}
