// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Judge
import OCI
import Records
import SBOM
import TestKit
import Testing

@testable import Pipeline

@Suite struct PublishGateTests {
    private func gate(_ folder: TestFolder, _ change: (inout GatePolicy) -> Void) throws -> PublishGate {
        var policy = GatePolicy.standard
        change(&policy)
        let fixed = policy
        // No feed is at hand: nothing can be said about any image.
        let records = try RecordStore(folder: folder.path)
        return PublishGate(policy: fixed) {
            ImageJudge(
                advisories: AdvisorySet(), feeds: .sha256(of: "none"), triage: nil, records: records, blobs: MemoryBlobStore(),
                now: SampleAssessment.now)
        }
    }

    private func admit(_ gate: PublishGate, hardening: [Finding] = []) throws {
        let empty = Descriptor(mediaType: MediaType.index, digest: .sha256(of: "x"), size: 1)
        let image = Image(name: "python", stream: "3.13", version: "3.13.5", index: empty, platforms: [], created: SampleAssessment.now)
        let lock = Lock(image: "python", stream: "3.13", variant: nil, recipe: .sha256(of: "r"), revision: 1, platforms: [])
        let findings = Findings(hardening: hardening, contract: [], rules: RuleName.allCases.map(\.rawValue))
        let recipe = Recipe(name: "python", stream: "3.13", platforms: [.amd64])
        try gate.admit(.built(image, findings, recipe: recipe, lock: lock, in: "python", proved: []))
    }

    @Test func `a build without any feed publishes, and is told that the gate would refuse`() throws {
        let folder = try TestFolder()
        let gate = try gate(folder) { _ in }
        try admit(gate)
        #expect(gate.verdicts.map(\.outcome) == [.refuse])
        #expect(gate.verdicts[0].refusals.map(\.rule).contains(.incompleteData))
    }

    @Test func `an enforced gate keeps an image from being published, with all reasons`() throws {
        let folder = try TestFolder()
        let gate = try gate(folder) { $0.enforce = .publish }
        let error = #expect(throws: GateError.self) { try admit(gate) }
        let diagnosis = try #require(error?.diagnosis)
        #expect(diagnosis.code == "gate.data-incomplete" && diagnosis.kind == .unavailable)
        #expect(diagnosis.summary.contains("python:3.13; nothing was signed or published"))
        #expect(diagnosis.notes.contains { $0.hasPrefix("[incomplete-data]") } && diagnosis.notes.contains { $0.hasPrefix("[exploited]") })
        let lenient = try self.gate(folder) {
            $0.enforce = .publish; $0.incomplete = .allow
        }
        try admit(lenient)
        #expect(lenient.verdicts.map(\.outcome) == [.publish])
    }

    @Test func `what Check found reaches the gate`() throws {
        let folder = try TestFolder()
        let gate = try gate(folder) {
            $0.enforce = .publish; $0.incomplete = .allow; $0.shells = .refuse
        }
        let shell = Finding(rule: "no-shell", platform: .amd64, path: "usr/bin/sh", reason: "a shell", remedy: "-", excepted: "wanted")
        let error = #expect(throws: GateError.self) { try admit(gate, hardening: [shell]) }
        #expect(error?.diagnosis.kind == .policy)
        #expect(error?.diagnosis.notes.contains { $0.contains("/usr/bin/sh on linux/amd64") } == true)
    }

    @Test func `of several claims about a licence none is passed over`() throws {
        func component(_ name: String, _ licenses: JSON?) -> JSON {
            var component: [String: JSON] = ["purl": "pkg:deb/debian/x", "name": JSON(name), "version": "1"]
            component["licenses"] = licenses
            return .object(component)
        }
        func bill(_ components: JSON...) -> JSON { ["components": .array(components)] }
        let (mit, gpl): (JSON, JSON) = ([["license": ["id": "MIT"]]], [["expression": "GPL-3.0-only"]])
        func claims(_ bills: [JSON]) -> [String: [String]] {
            let found = ReleaseEvidence.licences(in: bills)
            return Dictionary(uniqueKeysWithValues: found.map { ($0.package, $0.claims.map { $0?.description ?? "?" }) })
        }
        // What stands beside each other in one bill holds at once.
        #expect(
            claims([bill(component("a", [["license": ["id": "MIT"]], ["license": ["id": "GPL-3.0-only"]]]))]) == [
                "a": ["GPL-3.0-only AND MIT"]
            ])
        #expect(claims([bill(component("a", [["license": ["name": "ours"]], ["license": ["id": "MIT"]]]))]) == ["a": ["?"]])
        let two = [bill(component("a", mit), component("b", mit)), bill(component("a", gpl), component("b", nil), component("c", nil))]
        #expect(claims(two) == ["a": ["GPL-3.0-only", "MIT"], "b": ["MIT"], "c": []])
        let concluded: JSON = [
            ["license": ["id": "MIT", "acknowledgement": "declared"]], ["license": ["id": "ISC", "acknowledgement": "concluded"]],
        ]
        #expect(claims([bill(component("a", concluded))]) == ["a": ["ISC", "MIT"]])
    }

    @Test func `signed test results are read back as they were written`() throws {
        let finding = ReleaseEvidence.excepted("hardening/no-shell /usr/bin/sh: excepted, this image: the shell")
        #expect(finding?.rule == "no-shell" && finding?.path == "usr/bin/sh" && finding?.reason == "this image: the shell")
        #expect(ReleaseEvidence.excepted("contract/starts: not run, no sandbox") == nil)
        #expect(ReleaseEvidence.excepted("hardening/no-shell") == nil)
        #expect(ReleaseEvidence.rule("hardening/no-setuid") == "no-setuid")
        #expect(ReleaseEvidence.rule("contract/starts as 65532:65532") == nil)
    }
}
