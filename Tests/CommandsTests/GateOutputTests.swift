// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import Reports
import TestKit
import Testing

@testable import Commands

@Suite struct FindingLimitTests {
    @Test(arguments: [
        ("act", 0), ("attend", 2), ("track", 4), ("critical", 1), ("high", 2), ("medium", 3), ("low", 4),
    ]) func `a limit is reached by what is at least so urgent or so bad, and not answered`(_ word: String, _ count: Int) throws {
        var answered = SampleAssessment.finding("CVE-5", .critical)
        answered.answer = Answer(status: "fixed", justification: nil, source: "us")
        let findings =
            [Severity.critical, .high, .medium, .low].map { SampleAssessment.finding("CVE-\($0)", $0) } + [
                answered, SampleAssessment.finding("CVE-6", .critical, status: .undetermined),
            ]
        let limit = try #require(FindingLimit(word))
        #expect(findings.filter { limit.standing(of: $0) == .reached }.count == count)
        #expect(limit.standing(of: answered) == .answered)
    }

    @Test func `what nobody rated may be as bad as any: it counts against a severity, unless that is allowed`() throws {
        let unrated = SampleAssessment.finding("CVE-7", .unknown)
        var answered = unrated
        answered.answer = Answer(status: "not_affected", justification: nil, source: "us")
        for word in ["critical", "high", "medium", "low"] {
            let strict = try #require(FindingLimit(word))
            #expect(strict.standing(of: unrated) == .unrated && strict.standing(of: unrated).fails)
            #expect(strict.standing(of: answered) == .answered)
            let lenient = try #require(FindingLimit(word, unrated: .allow))
            #expect(lenient.standing(of: unrated) == .unratedAllowed && !lenient.standing(of: unrated).fails)
        }
        // A decision is made from what is known, and says what is not.
        #expect(FindingLimit("attend")?.standing(of: unrated) == .below)
        let summary = AssessRefusal.findings(["a"], unrated: ["b", "c"], limit: "high").diagnosis
        #expect(summary.summary == "1 finding reach `high` or more, and 2 that nobody rated may")
        #expect(summary.notes == ["a", "nobody rated it: b", "nobody rated it: c"] && summary.remedy.contains("--unrated allow"))
    }

    @Test func `only the listed words are limits`() {
        for word in ["negligible", "unknown", "High", ""] { #expect(FindingLimit(word) == nil) }
    }

    @Test(arguments: FindingLimit.words) func `a test report fails exactly what the exit code fails`(_ word: String) throws {
        var answered = SampleAssessment.finding("CVE-5", .critical)
        answered.answer = Answer(status: "fixed", justification: nil, source: "us")
        let findings =
            Severity.allCases.map { SampleAssessment.finding("CVE-\($0)", $0) } + [
                answered, SampleAssessment.finding("CVE-6", .critical, status: .undetermined),
            ]
        let assessment = SampleAssessment.assessment(findings)
        for unrated in FindingLimit.Unrated.allCases {
            let rule = AssessmentRule(limit: FindingLimit(word, unrated: unrated))
            let failing = rule.findings(of: assessment).count { $0.standing?.fails == true }
            let report = Report([(assessment, nil, nil)], rule: rule, toolVersion: "1", now: SampleAssessment.now)
            #expect(JUnitReport(report).text.contains("failures=\"\(failing)\" errors=\"0\">"), "\(word) \(unrated)")
        }
    }

    @Test func `data that is not whole errs in a test report exactly where it ends the command`() {
        for level in [Completeness.Level.complete, .atLeast, .unknown] {
            let assessment = SampleAssessment.assessment([], level: level)
            for (rule, errs) in [
                (AssessmentRule(limit: nil), false), (AssessmentRule(limit: FindingLimit("act")), level == .unknown),
                (AssessmentRule(limit: nil, data: .complete), level != .complete),
            ] {
                #expect(rule.refusesData(of: assessment) == errs)
                let report = Report([(assessment, nil, nil)], rule: rule, toolVersion: "1", now: SampleAssessment.now)
                #expect(JUnitReport(report).text.contains("errors=\"\(errs ? 1 : 0)\">"))
            }
        }
    }
}

@Suite struct GateTextTests {
    private func verdict(_ name: String, refused: Bool) -> GateVerdict {
        let inputs = (1...20).map { "CVE-2026-\($0)\u{1B}[2J in openssl" }
        let reasons =
            refused
            ? [
                GateReason(
                    rule: .severity, summary: "20 findings", found: 20, allowed: 0, setting: "severities.high", inputs: inputs,
                    remedy: "do it")
            ] : []
        return GateVerdict(
            of: SampleAssessment.assessment([], level: .atLeast, subject: name), decided: SampleAssessment.now, policy: .standard,
            reasons: reasons, excused: [], rules: [.severity])
    }

    @Test func `a verdict shows its number with what it leaves out, the days of its data and what to do`() {
        let text = GateText.text([verdict("python:3.13", refused: true)], [])
        #expect(text.contains("REFUSE, by the default"))
        #expect(text.contains("at least 0 / 0 / 0, data incomplete since 2026-11-20"))
        #expect(text.contains("[severity] 20 findings (severities.high)") && text.contains("to do: do it"))
        #expect(text.contains("… and 8 more") && !text.contains("\u{1B}"))
    }

    @Test func `what many images share is said once`() {
        let text = GateText.text(["a:1", "b:1", "c:1"].map { verdict($0, refused: $0 != "c:1") }, [])
        #expect(text.components(separatedBy: "[severity] 20 findings").count == 2)
        #expect(text.contains("a:1, b:1\n") && text.contains("c:1"))
    }

    @Test func `a build ends with one line of what would be refused`() {
        #expect(GateText.summary([]) == nil)
        #expect(GateText.summary([verdict("a:1", refused: false)]) == "gate: 1 of 1 images may be published")
        #expect(
            GateText.summary([verdict("a:1", refused: true), verdict("b:1", refused: false)])?.hasPrefix(
                "gate: would refuse a:1 (severity)") == true)
    }
}
