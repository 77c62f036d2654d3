// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Records
import TestKit
import Testing
import VEX

@testable import Pipeline

/// The gate decides about what is about to be published by the numbers that it has of it afterwards.
@Suite struct BuildGateTests {
    private let advisories: AdvisorySet

    init() throws {
        let tracker =
            #"{"tool": {"CVE-2025-1": {"releases": {"test": {"status": "open", "urgency": "high"}}}}, "golang-1.24": {"CVE-2025-2": {"releases": {"test": {"status": "open", "urgency": "high"}}}}}"#
        let index = try TrackerIndex(TrackerIndexBuilder.build(Array(tracker.utf8)))
        var facts = FeedFacts(name: "debian", title: "the tracker")
        facts.state = .current
        advisories = AdvisorySet(tracker: index, feeds: [facts])
    }

    private func enforce(_ bench: OriginBench) {
        var policy = GatePolicy.standard
        policy.enforce = .publish
        policy.fixableOnly = false
        policy.exploited = .allow
        policy.endOfLife.past = .allow
        let (fixed, judge) = (policy, bench.judge(advisories))
        bench.publishGate = PublishGate(policy: fixed) { judge }
    }

    private func answer(_ vulnerability: String) -> TriageStatement {
        TriageStatement(
            place: Place(file: "catalog/vex/tool.yaml"), vulnerability: vulnerability, aliases: [], images: [], streams: [],
            package: TriagePackage(name: .source("tool"), versions: .exactly(["1.0-1"])), status: .notAffected,
            justification: .componentNotPresent, impact: nil, action: nil, notes: nil, evidence: [.packageAbsent("tool-doc")],
            author: "Ada",
            timestamp: Timestamp(seconds: OriginBench.now.seconds - 86400), expires: Timestamp(seconds: OriginBench.now.seconds + 86400))
    }

    private func refusal(_ bench: OriginBench) async throws -> GateVerdict {
        let error = await #expect(throws: GateError.self) { try await bench.build(bench.job()) }
        #expect(try bench.records.releases(in: "tool").isEmpty)
        guard case .refused(let verdicts, true) = error else { throw GateError.unused([]) }
        return try #require(verdicts.first)
    }

    @Test func `an answer that the image proves lets a build through that the raw finding keeps back`() async throws {
        let bench = try OriginBench()
        enforce(bench)
        let refused = try await refusal(bench)
        #expect(refused.refusals.map(\.setting) == ["severities.high"] && refused.counts.afterVEX.total == 1)
        bench.statements = [answer("CVE-2025-1")]
        let release = try await bench.build(bench.job())
        let before = try #require(bench.publishGate?.verdicts.last)
        #expect(before.outcome == .publish && before.counts.all.total == 1 && before.counts.afterVEX.total == 0)
        // Afterwards nothing else is said.
        let judge = bench.judge(advisories, bench.statements)
        let image = try judge.image(release, lock: bench.lock())
        let after = try judge.judge(image, judge.assess(image), by: try #require(bench.publishGate?.policy))
        #expect(after.counts == before.counts && after.subject == before.subject && after.digest == before.digest)
    }

    @Test func `an answer about another image lets nothing through`() async throws {
        let bench = try OriginBench()
        enforce(bench)
        var other = answer("CVE-2025-1")
        other.images = ["another"]
        bench.statements = [other]
        #expect(try await refusal(bench).counts.afterVEX.total == 1)
    }

    @Test func `a copy that a package was built with keeps an image back as the package itself would`() async throws {
        var packages = OriginBench.packages
        packages[1] = VirtualPackage(
            "libtool1", "2.0-1", ["Built-Using": "golang-1.24 (= 1.24.4-1)"], files: OriginBench.packages[1].entries)
        let bench = try OriginBench(packages: packages)
        enforce(bench)
        bench.statements = [answer("CVE-2025-1")]
        let refused = try await refusal(bench)
        #expect(refused.counts.all.total == 2 && refused.counts.afterVEX.total == 1)
        #expect(refused.refusals.flatMap(\.inputs).contains { $0.hasPrefix("CVE-2025-2 in golang-1.24 1.24.4-1 (libtool1)") })
    }

    @Test func `an assessment without the catalog says so and does not go into the ledger`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let blind = bench.judge(advisories, nil)
        let marked = try blind.assess(blind.image(release, lock: bench.lock()))
        #expect(marked.completeness.reasons.contains { $0.contains("no catalog is at hand") })
        #expect(try !blind.keep(marked, of: release))
        #expect(try bench.records.assessment(of: release.index) == nil)
        let judge = bench.judge(advisories)
        let whole = try judge.assess(judge.image(release, lock: bench.lock()))
        #expect(!whole.completeness.reasons.contains { $0.contains("catalog") })
        #expect(try judge.keep(whole, of: release))
        #expect(try bench.records.assessment(of: release.index)?.counts == whole.counts)
    }
}
