// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Why an assessment ends with another exit code than 0.
enum AssessRefusal: Diagnosable {
    /// What reaches the limit, and what nobody rated and so may.
    case findings([String], unrated: [String], limit: String)
    case incomplete([String])
    /// Answers of the catalog would be missing from what is signed.
    case noCatalog(String)

    var diagnosis: Diagnosis {
        switch self {
        case .findings(let findings, let unrated, let limit):
            Diagnosis(
                "assess.findings", .policy, Self.summary(findings.count, unrated.count, limit),
                remedy: "rebuild with the fixed packages where there are some: `ashlar resolve`, `ashlar build`"
                    + (unrated.isEmpty ? "" : "; answer in vex/ what nobody rated, or let it through with `--unrated allow`"),
                notes: Array(findings.prefix(50)) + unrated.prefix(50).map { "nobody rated it: \($0)" })
        case .incomplete(let reasons):
            Diagnosis(
                "assess.incomplete", .unavailable, "the data of \(reasons.count) assessments is not whole and fresh",
                remedy: "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`", notes: reasons)
        case .noCatalog(let path):
            Diagnosis(
                "assess.no-catalog", .usage,
                "expected a catalog for a signed scan, found none at \(path): its VEX answers would be missing",
                remedy: "run it where the catalog is, or name it with --catalog")
        }
    }

    private static func summary(_ reached: Int, _ unrated: Int, _ limit: String) -> String {
        func findings(_ count: Int) -> String { "\(count) finding\(count == 1 ? "" : "s")" }
        if unrated == 0 { return "\(findings(reached)) reach `\(limit)` or more" }
        if reached == 0 { return "\(findings(unrated)) that nobody rated may reach `\(limit)`" }
        return "\(findings(reached)) reach `\(limit)` or more, and \(unrated) that nobody rated may"
    }
}
