// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
package import Base

/// The JSON Schemas of what `ashlar report slo`, `ashlar changelog` and `ashlar blast` write with `--format json`, made from the types
/// that are written: `docs/slo-report.schema.json`, `docs/build-changelog.schema.json`, `docs/blast-report.schema.json`.
package enum RemediationSchema {
    package static func sloReport() throws -> JSON { try document("Ashlar SLO report", "ashlar report slo", SLOReport.self) }
    package static func changelog() throws -> JSON { try document("Ashlar build changelog", "ashlar changelog", BuildChangelog.self) }
    package static func blast() throws -> JSON { try document("Ashlar blast report", "ashlar blast", BlastReport.self) }

    private static func document<Value: Decodable>(_ title: String, _ command: String, _ type: Value.Type) throws -> JSON {
        let types = TypeSchema(descriptions: AssessmentSchema.descriptions.merging(descriptions) { _, own in own })
        var members = try types.schema(of: type).object ?? [:]
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["title"] = JSON(title)
        members["description"] = JSON(
            "What `\(command) --format json` writes. Generated from the types in Sources/Artifacts; docs/remediation.md explains it.")
        members["$defs"] = .object(types.definitions)
        return .object(members)
    }

    static let descriptions: [String: String] = clock.merging(slo) { a, _ in a }.merging(changelogs) { a, _ in a }.merging(blasts) { a, _ in
        a
    }

    private static let clock = [
        "ClockMoment.at": "The moment.",
        "ClockMoment.bound": "exact; not-after: it had happened by then; not-before: it had not happened before.",
        "ClockMoment.origin": "The record that says so.",
        "ClockStep.moment": "When it was done; missing where nobody knows, never a zero.",
        "ClockStep.others": "What else bounds it.",
        "ClockStep.unknown": "Why there is no moment.",
        "RemediationClock.image": "The stream: python:3.13.",
        "RemediationClock.advisory": "CVE-2026-1234.",
        "RemediationClock.aliases": "Its other names.",
        "RemediationClock.ecosystem": "Debian:trixie.",
        "RemediationClock.source": "The source package, in the version of the build that was exposed.",
        "RemediationClock.severity": "As the newest assessment of a build that has it says.",
        "RemediationClock.severityOrigin": "What the severity was taken from.",
        "RemediationClock.exploited": "What the KEV catalog says.",
        "RemediationClock.fix": "The first version without the flaw.",
        "RemediationClock.state":
            "open: the newest build has it and the archive a fix; waiting: there is no fix; remediated: a later build has something else in its place; withdrawn: its feed changed; unimportant, undetermined: Debian's verdict; answered: a statement settles it; unclear: gone, and nothing tells why.",
        "RemediationClock.reason": "Why the state is what it is.",
        "RemediationClock.exposed": "The first build that is known to have had it.",
        "RemediationClock.remediedBy": "The build that has something else in its place.",
        "RemediationClock.confirmed": "When an assessment first saw that build without it.",
        "RemediationClock.settled": "When an assessment first said what the state says, where that is no remediation.",
        "RemediationClock.disclosed": "Told to the world, by the feeds that date it.",
        "RemediationClock.fixed": "The archive had a repaired version.",
        "RemediationClock.seen": "An assessment of this store first had the finding.",
        "RemediationClock.rebuilt": "The build without it was made.",
        "RemediationClock.published": "The build without it was published.",
        "RemediationClock.deployed": "It was running somewhere.",
        "RemediationClock.obstacles": "What kept it from being rebuilt, newest last.",
        "RemediationClock.Build.tag": "The build tag.",
        "RemediationClock.Build.digest": "Of the image index.",
        "RebuildObstacle.cause": "What kind of obstacle it was.",
        "RebuildObstacle.detail": "What was said.",
        "RebuildObstacle.at": "When.",
    ]

    private static let slo = [
        "SLOPolicy.start": "Where the days begin: disclosed, fix or seen.",
        "SLOPolicy.days": "By severity; those that are not named have no limit.",
        "SLOPolicy.exploited": "What holds for flaws of the KEV catalog.",
        "SLOPolicy.basis": "The preset, own, or default.",
        "SLOPolicy.origin": "The file, or that there is none.",
        "SLOPolicy.Exploited.days": "Days, whatever the severity.",
        "SLOPolicy.Exploited.dueDate": "Whether the day that CISA set counts.",
        "SLOReport.format": "ashlar/slo-report/v1.",
        "SLOReport.generated": "When it was made; open clocks run until then.",
        "SLOReport.since": "The beginning of the window.",
        "SLOReport.images": "The names that were asked for; empty for every image.",
        "SLOReport.policy": "The objectives.",
        "SLOReport.coverage": "What the numbers are about, and what they leave out.",
        "SLOReport.rows": "How many lines have each outcome, by severity; all last.",
        "SLOReport.measures": "Times between two steps, of remediations in the window.",
        "SLOReport.lines": "What ended in the window and what is open.",
        "SLOReport.Coverage.streams": "Image streams.",
        "SLOReport.Coverage.builds": "Their builds.",
        "SLOReport.Coverage.unassessedBuilds": "Builds that nobody assessed: nothing is known of them.",
        "SLOReport.Coverage.undatedBuilds": "Builds whose moment of publication nobody recorded.",
        "SLOReport.Coverage.notes": "In words.",
        "SLOReport.Row.severity": "A severity, or all.",
        "SLOReport.Row.outcomes": "The number of lines by outcome; an outcome that is missing has none.",
        "SLOReport.Measure.step": "From which step to which.",
        "SLOReport.Measure.severity": "A severity, or all.",
        "SLOReport.Measure.measured": "Remediations that both ends are known of.",
        "SLOReport.Measure.bounded": "Of these, those whose time is a bound because a moment is.",
        "SLOReport.Measure.unmeasured": "Remediations of which an end is not known, or came in another order.",
        "SLOReport.Measure.p50": "Seconds, by nearest rank; missing when nothing was measured.",
        "SLOReport.Measure.p90": "The same for nine of ten.",
        "SLOReport.Measure.max": "The longest.",
        "SLOReport.Line.clock": "The clock with its steps.",
        "SLOReport.Line.outcome":
            "within, breached (published late), overdue (open and late), running, waiting (no fix), unmeasured, unlimited, excluded (no remediation).",
        "SLOReport.Line.isCertain": "Whether the outcome holds whatever the bounds of its moments hide.",
        "SLOReport.Line.limitDays": "The limit; missing where a day was set instead.",
        "SLOReport.Line.limitOrigin": "The severity, exploited, or the day that CISA set.",
        "SLOReport.Line.start": "Where the days begin.",
        "SLOReport.Line.deadline": "The last moment in time.",
        "SLOReport.Line.seconds": "From the start to publication, or until now; missing where an end is not known.",
        "SLOReport.Line.cause": "Why it is open or late.",
        "SLOReport.Line.causeDetail": "What was said about it.",
        "SLOReport.Line.reason": "Why it cannot be measured or is excluded.",
    ]

    private static let changelogs = [
        "BuildChangelog.format": "ashlar/build-changelog/v1.",
        "BuildChangelog.image": "The stream: python:3.13.",
        "BuildChangelog.from": "The earlier build.",
        "BuildChangelog.to": "The later build.",
        "BuildChangelog.platforms": "What changed on each platform.",
        "BuildChangelog.findings": "Findings that went and came; missing where one build was never assessed.",
        "BuildChangelog.findingsNote": "By which assessments, and whether by the same data.",
        "BuildChangelog.Side.tag": "The build tag.",
        "BuildChangelog.Side.version": "The version that users see.",
        "BuildChangelog.Side.digest": "Of the image index.",
        "BuildChangelog.Side.published": "When it was published.",
        "BuildChangelog.Platform.platform": "linux/amd64.",
        "BuildChangelog.Platform.presence": "Whether both builds have it, or only one.",
        "BuildChangelog.Platform.packages": "Changes by the two locks; missing when a lock cannot be read.",
        "BuildChangelog.Platform.settings": "Settings of the configuration that differ.",
        "BuildChangelog.Platform.sizes": "Sizes and counts of both.",
        "BuildChangelog.Platform.files": "Files by the layers; missing where nobody looked into them.",
        "BuildChangelog.Platform.notes": "What could not be read, and so may differ.",
        "BuildChangelog.PackageMove.kind": "What happened to it.",
        "BuildChangelog.PackageMove.name": "The binary package.",
        "BuildChangelog.PackageMove.source": "Its source package.",
        "BuildChangelog.PackageMove.from": "The version before.",
        "BuildChangelog.PackageMove.to": "The version after.",
        "BuildChangelog.PackageMove.archive": "Where the new one is from: trixie-security.",
        "BuildChangelog.Setting.name": "user, entrypoint, environment NAME, port, label NAME.",
        "BuildChangelog.Setting.from": "Before; missing where it was not set.",
        "BuildChangelog.Setting.to": "After; missing where it is not set.",
        "Comparison.Measure.name": "packages, size, packedSize.",
        "Comparison.Measure.title": "In words.",
        "Comparison.Measure.from": "Before.",
        "Comparison.Measure.to": "After.",
        "Comparison.Measure.isBytes": "Whether it counts bytes.",
        "Comparison.FilePaths.removed": "Paths, sorted.",
        "Comparison.FilePaths.added": "Paths, sorted.",
        "Comparison.FilePaths.changed": "Paths, sorted: another kind, content, target or mode.",
        "Comparison.FilePaths.unchanged": "How many stay.",
        "FindingChanges.from": "The earlier build's numbers.",
        "FindingChanges.to": "The later build's numbers.",
        "FindingChanges.rows": "Counts on both sides.",
        "FindingChanges.feeds": "The feeds they are from.",
        "FindingChanges.asOf": "The oldest day of the data.",
        "FindingChanges.removed": "Findings that went: fixed.",
        "FindingChanges.added": "Findings that came: introduced.",
        "FindingChanges.unchanged": "How many stay.",
        "FindingChanges.Side.completeness": "Whether the counts say everything.",
        "FindingChanges.Side.headline": "The three numbers as they may be told.",
        "FindingChanges.Row.name": "all, important, afterVEX, a severity, exploited, malicious.",
        "FindingChanges.Row.title": "In words.",
        "FindingChanges.Row.from": "Before.",
        "FindingChanges.Row.to": "After.",
        "FindingChanges.Row.reduction": "By how much it becomes less, in tenths of a percent.",
        "FindingChanges.Feed.name": "debian, kev, ….",
        "FindingChanges.Feed.title": "What it is called.",
        "FindingChanges.Feed.state": "How whole and fresh it was.",
        "FindingChanges.Feed.date": "The day its data is from.",
        "FindingChanges.Feed.digest": "Of the document.",
        "FindingChanges.Entry.advisory": "CVE-2026-1234.",
        "FindingChanges.Entry.source": "The source package.",
        "FindingChanges.Entry.ecosystem": "Debian:trixie.",
        "FindingChanges.Entry.severity": "How bad it is.",
        "FindingChanges.Entry.action": "What to do about it.",
        "FindingChanges.Entry.fix": "The first version without it.",
    ]

    private static let blasts = [
        "BlastReport.format": "ashlar/blast-report/v1.",
        "BlastReport.query": "As it was asked for.",
        "BlastReport.meaning": "What it was taken for.",
        "BlastReport.aliases": "Other names under which it was looked for.",
        "BlastReport.generated": "When it was looked for.",
        "BlastReport.searched": "Images that were looked into.",
        "BlastReport.reserves": "Why there may be more.",
        "BlastReport.images": "Streams that have it in a build; those whose newest build has it first.",
        "BlastReport.Image.image": "The stream: python:3.13.",
        "BlastReport.Image.what": "What of it is there: openssl 3.5.1-1.",
        "BlastReport.Image.why": "Why it was found.",
        "BlastReport.Image.fixes": "Versions that do not have it.",
        "BlastReport.Image.isUnclear": "Whether it cannot be told for sure.",
        "BlastReport.Image.builds": "The builds that hold it, oldest first.",
        "BlastReport.Image.since": "When the first of them was published.",
        "BlastReport.Image.goneIn": "The first build after the last of them; missing while the newest holds it.",
        "BlastReport.Image.gone": "When that was published.",
        "BlastReport.Image.runs": "Who runs it; missing when nobody can say.",
        "BlastReport.Image.runsUnknown": "Why nobody can say.",
        "BlastReport.Build.tag": "The build tag.",
        "BlastReport.Build.digest": "Of the image index.",
        "BlastReport.Build.isCurrent": "Whether it is the newest of its stream.",
        "BlastReport.Build.platforms": "Those on which it was found.",
    ]
}
