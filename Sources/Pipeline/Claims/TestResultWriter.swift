// SPDX-License-Identifier: Apache-2.0
// https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
import Artifacts
import Base
import OCI

/// Writes how one platform's image fared in the hardening rules and its contract.
enum TestResultWriter {
    static func predicate(_ findings: Findings, platform: String, _ source: CatalogSource) -> JSON {
        let contract = findings.contract.filter { $0.platform == platform }
        let hardening = findings.hardening.filter { $0.platform.description == platform }
        let ran = contract.filter { $0.outcome != .notRun }
        let broken = Set(hardening.filter { $0.excepted == nil }.map(\.rule))
        let result = !broken.isEmpty || ran.contains { $0.outcome == .failed } ? "FAILED" : ran.count < contract.count ? "WARNED" : "PASSED"
        return [
            "result": JSON(result),
            "configuration": [["name": JSON(source.path), "digest": ["sha256": JSON(source.tree.hex)]]],
            "passedTests": JSON(
                findings.rules.filter { !broken.contains($0) }.map { "hardening/" + $0 }
                    + ran.filter { $0.outcome == .passed }.map { "contract/\($0.test) as \($0.user)" }),
            "warnedTests": JSON(
                hardening.compactMap { finding in finding.excepted.map { "hardening/\(finding.rule) /\(finding.path): excepted, \($0)" } }
                    + contract.filter { $0.outcome == .notRun }.map { "contract/\($0.test): not run, \($0.detail)" }),
            "failedTests": JSON(
                broken.sorted().map { "hardening/" + $0 } + ran.filter { $0.outcome == .failed }.map { "contract/" + $0.test }),
            "ashlar": [
                "enforced": JSON(Set(ran.flatMap(\.enforced)).sorted()), "missing": JSON(Set(ran.flatMap(\.missing)).sorted()),
            ],
        ]
    }
}
