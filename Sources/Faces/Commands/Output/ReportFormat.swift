// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Artifacts
import Base
import Reports

/// The forms in which assessments and verdicts are told.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, sarif, cyclonedx, markdown, gitlab, junit

    static let help: ArgumentHelp = "table, json, sarif, cyclonedx, markdown, gitlab or junit."

    /// A report in a form of other tools; nil for table and json, which each command writes itself.
    func text(_ report: Report) -> String? {
        func pretty(_ json: JSON) -> String { String(decoding: json.prettyBytes, as: UTF8.self) }
        return switch self {
        case .table, .json: nil
        case .sarif: pretty(SARIFReport(report).json)
        case .cyclonedx: pretty(CycloneDXReport(report).json)
        case .markdown: MarkdownReport(report).text
        case .gitlab: pretty(GitLabReport(report).json)
        case .junit: JUnitReport(report).text
        }
    }
}
