// SPDX-License-Identifier: Apache-2.0
import Hummingbird

/// Who sends a request, and what that allows.
package struct Caller: Sendable, Hashable {
    /// nil: anonymous.
    package let name: String?
    package let grants: [Grant]
    /// Narrower rights of the token that was shown: each of these lists must allow what the grants allow.
    package let limits: [[Grant]]
    /// What a token of ours was asked for; nil when the caller was not limited to that.
    package let scope: TokenScopes?

    package init(name: String?, grants: [Grant], limits: [[Grant]] = [], scope: TokenScopes? = nil) {
        self.name = name
        self.grants = grants
        self.limits = limits
        self.scope = scope
    }

    /// Whether the caller may see a repository in a list.
    func mayList(_ repository: String) -> Bool {
        guard scope?.isForCatalog != false else { return false }
        return allowsBeforeScope(.pull, on: repository)
    }

    func allows(_ action: Action, on repository: String) -> Bool {
        if let scope, !scope.allows(action, on: repository) { return false }
        return allowsBeforeScope(action, on: repository)
    }

    func allowsBeforeScope(_ action: Action, on repository: String) -> Bool {
        guard grants.contains(where: { $0.allows(action, on: repository) }) else { return false }
        return limits.allSatisfy { list in list.contains { $0.allows(action, on: repository) } }
    }

    /// Whether there is any repository on which the caller has a right.
    func has(_ action: Action) -> Bool {
        grants.contains { $0.actions.contains(action) } && limits.allSatisfy { list in list.contains { $0.actions.contains(action) } }
    }
}

/// Decides who may do what. Implementations never log a secret.
protocol AccessControl: Sendable {
    /// Who sends the request. Throws a refusal (401) for credentials that are wrong, never for none.
    func caller(of request: Request) async throws -> Caller
    /// Whether the caller may; nil repository is the registry itself (`/v2/`, `/v2/_catalog`).
    func allows(_ caller: Caller, _ action: Action, on repository: String?) -> Bool
    /// The refusal for a caller who may not: 401 with WWW-Authenticate for anonymous ones, 403 DENIED for others.
    func refusal(_ caller: Caller, _ action: Action, on repository: String?) -> RegistryRefusal
    /// Whether the caller sees the repository in lists.
    func lists(_ repository: String, for caller: Caller) -> Bool
}

extension AccessControl {
    func lists(_ repository: String, for caller: Caller) -> Bool { allows(caller, .pull, on: repository) }
}
