// SPDX-License-Identifier: Apache-2.0

/// One promise about the bytes of an image. `docs/hardening.md` is generated from these texts.
package protocol HardeningRule: Sendable {
    /// Stable name, in recipes and findings: `no-shell`.
    var id: String { get }
    /// One sentence: what is true of an image that keeps the rule.
    var title: String { get }
    /// What an attacker or auditor would make of an image that breaks it.
    var why: String { get }
    /// What to change in the recipe.
    var remedy: String { get }
    /// Everything that breaks the rule, in any order.
    func check(_ context: HardeningContext) -> [Breach]
}

/// One place where an image breaks a rule.
package struct Breach: Hashable, Sendable {
    /// Empty when it is about the image as a whole.
    package var path: String
    /// What was found.
    package var reason: String
    /// Set when the rule's own remedy can be put more precisely.
    package var remedy: String?

    package init(_ path: String, _ reason: String, remedy: String? = nil) {
        self.path = path
        self.reason = reason
        self.remedy = remedy
    }
}
