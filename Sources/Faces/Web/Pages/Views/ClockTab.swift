// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

extension ImagePages {
    /// Everything since the beginning that is known of this stream.
    var clockReport: SLOReport {
        get throws { try remediation.report(since: Timestamp(seconds: 0), now: context.now) { $0 == entry.reference } }
    }

    func clock() throws -> CatalogPage {
        let report = try clockReport
        let grid = clockGrid(report)
        return page(
            .clock,
            [
                el("section", .class("sec0"), .with("aria-labelledby", "cl")) {
                    el("div", .class("sec-head")) {
                        el("h2", .id("cl"), text: "Remediation clock")
                        el("p", .class("sec-note"), text: "Limits: \(report.policy.text), by \(report.policy.origin).")
                        grid.downloads(download(.clock, .csv), download(.clock, .json))
                    }
                    el("div", .class("bar2")) { narrowing(context.query, placeholder: "CVE or source package", keeping: ["sort"]) }
                    grid.node(
                        context.query,
                        empty: entry.assessment == nil
                            ? "No build of this stream was assessed, so nothing is known." : "No assessment of this stream has a finding.")
                },
                RemediationPages.reserves(report),
            ])
    }

    func clockGrid(_ report: SLOReport) -> Grid { RemediationPages.grid(report.lines, of: entry.reference, withSteps: true) }
}
