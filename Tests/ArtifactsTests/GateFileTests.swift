// SPDX-License-Identifier: Apache-2.0
import Base
import Foundation
import Testing

@testable import Artifacts

/// A file that uses every key.
private let whole = """
    enforce: publish
    incomplete: allow
    count: without-unimportant
    fixable-only: false
    severities: {critical: 0, high: 2, unknown: 10}
    age: {preset: fedramp, days: {medium: 60}}
    exploited: overdue
    malicious: refuse
    end-of-life: {past: refuse, days-ahead: 90}
    secrets: refuse
    shells: excepted
    package-managers: refuse
    setuid: allow
    licences: {allow: [MIT, GPL-2.0-only WITH Classpath-exception-2.0, LicenseRef-*], deny: [AGPL-3.0-only]}
    unused-exceptions: refuse
    exceptions:
      - rule: severity
        advisory: CVE-2026-1234
        package: openssl
        image: "python:*"
        owner: ada@example.org
        reason: nobody reaches it
        expires: 2026-12-31
      - {rule: licences, licence: GPL-3.0-only, owner: team, reason: asked for, expires: 2027-01-01}
      - {rule: shells, path: usr/bin/busybox, owner: team, reason: it is the shell, expires: 2027-01-01}
    """

private func policy(_ text: String) throws -> GatePolicy { try RecipeLoader(CatalogFiles(["gate.yaml": Array(text.utf8)])).gate() }

/// A change that must be refused, with what the sentence and the remedy hold, and the place of the change.
struct GateMistake: Sendable, CustomTestStringConvertible {
    let text: String
    let place: String
    let says: String
    let fix: String
    let isSeenBySchema: Bool
    let testDescription: String
    init(_ old: String, _ new: String, at place: String, says: String, fix: String, seen: Bool = true) {
        text = whole.replacing(old, with: new, maxReplacements: 1)
        self.place = place
        self.says = says
        self.fix = fix
        isSeenBySchema = seen
        testDescription = new
    }

    static let all = [
        GateMistake("enforce:", "enforc:", at: "1:1", says: "expected a key of the gate, found \"enforc\"", fix: "write enforce"),
        GateMistake("publish", "publsh", at: "1:10", says: "expected the name of a way to enforce", fix: "write publish"),
        GateMistake("incomplete: allow", "incomplete: alow", at: "2:13", says: "found \"alow\"", fix: "write allow"),
        GateMistake("high: 2", "hihg: 2", at: "5:27", says: "expected the name of a severity, found \"hihg\"", fix: "write high"),
        GateMistake("high: 2", "high: -2", at: "5:33", says: "severities.high: expected a whole number from 0", fix: ""),
        GateMistake("high: 2", "high: two", at: "5:33", says: "found the text \"two\"", fix: ""),
        GateMistake("preset: fedramp, ", "preset: fedrampp, ", at: "6:15", says: "expected the name of a preset", fix: "write fedramp"),
        GateMistake(
            "{preset: fedramp, days: {medium: 60}}", "{}", at: "6:6", says: "expected preset or days", fix: "preset: fedramp", seen: false),
        GateMistake("overdue", "overduee", at: "7:12", says: "a choice about exploited flaws", fix: "write overdue"),
        GateMistake("days-ahead: 90", "days-ahed: 90", at: "9:29", says: "expected a key of the end of life", fix: "write days-ahead"),
        GateMistake(
            "[AGPL-3.0-only]", "[AGPL-3.0-onyl]", at: "14:90", says: "expected an identifier of SPDX", fix: "write AGPL-3.0-only",
            seen: false),
        GateMistake(
            "[AGPL-3.0-only]", "[agpl-3.0-only]", at: "14:90", says: "expected an identifier of SPDX", fix: "write AGPL-3.0-only",
            seen: false),
        GateMistake("[AGPL-3.0-only]", "[AGPL*]", at: "14:90", says: "expected an identifier of SPDX", fix: ""),
        GateMistake(
            "rule: severity", "rule: severiti", at: "17:11", says: "expected the name of a rule of the gate", fix: "write severity"),
        GateMistake("rule: severity", "rule: expired-exception", at: "17:11", says: "expected the name of a rule of the gate", fix: ""),
        GateMistake("advisory: CVE-2026-1234", "advisory: \"*\"", at: "18:15", says: "expected the name of an advisory", fix: ""),
        GateMistake(
            "    owner: ada@example.org\n", "", at: "17:5", says: "expected the key owner in an exception, found none", fix: "add owner"),
        GateMistake("    expires: 2026-12-31\n", "", at: "17:5", says: "expected the key expires in an exception", fix: "add expires"),
        GateMistake("2026-12-31", "2026-02-30", at: "23:14", says: "expected a day of the calendar", fix: "", seen: false),
        GateMistake("2026-12-31", "never", at: "23:14", says: "expected a day of the calendar", fix: ""),
        GateMistake(
            "licence: GPL-3.0-only, ", "", at: "24:5", says: "expected an exception that says what it covers", fix: "add advisory",
            seen: false),
        GateMistake(
            "unused-exceptions: refuse", "enforce: report", at: "1", says: "expected each key once", fix: "remove or rename", seen: false),
    ]
}

@Suite struct GateFileTests {
    @Test func `every key is read`() throws {
        let policy = try policy(whole)
        #expect(policy.enforce == .publish && policy.incomplete == .allow && policy.counted == .withoutUnimportant && !policy.fixableOnly)
        #expect(policy.severities == ["critical": 0, "high": 2, "unknown": 10])
        #expect(policy.age == .init(days: ["critical": 30, "high": 30, "medium": 60, "low": 180], origin: "fedramp and own"))
        #expect(policy.exploited == .overdue && policy.endOfLife.daysAhead == 90)
        #expect(policy.secrets == .refuse && policy.shells == .excepted && policy.packageManagers == .refuse && policy.setuid == .allow)
        #expect(policy.licences.unknown == .refuse && policy.licences.allow.count == 3 && policy.unusedExceptions == .refuse)
        #expect(policy.exceptions.map(\.place) == ["catalog/gate.yaml:17:5", "catalog/gate.yaml:24:5", "catalog/gate.yaml:25:5"])
        #expect(policy.exceptions[0].title == "severity CVE-2026-1234 in openssl of python:*")
        #expect(policy.origin == "catalog/gate.yaml")
    }

    @Test func `what is left out has the default, and so has a catalog without the file`() throws {
        let standard = try RecipeLoader(CatalogFiles([String: [UInt8]]())).gate()
        #expect(standard == .standard)
        #expect(standard.enforce == .report && standard.incomplete == .refuse && standard.exploited == .refuse)
        var expected = standard
        expected.enforce = .publish
        expected.origin = "catalog/gate.yaml"
        #expect(try policy("enforce: publish\n") == expected)
    }

    @Test(arguments: GateMistake.all) func `a mistake is told with its place and the nearest spelling`(mistake: GateMistake) throws {
        #expect(mistake.text != whole)
        let error = #expect(throws: Diagnoses.self) { _ = try policy(mistake.text) }
        let diagnosis = try #require(error?.all.first)
        #expect(diagnosis.summary.contains("catalog/gate.yaml:\(mistake.place)"), "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains(mistake.says), "\(diagnosis.summary)")
        #expect(mistake.fix.isEmpty || diagnosis.remedy.contains(mistake.fix), "\(diagnosis.remedy)")
    }

    @Test func `all mistakes are told at once`() throws {
        let error = #expect(throws: Diagnoses.self) { _ = try policy("enforce: x\nincomplete: y\nzzz: 1\n") }
        #expect(error?.all.count == 3)
    }

    @Test func `a preset names severities and days`() {
        for preset in GatePolicy.Age.presets {
            #expect(!preset.summary.isEmpty && preset.days.keys.allSatisfy { Severity(rawValue: $0) != nil })
        }
    }
}

@Suite struct OutputSchemaTests {
    private static let documents = RecipeSchemaTests.documents

    private func holds(_ name: String, _ schema: JSON) throws {
        let file = Self.documents.appending(path: name)
        if ProcessInfo.processInfo.environment["ASHLAR_RECORD"] != nil { try Data(schema.prettyBytes).write(to: file) }
        #expect(
            try [UInt8](Data(contentsOf: file)) == schema.prettyBytes, "run: ASHLAR_RECORD=1 swift test --filter OutputSchemaTests")
    }

    @Test func `the committed schemas are the generated ones`() throws {
        try holds("gate.schema.json", GateSchema.document)
        try holds("assessment.schema.json", try AssessmentSchema.assessments())
        try holds("gate-report.schema.json", try AssessmentSchema.gateReport())
    }

    @Test func `every key has a description, and every description a key`() throws {
        var described: Set<String> = []
        for schema in [GateSchema.document, try AssessmentSchema.assessments(), try AssessmentSchema.gateReport()] {
            for (name, definition) in schema["$defs"]?.object ?? [:] {
                for (key, property) in definition["properties"]?.object ?? [:] {
                    #expect(property["description"]?.string?.isEmpty == false, "\(name).\(key)")
                    described.insert("\(name).\(key)")
                }
            }
        }
        for key in AssessmentSchema.descriptions.keys { #expect(described.contains(key), "\(key) describes nothing") }
    }

    @Test func `a JSON Schema validator takes what is written, and refuses what the reader refuses`() throws {
        var cases: [JSON] = [
            ["name": "gate.yaml", "schema": GateSchema.document, "valid": true, "instance": try Self.json(whole)]
        ]
        for mistake in GateMistake.all where mistake.isSeenBySchema {
            cases.append([
                "name": JSON(mistake.testDescription), "schema": GateSchema.document, "valid": false,
                "instance": try Self.json(mistake.text),
            ])
        }
        var finding = SampleAssessmentOfAll.finding
        finding.answer = Answer(status: "affected", justification: "x", source: "y")
        let assessment = SampleAssessmentOfAll.assessment([finding])
        let bare = SampleAssessmentOfAll.assessment([])
        let schema = try AssessmentSchema.assessments()
        for (name, list) in [("one", [assessment]), ("bare", [bare]), ("none", [])] {
            cases.append(["name": JSON(name), "schema": schema, "valid": true, "instance": try CanonicalJSON.value(of: list)])
        }
        var exception = GateException(rule: .severity, owner: "a", reason: "b", expires: "2026-12-31", place: "c:1:1")
        exception.advisory = "CVE-2026-1"
        let reason = GateReason(rule: .age, summary: "s", found: 1, allowed: 0, setting: "age.high", inputs: ["i"], remedy: "r")
        let verdict = GateVerdict(
            of: assessment, decided: assessment.assessed, policy: .standard, reasons: [reason],
            excused: [GateExcuse(exception: exception, covered: ["x"])], rules: GateRuleName.allCases)
        let report = try CanonicalJSON.value(of: GateReport(verdicts: [verdict], exceptions: [reason]))
        cases.append(["name": "verdict", "schema": try AssessmentSchema.gateReport(), "valid": true, "instance": report])
        cases.append(["name": "no list", "schema": schema, "valid": false, "instance": report])
        let script = """
            import json, sys
            try:
                import jsonschema
            except ImportError:
                print("NO VALIDATOR"); sys.exit(0)
            for case in json.load(sys.stdin):
                jsonschema.Draft202012Validator.check_schema(case["schema"])
                errors = [e.message[:200] for e in jsonschema.Draft202012Validator(case["schema"]).iter_errors(case["instance"])]
                if bool(errors) == case["valid"]:
                    print(case["name"], "expected valid" if case["valid"] else "expected invalid", errors[:3])
            """
        guard let output = try RecipeSchemaTests.python(script, input: JSON.array(cases).canonicalBytes), !output.contains("NO VALIDATOR")
        else {
            print("SKIPPED: the Python package jsonschema is not installed; the schemas of the outputs were not tried against a validator")
            return
        }
        #expect(output.isEmpty, "\(output)")
    }

    private static func json(_ text: String) throws -> JSON {
        RecipeSchemaTests.json(try YAMLDocument.parse(Array(text.utf8), file: "gate.yaml"))
    }
}

/// An assessment in which no member is absent.
private enum SampleAssessmentOfAll {
    static var finding: AdvisoryFinding {
        var finding = AdvisoryFinding(
            advisory: "CVE-2026-1", ecosystem: .debian("trixie"), source: SourceVersion(name: "a", version: "1"), path: .source,
            status: .affected, range: "before 2", feed: "debian")
        finding.packages = [.init(name: "a", version: "1", locations: ["usr/bin/a"])]
        finding.fix = "2"
        finding.fixIsInArchive = true
        finding.score = 98
        finding.vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
        finding.triage = "no-dsa"
        finding.note = "n"
        finding.modified = "2026-10-01T00:00:00Z"
        finding.exploited = .init(added: "2026-10-01", due: "2026-10-22", isUsedByRansomware: true)
        finding.likelihood = .init(probability: 1, percentile: 2)
        finding.decision = Decision(action: .act, inputs: [.init("a", "b", origin: "c")])
        return finding
    }
    static func assessment(_ findings: [AdvisoryFinding]) -> Assessment {
        var feed = FeedFacts(name: "debian", title: "the tracker")
        feed.digest = "sha256:00"
        feed.date = Timestamp(seconds: 1)
        feed.checked = Timestamp(seconds: 2)
        feed.failure = "no"
        let platform = PlatformAssessment(
            platform: "linux/amd64", manifest: findings.isEmpty ? nil : "sha256:00", componentCount: 1, findings: findings,
            unseen: [.init(package: "x", reason: "y")])
        return Assessment(
            subject: "x:1", digest: findings.isEmpty ? nil : "sha256:00", assessed: Timestamp(seconds: 3),
            completeness: Completeness(level: .atLeast, since: findings.isEmpty ? nil : "2026-11-20", reasons: ["r"]), feeds: [feed],
            platforms: [platform], support: [SupportNote(product: "debian", cycle: "13", ends: "2028-08-09", hasEnded: false)])
    }
}
