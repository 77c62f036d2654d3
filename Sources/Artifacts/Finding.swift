// SPDX-License-Identifier: Apache-2.0
package import OCI

/// A hardening rule that an image breaks.
package struct Finding: Hashable, Sendable, Codable {
    /// `elf-closure`, `no-shell`, …: stable, documented in `docs/hardening.md`.
    package var rule: String
    package var platform: Platform
    /// Empty when the rule is about the image as a whole.
    package var path: String
    /// What was found.
    package var reason: String
    /// What to do about it.
    package var remedy: String
    /// The recipe's reason when an exception covers it; nil makes the finding a refusal.
    package var excepted: String?
    package init(rule: String, platform: Platform, path: String, reason: String, remedy: String, excepted: String? = nil) {
        self.rule = rule
        self.platform = platform
        self.path = path
        self.reason = reason
        self.remedy = remedy
        self.excepted = excepted
    }
}

/// Everything the Check stage found out about one image.
package struct Findings: Hashable, Sendable, Codable {
    package var hardening: [Finding]
    package var contract: [ContractResult]
    /// Ids of the rules that were checked, sorted.
    package var rules: [String]
    package init(hardening: [Finding], contract: [ContractResult], rules: [String]) {
        self.hardening = hardening
        self.contract = contract
        self.rules = rules
    }
    package var refusals: [Finding] { hardening.filter { $0.excepted == nil } }
    package var failures: [ContractResult] { contract.filter { $0.outcome == .failed } }
}
