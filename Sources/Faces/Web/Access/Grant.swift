// SPDX-License-Identifier: Apache-2.0
package import Base

/// What somebody wants to do with a repository.
package enum Action: String, Sendable, CaseIterable {
    case pull, push, delete, admin
}

/// Actions on repositories that match a pattern, written `team/**:pull,push`.
package struct Grant: Sendable, Hashable, CustomStringConvertible {
    package let pattern: RepositoryPattern
    package let actions: Set<Action>

    /// The right to administer includes all others.
    package init(pattern: RepositoryPattern, actions: Set<Action>) {
        self.pattern = pattern
        self.actions = actions.contains(.admin) ? Set(Action.allCases) : actions
    }

    /// Reads `pattern:action,action`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let pattern = RepositoryPattern(String(text[..<colon])) else { return nil }
        var actions: Set<Action> = []
        for word in text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false) {
            guard let action = Action(rawValue: String(word)) else { return nil }
            actions.insert(action)
        }
        guard !actions.isEmpty else { return nil }
        self.init(pattern: pattern, actions: actions)
    }

    package func allows(_ action: Action, on repository: String) -> Bool { actions.contains(action) && pattern.matches(repository) }

    /// The one text of this grant.
    package var description: String {
        let names = actions.contains(.admin) ? ["admin"] : Action.allCases.filter(actions.contains).map(\.rawValue)
        return "\(pattern):\(names.joined(separator: ","))"
    }
}
