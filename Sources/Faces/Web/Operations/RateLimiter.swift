// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Buckets that fill over time, one for each client: a burst is let through, a flood is not.
final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var at: Duration
    }
    private let perSecond: Double
    private let burst: Double
    private let clock: @Sendable () -> Duration
    private let buckets = Mutex<[String: Bucket]>([:])
    // Full buckets say nothing and are let go when there are many.
    private static let limit = 65536

    init(perSecond: Double, burst: Int, clock: @escaping @Sendable () -> Duration = RateLimiter.steadyClock()) {
        self.perSecond = max(perSecond, 0.001)
        self.burst = Double(max(burst, 1))
        self.clock = clock
    }

    static func steadyClock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// Takes one; nil when there was one, otherwise the seconds until there is.
    func take(for client: String) -> Int? {
        let now = clock()
        return buckets.withLock { buckets in
            var bucket = buckets[client] ?? Bucket(level: burst, at: now)
            bucket.level = filled(bucket, now)
            bucket.at = now
            guard bucket.level >= 1 else {
                buckets[client] = bucket
                return max(1, Int(((1 - bucket.level) / perSecond).rounded(.up)))
            }
            bucket.level -= 1
            if buckets.count >= Self.limit, buckets[client] == nil { makeRoom(&buckets, now) }
            buckets[client] = bucket
            return nil
        }
    }

    /// Puts back one that was taken.
    func giveBack(to client: String) {
        buckets.withLock { buckets in
            guard let level = buckets[client]?.level else { return }
            buckets[client]?.level = min(burst, level + 1)
        }
    }

    private func filled(_ bucket: Bucket, _ now: Duration) -> Double {
        min(burst, bucket.level + (now - bucket.at) / .seconds(1) * perSecond)
    }

    private func makeRoom(_ buckets: inout [String: Bucket], _ now: Duration) {
        buckets = buckets.filter { filled($0.value, now) < burst }
        // More clients than we can remember: those who were seen longest ago begin anew.
        guard buckets.count >= Self.limit else { return }
        let middle = buckets.values.map(\.at).sorted()[buckets.count / 2]
        buckets = buckets.filter { $0.value.at > middle }
    }
}
