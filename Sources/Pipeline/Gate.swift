// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import OCI

/// Decides whether what was built may be signed and published.
package struct Gate: Sendable {
    /// Whether contract tests count that ran with fewer limits than wanted, or could not be run at all.
    package enum Limits: String, Sendable, Codable { case required, mayBeMissing }
    let limits: Limits
    let native: Platform?

    /// - Parameter native: the platform of this machine, whose tests can be run; nil demands the tests of all.
    package init(limits: Limits, native: Platform?) {
        self.limits = limits
        self.native = native
    }

    /// Throws the findings that no exception covers, the promises that are broken or that nobody tried, and limits that were
    /// not enforced.
    package func admit(_ findings: Findings, _ reference: String) throws {
        // A promise that was not tried is not kept: an image must not get in by making its tests impossible. Only for another
        // processor a machine may lack what it takes; the signed result says so then.
        let untried = findings.contract.filter {
            limits == .required && $0.outcome == .notRun && (native == nil || $0.platform == native?.description)
        }
        guard findings.refusals.isEmpty, findings.failures.isEmpty, untried.isEmpty else {
            throw PipelineError.gateRefused(reference: reference, findings: findings.refusals, failures: findings.failures + untried)
        }
        let missing = Set(findings.contract.filter { $0.outcome == .passed }.flatMap(\.missing))
        guard limits == .mayBeMissing || missing.isEmpty else {
            throw PipelineError.limitsMissing(reference: reference, limits: missing.sorted())
        }
    }
}
