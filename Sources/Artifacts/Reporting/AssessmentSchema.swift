// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
package import Base

/// The JSON Schemas of what `ashlar assess` and `ashlar gate` write with `--format json`, made from the types that are written:
/// `docs/assessment.schema.json` and `docs/gate-report.schema.json`.
package enum AssessmentSchema {
    /// A list of assessments.
    package static func assessments() throws -> JSON {
        let types = TypeSchema(descriptions: descriptions)
        let item = try types.schema(of: Assessment.self)
        return document("Ashlar assessments", "What `ashlar assess --format json` writes.", ["type": "array", "items": item], types)
    }

    package static func gateReport() throws -> JSON {
        let types = TypeSchema(descriptions: descriptions)
        let item = try types.schema(of: GateReport.self)
        return document("Ashlar gate report", "What `ashlar gate --format json` writes.", item, types)
    }

    private static func document(_ title: String, _ text: String, _ body: JSON, _ types: TypeSchema) -> JSON {
        var members = body.object ?? [:]
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["title"] = JSON(title)
        members["description"] = JSON("\(text) Generated from the types in Sources/Artifacts; docs/assess.md and docs/gate.md explain it.")
        members["$defs"] = .object(types.definitions)
        return .object(members)
    }

    static let descriptions: [String: String] = assessment.merging(finding) { a, _ in a }.merging(gate) { a, _ in a }

    private static let assessment = [
        "Assessment.format": "ashlar/assessment/v1.",
        "Assessment.subject": "The image: python:3.13.",
        "Assessment.digest": "Of the image index, or of the manifest.",
        "Assessment.assessed": "When it was assessed.",
        "Assessment.completeness": "Whether the counts say everything, a lower bound, or nothing. No count may be told without it.",
        "Assessment.feeds": "Every feed that there can be, as it was used; the missing ones too.",
        "Assessment.counts": "What two platforms share is counted once.",
        "Assessment.platforms": "The platforms with their findings.",
        "Assessment.support": "Products whose support has an end.",
        "Completeness.level":
            "complete: every needed feed was there, whole and fresh. at-least: the counts are lower bounds. unknown: a needed feed is missing, and the counts say nothing, zero least of all.",
        "Completeness.since": "The day since which data is missing.",
        "Completeness.reasons": "Why it is not complete.",
        "FeedFacts.name": "debian, kev, epss, endoflife, osv-….",
        "FeedFacts.title": "What it is called.",
        "FeedFacts.source": "The address or file it was read from; empty when it is missing.",
        "FeedFacts.digest": "Of the document as it was received.",
        "FeedFacts.date": "The moment its content is from.",
        "FeedFacts.dateOrigin": "What the date was taken from.",
        "FeedFacts.checked": "When somebody last asked for it and was answered.",
        "FeedFacts.state": "Only `current` makes counts complete.",
        "FeedFacts.records": "Records in it.",
        "FeedFacts.refused": "Records that could not be used.",
        "FeedFacts.failure": "Why the last try to fetch it failed.",
        "Counts.all": "Every advisory in every source package, whatever anybody thinks of it.",
        "Counts.withoutUnimportant": "Less those that Debian calls unimportant.",
        "Counts.afterVEX": "Less those that a statement settles.",
        "Counts.undetermined": "Without a verdict of Debian; in none of the three.",
        "Counts.exploited": "In the KEV catalog.",
        "Counts.malicious": "Malicious packages.",
        "Counts.act": "To be acted on at once.",
        "Counts.attend": "To be attended to before the next regular update.",
        "Counts.track": "To be tracked.",
        "Counts.BySeverity.total": "All of them.",
        "Counts.BySeverity.critical": "Critical.",
        "Counts.BySeverity.high": "High.",
        "Counts.BySeverity.medium": "Medium.",
        "Counts.BySeverity.low": "Low.",
        "Counts.BySeverity.negligible": "What Debian calls unimportant.",
        "Counts.BySeverity.unknown": "Nobody has rated them.",
        "PlatformAssessment.platform": "linux/amd64.",
        "PlatformAssessment.manifest": "The digest of the platform's manifest.",
        "PlatformAssessment.componentCount": "Packages that were held against the feeds.",
        "PlatformAssessment.findings": "The most urgent first.",
        "PlatformAssessment.unseen": "What could not be judged, each with its reason.",
        "PlatformAssessment.counts": "Of this platform.",
        "PlatformAssessment.unread": "What of the image could not be read.",
        "Unread.path": "The file or folder.",
        "Unread.layer": "Its layer, counted from 0.",
        "Unread.reason": "Why it could not be read.",
        "PlatformAssessment.Unseen.package": "The package.",
        "PlatformAssessment.Unseen.reason": "Why it could not be judged.",
        "SupportNote.product": "debian.",
        "SupportNote.cycle": "13.",
        "SupportNote.ends": "The last day of support.",
        "SupportNote.hasEnded": "Whether it is over.",
        "SupportNote.doubt": "Why nobody can tell whether it is supported; absent when somebody can.",
    ]

    private static let finding = [
        "AdvisoryFinding.advisory": "CVE-2026-1234.",
        "AdvisoryFinding.aliases": "Its other names.",
        "AdvisoryFinding.ecosystem": "Where the package comes from.",
        "AdvisoryFinding.source": "The source package and its version, which advisories speak of.",
        "AdvisoryFinding.packages": "Binary packages that were built from it.",
        "AdvisoryFinding.path": "source: it was built from it. built-using: a copy of it was taken in.",
        "AdvisoryFinding.status": "Whether it is affected, nobody has a verdict yet, or the package is malicious.",
        "AdvisoryFinding.range": "The versions that the advisory names.",
        "AdvisoryFinding.fix": "The first version without the flaw; absent while there is none.",
        "AdvisoryFinding.fixIsInArchive": "Whether the archive has that version, as far as the feed says.",
        "AdvisoryFinding.severity": "How bad it is.",
        "AdvisoryFinding.severityOrigin": "Who said so.",
        "AdvisoryFinding.score": "CVSS, in tenths.",
        "AdvisoryFinding.vector": "The CVSS vector.",
        "AdvisoryFinding.triage": "What Debian does about it: no-dsa, ignored, postponed, unimportant, end-of-life, undetermined.",
        "AdvisoryFinding.note": "Debian's note. Text from outside.",
        "AdvisoryFinding.summary": "The advisory's own words. Text from outside.",
        "AdvisoryFinding.feed": "The feed that says so.",
        "AdvisoryFinding.modified": "When the record was last changed.",
        "AdvisoryFinding.published": "When the record was first published, where the feed says.",
        "AdvisoryFinding.exploited": "What the KEV catalog says.",
        "AdvisoryFinding.likelihood": "What EPSS says.",
        "AdvisoryFinding.decision": "What to do about it, with everything that led to it.",
        "AdvisoryFinding.answer": "The statement that answers it; absent while nobody has.",
        "Ecosystem.name": "Debian, PyPI, npm, Go, Maven.",
        "Ecosystem.release": "trixie.",
        "SourceVersion.name": "The package.",
        "SourceVersion.version": "Its version.",
        "AdvisoryFinding.Package.name": "The package.",
        "AdvisoryFinding.Package.version": "Its version.",
        "AdvisoryFinding.Package.locations": "Paths by which it was found; empty when the package database says it all.",
        "AdvisoryFinding.Exploited.added": "The day on which it was added to the catalog.",
        "AdvisoryFinding.Exploited.due": "The day that CISA sets for mending it.",
        "AdvisoryFinding.Exploited.isUsedByRansomware": "Whether ransomware is known to use it.",
        "AdvisoryFinding.Likelihood.probability": "Of exploitation within 30 days, in hundred-thousandths.",
        "AdvisoryFinding.Likelihood.percentile": "In hundred-thousandths.",
        "Decision.action": "act: at once. attend: before the next regular update. track: with it.",
        "Decision.inputs": "Everything that led to it.",
        "Decision.Input.name": "What was asked.",
        "Decision.Input.value": "The answer; unknown where nobody gave one.",
        "Decision.Input.origin": "Who gave it.",
        "Answer.status": "not_affected, affected, fixed or under_investigation.",
        "Answer.justification": "Why, in the words of OpenVEX.",
        "Answer.source": "Whose statement it is, and where it stands.",
        "Answer.impact": "Why it does not hurt, in the words of whoever said so.",
        "Answer.action": "What users should do.",
        "Answer.notes": "How it was found out.",
        "Answer.author": "Who says it.",
        "Answer.timestamp": "When it was said.",
        "Answer.expires": "From when on it does not count; absent for statements of others.",
        "Answer.evidence": "Why it may be believed; absent for statements of others, at which nobody here looked.",
        "Answer.Evidence.text": "The piece of evidence.",
        "Answer.Evidence.outcome": "proved: by a machine. stated: by a person.",
        "Answer.Evidence.detail": "What was found on the published image.",
        "AdvisoryFinding.passedOver": "Statements about it that do not count, and why not.",
    ]

    private static let gate = [
        "GateReport.format": "ashlar/gate-report/v1.",
        "GateReport.verdicts": "One for each image.",
        "GateReport.exceptions": "Exceptions that cover nothing in these images.",
        "GateVerdict.format": "ashlar/gate/v1.",
        "GateVerdict.subject": "The image: python:3.13.",
        "GateVerdict.digest": "Of the image index.",
        "GateVerdict.decided": "When it was decided.",
        "GateVerdict.outcome": "refuse when a reason is a refusal.",
        "GateVerdict.policy": "The file that was asked, or that there is none.",
        "GateVerdict.enforce": "What a refusal does to a build.",
        "GateVerdict.reasons": "All of them, refusals first.",
        "GateVerdict.excused": "What exceptions covered.",
        "GateVerdict.rules": "The rules that were held against the image.",
        "GateVerdict.headline": "The three numbers as they may be told.",
        "GateVerdict.completeness": "Whether the counts say everything.",
        "GateVerdict.counts": "The counts of the assessment.",
        "GateVerdict.feeds": "Every feed as it was used.",
        "GateReason.rule": "The rule; docs/gate.md explains each.",
        "GateReason.level": "refusal: it stands in the way. warning: it is told.",
        "GateReason.certainty": "at-least: there may be more. unknown: what it needs was not there.",
        "GateReason.summary": "One sentence with the number.",
        "GateReason.found": "How many there are.",
        "GateReason.allowed": "How many are allowed.",
        "GateReason.setting": "The key of gate.yaml that says so.",
        "GateReason.inputs": "Each thing that was counted, and what it was read from.",
        "GateReason.remedy": "What to do.",
        "GateExcuse.exception": "The exception.",
        "GateExcuse.covered": "What it covered.",
        "GateException.rule": "The rule that is excepted.",
        "GateException.advisory": "The advisory it covers.",
        "GateException.package": "The package it covers.",
        "GateException.licence": "The licence it covers.",
        "GateException.path": "The path it covers.",
        "GateException.image": "The images it is about.",
        "GateException.owner": "Who answers for it.",
        "GateException.reason": "Why it is accepted.",
        "GateException.expires": "The last day on which it counts.",
        "GateException.place": "Where it stands.",
    ]
}
