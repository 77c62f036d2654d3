// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

extension ImagePages {
    func vulnerabilities() -> CatalogPage {
        guard let assessment = entry.assessment else {
            return page(
                .vulnerabilities,
                [
                    el("section", .class("block big-empty sec0")) {
                        el("h2", text: "Not assessed")
                        el("p", .class("soft"), text: "No number here means no number, not zero. Assess it where the store is:")
                        command("ashlar assess \(entry.reference)")
                    }
                ])
        }
        let query = context.query
        let rows = entry.findings
        return page(
            .vulnerabilities,
            [
                el("section", .class("block pad sec0"), .label("Findings by state")) { Stones(rows: rows).nodes },
                el("p", .class("sec-note gap2")) {
                    "One stone is one finding: one advisory in one source package. "
                    caveat(assessment)
                },
                el("section", .class("sec1"), .with("aria-labelledby", "ft")) {
                    el("h2", .id("ft"), .class("sr"), text: "Findings")
                    el("div", .class("bar2")) {
                        FindingTable.filters(rows, query)
                        FindingTable.grid(rows, of: entry.reference, query).downloads(
                            download(.vulnerabilities, .csv), download(.vulnerabilities, .json))
                    }
                    narrowing(query, placeholder: "CVE or package", keeping: ["state", "severity", "sort", "fix"])
                    el("div", .class("gap2")) {
                        FindingTable.grid(rows, of: entry.reference, query).node(
                            query, classes: "vt",
                            empty: assessment.completeness.level == .complete
                                ? "Nothing is known to be wrong with \(entry.reference)." : "Nothing was seen, and the data is incomplete.")
                    }
                },
                el("div", .class("two sec1")) {
                    note("Why scanners may disagree") {
                        el(
                            "p",
                            text:
                                "Many list what Debian’s security team calls unimportant as low or negligible, and most leave VEX out unless told to. "
                                + "Compare with the first number then. Here one flaw in one source package counts once, however many packages were built from it."
                        )
                    }
                    note("Count it yourself") { command("ashlar assess \(entry.reference) --full") }
                },
                unseen(assessment), feeds(assessment),
            ])
    }

    private func caveat(_ assessment: Assessment) -> String {
        switch assessment.completeness.level {
        case .complete: "Every feed that is needed was there, whole and fresh."
        case .atLeast: "The counts are lower bounds: " + assessment.completeness.reasons.joined(separator: "; ") + "."
        case .unknown: "The counts say nothing: " + assessment.completeness.reasons.joined(separator: "; ") + "."
        }
    }

    private func unseen(_ assessment: Assessment) -> Node {
        var seen: Set<String> = []
        let packages = assessment.platforms.flatMap(\.unseen).filter { seen.insert($0.package).inserted }
        guard !packages.isEmpty else { return .nothing }
        return note("No feed speaks of these", "watch") {
            el("ul") { for one in packages.prefix(100) { el("li", text: "\(one.package): \(one.reason)") } }
        }
    }

    private func feeds(_ assessment: Assessment) -> Node {
        el("section", .class("sec1"), .with("aria-labelledby", "fd")) {
            el("div", .class("sec-head")) {
                el("h2", .id("fd"), text: "The data behind it")
                el("p", .class("sec-note")) {
                    "Assessed "
                    moment(assessment.assessed)
                }
            }
            FeedTable.node(assessment.feeds, at: context.now)
        }
    }
}

/// One stone per finding up to sixty, beyond that a bar in proportion; solid left, hatched answered, light unimportant.
struct Stones {
    let rows: [FindingRow]
    private static let limit = 60
    private static let states: [(FindingRow.State, String, String)] = [
        (.left, "solid", "left after VEX"), (.answered, "st3", "answered by VEX"), (.unimportant, "st1", "unimportant to Debian"),
        (.undetermined, "st2", "without a verdict"),
    ]

    var nodes: [Node] {
        let parts = Self.states.map { state in (state, rows.count { $0.state == state.0 }) }
        return [
            rows.isEmpty ? .nothing : drawing(parts),
            el("div", .class("legend")) {
                for (state, count) in parts where state.0 != .undetermined || count > 0 {
                    el("span", .class("key")) {
                        el("svg", .with("viewBox", "0 0 14 14"), .with("aria-hidden", "true")) {
                            el("rect", .class(state.1), .with("width", "14"), .with("height", "14"), .with("rx", "1.5"))
                            if state.0 == .answered {
                                el(
                                    "rect", .with("width", "14"), .with("height", "14"), .with("fill", "url(#stone-hatch)"),
                                    .with("opacity", ".6"))
                            }
                        }
                        el("b", text: "\(count)")
                        " " + state.2
                    }
                }
            },
        ]
    }

    private func drawing(_ parts: [((FindingRow.State, String, String), Int)]) -> Node {
        let told = parts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.2)" }.joined(separator: ", ")
        let unit = 1200.0 / Double(rows.count)
        let gap = rows.count <= Self.limit ? min(3, unit / 4) : 0
        var place = 0
        return el(
            "svg", .class("stones"), .with("viewBox", "0 0 1200 30"), .with("preserveAspectRatio", "none"), .with("role", "img"),
            .label(told)
        ) {
            el("defs") {
                el(
                    "pattern", .id("stone-hatch"), .with("width", "6"), .with("height", "6"), .with("patternUnits", "userSpaceOnUse"),
                    .with("patternTransform", "rotate(45)")
                ) { el("line", .class("hatch-line"), .with("x1", "0"), .with("y1", "0"), .with("x2", "0"), .with("y2", "6")) }
            }
            parts.flatMap { state, count -> [Node] in
                let stones = rows.count <= Self.limit ? Array(repeating: 1, count: count) : count > 0 ? [count] : []
                return stones.flatMap { size -> [Node] in
                    let box: [Attribute] = [
                        .with("x", "\((Double(place) * unit * 10).rounded() / 10)"),
                        .with("width", "\(((Double(size) * unit - gap) * 10).rounded() / 10)"), .with("height", "30"),
                    ]
                    place += size
                    let hatch: [Node] =
                        state.0 == .answered
                        ? [.element("rect", box + [.with("fill", "url(#stone-hatch)"), .with("opacity", ".6")], [])] : []
                    return [.element("rect", [.class(state.1)] + box, [])] + hatch
                }
            }
        }
    }
}
