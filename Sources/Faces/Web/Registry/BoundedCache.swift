// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What a client asks for: a tag or a digest, in a repository.
struct ContentKey: Hashable {
    let repository: String
    let reference: String
}

/// Values in memory up to a total cost. Two generations: what was not asked for during the last half is let go.
///
/// An edition says of when values are: those of one edition are not given out under another.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var young: [Key: (value: Value, cost: Int)] = [:]
        var old: [Key: (value: Value, cost: Int)] = [:]
        var youngCost = 0
        var edition: UInt64 = 0
    }
    private let state = Mutex(State())
    private let half: Int

    init(limit: Int) { half = max(1, limit / 2) }

    func find(_ key: Key, edition: UInt64 = 0) -> Value? {
        state.withLock { state in
            guard state.edition == edition else { return nil }
            if let found = state.young[key] { return found.value }
            guard let found = state.old.removeValue(forKey: key) else { return nil }
            keep(found, key, &state)
            return found.value
        }
    }

    func keep(_ value: Value, for key: Key, cost: Int, edition: UInt64 = 0) {
        guard cost <= half else { return }
        state.withLock { state in
            if state.edition != edition { state = State(edition: edition) }
            keep((value, cost), key, &state)
        }
    }

    private func keep(_ entry: (value: Value, cost: Int), _ key: Key, _ state: inout State) {
        if state.youngCost + entry.cost > half {
            state.old = state.young
            state.young = [:]
            state.youngCost = 0
        }
        if let replaced = state.young.updateValue(entry, forKey: key) { state.youngCost -= replaced.cost }
        state.youngCost += entry.cost
    }
}
