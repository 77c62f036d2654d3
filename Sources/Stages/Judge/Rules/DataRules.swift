// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// Whether enough could be seen to say anything.
struct IncompleteDataRule: GateRule {
    let name = GateRuleName.incompleteData
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        let completeness = image.assessment.completeness
        guard completeness.level != .complete else { return [] }
        let since = completeness.since.map { " since \($0)" } ?? ""
        let reasons = completeness.reasons.isEmpty ? ["nobody said why"] : completeness.reasons
        return [
            GateQuestion(
                setting: "incomplete", items: [], things: "", thing: "", certainty: .unknown,
                doubts: [
                    completeness.level == .unknown
                        ? "nothing can be said about its flaws" : "its flaws are at least those seen: data is incomplete\(since)"
                ] + reasons,
                remedy: Self.remedy)
        ]
    }
    static let remedy =
        "run `ashlar feeds update`, or bring feeds in with `ashlar feeds import`; to publish all the same, write `incomplete: allow` in gate.yaml"
}

/// Products whose support has ended, or soon will.
struct EndOfLifeRule: GateRule {
    let name = GateRuleName.endOfLife
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        guard policy.endOfLife.past == .refuse else { return [] }
        let ahead = policy.endOfLife.daysAhead
        let items = image.assessment.support.compactMap { note -> GateQuestion.Item? in
            let end = note.ends.flatMap { Timestamp(date: $0) }
            let days = end.map { ($0.seconds - now.seconds) / 86400 }
            guard note.hasEnded || (ahead > 0 && days.map { $0 <= ahead } ?? false) else { return nil }
            let word = note.hasEnded ? "ended" : "ends"
            return GateQuestion.Item(
                text: "\(note.product) \(note.cycle): its support \(word)\(note.ends.map { " on \($0)" } ?? ""), says endoflife.date",
                packages: [note.product, "\(note.product) \(note.cycle)"])
        }
        let feed = image.feed("endoflife")
        // Its dates change slowly: an old list says nearly all, and none says nothing.
        let isThere = feed.map { $0.certainty != .unknown } ?? false
        // A release that it does not list is not one that is supported.
        let unknown = image.assessment.support.compactMap { note in
            note.doubt.map { "whether \(note.product) \(note.cycle) is supported is not known: \($0)" }
        }
        return [
            GateQuestion(
                setting: "end-of-life", items: items,
                things: "products without support\(ahead > 0 ? ", or with \(ahead) days of it left" : "")",
                thing: "product without support\(ahead > 0 ? ", or with \(ahead) days of it left" : "")",
                certainty: isThere ? .exact : .unknown, doubts: isThere ? unknown : [feed?.doubt ?? "endoflife.date is missing"],
                remedy: "move the recipe to a release that is supported")
        ]
    }
}

/// What the rules of Check found in the files: secrets, shells, package managers, setuid.
struct HardeningGateRule: GateRule {
    let name: GateRuleName
    func questions(_ image: GateCase, _ policy: GatePolicy, now: Timestamp) -> [GateQuestion] {
        let wanted = policy.hardening(name)
        guard wanted != .allow else { return [] }
        let rules = Set(name.hardening.map(\.rawValue))
        guard let findings = image.hardening, rules.isSubset(of: image.checked) else {
            // What a recipe may except was refused by the build already, where there was one.
            guard wanted == .refuse else { return [] }
            return [
                GateQuestion(
                    setting: name.rawValue, items: [], things: "", thing: "", certainty: .unknown,
                    doubts: ["the results of the rules \(rules.sorted().joined(separator: ", ")) are not at hand"],
                    remedy: "build the image here, or verify it with `ashlar verify`; its signed test results say it")
            ]
        }
        let items = findings.filter { rules.contains($0.rule) && (wanted == .refuse || $0.excepted == nil) }.map { finding in
            let reason = finding.excepted.map { "; the recipe excepts it: \($0)" } ?? ""
            return GateQuestion.Item(
                text: "/\(finding.path) on \(finding.platform), said by \(finding.rule)\(reason)", path: finding.path)
        }
        let what = name.rawValue.replacing("-", with: " ")
        return [
            GateQuestion(
                setting: name.rawValue, items: items, things: "places where there are \(what)", thing: "place where there are \(what)",
                remedy: "take them out of the recipe, or write `\(name.rawValue): excepted` in gate.yaml to accept what a recipe excepts")
        ]
    }
}
