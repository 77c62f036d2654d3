// SPDX-License-Identifier: Apache-2.0
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
import Base

/// A report as a JUnit file: a suite for each image; a test for each rule of the gate, or for each finding where no gate was asked.
package struct JUnitReport: Sendable {
    private let report: Report

    /// A test fails exactly where what was asked of the images makes the command fail: what each finding's standing says.
    package init(_ report: Report) { self.report = report }

    private struct Case {
        var name: String
        /// `failure`, `error` or `skipped`; nil when it passes.
        var outcome: String?
        var message = ""
        var lines: [String] = []
    }

    package var text: String {
        let suites = report.images.map { image in
            (image, image.verdict.map { Self.cases(of: $0.reasons, names: $0.rules.map(\.name)) } ?? Self.cases(of: image))
        }
        let remarks = Self.cases(of: report.remarks, names: [])
        let all = suites.flatMap(\.1) + remarks
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites name=\"ashlar\" \(Self.counts(all))>",
        ]
        for (image, cases) in suites { lines += Self.suite(image.name, at: image.assessed, cases, Self.properties(image)) }
        if !remarks.isEmpty { lines += Self.suite("the gate's own file", at: report.created, remarks, []) }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func suite(_ name: String, at time: Timestamp, _ cases: [Case], _ properties: [(String, String)]) -> [String] {
        let title = escape(name, 200)
        var lines = [
            "  <testsuite name=\"\(title)\" timestamp=\"\(String(time.description.dropLast()))\" time=\"0\" \(counts(cases)) skipped=\"\(cases.count { $0.outcome == "skipped" })\">"
        ]
        lines.append("    <properties>")
        lines += properties.map { "      <property name=\"\($0.0)\" value=\"\(escape($0.1, 500))\"/>" }
        lines.append("    </properties>")
        for one in cases {
            let start = "    <testcase classname=\"\(title)\" name=\"\(escape(one.name, 300))\" time=\"0\""
            guard let outcome = one.outcome else {
                lines.append(start + "/>")
                continue
            }
            lines.append(start + ">")
            let body = one.lines.map { escape($0, 400) }.joined(separator: "\n")
            let type = outcome == "skipped" ? "" : " type=\"\(escape(one.name, 100))\""
            lines.append("      <\(outcome) message=\"\(escape(one.message, 500))\"\(type)>\(body)</\(outcome)>")
            lines.append("    </testcase>")
        }
        return lines + ["  </testsuite>"]
    }

    private static func counts(_ cases: [Case]) -> String {
        "tests=\"\(cases.count)\" failures=\"\(cases.count { $0.outcome == "failure" })\" errors=\"\(cases.count { $0.outcome == "error" })\""
    }

    private static func properties(_ image: ReportedImage) -> [(String, String)] {
        var properties = [("headline", image.headline), ("certainty", image.certainty.rawValue)]
        if let digest = image.digest { properties.append(("digest", digest)) }
        properties += image.feeds.map { ("feed", $0) }
        properties += (image.verdict?.excused ?? []).prefix(50).map { ("excepted", $0) }
        return properties
    }

    // What could not be seen is an error of the test and no failure: nothing bad was found, and nothing can be said.
    private static func cases(of all: [ReportedVerdict.Reason], names rules: [String]) -> [Case] {
        var names = rules
        for reason in all where !names.contains(reason.rule) { names.append(reason.rule) }
        return names.map { name in
            let reasons = all.filter { $0.rule == name }
            guard let worst = reasons.first(where: { $0.isRefusal }) ?? reasons.first else { return Case(name: "gate: \(name)") }
            let refusals = reasons.filter(\.isRefusal)
            let outcome = refusals.isEmpty ? "skipped" : refusals.allSatisfy(\.isDoubt) ? "error" : "failure"
            var lines: [String] = []
            for reason in reasons {
                lines.append("\(reason.summary) (\(reason.setting))")
                lines += ReportText.lines(reason.inputs, count: 50).map { "  " + $0 }
                lines.append("to do: \(reason.remedy)")
            }
            return Case(name: "gate: \(name)", outcome: outcome, message: worst.summary, lines: lines)
        }
    }

    private static func cases(of image: ReportedImage) -> [Case] {
        var cases = [Case(name: "the data is whole and fresh")]
        if image.certainty != .complete {
            cases[0].outcome = image.isDataRefused ? "error" : "skipped"
            cases[0].message = image.headline
            cases[0].lines = ReportText.lines(image.doubts, count: 50)
        }
        for finding in image.findings where finding.status != .undetermined {
            var one = Case(name: "\(finding.id) in \(finding.source) \(finding.sourceVersion)")
            let title = "\(finding.severity.rawValue), to \(finding.action): \(finding.summary)"
            if finding.isMuted {
                one.outcome = "skipped"
                one.message = finding.answer.map { "\($0.status), says \($0.source)" } ?? ""
            } else {
                switch finding.standing {
                case .reached: (one.outcome, one.message) = ("failure", title)
                case .unrated: (one.outcome, one.message) = ("failure", "nobody rated it, so it may be as bad as any: \(title)")
                case .unratedAllowed: (one.outcome, one.message) = ("skipped", "nobody rated it, which is allowed: \(title)")
                case .below, .answered, nil: break
                }
                if one.outcome == "failure" { one.lines = [finding.solution] + finding.inputs + ["said by \(finding.feed)"] }
            }
            cases.append(one)
        }
        return cases
    }

    static func escape(_ text: String, _ limit: Int) -> String {
        var result = ""
        for scalar in ReportText.line(text, limit: limit).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            // What XML 1.0 has no place for.
            case "\u{FFFE}", "\u{FFFF}": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
