// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Decides whether an image may be published, and says why not: every reason, not the first.
package struct ReleaseJudge: Sendable {
    private let policy: GatePolicy
    package init(policy: GatePolicy) { self.policy = policy }

    package func judge(_ image: GateCase, now: Timestamp) -> GateVerdict {
        let concerned = policy.exceptions.filter { $0.concerns(image.assessment.subject) }
        let valid = concerned.filter { !$0.hasExpired(at: now) }
        var reasons: [GateReason] = []
        var covered: [GateException: [String]] = [:]
        var asked: [GateRuleName] = []
        for rule in GateRules.all {
            let questions = rule.questions(image, policy, now: now)
            if !questions.isEmpty { asked.append(rule.name) }
            for question in questions {
                reasons += answer(question, of: rule.name, valid.filter { $0.rule == rule.name }, &covered)
            }
        }
        reasons += concerned.filter { $0.hasExpired(at: now) }.map(Self.expired)
        let excused = valid.compactMap { exception in covered[exception].map { GateExcuse(exception: exception, covered: $0) } }
        return GateVerdict(
            of: image.assessment, decided: now, policy: policy, reasons: reasons, excused: excused, rules: asked)
    }

    /// Exceptions that covered nothing in any of the images, for each that could have: those that name one of the images, and all of
    /// them when every image was looked at. What has expired is told elsewhere.
    package func unused(among verdicts: [GateVerdict], areAll: Bool, now: Timestamp) -> [GateReason] {
        let used = Set(verdicts.flatMap(\.excused).map(\.exception))
        let names = verdicts.map(\.subject)
        return policy.exceptions.filter { exception in
            guard !exception.hasExpired(at: now), !used.contains(exception) else { return false }
            return areAll || (exception.image != nil && names.contains { exception.concerns($0) })
        }.map { exception in
            let isSure = verdicts.allSatisfy { $0.completeness.level == .complete }
            return GateReason(
                rule: .unusedException, level: policy.unusedExceptions == .refuse ? .refusal : .warning,
                certainty: isSure ? .exact : .atLeast,
                summary: "the exception of \(exception.title) covers nothing" + (isSure ? "" : " in the data at hand, which is incomplete"),
                setting: "unused-exceptions", inputs: ["\(exception.place): owner \(exception.owner), until \(exception.expires)"],
                remedy: "remove it from gate.yaml, or correct what it names")
        }
    }

    private static func expired(_ exception: GateException) -> GateReason {
        GateReason(
            rule: .expiredException, summary: "the exception of \(exception.title) expired on \(exception.expires)", setting: "exceptions",
            inputs: ["\(exception.place): owner \(exception.owner), because: \(exception.reason)"],
            remedy: "ask \(exception.owner): repair what it covers and remove it, or give it a new day with a reason")
    }

    private func answer(
        _ question: GateQuestion, of rule: GateRuleName, _ exceptions: [GateException], _ covered: inout [GateException: [String]]
    ) -> [GateReason] {
        var left: [GateQuestion.Item] = []
        for item in question.items {
            let fitting = exceptions.filter { $0.covers(item) }
            if fitting.isEmpty { left.append(item) }
            for exception in fitting { covered[exception, default: []].append(item.text) }
        }
        var reasons: [GateReason] = []
        if left.count > question.allowed {
            let bound = question.certainty == .exact ? "" : "at least "
            let things = left.count == 1 ? question.thing : question.things
            let isRefusal = question.level == .refusal
            let limit = isRefusal ? ", \(question.allowed == 0 ? "none" : "\(question.allowed)") allowed" : ""
            reasons.append(
                GateReason(
                    rule: rule, level: question.level, certainty: question.certainty == .unknown ? .atLeast : question.certainty,
                    summary: "\(bound)\(left.count) \(things)\(limit)", found: left.count,
                    allowed: isRefusal ? question.allowed : nil, setting: question.setting, inputs: left.map(\.text),
                    remedy: question.remedy))
        }
        guard let doubt = question.doubts.first else { return reasons }
        // An exception of this rule for the whole image is the only one that covers what is not there.
        let whole = exceptions.filter { $0.coversWholeImage }
        if !whole.isEmpty {
            for exception in whole { covered[exception, default: []].append(doubt) }
            return reasons
        }
        reasons.append(
            GateReason(
                rule: rule, level: policy.incomplete == .refuse ? .refusal : .warning, certainty: .unknown,
                summary: rule == .incompleteData ? doubt : "it cannot be said for sure: \(doubt)", setting: question.setting,
                inputs: Array(question.doubts.dropFirst()),
                remedy: question.things.isEmpty ? question.remedy : IncompleteDataRule.remedy))
        return reasons
    }
}

extension GateException {
    /// Everything it says must agree with the item.
    func covers(_ item: GateQuestion.Item) -> Bool {
        if let advisory, !item.advisories.contains(advisory) { return false }
        if let package, !item.packages.contains(package) { return false }
        if let licence, !item.licences.contains(where: { licence.hasSuffix("*") ? $0.hasPrefix(licence.dropLast()) : $0 == licence }) {
            return false
        }
        if let path {
            let slashless = path.hasPrefix("/") ? String(path.dropFirst()) : path
            guard let found = item.path, PathPattern(slashless)?.matches(found) ?? (found == slashless) else { return false }
        }
        // A licence that is one of several in the way does not take the others away.
        if let licence { return item.licences.allSatisfy { licence.hasSuffix("*") ? $0.hasPrefix(licence.dropLast()) : $0 == licence } }
        return true
    }

    var coversWholeImage: Bool { advisory == nil && package == nil && licence == nil && path == nil }
}
