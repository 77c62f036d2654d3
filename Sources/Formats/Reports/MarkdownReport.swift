// SPDX-License-Identifier: Apache-2.0
// https://github.github.com/gfm/
import Base

/// A report for a pull request, as GitHub Flavored Markdown.
package struct MarkdownReport: Sendable {
    private let report: Report
    private let rowLimit: Int
    /// - Parameter rowLimit: Findings listed of each image; a comment of 65 536 characters is the most that GitHub takes.
    package init(_ report: Report, rowLimit: Int = 100) {
        self.report = report
        self.rowLimit = rowLimit
    }

    package var text: String {
        var lines: [String] = []
        if report.images.count > 1 { lines += overview() }
        for image in report.images { lines += section(image) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Text from outside as code: nothing in it is a link, a mention, a tag or the end of a cell. What could end the code or the cell
    /// is replaced by what looks like it, since a backslash before a bar means different things to different readers.
    static func code(_ text: String, limit: Int = 200) -> String {
        let clean = ReportText.line(text, limit: limit).replacing("`", with: "'").replacing("|", with: "¦")
        return clean.isEmpty ? "–" : "`\(clean)`"
    }

    private func overview() -> [String] {
        var lines = ["| image | all / without unimportant / after VEX | gate |", "| --- | --- | --- |"]
        for image in report.images {
            let gate = image.verdict.map { $0.isRefused ? "**refuse**" : "publish" } ?? "not asked"
            lines.append("| \(Self.code(image.name)) | \(Self.code(image.headline)) | \(gate) |")
        }
        return lines + [""]
    }

    private func section(_ image: ReportedImage) -> [String] {
        var lines = ["## \(Self.code(image.name))", ""]
        if let digest = image.digest { lines += [Self.code(digest, limit: 200), ""] }
        if let verdict = image.verdict { lines += gate(verdict) }
        lines += ["| what | number |", "| --- | --- |"]
        lines += image.numbers.map { "| \(ReportText.line($0.title, limit: 100)) | \(Self.code($0.text)) |" }
        lines.append("")
        if image.certainty != .complete {
            let said = Self.code(image.headline)
            lines.append(
                image.certainty == .unknown
                    ? "> [!CAUTION]\n> Nothing can be said, a needed feed is missing: \(said). This is not \"no findings\"."
                    : "> [!WARNING]\n> These numbers are lower bounds: \(said)")
            lines += ReportText.lines(image.doubts, count: 20).map { "> - \(Self.code($0, limit: 300))" }
            lines.append("")
        }
        lines.append("Data: " + (image.feeds.isEmpty ? "none" : image.feeds.map { Self.code($0, limit: 200) }.joined(separator: ", ")))
        lines += image.support.map { "Support: \(Self.code($0))" }
        lines.append("")
        lines += table(image)
        lines += ReportText.lines(image.unseen, count: 20).map { "- not judged: \(Self.code($0, limit: 300))" }
        return lines + [""]
    }

    private func gate(_ verdict: ReportedVerdict) -> [String] {
        var lines = [
            "**Gate: \(verdict.isRefused ? "refuse" : "publish")**, by \(Self.code(verdict.policy)), \(verdict.rules.count) rules asked",
            "",
        ]
        for reason in verdict.reasons {
            let mark = reason.isRefusal ? "**refused**" : "warning"
            lines.append("- \(mark) `\(reason.rule)`: \(Self.code(reason.summary, limit: 400)) (\(Self.code(reason.setting)))")
            lines += ReportText.lines(reason.inputs, count: 10).map { "  - \(Self.code($0, limit: 300))" }
            lines.append("  - to do: \(Self.code(reason.remedy, limit: 400))")
        }
        lines += ReportText.lines(verdict.excused, count: 20).map { "- excepted: \(Self.code($0, limit: 300))" }
        return lines + [""]
    }

    private func table(_ image: ReportedImage) -> [String] {
        guard !image.findings.isEmpty else { return ["No finding in the data at hand.", ""] }
        var lines = [
            "| do | severity | advisory | source | installed | fix | packages | about |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for finding in image.findings.prefix(rowLimit) {
            var severity = finding.severity.rawValue
            if finding.exploitedSince != nil { severity += ", **exploited**" }
            if finding.status == .malicious { severity += ", **malicious**" }
            var action = finding.status == .undetermined ? "undetermined" : finding.action
            if let answer = finding.answer { action += ", VEX: \(Self.code(answer.status + " (" + answer.source + ")", limit: 100))" }
            let fix =
                finding.fix.map { Self.code($0, limit: 80) + (finding.fixIsInArchive == false ? " not in the archive" : "") } ?? "none"
            let cells = [
                action, severity, advisory(finding.id), Self.code(finding.source + (finding.isCopy ? " (copy)" : ""), limit: 80),
                Self.code(finding.sourceVersion, limit: 80), fix,
                Self.code(finding.packageNames.joined(separator: " "), limit: 120),
                Self.code(finding.summary, limit: 160),
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        let hidden = image.findings.count - min(image.findings.count, rowLimit)
        if hidden > 0 { lines += ["", "\(hidden) more are not shown."] }
        return lines + [""]
    }

    private func advisory(_ id: String) -> String {
        ReportedFinding.address(of: id).map { "[\(id)](\($0))" } ?? Self.code(id, limit: 100)
    }
}
