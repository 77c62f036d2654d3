// SPDX-License-Identifier: Apache-2.0
package import Base
import Synchronization

/// A cache in memory that can be made to fail.
package final class MemoryCache: DerivedCache {
    package enum Temper: Hashable, Sendable {
        case faithful
        /// Forgets every entry of these kinds.
        case losing(Set<String>)
        /// Gives every entry of these kinds with one bit changed, at a place that moves from one read to the next.
        case damaging(Set<String>)
        /// Gives the bytes of another key of the same kind.
        case confusing
    }
    private struct State {
        var entries: [String: [Digest: [UInt8]]] = [:]
        var temper = Temper.faithful
        var reads = 0
        var hits: [String: Int] = [:]
    }
    private let state = Mutex(State())

    package init() {}

    package var temper: Temper {
        get { state.withLock { $0.temper } }
        set { state.withLock { $0.temper = newValue } }
    }
    /// Entries that were found since the start, by kind.
    package var hits: [String: Int] { state.withLock { $0.hits } }
    package func count(_ kind: String) -> Int { state.withLock { $0.entries[kind]?.count ?? 0 } }

    package func read(_ kind: String, _ key: Digest) -> [UInt8]? {
        state.withLock { state in
            state.reads += 1
            guard var bytes = state.entries[kind]?[key] else { return nil }
            switch state.temper {
            case .losing(let kinds) where kinds.contains(kind): return nil
            case .damaging(let kinds) where kinds.contains(kind) && !bytes.isEmpty:
                bytes[state.reads * 7919 % bytes.count] ^= 1 << (state.reads % 8)
            case .confusing:
                if let other = state.entries[kind]?.filter({ $0.key != key }).min(by: { $0.key < $1.key }) { bytes = other.value }
            case .faithful, .losing, .damaging: state.hits[kind, default: 0] += 1
            }
            return bytes
        }
    }
    package func write(_ kind: String, _ key: Digest, _ bytes: [UInt8]) { state.withLock { $0.entries[kind, default: [:]][key] = bytes } }
}
