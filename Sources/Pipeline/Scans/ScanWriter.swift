// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Attest
package import Base
import Sigstore

/// Writes what was found in an image as claims about its index and about each manifest: the index has all of it, a manifest its own.
package struct ScanWriter: Sendable {
    package static let scanner = "https://ashlar.dev/scanners/v1"
    /// The feed without which nothing can be said of an image of Debian packages.
    static let primaryFeed = "debian"

    let version: String

    package init(version: String) { self.version = version }

    /// - Throws: `ScanError` when the assessment is of another image or is not complete: a scan that could not see is no scan.
    package func claims(about release: Release, _ assessment: Assessment) throws(ScanError) -> [Claim] {
        guard assessment.completeness.level == .complete else {
            throw .incomplete(subject: assessment.subject, reasons: assessment.completeness.reasons)
        }
        guard assessment.digest == release.index.description else {
            throw .otherImage(subject: assessment.subject, expected: release.index, found: assessment.digest)
        }
        guard let feed = assessment.feeds.first(where: { $0.name == Self.primaryFeed }), let digest = feed.digest, let date = feed.date
        else { throw .incomplete(subject: assessment.subject, reasons: ["the feed \(Self.primaryFeed) has no digest or no date"]) }
        let database = VulnerabilityScan.Database(uri: feed.source, version: digest, updated: date)
        var claims = try self.claims(about: release.index, assessment, assessment.platforms.flatMap(\.findings), database)
        for platform in release.platforms {
            let name = platform.manifest.description
            guard let own = assessment.platforms.first(where: { $0.manifest == name }) else {
                throw .otherImage(subject: assessment.subject, expected: platform.manifest, found: nil)
            }
            let part = Assessment(
                subject: assessment.subject, digest: name, assessed: assessment.assessed, completeness: assessment.completeness,
                feeds: assessment.feeds, platforms: [own], support: assessment.support)
            claims += try self.claims(about: platform.manifest, part, own.findings, database)
        }
        return claims
    }

    private func claims(
        about subject: Digest, _ assessment: Assessment, _ findings: [AdvisoryFinding], _ database: VulnerabilityScan.Database
    ) throws(ScanError) -> [Claim] {
        let report: JSON
        do { report = try CanonicalJSON.value(of: assessment) } catch {
            throw .unwritable(subject: assessment.subject, reason: "\(error)")
        }
        // Two platforms share most flaws.
        var seen: Set<[String]> = []
        let scan = VulnerabilityScan(
            scanner: (Self.scanner, version), database: database,
            vulnerabilities: findings.filter { seen.insert([$0.advisory, $0.source.name, $0.source.version]).inserted }.map(\.scanned),
            report: report, time: assessment.assessed)
        return [
            Claim(subject: subject, predicateType: PredicateType.vulnerabilities, predicate: scan.predicate),
            Claim(subject: subject, predicateType: PredicateType.cosignVulnerabilities, predicate: scan.cosignPredicate),
        ]
    }
}

extension AdvisoryFinding {
    /// As the Attestation Framework lists it. What answers it is said with it: nothing is left out.
    fileprivate var scanned: VulnerabilityScan.Vulnerability {
        var ratings = [VulnerabilityScan.Rating(method: severityOrigin, score: severity.rawValue)]
        if let vector, let score {
            let method = vector.split(separator: "/").first.map(String.init) ?? "CVSS"
            ratings.append(.init(method: method, score: "\(score / 10).\(score % 10)"))
        }
        var notes = [
            "package": "\(source.name) \(source.version)", "affected": range, "status": status.rawValue,
            "decision": decision.action.rawValue,
        ]
        if let fix { notes["fixed"] = fix }
        if let triage { notes["triage"] = triage }
        if let answer {
            notes["vex"] = ([answer.status, answer.justification].compactMap(\.self) + ["by \(answer.source)"]).joined(separator: ", ")
        }
        return VulnerabilityScan.Vulnerability(id: advisory, ratings: ratings, annotations: notes)
    }
}

/// Why an assessment cannot become a signed scan.
package enum ScanError: Diagnosable {
    case incomplete(subject: String, reasons: [String])
    case otherImage(subject: String, expected: Digest, found: String?)
    case unwritable(subject: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .incomplete(let subject, let reasons):
            Diagnosis(
                "scan.incomplete", .unavailable, "\(subject): expected whole and fresh data for a signed scan, found gaps",
                remedy: "run `ashlar feeds update`; without --sign the numbers are told with what they lack", notes: reasons)
        case .otherImage(let subject, let expected, let found):
            Diagnosis(
                "scan.other-image", .conflict, "\(subject): expected an assessment of \(expected), found \(found ?? "none of it")",
                remedy: "assess the image again")
        case .unwritable(let subject, let reason):
            Diagnosis(
                "scan.unwritable", .malformed, "\(subject): the assessment cannot be written as JSON: \(reason)",
                remedy: "import the feeds again; if it stays, report it")
        }
    }
}
