// SPDX-License-Identifier: Apache-2.0
import Base
import Synchronization

/// The address of content that never changes.
struct ContentKey: Hashable {
    let repository: String
    let digest: Digest
}

/// Values in memory up to a total cost. Two generations: what was not asked for during the last half is let go.
final class BoundedCache<Value: Sendable>: Sendable {
    private struct State {
        var young: [ContentKey: (value: Value, cost: Int)] = [:]
        var old: [ContentKey: (value: Value, cost: Int)] = [:]
        var youngCost = 0
    }
    private let state = Mutex(State())
    private let half: Int

    init(limit: Int) { half = max(1, limit / 2) }

    func find(_ key: ContentKey) -> Value? {
        state.withLock { state in
            if let found = state.young[key] { return found.value }
            guard let found = state.old.removeValue(forKey: key) else { return nil }
            keep(found, key, &state)
            return found.value
        }
    }

    func keep(_ value: Value, for key: ContentKey, cost: Int) {
        guard cost <= half else { return }
        state.withLock { keep((value, cost), key, &$0) }
    }

    private func keep(_ entry: (value: Value, cost: Int), _ key: ContentKey, _ state: inout State) {
        if state.youngCost + entry.cost > half {
            state.old = state.young
            state.young = [:]
            state.youngCost = 0
        }
        if let replaced = state.young.updateValue(entry, forKey: key) { state.youngCost -= replaced.cost }
        state.youngCost += entry.cost
    }
}
