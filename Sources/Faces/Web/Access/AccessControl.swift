// SPDX-License-Identifier: Apache-2.0
import Base
import Hummingbird

/// What somebody wants to do with a repository.
enum Action: String, Sendable, CaseIterable { case pull, push, delete, admin }

/// Who sends a request.
struct Caller: Sendable, Hashable {
    /// nil: anonymous.
    let name: String?
    let grants: [Grant]
}

/// Actions on repositories that match a pattern: `team/*`, `*` within a segment, `**` across.
struct Grant: Sendable, Hashable {
    let pattern: PathPattern
    let actions: Set<Action>
}

/// Decides who may do what. Implementations never log a secret.
protocol AccessControl: Sendable {
    /// Who sends the request. Throws a refusal (401) for credentials that are wrong, never for none.
    func caller(of request: Request) async throws -> Caller
    /// Whether the caller may; nil repository is the registry itself (`/v2/`, `/v2/_catalog`).
    func allows(_ caller: Caller, _ action: Action, on repository: String?) -> Bool
    /// The refusal for a caller who may not: 401 with WWW-Authenticate for anonymous ones, 403 DENIED for others.
    func refusal(_ caller: Caller, _ action: Action, on repository: String?) -> RegistryRefusal
}
