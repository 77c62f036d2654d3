// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// How long fixes took and what is open, over all images that the visitor may see.
struct RemediationPages {
    let context: PageContext
    let report: SLOReport
    let days: Int
    private static let windows = [30, 90, 365]

    init(_ context: PageContext, _ shelf: RemediationShelf) throws {
        self.context = context
        days = context.query["days"].flatMap { Int($0) }.flatMap { Self.windows.contains($0) ? $0 : nil } ?? 90
        let visible = Set(context.entries.map(\.reference))
        report = try shelf.report(since: Timestamp(seconds: context.now.seconds - days * 86400), now: context.now) { visible.contains($0) }
    }

    var page: CatalogPage {
        let (lines, times) = (lineGrid, timeGrid)
        let query = context.query.parameters
        return CatalogPage(
            title: "Remediation", summary: "How long fixes take to reach the images, measured", section: .remediation,
            content: [
                el("div", .class("wrap")) {
                    el("div", .class("head h-top")) {
                        el("div") {
                            el("h1", text: "Remediation")
                            el("p", .class("lead"), text: "How long fixes take from Debian to you, measured. \(lead)")
                        }
                    }
                    el("nav", .class("filters"), .label("Window")) {
                        for window in Self.windows {
                            Node.element(
                                "a",
                                [.class("chip"), .href(.query(context.query.with("days", window == 90 ? nil : "\(window)")))]
                                    + (window == days ? [.with("aria-current", "true")] : []), [.text("\(window) days")])
                        }
                    }
                    stats
                    el("section", .class("sec1"), .with("aria-labelledby", "rc")) {
                        el("div", .class("sec-head")) {
                            el("h2", .id("rc"), text: "Clocks")
                            el("p", .class("sec-note"), text: "Limits: \(report.policy.text), by \(report.policy.origin).")
                            lines.downloads(.at("remediation.csv", query: query), .at("remediation.json", query: query))
                        }
                        narrowing(context.query, placeholder: "CVE, image or source package", keeping: ["days", "sort"])
                        lines.node(context.query, empty: "Nothing is open and nothing ended in this window, as far as assessments tell.")
                    }
                    el("section", .class("sec1"), .with("aria-labelledby", "rt")) {
                        el("div", .class("sec-head")) {
                            el("h2", .id("rt"), text: "Times")
                            el(
                                "p", .class("sec-note"),
                                text: "Of remediations in this window, by nearest rank: each is the time of one of them.")
                            times.downloads(.at("remediation-times.csv", query: query), .at("remediation-times.json", query: query))
                        }
                        times.node(GridQuery(nil), empty: "Nothing was remediated in this window.")
                    }
                    Self.reserves(report)
                    el("section", .class("sec1")) {
                        note("What the clock measures") {
                            el(
                                "p",
                                text:
                                    "It starts with \(report.policy.start.title) and stops when the rebuilt image is published. A finding that the same version no longer has was changed by its feed: that is no remediation. Each moment has the record it comes from; an auditor can recompute every number."
                            )
                            command("ashlar report slo --since \(report.since.dateText) --format json")
                        }
                    }
                }
            ])
    }

    private var lead: String {
        let overdue = report.all[.overdue]
        return overdue == 0
            ? "Nothing that can be measured is past its limit." : "\(Readable.count(overdue, "finding is", "findings are")) past its limit."
    }

    private var stats: Node {
        let all = report.all
        let kept = all[.within] + all[.breached]
        let measure = report.measures.first { $0.step == .fixedToPublished && $0.severity == "all" }
        let isBound = (measure?.bounded ?? 0) > 0
        let bounds = isBound ? "\(measure?.bounded ?? 0) of \(measure?.measured ?? 0) times are bounds" : "Debian’s fix to published"
        func time(_ seconds: Int?) -> String { seconds.map(Span.text) ?? "not known" }
        return el("div", .class("course stats gap2")) {
            el("div") {
                el("span", .class("lab"), text: "Kept, last \(days) days")
                el("b", text: kept == 0 ? "none measured" : "\(all[.within]) of \(kept)")
                "fixes published within their limit" + (all[.unmeasured] > 0 ? ", \(all[.unmeasured]) not measurable" : "")
            }
            el("div") {
                el("span", .class("lab"), text: "Half of them within")
                el("b", text: time(measure?.p50))
                bounds
            }
            el("div") {
                el("span", .class("lab"), text: "9 of 10 within")
                el("b", text: time(measure?.p90))
                measure?.max.map { "the slowest took \(Span.text($0))" } ?? "nothing was measured"
            }
            el("div") {
                el("span", .class("lab"), text: "Past its limit now")
                el("b", .class(all[.overdue] > 0 ? "bad" : ""), text: Readable.count(all[.overdue], "finding", "findings"))
                "\(all[.running]) running, \(all[.waiting]) without a fix"
            }
        }
    }

    /// What the numbers leave out.
    static func reserves(_ report: SLOReport) -> Node {
        el("section", .class("sec1")) {
            note("What this leaves out", "watch") {
                for text in report.coverage.notes { el("p", text: text) }
            }
        }
    }

    // MARK: - Tables

    var lineGrid: Grid { Self.grid(report.lines, of: "catalog", withSteps: false) }

    var timeGrid: Grid {
        func cell(_ seconds: Int?) -> Grid.Cell {
            .init(seconds.map { JSON($0) } ?? .null, seconds.map { .text(Span.text($0)) } ?? el("span", .class("soft"), text: "not known"))
        }
        let told = report.measures.filter { $0.measured > 0 || $0.severity == "all" }
        return Grid(
            name: "remediation-times", subject: "catalog",
            columns: [
                .init(key: "step", title: "From, to"), .init(key: "severity", title: "Severity", isTight: true),
                .init(key: "p50", title: "p50", isNumeric: true), .init(key: "p90", title: "p90", isNumeric: true),
                .init(key: "max", title: "Max", isNumeric: true), .init(key: "measured", title: "Measured", isNumeric: true),
                .init(key: "bounded", title: "Of these bounds", isNumeric: true),
                .init(key: "unmeasured", title: "Not measured", isNumeric: true),
            ],
            rows: told.map { one in
                Grid.Row(cells: [
                    .init(JSON(one.step.rawValue), .text(one.step.title)), .init(one.severity), cell(one.p50), cell(one.p90), cell(one.max),
                    .init(JSON(one.measured)), .init(JSON(one.bounded)), .init(JSON(one.unmeasured)),
                ])
            })
    }

    private static let steps: [(key: String, title: String, step: @Sendable (RemediationClock) -> ClockStep)] = [
        ("disclosed", "Disclosed", { $0.disclosed }), ("fixed", "Fixed in Debian", { $0.fixed }), ("seen", "Seen here", { $0.seen }),
        ("rebuilt", "Rebuilt", { $0.rebuilt }), ("published", "Published", { $0.published }), ("deployed", "Deployed", { $0.deployed }),
    ]

    /// One line for each clock, with the moments of its steps and where each comes from.
    static func grid(_ lines: [SLOReport.Line], of subject: String, withSteps: Bool) -> Grid {
        var columns: [Grid.Column] = [
            .init(key: "advisory", title: "Finding"), .init(key: "severity", title: "Severity", isTight: true),
            .init(key: "seconds", title: "Clock"), .init(key: "state", title: "State"), .init(key: "why", title: "Why"),
            .init(key: "image", title: "Image", isShown: false), .init(key: "source", title: "Source package", isShown: false),
            .init(key: "outcome", title: "Outcome", isShown: false), .init(key: "certain", title: "Certain", isShown: false),
            .init(key: "limit", title: "Limit in days", isShown: false), .init(key: "deadline", title: "Deadline", isShown: false),
            .init(key: "exposed", title: "First build with it", isShown: false),
            .init(key: "remedied", title: "Build without it", isShown: false),
        ]
        for step in steps {
            columns.append(.init(key: step.key, title: step.title, isShown: withSteps))
            columns.append(.init(key: step.key + "Origin", title: "\(step.title): says", isShown: false))
        }
        return Grid(name: "remediation", subject: subject, columns: columns, rows: lines.map { row($0, withSteps: withSteps) })
    }

    private static func row(_ line: SLOReport.Line, withSteps: Bool) -> Grid.Row {
        let clock = line.clock
        let why = ([line.cause.map { RebuildObstacle.title($0) }, line.causeDetail, line.reason] as [String?]).compactMap(\.self)
            .joined(separator: ": ")
        let limit = line.limitDays.map { "limit \($0) d" } ?? line.deadline.map { "until \(Readable.day($0.dateText))" } ?? "no limit"
        var cells: [Grid.Cell] = [
            .init(
                JSON(clock.advisory),
                group {
                    el("a", .class("mono"), .href(.at("cves", clock.advisory)), text: clock.advisory)
                    el(
                        "span", .class("sub"),
                        text: (withSteps ? "" : "\(clock.image), ") + "\(clock.source.name) \(clock.source.version)"
                            + (clock.fix.map { ", fixed in \($0)" } ?? ""))
                }),
            .init(
                JSON(clock.severity.rawValue), el("span", .title(clock.severityOrigin)) { Web.severity(clock.severity) },
                order: Severity.allCases.firstIndex(of: clock.severity)),
            .init(
                line.seconds.map { JSON($0) } ?? .null,
                group {
                    el("b", text: line.seconds.map(Span.text) ?? "not known")
                    el("span", .class("sub"), text: limit)
                }),
            .init(JSON(clock.state.rawValue), state(line)), .init(why.isEmpty ? clock.reason : why), .init(clock.image),
            .init("\(clock.source.name) \(clock.source.version)"), .init(line.outcome.rawValue), .init(.bool(line.isCertain)),
            .init(line.limitDays.map { JSON($0) } ?? .null), .init(line.deadline?.description), .init(clock.exposed.tag),
            .init(clock.remediedBy?.tag),
        ]
        for step in steps {
            let found = step.step(clock)
            cells.append(.init(found.at.map { JSON($0.description) } ?? .null, node(found), order: found.at?.seconds))
            cells.append(.init(found.moment.map { "\($0.bound.rawValue): \($0.origin)" } ?? "not known: \(found.unknown ?? "no record")"))
        }
        return Grid.Row(
            cells: cells,
            group: .init(
                key: line.outcome.rawValue, title: line.outcome.title.prefix(1).uppercased() + line.outcome.title.dropFirst(),
                note: explained(line.outcome)))
    }

    private static func node(_ step: ClockStep) -> Node {
        guard let found = step.moment else { return el("span", .class("soft"), .title(step.unknown ?? ""), text: "not known") }
        let word =
            switch found.bound {
            case .exact: ""
            case .notAfter: "by "
            case .notBefore: "not before "
            }
        return el("span", .title(found.origin)) {
            word
            moment(found.at)
        }
    }

    private static func state(_ line: SLOReport.Line) -> Node {
        let words = line.isCertain ? "" : ", as far as is known"
        return switch line.outcome {
        case .within: Web.state("good", "fixed", "in time" + words)
        case .breached: Web.state("bad", "fail", "late" + words)
        case .overdue: Web.state("bad", "fail", "past its limit" + words)
        case .running: Web.state("", "asking", "running" + words)
        case .waiting: Web.state("", "asking", "no fix")
        case .unmeasured: Web.state("watch", "asking", "not measurable")
        case .unlimited: Web.state("", "asking", line.clock.state.rawValue)
        case .excluded: Web.state("", "asking", line.clock.state.rawValue)
        }
    }

    private static func explained(_ outcome: SLOReport.Outcome) -> String {
        switch outcome {
        case .within: "a build without it was published before the limit"
        case .breached: "a build without it was published, after the limit"
        case .overdue: "counts as a breach until a build without it is published"
        case .running: "the clock is ours"
        case .waiting: "nothing to rebuild with; shown so that it is not forgotten"
        case .unmeasured: "a moment that nobody recorded is needed to say"
        case .unlimited: "the objectives name no days for its severity"
        case .excluded: "changed by its feed, unimportant, undecided or answered: no time is counted"
        }
    }
}
