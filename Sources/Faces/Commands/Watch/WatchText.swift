// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Pipeline

/// What the watcher does, for people and for programs.
enum WatchText {
    static func lines(_ news: Watcher.News) -> [String] {
        switch news {
        case .heard(let source): return ["\(source)  has something new"]
        case .unheard(let source, let reason): return ["\(source)  FAILED: \(reason)"]
        case .unplanned(let diagnosis): return ["nothing was planned: \(diagnosis.summary)", "  fix  \(diagnosis.remedy)"]
        case .unassessed(let diagnosis): return ["not assessed: \(diagnosis.summary)", "  fix  \(diagnosis.remedy)"]
        case .planned(let plans):
            let words = Dictionary(grouping: plans, by: \.decision.word).mapValues(\.count).sorted { $0.key < $1.key }
            return ["planned  " + (words.isEmpty ? "nothing to do" : words.map { "\($0.value) \($0.key)" }.joined(separator: ", "))]
        case .change(let news): return lines(news)
        }
    }

    private static func lines(_ news: ChangeRunner.News) -> [String] {
        switch news {
        case .began(let change): ["\(change.image)  \(change.plan.reason)"]
        case .published(let change, let release): ["\(change.image)  published \(release.buildTag)  \(release.index.short)"]
        case .proposed(let change, let place): ["\(change.image)  proposed: \(place)"]
        case .failed(let change, let failure):
            ["\(change.image)  FAILED: \(failure.summary)", "  next try \(change.due?.description ?? "-"); the last good release stays"]
                + failure.notes.prefix(5).map { "  " + $0 }
        case .waits(let change, let reason): ["\(change.image)  waits: \(reason)"]
        case .stopped(let reason): ["stopped for now: \(reason)"]
        }
    }

    static func table(_ outcome: CatalogPlanner.Outcome, full: Bool) -> String {
        guard !outcome.plans.isEmpty else { return "\(outcome.images.count) images, nothing to do" }
        var table = Table(header: ["IMAGE", "DECISION", "WHY"])
        table.rows = outcome.plans.map { plan in
            let failure = outcome.failures[plan.image].map { ": \($0.summary)" } ?? ""
            return [plan.image, failure.isEmpty ? plan.decision.text : "failed", plan.reason + failure]
        }
        guard full else { return table.text }
        let summaries = outcome.plans.map(\.summary).filter { !$0.isEmpty }
        return table.text + "\n\n"
            + summaries.map { $0.split(separator: "\n").map { Terminal.clean(String($0)) }.joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    static func json(_ outcome: CatalogPlanner.Outcome) throws -> JSON {
        .array(
            try outcome.plans.map { plan in
                var members = try json(plan)
                if let failure = outcome.failures[plan.image] { members["failure"] = try CanonicalJSON.value(of: failure) }
                return .object(members)
            })
    }

    static func json(_ plan: PlannedChange) throws -> [String: JSON] {
        var members = try CanonicalJSON.value(of: plan).object ?? [:]
        members["decision"] = JSON(plan.decision.word)
        switch plan.decision {
        case .after(let date): members["after"] = JSON(date.description)
        case .frozen(let until): members["until"] = JSON(until)
        case .now, .propose, .pinned: break
        }
        members["fixes"] = JSON(plan.fixes)
        return members
    }
}

/// The queue with the places that are asked.
struct WatchStatus {
    let open: [Change]
    let finished: [Change]
    let polls: [Poll]
    let now: Timestamp

    var text: String {
        var parts: [String] = []
        if polls.isEmpty { parts.append("nothing was asked yet; run `ashlar watch`") } else { parts.append(places.text) }
        parts.append(open.isEmpty ? "the queue is empty" : queue.text)
        for change in open where change.failure != nil && change.state == .failed {
            guard let failure = change.failure else { continue }
            let lines =
                [
                    "\(change.image) failed \(change.attempts == 1 ? "once" : "\(change.attempts) times"), last at \(failure.at): \(failure.summary)"
                ] + failure.notes.prefix(8).map { "  " + $0 } + ["  fix  \(failure.remedy)", "  the last good release stays in service"]
            parts.append(lines.map(Terminal.clean).joined(separator: "\n"))
        }
        if !finished.isEmpty { parts.append(past.text) }
        return parts.joined(separator: "\n\n")
    }

    private var places: Table {
        var table = Table(header: ["ASKED", "LAST", "NEXT", "CHANGED", "STATE"])
        table.rows = polls.map {
            [
                $0.source, $0.checked.description, $0.next.description, $0.changed?.description ?? "-",
                $0.failure.map { "FAILED: \($0)" } ?? "good",
            ]
        }
        return table
    }

    private var queue: Table {
        var table = Table(header: ["IMAGE", "STATE", "DECISION", "NEXT", "TRIES", "WHY"])
        table.rows = open.map {
            [
                $0.image, $0.state.rawValue, $0.plan.decision.text, $0.due?.description ?? "-", "\($0.attempts)",
                $0.plan.reason + ($0.note.map { " (\($0))" } ?? ""),
            ]
        }
        return table
    }

    private var past: Table {
        var table = Table(header: ["PUBLISHED", "AT", "SEEN", "RELEASE", "WHY"])
        table.rows = finished.map {
            [$0.image, $0.finished?.description ?? "-", $0.seen.description, $0.release?.short ?? "-", $0.plan.reason]
        }
        return table
    }

    var json: JSON {
        get throws {
            [
                "changes": .array(try open.map(Self.json)), "finished": .array(try finished.map(Self.json)),
                "polls": try CanonicalJSON.value(of: polls),
            ]
        }
    }

    static func json(_ change: Change) throws -> JSON {
        var members = try CanonicalJSON.value(of: change).object ?? [:]
        members["plan"] = .object(try WatchText.json(change.plan))
        return .object(members)
    }
}
