// SPDX-License-Identifier: Apache-2.0
// docs/end-of-life.md
package import Base

/// The predicate of a statement that an image must not be used any more, or may be used again. The newest one about an image counts.
package struct Revocation: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable { case revoked, reinstated }

    package var state: State
    package var reason: String
    /// What to use instead: `python:3.13.6-r1`.
    package var replacement: String?
    package var time: Timestamp

    package init(_ state: State, reason: String, replacement: String? = nil, time: Timestamp) {
        self.state = state
        self.reason = reason
        self.replacement = replacement
        self.time = time
    }

    package var predicate: JSON {
        var members: [String: JSON] = ["state": JSON(state.rawValue), "reason": JSON(reason), "time": JSON(time.description)]
        if let replacement { members["replacement"] = JSON(replacement) }
        return .object(members)
    }

    /// Nil for what is no such predicate.
    package init?(_ predicate: JSON) {
        guard let state = predicate["state"]?.string.flatMap(State.init),
            let time = predicate["time"]?.string.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(
            state, reason: predicate["reason"]?.string ?? "", replacement: predicate["replacement"]?.string, time: time)
    }
}
