// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import SBOM
import TestKit
import Testing

@testable import Judge

private let now = SampleAssessment.now

private func policy(_ change: (inout GatePolicy) -> Void = { _ in }) -> GatePolicy {
    var policy = GatePolicy.standard
    change(&policy)
    return policy
}

private func judge(_ assessment: Assessment, _ policy: GatePolicy = .standard) -> GateVerdict {
    ReleaseJudge(policy: policy).judge(GateCase(assessment: assessment), now: now)
}

private func exception(
    _ rule: GateRuleName, expires: String = "2027-01-01", _ change: (inout GateException) -> Void = { _ in }
) -> GateException {
    var exception = GateException(rule: rule, owner: "ada@example.org", reason: "not reachable", expires: expires, place: "gate.yaml:9:5")
    change(&exception)
    return exception
}

@Suite struct ReleaseJudgeTests {
    @Test func `an image without flaws may be published when everything could be seen`() {
        let verdict = judge(SampleAssessment.assessment([]))
        #expect(verdict.outcome == .publish)
        #expect(verdict.reasons == [])
        #expect(
            verdict.rules
                == [.malicious, .exploited, .severity, .endOfLife, .secrets, .shells, .packageManagers, .setuid].filter {
                    $0.hardening.isEmpty
                })
    }

    @Test func `every reason is told, each with rule, number, input and remedy`() throws {
        let verdict = judge(SampleAssessment.assessment())
        #expect(verdict.outcome == .refuse)
        #expect(verdict.refusals.map(\.setting) == ["exploited", "severities.critical", "severities.high"])
        let high = try #require(verdict.reasons.first { $0.setting == "severities.high" })
        #expect(high.found == 1 && high.allowed == 0 && high.certainty == .exact)
        #expect(high.summary == "1 finding of severity high that a package in the archive repairs, none allowed")
        #expect(high.inputs.count == 1 && high.inputs[0].hasPrefix("CVE-2026-0002 in openssl 3.5.1-1 (libopenssl3t64): high"))
        #expect(high.inputs[0].contains("said by the feed debian of 2026-11-2"))
        #expect(high.remedy.contains("ashlar resolve"))
        #expect(!verdict.isRefusedForDataAlone)
    }

    @Test func `what nobody rated is told, and refuses where the file says how many there may be`() {
        let image = SampleAssessment.assessment([SampleAssessment.finding("CVE-2026-9", .unknown)])
        let told = judge(image)
        #expect(told.outcome == .publish && told.warnings.map(\.setting) == ["severities.unknown"])
        #expect(
            told.reasons[0].summary == "1 finding that a package in the archive repairs that nobody rated, which may be of any severity")
        #expect(told.reasons[0].inputs.first?.hasPrefix("CVE-2026-9 in openssl") == true && told.reasons[0].allowed == nil)
        #expect(judge(image, policy { $0.severities = ["high": 0, "unknown": 0] }).refusals.map(\.setting) == ["severities.unknown"])
        #expect(judge(image, policy { $0.severities = ["high": 0, "unknown": 1] }).reasons.isEmpty)
        #expect(judge(image, policy { $0.severities = [:] }).reasons.isEmpty)
    }

    @Test(arguments: [Completeness.Level.atLeast, .unknown])
    func `what could not be seen refuses, unless the file says otherwise`(level: Completeness.Level) throws {
        let blind = SampleAssessment.assessment([], level: level)
        let verdict = judge(blind)
        #expect(verdict.outcome == .refuse && verdict.isRefusedForDataAlone)
        #expect(verdict.reasons.map(\.rule) == [.incompleteData])
        #expect(verdict.reasons[0].remedy.contains("ashlar feeds update"))
        let lenient = judge(blind, policy { $0.incomplete = .allow })
        #expect(lenient.outcome == .publish)
        #expect(lenient.warnings.map(\.rule) == [.incompleteData])
    }

    @Test func `a number out of incomplete data reads as a lower bound, and stays a refusal`() throws {
        let verdict = judge(SampleAssessment.assessment(level: .atLeast), policy { $0.incomplete = .allow })
        let high = try #require(verdict.reasons.first { $0.setting == "severities.high" })
        #expect(high.summary.hasPrefix("at least 1 finding"))
        #expect(high.certainty == .atLeast && verdict.outcome == .refuse)
        #expect(verdict.headline.hasPrefix("at least"))
    }

    @Test func `without the KEV catalog nobody can say that nothing is exploited`() throws {
        let feeds = SampleAssessment.feeds.map { $0.name == "kev" ? SampleAssessment.feed("kev", .missing) : $0 }
        let verdict = judge(SampleAssessment.assessment([], feeds: feeds))
        #expect(verdict.refusals.map(\.rule) == [.exploited])
        #expect(verdict.reasons[0].summary.contains("the feed kev is missing"))
        #expect(judge(SampleAssessment.assessment([], feeds: feeds), policy { $0.exploited = .allow }).outcome == .publish)
        let snapshot = SampleAssessment.feeds.map { $0.name == "kev" ? SampleAssessment.feed("kev", .snapshot) : $0 }
        #expect(judge(SampleAssessment.assessment([], feeds: snapshot)).outcome == .refuse)
    }

    @Test func `an overdue flaw counts from the day after its date`() throws {
        var finding = SampleAssessment.finding("CVE-2026-9", .low)
        finding.exploited = .init(added: "2026-11-01", due: now.dateText, isUsedByRansomware: false)
        let overdue = policy { $0.exploited = .overdue }
        #expect(judge(SampleAssessment.assessment([finding]), overdue).outcome == .publish)
        finding.exploited?.due = Timestamp(seconds: now.seconds - 86400).dateText
        #expect(judge(SampleAssessment.assessment([finding]), overdue).refusals.map(\.rule) == [.exploited])
        #expect(judge(SampleAssessment.assessment([finding])).refusals.map(\.rule) == [.exploited])
    }

    @Test func `what nothing repairs does not count, unless the file says so`() {
        var waiting = SampleAssessment.finding("CVE-2026-2", .high)
        waiting.fixIsInArchive = false
        for finding in [SampleAssessment.finding("CVE-2026-1", .high, fix: nil), waiting] {
            #expect(judge(SampleAssessment.assessment([finding])).outcome == .publish)
            #expect(judge(SampleAssessment.assessment([finding]), policy { $0.fixableOnly = false }).refusals.map(\.rule) == [.severity])
        }
    }

    @Test func `what one platform can repair counts, though another cannot yet`() {
        var assessment = SampleAssessment.assessment([SampleAssessment.finding("CVE-2026-2", .high)])
        assessment.platforms[0].findings[0].fixIsInArchive = false
        #expect(judge(assessment).refusals.map(\.found) == [1])
    }

    @Test func `a limit holds the number and not its presence`() {
        let two = (1...2).map { SampleAssessment.finding("CVE-2026-\($0)", .medium) }
        #expect(judge(SampleAssessment.assessment(two), policy { $0.severities = ["medium": 2] }).outcome == .publish)
        #expect(judge(SampleAssessment.assessment(two), policy { $0.severities = ["medium": 1] }).refusals.map(\.found) == [2])
        #expect(judge(SampleAssessment.assessment(two), policy { $0.severities = [:] }).outcome == .publish)
    }

    @Test func `the number that is chosen is counted`() {
        var unimportant = SampleAssessment.finding("CVE-2026-1", .high)
        unimportant.triage = "unimportant"
        var answered = SampleAssessment.finding("CVE-2026-2", .high)
        answered.answer = Answer(status: "not_affected", justification: "component_not_present", source: "us")
        let undetermined = SampleAssessment.finding("CVE-2026-3", .high, status: .undetermined)
        let assessment = SampleAssessment.assessment([unimportant, answered, undetermined])
        for (counted, number) in [(GatePolicy.Counted.all, 2), (.withoutUnimportant, 1), (.afterVEX, 0)] {
            let verdict = judge(assessment, policy { $0.counted = counted })
            #expect(verdict.refusals.map(\.found) == (number == 0 ? [] : [number]))
        }
    }

    @Test func `a malicious package is refused whatever its severity`() {
        let finding = SampleAssessment.finding("MAL-2026-1", .unknown, source: "left-pad", fix: nil, status: .malicious)
        #expect(judge(SampleAssessment.assessment([finding])).refusals.map(\.rule) == [.malicious])
        #expect(judge(SampleAssessment.assessment([finding]), policy { $0.malicious = .allow }).outcome == .publish)
    }

    @Test func `age counts from the first sight, or from exploitation where that is earlier`() throws {
        let finding = SampleAssessment.finding("CVE-2026-2", .medium)
        let rule = policy { $0.age = .init(days: ["medium": 30], origin: "own") }
        func verdict(_ finding: AdvisoryFinding, seen days: Int?) -> GateVerdict {
            let key = GateCase.FindingKey(advisory: finding.advisory, source: "openssl")
            let seen = days.map { [key: Timestamp(seconds: now.seconds - $0 * 86400)] } ?? [:]
            return ReleaseJudge(policy: rule).judge(GateCase(assessment: SampleAssessment.assessment([finding]), firstSeen: seen), now: now)
        }
        #expect(verdict(finding, seen: nil).outcome == .publish)
        #expect(verdict(finding, seen: 30).outcome == .publish)
        let old = verdict(finding, seen: 31)
        #expect(old.refusals.map(\.setting) == ["age.medium"])
        #expect(old.reasons[0].inputs[0].contains("open for at least 31 days, seen here since 2026-10-"))
        var exploited = finding
        exploited.exploited = .init(added: "2026-01-01", due: nil, isUsedByRansomware: false)
        #expect(verdict(exploited, seen: 2).refusals.map(\.setting) == ["exploited", "age.medium"])
    }

    @Test func `support that has ended refuses, and support that ends soon where days are named`() {
        let ended = SupportNote(product: "debian", cycle: "11", ends: "2026-08-31", hasEnded: true)
        let soon = SupportNote(product: "debian", cycle: "12", ends: Timestamp(seconds: now.seconds + 20 * 86400).dateText, hasEnded: false)
        #expect(judge(SampleAssessment.assessment([], support: [ended])).refusals.map(\.rule) == [.endOfLife])
        #expect(judge(SampleAssessment.assessment([], support: [soon])).outcome == .publish)
        let ahead = judge(SampleAssessment.assessment([], support: [soon]), policy { $0.endOfLife.daysAhead = 30 })
        #expect(ahead.reasons.map(\.summary) == ["1 product without support, or with 30 days of it left, none allowed"])
        #expect(judge(SampleAssessment.assessment([], support: [ended]), policy { $0.endOfLife.past = .allow }).outcome == .publish)
        let doubtful = judge(SampleAssessment.assessment([], support: [.unknown("debian", "sid", because: "the feed does not list it")]))
        #expect(doubtful.refusals.map(\.rule) == [.endOfLife] && doubtful.isRefusedForDataAlone)
        #expect(doubtful.reasons[0].summary.contains("whether debian sid is supported is not known: the feed does not list it"))
        let blind = SampleAssessment.feeds.filter { $0.name != "endoflife" }
        #expect(judge(SampleAssessment.assessment([], feeds: blind)).refusals.map(\.rule) == [.endOfLife])
    }

    @Test(arguments: [GateRuleName.secrets, .shells, .packageManagers, .setuid])
    func `what Check found is accepted where a recipe excepts it, and refused where the file says so`(rule: GateRuleName) {
        func verdict(_ excepted: String?, _ wanted: GatePolicy.Hardening, known: Bool = true) -> GateVerdict {
            let finding = GateCase.Hardening(
                rule: rule.hardening[0].rawValue, platform: "linux/amd64", path: "usr/bin/x", excepted: excepted)
            let image = GateCase(
                assessment: SampleAssessment.assessment([]), hardening: known ? [finding] : nil,
                checked: known ? Set(RuleName.allCases.map(\.rawValue)) : [])
            let chosen = policy {
                switch rule {
                case .secrets: $0.secrets = wanted
                case .shells: $0.shells = wanted
                case .packageManagers: $0.packageManagers = wanted
                default: $0.setuid = wanted
                }
            }
            return ReleaseJudge(policy: chosen).judge(image, now: now)
        }
        #expect(verdict("it is the shell", .excepted).outcome == .publish)
        #expect(verdict(nil, .excepted).refusals.map(\.rule) == [rule])
        let refused = verdict("it is the shell", .refuse)
        #expect(refused.refusals.map(\.rule) == [rule])
        #expect(refused.reasons[0].inputs[0].contains("the recipe excepts it: it is the shell"))
        #expect(verdict(nil, .allow).outcome == .publish)
        // Results that are not there say nothing; only who refuses all of it must know.
        #expect(verdict(nil, .excepted, known: false).outcome == .publish)
        #expect(verdict(nil, .refuse, known: false).isRefusedForDataAlone)
    }

    @Test func `a verdict is canonical`() throws {
        let verdict = judge(SampleAssessment.assessment())
        let bytes = try CanonicalJSON.encode(verdict)
        #expect(try CanonicalJSON.decode(GateVerdict.self, from: bytes) == verdict)
    }
}

@Suite struct LicenceRuleTests {
    private func obstacles(_ expression: String, allow: [String] = [], deny: [String] = []) throws -> [String] {
        LicencesRule.obstacles(try LicenseExpression(expression), .init(allow: allow, deny: deny))
    }

    @Test(arguments: [
        ("MIT", ["MIT"], [String](), [String]()), ("GPL-3.0-only", ["MIT"], [], ["GPL-3.0-only"]),
        ("MIT AND GPL-3.0-only", ["MIT"], [], ["GPL-3.0-only"]), ("MIT OR GPL-3.0-only", ["MIT"], [], []),
        ("MIT OR GPL-3.0-only", [], ["GPL-3.0-only"], []), ("MIT AND AGPL-3.0-only", [], ["AGPL-3.0-only"], ["AGPL-3.0-only"]),
        ("GPL-3.0-only WITH GCC-exception-3.1", [], ["GPL-3.0-only"], ["GPL-3.0-only WITH GCC-exception-3.1"]),
        ("GPL-3.0-only WITH GCC-exception-3.1", ["GPL-3.0-only WITH GCC-exception-3.1"], ["GPL-3.0-only"], []),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only"], [], []),
        ("LicenseRef-public-domain-3f2a9c01", ["LicenseRef-*"], [], []), ("LicenseRef-x", ["MIT"], [], ["LicenseRef-x"]),
        ("(MIT AND X11) OR (GPL-2.0-only AND GPL-3.0-only)", ["MIT"], [], ["X11"]), ("MIT", ["MIT"], ["MIT"], ["MIT"]),
    ]) func `an expression is taken when all of what holds at once is accepted`(
        _ expression: String, _ allow: [String], _ deny: [String], _ expected: [String]
    ) throws { #expect(try obstacles(expression, allow: allow, deny: deny) == expected) }

    @Test func `packages under other licences, and unknown ones beside an allow list, refuse`() throws {
        var image = GateCase(assessment: SampleAssessment.assessment([]))
        image.licences = [
            .init(package: "a", version: "1", expression: try LicenseExpression("MIT")), .init(package: "b", version: "2", expression: nil),
            .init(package: "c", version: "3", expression: try LicenseExpression("AGPL-3.0-only")),
        ]
        let asked = policy { $0.licences = .init(allow: ["MIT"], unknown: .refuse) }
        let verdict = ReleaseJudge(policy: asked).judge(image, now: now)
        #expect(verdict.refusals.map(\.found) == [2])
        #expect(
            verdict.reasons[0].inputs == ["b 2: its licence is not known", "c 3: AGPL-3.0-only, of AGPL-3.0-only declared by its source"])
        let conflict = GateCase.License(package: "d", version: "4", claims: [try LicenseExpression("MIT"), try LicenseExpression("ISC")])
        image.licences = [conflict]
        let allowed = policy { $0.licences = .init(allow: ["MIT", "ISC"], unknown: .refuse) }
        let doubt = ReleaseJudge(policy: allowed).judge(image, now: now)
        #expect(doubt.isRefusedForDataAlone && doubt.reasons[0].summary.contains("d 4 is claimed to be under ISC and under MIT"))
        // Each may be the true one.
        #expect(
            ReleaseJudge(policy: asked).judge(image, now: now).refusals.contains {
                $0.inputs == ["d 4: ISC, of ISC declared by its source"]
            })
        image.licences = nil
        #expect(ReleaseJudge(policy: asked).judge(image, now: now).isRefusedForDataAlone)
        #expect(ReleaseJudge(policy: .standard).judge(image, now: now).outcome == .publish)
    }
}

@Suite struct ExceptionTests {
    private func verdict(_ exceptions: [GateException], _ findings: [AdvisoryFinding]? = nil) -> GateVerdict {
        let findings =
            findings ?? [SampleAssessment.finding("CVE-2026-2", .high), SampleAssessment.finding("CVE-2026-3", .high, source: "zlib")]
        return judge(SampleAssessment.assessment(findings), policy { $0.exceptions = exceptions })
    }

    @Test func `an exception covers what agrees with all that it says, and is listed with its owner`() throws {
        let one = verdict([exception(.severity) { $0.advisory = "CVE-2026-2" }])
        #expect(one.refusals.map(\.found) == [1])
        #expect(one.excused.map(\.exception.owner) == ["ada@example.org"])
        #expect(one.excused[0].covered[0].hasPrefix("CVE-2026-2 in openssl"))
        #expect(verdict([exception(.severity) { $0.image = "python:*" }]).outcome == .publish)
        #expect(verdict([exception(.severity) { $0.package = "libzlib3t64" }]).refusals.map(\.found) == [1])
        for wrong: (inout GateException) -> Void in [
            {
                $0.advisory = "CVE-2026-2"; $0.package = "zlib"
            }, { $0.image = "node:*" }, { $0.licence = "MIT" }, { $0.path = "usr/bin/sh" },
        ] {
            let refused = verdict([exception(.severity, wrong)])
            #expect(refused.refusals.map(\.found) == [2])
            #expect(refused.excused == [])
        }
        #expect(verdict([exception(.exploited) { $0.image = "python:*" }]).refusals.map(\.found) == [2])
    }

    @Test func `an alias of an advisory is as good as its name`() {
        var finding = SampleAssessment.finding("CVE-2026-2", .high)
        finding.aliases = ["GHSA-aaaa-bbbb-cccc"]
        #expect(verdict([exception(.severity) { $0.advisory = "GHSA-aaaa-bbbb-cccc" }], [finding]).outcome == .publish)
    }

    @Test func `an expired exception covers nothing, and refuses by its name and place`() throws {
        let old = exception(.severity, expires: "2026-11-01") { $0.advisory = "CVE-2026-2" }
        let refused = verdict([old])
        #expect(refused.refusals.map(\.rule) == [.severity, .expiredException])
        #expect(refused.reasons[1].summary == "the exception of severity CVE-2026-2 expired on 2026-11-01")
        #expect(refused.reasons[1].inputs[0].contains("gate.yaml:9:5: owner ada@example.org"))
        // Also where nothing is left of what it covered, and with data that allows everything.
        #expect(verdict([old], []).refusals.map(\.rule) == [.expiredException])
        #expect(
            judge(
                SampleAssessment.assessment([], level: .atLeast),
                policy {
                    $0.exceptions = [old]; $0.incomplete = .allow
                }
            ).outcome == .refuse)
        // Another image's exception does not stand in the way.
        #expect(verdict([exception(.severity, expires: "2026-11-01") { $0.image = "node:*" }], []).outcome == .publish)
    }

    @Test func `an exception counts on its last day`() {
        let today = exception(.severity, expires: now.dateText) { $0.image = "python:*" }
        #expect(verdict([today]).outcome == .publish)
        #expect(!today.hasExpired(at: now))
        #expect(today.hasExpired(at: Timestamp(seconds: now.seconds + 86400)))
        #expect(exception(.severity, expires: "someday").hasExpired(at: now))
    }

    @Test func `only an exception for a whole image covers what is not there`() {
        let blind = SampleAssessment.assessment([], level: .unknown)
        #expect(judge(blind, policy { $0.exceptions = [exception(.incompleteData) { $0.image = "python:3.13" }] }).outcome == .publish)
        #expect(judge(blind, policy { $0.exceptions = [exception(.incompleteData) { $0.package = "openssl" }] }).outcome == .refuse)
    }

    @Test func `an exception that covers nothing is told, where it could have`() {
        let used = exception(.severity) { $0.advisory = "CVE-2026-2" }
        let idle = exception(.severity) { $0.advisory = "CVE-1999-1" }
        let other = exception(.severity) { $0.image = "node:*" }
        let own = exception(.severity) {
            $0.image = "python:3.13"; $0.advisory = "CVE-1999-2"
        }
        let asked = policy { $0.exceptions = [used, idle, other, own] }
        let verdict = judge(SampleAssessment.assessment([SampleAssessment.finding("CVE-2026-2", .high)]), asked)
        let judge = ReleaseJudge(policy: asked)
        #expect(
            judge.unused(among: [verdict], areAll: false, now: now).map(\.summary) == [
                "the exception of severity CVE-1999-2 of python:3.13 covers nothing"
            ])
        #expect(judge.unused(among: [verdict], areAll: true, now: now).count == 3)
        #expect(judge.unused(among: [verdict], areAll: true, now: now).allSatisfy { $0.level == .warning })
        let strict = ReleaseJudge(
            policy: policy {
                $0.exceptions = [idle]; $0.unusedExceptions = .refuse
            })
        #expect(strict.unused(among: [verdict], areAll: true, now: now).map(\.level) == [.refusal])
    }

    @Test(arguments: [
        ("python:3.13", "python:*", true), ("python:3.13", "*", true), ("python:3.13", "*:3.*", true), ("python:3.13", "python:3.1", false),
        ("python:3.13", "python:3.13", true), ("py", "py*thon", false), ("python", "py*on", true), ("aXbXc", "a*b*c", true),
        ("ac", "a*b*c", false),
        ("aba", "ab*ba", false),
    ]) func `a star stands for any characters`(_ name: String, _ pattern: String, _ fits: Bool) {
        #expect(exception(.severity) { $0.image = pattern }.concerns(name) == fits)
    }
}
