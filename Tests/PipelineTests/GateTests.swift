// SPDX-License-Identifier: Apache-2.0
import Artifacts
import OCI
import Testing

@testable import Pipeline

@Suite struct GateTests {
    private static func findings(_ outcomes: [ContractResult.Outcome], missing: [String] = []) -> Findings {
        let contract = outcomes.map {
            ContractResult(
                test: "starts", platform: "linux/amd64", user: "65532:65532", outcome: $0, detail: "", enforced: [], missing: missing)
        }
        return Findings(hardening: [], contract: contract, rules: [])
    }

    private static func admits(_ gate: Gate, _ findings: Findings) -> Bool { (try? gate.admit(findings, "x:1")) != nil }

    @Test(arguments: [
        ([ContractResult.Outcome.passed], [String](), true, true), ([.failed], [], false, false), ([.notRun], [], false, true),
        ([.passed, .notRun], [], false, true), ([.passed], ["seccomp"], false, true), ([.failed, .notRun], [], false, false),
        ([], [], true, true),
    ]) func `only promises that were kept get in`(
        _ outcomes: [ContractResult.Outcome], _ missing: [String], _ strictly: Bool, _ leniently: Bool
    ) {
        let findings = Self.findings(outcomes, missing: missing)
        #expect(Self.admits(Gate(limits: .required, native: .amd64), findings) == strictly)
        #expect(Self.admits(Gate(limits: .mayBeMissing, native: .amd64), findings) == leniently)
    }

    @Test func `tests for another processor may lack a machine that runs them`() {
        let findings = Self.findings([.notRun])
        #expect(Self.admits(Gate(limits: .required, native: .arm64), findings))
        #expect(!Self.admits(Gate(limits: .required, native: nil), findings))
    }
}
