// SPDX-License-Identifier: Apache-2.0

extension RebuildObstacle {
    /// What kept a change of the watcher's queue from being published; nil for one that nothing kept.
    package init?(_ change: Change) {
        if let failure = change.failure {
            self.init(Self.cause(of: failure), detail: failure.summary, at: failure.at)
            return
        }
        let cause: Cause
        switch change.plan.decision {
        case .now: return nil
        case .after: cause = .coolingDown
        case .propose: cause = .inReview
        case .frozen: cause = .frozen
        case .pinned: cause = .pinned
        }
        self.init(cause, detail: change.plan.reason, at: change.seen)
    }

    private static func cause(of failure: ChangeFailure) -> Cause {
        if failure.isOfGate { return .gateRefused }
        // Hardening rules and the promises of the contract, held against the bytes.
        if failure.code == "pipeline.gate-refused" || failure.code == "pipeline.limits-missing" { return .testsFailed }
        let isOfLock = ["resolve.", "pipeline.lock-", "pipeline.not-vouched"].contains { failure.code.hasPrefix($0) }
        return isOfLock ? .unresolved : .other
    }
}
