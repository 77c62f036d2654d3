// SPDX-License-Identifier: Apache-2.0
import Base
import SBOM

/// The keys of `gate.yaml`.
enum GateShape {
    /// What is read; texts become what they name when the file is whole.
    struct Draft: Sendable {
        var enforce = GatePolicy.standard.enforce
        var incomplete = GatePolicy.standard.incomplete
        var counted = GatePolicy.standard.counted
        var fixableOnly = GatePolicy.standard.fixableOnly
        var severities = GatePolicy.standard.severities
        var age = GatePolicy.standard.age
        var exploited = GatePolicy.standard.exploited
        var malicious = GatePolicy.standard.malicious
        var endOfLife = GatePolicy.standard.endOfLife
        var secrets = GatePolicy.standard.secrets
        var shells = GatePolicy.standard.shells
        var packageManagers = GatePolicy.standard.packageManagers
        var setuid = GatePolicy.standard.setuid
        var licences = LicencesDraft()
        var unusedExceptions = GatePolicy.standard.unusedExceptions
        var exceptions: [Located<ExceptionDraft>] = []
    }
    struct AgeDraft: Sendable {
        var preset: String?
        var days: [String: Int] = [:]
    }
    struct LicencesDraft: Sendable {
        var allow: [String] = []
        var deny: [String] = []
        var unknown: GatePolicy.Allowance?
    }
    struct ExceptionDraft: Sendable {
        var rule = ""
        var advisory: String?
        var package: String?
        var licence: String?
        var path: String?
        var image: String?
        var owner = ""
        var reason = ""
        var expires = ""
    }

    static let gate = RecordShape<Draft>(
        name: "gate", title: "the gate",
        keys: [
            .optional(
                "enforce", \.enforce, word("way to enforce"),
                "What a refusal does to `ashlar build`: report tells of it, publish keeps the image from being published; report when left out."
            ),
            .optional(
                "incomplete", \.incomplete, word("permission"),
                "What is done when a needed feed is missing, old, partial or the shipped snapshot; refuse when left out."),
            .optional(
                "count", \.counted, word("number"),
                "Which of the three numbers counts: all, without-unimportant or after-vex, which stands when left out."),
            .optional(
                "fixable-only", \.fixableOnly, .boolean,
                "Whether only findings count that a package in the archive repairs, for severities and age; true when left out."),
            .optional(
                "severities", \.severities, severities(0...100_000, "a map from severities to numbers"),
                "The largest number of findings of a severity; {critical: 0, high: 0} when left out, and any number of those not named."),
            .optional("age", \.age, age, "How long a finding may be open; any time when left out."),
            .optional(
                "exploited", \.exploited, word("choice about exploited flaws"),
                "What is done about flaws of the KEV catalog: refuse, overdue (only after the day that CISA set) or allow; refuse when left out."
            ),
            .optional("malicious", \.malicious, word("permission"), "What is done about malicious packages; refuse when left out."),
            .optional("end-of-life", \.endOfLife, endOfLife.shape, "What is done about products without support."),
            .optional(
                "secrets", \.secrets, word("choice about hardening"),
                "Secrets in files: refuse, excepted (what a recipe excepts with a reason is accepted) or allow; excepted when left out."),
            .optional("shells", \.shells, word("choice about hardening"), "Shells; the same words."),
            .optional("package-managers", \.packageManagers, word("choice about hardening"), "Package managers; the same words."),
            .optional("setuid", \.setuid, word("choice about hardening"), "Files with setuid, setgid or capabilities; the same words."),
            .optional("licences", \.licences, licences.shape, "Licences that are accepted, by identifiers of SPDX."),
            .optional(
                "unused-exceptions", \.unusedExceptions, word("choice about unused exceptions"),
                "What is done about an exception that covers nothing: report or refuse; report when left out."),
            .optional(
                "exceptions", \.exceptions, .list(of: exception.shape.located, named: "a list of exceptions"),
                "What is passed over, until a day and with somebody's name on it."),
        ], empty: { Draft() })

    static func word<Value: RawRepresentable & CaseIterable & Sendable>(_ kind: String) -> Shape<Value>
    where Value.RawValue == String {
        let values = Array(Value.allCases)
        let read = Shape<String>.choice(kind, values.map(\.rawValue))
        return Shape<Value>(schema: read.schema, expected: read.expected, kinds: read.kinds) { node, reader in
            read.read(node, &reader).flatMap { Value(rawValue: $0) }
        }
    }

    /// A map whose keys are severities.
    static func severities(_ range: ClosedRange<Int>, _ expected: String) -> Shape<[String: Int]> {
        let names = Severity.allCases.map(\.rawValue)
        let number = Shape<Int>.integer(range)
        let schema = Schema([
            "type": "object", "propertyNames": ["enum": JSON(names)], "additionalProperties": .object(number.schema.json),
        ])
        return Shape(schema: schema, expected: expected, kinds: [.map]) { node, reader in
            guard node.kind == .map else {
                reader.wrongType(node, expected: expected, kinds: [.map])
                return nil
            }
            var result: [String: Int] = [:]
            for pair in node.pairs {
                guard names.contains(pair.key) else {
                    reader.report(.unknownName(pair.keyPlace, kind: "severity", name: pair.key, known: names))
                    continue
                }
                result[pair.key] = reader.within(pair.key) { number.read(pair.value, &$0) }
            }
            return result
        }
    }

    private static var age: Shape<GatePolicy.Age> {
        ageDraft.shape.map { draft in
            let preset = GatePolicy.Age.presets.first { $0.name == draft.preset }
            let days = (preset?.days ?? [:]).merging(draft.days) { _, own in own }
            let origin = [preset?.name, draft.days.isEmpty ? nil : "own"].compactMap(\.self).joined(separator: " and ")
            return GatePolicy.Age(days: days, origin: origin)
        }
    }

    private static let ageDraft = RecordShape<AgeDraft>(
        name: "gateAge", title: "the age",
        keys: [
            .optional(
                "preset", \.preset, .choice("preset", GatePolicy.Age.presets.map(\.name)),
                "Days that others prescribe: " + GatePolicy.Age.presets.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ") + "."),
            .optional(
                "days", \.days, severities(0...3650, "a map from severities to days"),
                "Days from the first sight on, by severity; they go before those of the preset."),
        ], empty: { AgeDraft() },
        check: { draft, node, reader in
            guard draft.preset == nil, draft.days.isEmpty else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "preset or days", found: "neither", fix: "write {preset: fedramp} or {days: {high: 30}}"))
        })

    private static let endOfLife = RecordShape<GatePolicy.EndOfLife>(
        name: "gateEndOfLife", title: "the end of life",
        keys: [
            .optional("past", \.past, word("permission"), "What is done when support has ended; refuse when left out."),
            .optional(
                "days-ahead", \.daysAhead, .integer(0...3650), "Days before the end from which on it is refused; 0 when left out."),
        ], empty: { GatePolicy.EndOfLife() })

    private static let licences = RecordShape<LicencesDraft>(
        name: "gateLicences", title: "the licences",
        keys: [
            .optional(
                "allow", \.allow, .list(of: .text(.licenceName), named: "a list of licences"),
                "The only ones that are accepted; all when left out. LicenseRef-* is any that the list of SPDX does not have."),
            .optional(
                "deny", \.deny, .list(of: .text(.licenceName), named: "a list of licences"),
                "Those that are not accepted, even where allow names them."),
            .optional(
                "unknown", \.unknown, word("permission"),
                "What is done about a package whose licence nobody could tell; refuse beside allow, else allow, when left out."),
        ], empty: { LicencesDraft() })

    private static let exception = RecordShape<ExceptionDraft>(
        name: "gateException", title: "an exception",
        keys: [
            .required("rule", \.rule, .choice("rule of the gate", GateRuleName.excepted.map(\.rawValue)), "The rule that is excepted."),
            .optional("advisory", \.advisory, .text(.advisory), "The advisory, by any of its names: CVE-2026-1234."),
            .optional("package", \.package, .text(.line), "The source or binary package, or the product of end-of-life."),
            .optional("licence", \.licence, .text(.licenceName), "The licence, for licences."),
            .optional("path", \.path, .text(.line), "The path of a finding of Check: usr/bin/sh."),
            .optional("image", \.image, .text(.imagePattern), "The image, with * for any characters: python:*; every one when left out."),
            .required("owner", \.owner, .text(.line), "Who answers for it: a person or a team."),
            .required("reason", \.reason, .text(.reason), "Why it is accepted."),
            .required("expires", \.expires, .text(.day), "The last day on which it counts: 2026-12-31."),
        ], empty: { ExceptionDraft() },
        check: { draft, node, reader in
            let isNarrow = [draft.advisory, draft.package, draft.licence, draft.path, draft.image].contains { $0 != nil }
            guard !isNarrow else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "an exception that says what it covers",
                    found: "one that takes the whole rule \(draft.rule) away",
                    fix: "add advisory, package, licence, path or image; to be without a rule, change its setting"))
        })

    static func policy(_ draft: Draft, origin: String) -> GatePolicy {
        GatePolicy(
            enforce: draft.enforce, incomplete: draft.incomplete, counted: draft.counted, fixableOnly: draft.fixableOnly,
            severities: draft.severities, age: draft.age, exploited: draft.exploited, malicious: draft.malicious,
            endOfLife: draft.endOfLife, secrets: draft.secrets, shells: draft.shells, packageManagers: draft.packageManagers,
            setuid: draft.setuid,
            licences: GatePolicy.Licences(
                allow: draft.licences.allow, deny: draft.licences.deny,
                unknown: draft.licences.unknown ?? (draft.licences.allow.isEmpty ? .allow : .refuse)),
            unusedExceptions: draft.unusedExceptions,
            exceptions: draft.exceptions.compactMap { located in
                let draft = located.value
                guard let rule = GateRuleName(rawValue: draft.rule) else { return nil }
                var exception = GateException(
                    rule: rule, owner: draft.owner, reason: draft.reason, expires: draft.expires, place: located.place.description)
                exception.advisory = draft.advisory
                exception.package = draft.package
                exception.licence = draft.licence
                exception.path = draft.path
                exception.image = draft.image
                return exception
            }, origin: origin)
    }
}

extension TextRule {
    fileprivate static let advisory = TextRule(
        expected: "the name of an advisory such as CVE-2026-1234", pattern: "[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9._:-]+", limit: 100)
    fileprivate static let imagePattern = TextRule(
        expected: "the name of an image such as python:3.13 or python:*", pattern: "[a-z0-9._/*-]+(?::[A-Za-z0-9._*-]+)?", limit: 300)
    /// An identifier of the list of SPDX, with or without an exception, or a `LicenseRef-`.
    fileprivate static let licenceName = TextRule(
        expected: "an identifier of SPDX such as GPL-3.0-only, or one that begins with LicenseRef-",
        pattern: #"[A-Za-z0-9.+-]+(?: WITH [A-Za-z0-9.+-]+)?|LicenseRef-[A-Za-z0-9.-]*\*"#, limit: 200,
        further: { text in
            if text.hasPrefix("LicenseRef-") { return nil }
            let parts = text.split(separator: " ").map(String.init)
            let expected = "an identifier of SPDX such as GPL-3.0-only, or one that begins with LicenseRef-"
            guard let name = parts.first, parts.count == 1 || parts.count == 3 else { return Problem(expected: expected) }
            guard let known = SPDXLicenseList.license(name) else {
                return Problem(expected: expected, fix: SPDXLicenseList.nearest(to: name).map { "write \($0)" })
            }
            if known != name { return Problem(expected: expected, fix: "write \(known)") }
            if parts.count == 3, SPDXLicenseList.exception(parts[2]) != parts[2] {
                return Problem(expected: "an exception of the list of SPDX after WITH")
            }
            return nil
        })
}
