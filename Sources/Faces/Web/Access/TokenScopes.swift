// SPDX-License-Identifier: Apache-2.0
// https://distribution.github.io/distribution/spec/auth/scope/
import Base

/// What a client asks a token for: `repository:team/python:pull,push`, `registry:catalog:*`.
package struct TokenScopes: Sendable, Hashable {
    private(set) var repositories: [String: Set<Action>] = [:]
    private(set) var isForCatalog = false
    /// One request never needs more: a pull of one repository, a mount from another.
    static let limit = 16

    init() {}

    /// Reads scopes separated by spaces; nil when one is malformed or there are too many. What is of no kind of ours is passed over.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count <= Self.limit else { return nil }
        for part in parts {
            guard let first = part.firstIndex(of: ":"), let last = part.lastIndex(of: ":"), first < last else { return nil }
            let name = String(part[part.index(after: first)..<last])
            let words = part[part.index(after: last)...].split(separator: ",")
            switch part[..<first] {
            case "repository":
                guard RepositoryName.isWellFormed(name) else { return nil }
                let actions = words.contains("*") ? Set(Action.allCases) : Set(words.compactMap { Action(rawValue: String($0)) })
                repositories[name, default: []].formUnion(actions)
            case "registry" where name == "catalog": isForCatalog = true
            default: continue
            }
        }
    }

    func allows(_ action: Action, on repository: String) -> Bool { repositories[repository]?.contains(action) == true }

    /// What of this the caller may really do.
    func granted(to allows: (Action, String) -> Bool) -> TokenScopes {
        var result = TokenScopes()
        result.isForCatalog = isForCatalog
        for (name, actions) in repositories {
            let allowed = actions.filter { allows($0, name) }
            if !allowed.isEmpty { result.repositories[name] = allowed }
        }
        return result
    }

    /// The `access` claim of a token.
    var claim: JSON {
        var entries = repositories.sorted { $0.key < $1.key }.map { name, actions -> JSON in
            ["type": "repository", "name": JSON(name), "actions": JSON(Action.allCases.filter(actions.contains).map(\.rawValue))]
        }
        if isForCatalog { entries.append(["type": "registry", "name": "catalog", "actions": ["*"]]) }
        return .array(entries)
    }

    init(claim: JSON?) {
        for entry in claim?.array ?? [] {
            let actions = Set((entry["actions"]?.array ?? []).compactMap { $0.string.flatMap(Action.init) })
            switch (entry["type"]?.string, entry["name"]?.string) {
            case ("repository", let name?): repositories[name, default: []].formUnion(actions)
            case ("registry", "catalog"): isForCatalog = true
            default: continue
            }
        }
    }

    /// As scopes are written, for answers of the OAuth form.
    var description: String {
        var texts = repositories.sorted { $0.key < $1.key }.map { name, actions in
            "repository:\(name):\(Action.allCases.filter(actions.contains).map(\.rawValue).joined(separator: ","))"
        }
        if isForCatalog { texts.append("registry:catalog:*") }
        return texts.joined(separator: " ")
    }
}
