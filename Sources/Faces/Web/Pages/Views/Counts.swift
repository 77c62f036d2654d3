// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records

/// The three numbers, as the assessment may tell them: never without what they leave out.
enum Counts3 {
    /// Small, for cards and tables.
    static func triplet(_ entry: ImageEntry) -> [Node] {
        guard let assessment = entry.assessment else {
            return [
                el("div", .class("trip none")) {
                    el("b", text: "Not assessed")
                    "No number here means no number, not zero."
                }
            ]
        }
        let counts = assessment.counts
        let level = assessment.completeness.level
        func cell(_ number: Int, _ words: String, _ query: [(String, String)]) -> Node {
            el("a", .href(entry.address("vulnerabilities", query: query))) {
                el("b") {
                    if level == .unknown {
                        "?"
                        if number > 0 { el("small", text: " \(number) seen") }
                    } else {
                        "\(number)"
                    }
                }
                words
            }
        }
        return [
            el("div", .class("trip")) {
                cell(counts.all.total, "all findings", [])
                cell(counts.withoutUnimportant.total, "minus unimportant", [("state", "important")])
                cell(counts.afterVEX.total, "after VEX", [("state", "left")])
            },
            asOf(assessment),
        ]
    }

    /// What the numbers leave out, in words; nothing when they are whole.
    static func asOf(_ assessment: Assessment) -> Node {
        switch assessment.completeness.level {
        case .complete: .nothing
        case .atLeast:
            el(
                "p", .class("asof"),
                text: "At least: data incomplete" + (assessment.completeness.since.map { " since \(Readable.day($0))" } ?? ""))
        case .unknown: el("p", .class("asof"), text: "Unknown: a feed that is needed is missing")
        }
    }

    /// Large: the subtraction written out, with a bar in proportion.
    static func ledger(
        _ counts: Counts, _ level: Completeness.Level, where explained: String, address: ([(String, String)]) -> Address
    ) -> Node {
        let (all, important, left) = (counts.all.total, counts.withoutUnimportant.total, counts.afterVEX.total)
        func number(_ value: Int) -> Node {
            el("span", .class("n")) {
                switch level {
                case .complete: "\(value)"
                case .atLeast:
                    el("small", text: "at least")
                    "\(value)"
                case .unknown:
                    el("small", text: value > 0 ? "unknown, seen" : "unknown")
                    value > 0 ? "\(value)" : "?"
                }
            }
        }
        func width(_ value: Int) -> String { all == 0 ? "0" : "\(Double(value * 12000 / all) / 10)" }
        return el("div", .class("course ledger")) {
            el(
                "svg", .class("strip"), .with("viewBox", "0 0 1200 8"), .with("preserveAspectRatio", "none"), .with("role", "img"),
                .label(
                    "Of \(all) findings \(all - important) are unimportant to Debian, \(important - left) are answered by VEX, \(left) are left"
                )
            ) {
                el("rect", .class("st1"), .with("width", "1200"), .with("height", "8"))
                el("rect", .class("st-mid"), .with("width", width(important)), .with("height", "8"))
                el("rect", .class("solid"), .with("width", width(left)), .with("height", "8"))
            }
            el("a", .href(address([]))) {
                number(all)
                el("span", .class("w"), text: "all findings")
                el("span", .class("why"), text: explained)
            }
            el("a", .href(address([("state", "important")]))) {
                number(important)
                el("span", .class("w"), text: "minus unimportant")
                el("span", .class("why")) {
                    el("b", text: "−\(all - important)")
                    " unimportant to Debian’s security team"
                }
            }
            el("a", .href(address([("state", "left")]))) {
                number(left)
                el("span", .class("w"), text: "after VEX")
                el("span", .class("why")) {
                    if important == left {
                        "no statement answers one"
                    } else {
                        el("b", text: "−\(important - left)")
                        " that do not apply, each with its statement"
                    }
                }
            }
        }
    }
}
