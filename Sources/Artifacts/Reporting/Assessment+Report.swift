// SPDX-License-Identifier: Apache-2.0
package import Base
package import Reports
import SBOM

extension Report {
    /// What is to be told of assessed images; with the gate's verdict where it was asked.
    ///
    /// - Parameter rule: what makes an assessment end badly; test reports fail by it.
    package init(
        _ images: [(assessment: Assessment, verdict: GateVerdict?, lock: LockLines?)], rule: AssessmentRule = AssessmentRule(limit: nil),
        toolVersion: String, now: Timestamp
    ) {
        self.init(
            toolVersion: toolVersion, created: now,
            images: images.map { ReportedImage($0.assessment, verdict: $0.verdict, lock: $0.lock, rule: rule, now: now) })
    }
}

extension ReportedImage {
    init(_ assessment: Assessment, verdict: GateVerdict?, lock: LockLines?, rule: AssessmentRule, now: Timestamp) {
        self.init(name: assessment.subject, digest: assessment.digest, assessed: assessment.assessed)
        purl = assessment.digest.map { .oci(String(assessment.subject.prefix { $0 != ":" && $0 != "@" }), digest: $0) }
        headline = assessment.headline
        certainty = ReportedCertainty(assessment.completeness.level)
        doubts = assessment.completeness.reasons
        feeds = assessment.feeds.filter { $0.state != .missing || ["debian", "kev", "epss"].contains($0.name) }.map { $0.told(at: now) }
        numbers = Self.numbers(assessment)
        findings = Self.findings(assessment, lock, rule)
        isDataRefused = rule.refusesData(of: assessment)
        unseen = Array(Set(assessment.platforms.flatMap(\.unseen).map { "\($0.package): \($0.reason)" })).sorted()
        support = assessment.support.map(\.told)
        file = lock?.file
        let releases = Set(assessment.platforms.flatMap(\.findings).map(\.ecosystem).filter(\.isDebian).compactMap(\.release)).sorted()
        operatingSystem =
            releases.isEmpty ? "unknown" : "debian " + releases.map { Ecosystem.debianNumber(of: $0) ?? $0 }.joined(separator: ", ")
        self.verdict = verdict.map { ReportedVerdict($0) }
    }

    // A number is never without what it leaves out.
    private static func numbers(_ assessment: Assessment) -> [(title: String, text: String)] {
        let counts = assessment.counts
        func told(_ number: Int, _ certainty: Completeness.Level) -> String {
            switch certainty {
            case .complete: "\(number)"
            case .atLeast: "at least \(number)"
            case .unknown: number == 0 ? "unknown" : "unknown, seen \(number)"
            }
        }
        let level = assessment.completeness.level
        func severities(_ counts: Counts.BySeverity) -> String {
            let parts = [
                ("critical", counts.critical), ("high", counts.high), ("medium", counts.medium), ("low", counts.low),
                ("negligible", counts.negligible), ("not rated", counts.unknown),
            ].filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
            return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
        }
        let kev = assessment.feeds.first { $0.name == "kev" }
        return [
            ("all findings", told(counts.all.total, level) + severities(counts.all)),
            ("without what Debian calls unimportant", told(counts.withoutUnimportant.total, level) + severities(counts.withoutUnimportant)),
            ("after VEX", told(counts.afterVEX.total, level) + severities(counts.afterVEX)),
            ("exploited (KEV)", told(counts.exploited, level == .complete ? kev?.level ?? .unknown : level)),
            ("malicious", told(counts.malicious, level)), ("to act on", told(counts.act, level)),
            ("to attend to", told(counts.attend, level)), ("to track", told(counts.track, level)),
            ("without a verdict of Debian, in none of these", told(counts.undetermined, level)),
        ]
    }

    // What two platforms share is one finding, with the packages of both; of two versions each has its own fix.
    private static func findings(_ assessment: Assessment, _ lock: LockLines?, _ rule: AssessmentRule) -> [ReportedFinding] {
        rule.findings(of: assessment).map { shared, standing in
            var reported = ReportedFinding(shared.finding, assessment.feeds.first { $0.name == shared.finding.feed })
            reported.standing = standing.flatMap { ReportedFinding.Standing(rawValue: $0.rawValue) }
            reported.platforms = shared.platforms
            for place in shared.places {
                for package in place.finding.packages {
                    let purl = package.purl(place.finding, platform: place.platform)
                    let isKnown = reported.packages.contains { $0.name == package.name && $0.version == package.version && $0.purl == purl }
                    guard !isKnown else { continue }
                    reported.packages.append(
                        ReportedFinding.Package(
                            name: package.name, version: package.version, purl: purl, line: lock?[package.name],
                            locations: package.locations))
                }
            }
            return reported
        }
    }
}

extension ReportedFinding {
    fileprivate init(_ finding: AdvisoryFinding, _ facts: FeedFacts?) {
        self.init(
            id: finding.advisory, source: finding.source.name, sourceVersion: finding.source.version,
            ecosystem: finding.ecosystem.description)
        aliases = finding.aliases
        isCopy = finding.path == .builtUsing
        status = Status(rawValue: finding.status.rawValue) ?? .affected
        range = finding.range
        fix = finding.fix
        fixIsInArchive = finding.fixIsInArchive
        severity = ReportedSeverity(rawValue: finding.severity.rawValue) ?? .unknown
        severityOrigin = finding.severityOrigin
        scoreTenths = finding.score
        vector = finding.vector
        triage = finding.triage
        note = finding.note
        summary = finding.summary
        feed = (facts?.title ?? finding.feed) + (facts?.date.map { " of \($0.dateText)" } ?? "")
        modified = finding.modified
        action = finding.decision.action.rawValue
        inputs = finding.decision.inputs.map { "\($0.name): \($0.value) (\($0.origin))" }
        exploitedSince = finding.exploited?.added
        probability = finding.likelihood?.probability
        answer = finding.answer.map {
            Answer(status: $0.status, justification: $0.justification, source: $0.source, settles: $0.settles)
        }
    }
}

extension ReportedVerdict {
    init(_ verdict: GateVerdict) {
        self.init(
            isRefused: verdict.outcome == .refuse, policy: verdict.policy,
            rules: verdict.rules.map { ($0.rawValue, $0.summary) },
            reasons: verdict.reasons.map { Reason($0) }, excused: verdict.excused.flatMap(\.told))
    }
}

extension ReportedVerdict.Reason {
    package init(_ reason: GateReason) {
        self.init(
            rule: reason.rule.rawValue, isRefusal: reason.level == .refusal, isDoubt: reason.certainty == .unknown,
            summary: reason.summary, setting: reason.setting, inputs: reason.inputs, remedy: reason.remedy)
    }
}

extension GateExcuse {
    /// What was covered, by whose word, one line each.
    package var told: [String] {
        covered.map { "\($0); \(exception.owner) until \(exception.expires): \(exception.reason)" }
    }
}

extension AdvisoryFinding.Package {
    /// As the bill of materials names it, as far as a finding knows: an architecture of `all` is not told apart.
    func purl(_ finding: AdvisoryFinding, platform: String) -> PackageURL? {
        // A name that long is none, and would make every report large.
        guard name.utf8.count <= 300, version.utf8.count <= 300, finding.source.name.utf8.count <= 300,
            finding.source.version.utf8.count <= 300
        else { return nil }
        switch finding.ecosystem.name {
        case "Debian":
            let architecture = platform.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            let number = finding.ecosystem.release.map { Ecosystem.debianNumber(of: $0) ?? $0 }
            // A copy is in a package that has another source.
            let isOwn = finding.path == .source
            return .debian(
                name, version: version, architecture: architecture == platform ? "" : architecture, release: number,
                source: isOwn ? finding.source.name : nil, sourceVersion: isOwn ? finding.source.version : nil)
        case "PyPI": return try? PackageURL(type: "pypi", name: name.lowercased().replacing("_", with: "-"), version: version)
        case "npm":
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            return try? PackageURL(
                type: "npm", namespace: parts.count == 2 ? parts[0] : nil, name: parts.last ?? name, version: version)
        case "Go":
            let parts = name.split(separator: "/").map(String.init)
            let namespace = parts.dropLast().joined(separator: "/")
            return try? PackageURL(type: "golang", namespace: namespace, name: parts.last ?? name, version: version)
        case "Maven":
            let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
            return try? PackageURL(type: "maven", namespace: parts.count == 2 ? parts[0] : nil, name: parts.last ?? name, version: version)
        default: return nil
        }
    }
}

extension Ecosystem {
    /// `13` of trixie, as package URLs and GitLab name a release.
    static func debianNumber(of release: String) -> String? {
        ["buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"][release]
    }
}

extension ReportedCertainty {
    fileprivate init(_ level: Completeness.Level) {
        switch level {
        case .complete: self = .complete
        case .atLeast: self = .atLeast
        case .unknown: self = .unknown
        }
    }
}

extension SupportNote {
    /// `debian 13 until 2028-08-09`.
    package var told: String {
        if let doubt { return "\(product) \(cycle) unknown: \(doubt)" }
        let end = ends.map { hasEnded ? "ended on \($0)" : "until \($0)" } ?? (hasEnded ? "has ended" : "has no end yet")
        return "\(product) \(cycle) \(end)"
    }
}

extension FeedFacts {
    fileprivate var level: Completeness.Level {
        switch state {
        case .current: .complete
        case .stale, .snapshot, .partial: .atLeast
        case .missing, .damaged: .unknown
        }
    }

    /// The feed with its state, day and age: `the KEV catalog: snapshot of 2026-01-27, 301 days old`.
    package func told(at now: Timestamp) -> String {
        guard let date else { return "\(title): \(state.rawValue)" }
        let hours = max(0, now.seconds - date.seconds) / 3600
        let age = hours < 48 ? "\(hours) hours old" : "\(hours / 24) days old"
        let refused = refused > 0 ? ", \(refused) records could not be read" : ""
        return "\(title): \(state.rawValue) of \(date.dateText), \(age)\(refused)"
    }
}
