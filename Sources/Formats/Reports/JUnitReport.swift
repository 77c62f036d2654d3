// SPDX-License-Identifier: Apache-2.0
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
import Base

/// A report as a JUnit file: a suite for each image; a test for each rule of the gate, or for each finding where no gate was asked.
package struct JUnitReport: Sendable {
    private let report: Report
    private let failing: Set<String>

    /// - Parameter failing: The actions that make a finding fail where no gate was asked.
    package init(_ report: Report, failing: Set<String> = ["act", "attend"]) {
        self.report = report
        self.failing = failing
    }

    private struct Case {
        var name: String
        /// `failure`, `error` or `skipped`; nil when it passes.
        var outcome: String?
        var message = ""
        var lines: [String] = []
    }

    package var text: String {
        let suites = report.images.map { image in
            (image, image.verdict.map { Self.cases(of: $0, image) } ?? cases(of: image))
        }
        let all = suites.flatMap(\.1)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites name=\"ashlar\" \(Self.counts(all))>",
        ]
        for (image, cases) in suites {
            lines.append(
                "  <testsuite name=\"\(Self.escape(image.name, 200))\" timestamp=\"\(String(image.assessed.description.dropLast()))\" time=\"0\" \(Self.counts(cases)) skipped=\"\(cases.count { $0.outcome == "skipped" })\">"
            )
            lines.append("    <properties>")
            lines += Self.properties(image).map {
                "      <property name=\"\($0.0)\" value=\"\(Self.escape($0.1, 500))\"/>"
            }
            lines.append("    </properties>")
            for one in cases {
                let name = "    <testcase classname=\"\(Self.escape(image.name, 200))\" name=\"\(Self.escape(one.name, 300))\" time=\"0\""
                guard let outcome = one.outcome else {
                    lines.append(name + "/>")
                    continue
                }
                lines.append(name + ">")
                let body = one.lines.map { Self.escape($0, 400) }.joined(separator: "\n")
                let type = outcome == "skipped" ? "" : " type=\"\(Self.escape(one.name, 100))\""
                lines.append("      <\(outcome) message=\"\(Self.escape(one.message, 500))\"\(type)>\(body)</\(outcome)>")
                lines.append("    </testcase>")
            }
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
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
    private static func cases(of verdict: ReportedVerdict, _ image: ReportedImage) -> [Case] {
        var names = verdict.rules.map(\.name)
        for reason in verdict.reasons where !names.contains(reason.rule) { names.append(reason.rule) }
        return names.map { name in
            let reasons = verdict.reasons.filter { $0.rule == name }
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

    private func cases(of image: ReportedImage) -> [Case] {
        var cases = [Case(name: "the data is whole and fresh")]
        if image.certainty != .complete {
            cases[0].outcome = "error"
            cases[0].message = image.headline
            cases[0].lines = ReportText.lines(image.doubts, count: 50)
        }
        for finding in image.findings where finding.status != .undetermined {
            var one = Case(name: "\(finding.id) in \(finding.source) \(finding.sourceVersion)")
            if finding.isMuted {
                one.outcome = "skipped"
                one.message = finding.answer.map { "\($0.status), says \($0.source)" } ?? ""
            } else if failing.contains(finding.action) {
                one.outcome = "failure"
                one.message = "\(finding.severity.rawValue), to \(finding.action): \(finding.summary)"
                one.lines = [finding.solution] + finding.inputs + ["said by \(finding.feed)"]
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
