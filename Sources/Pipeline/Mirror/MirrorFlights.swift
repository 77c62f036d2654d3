// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Lets one caller do what several want at the same time. The others wait and get the same outcome; when the one is cancelled, the
/// next takes over.
final class MirrorFlights: Sendable {
    private enum Outcome: Sendable {
        case done
        case failed(any Error)
        case yours
    }
    /// Those who wait, by what they wait for; present while somebody works on it.
    private let waiting = Mutex<[String: [CheckedContinuation<Outcome, Never>]]>([:])

    /// Runs `work`, or waits for somebody who does. The caller looks by itself at what is there afterwards.
    func once(_ key: String, _ work: () async throws -> Void) async throws {
        let outcome: Outcome = await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFirst { continuation.resume(returning: .yours) }
        }
        switch outcome {
        case .done: return
        case .failed(let error): throw error
        case .yours: break
        }
        do {
            try await work()
            finish(key, .done)
        } catch {
            if error is CancellationError || Task.isCancelled { handOver(key) } else { finish(key, .failed(error)) }
            throw error
        }
    }

    private func finish(_ key: String, _ outcome: Outcome) {
        for waiter in waiting.withLock({ $0.removeValue(forKey: key) }) ?? [] { waiter.resume(returning: outcome) }
    }

    private func handOver(_ key: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Outcome, Never>? in
            guard var others = waiting[key], !others.isEmpty else {
                waiting[key] = nil
                return nil
            }
            let next = others.removeFirst()
            waiting[key] = others
            return next
        }
        next?.resume(returning: .yours)
    }

    /// How many wait for something; for tests.
    func count(of key: String) -> Int { waiting.withLock { $0[key]?.count ?? 0 } }
}

/// What a mirror counted.
package final class MirrorCounts: Sendable {
    package enum Outcome: String, CaseIterable, Sendable {
        /// Served from what was here.
        case hit
        case fetched
        /// Served from what was here since the other registry does not answer.
        case stale
        case quarantined, denied, failed
    }
    package struct Snapshot: Sendable {
        package var outcomes: [Outcome: Int] = [:]
        package var bytes = 0
        /// Whether the other registry answered when it was asked last.
        package var isUp = true
    }
    private let state = Mutex(Snapshot())

    package var snapshot: Snapshot { state.withLock { $0 } }
    func add(_ outcome: Outcome) { state.withLock { $0.outcomes[outcome, default: 0] += 1 } }
    func fetched(_ bytes: Int) { state.withLock { $0.bytes += bytes } }
    func answers(_ isUp: Bool) { state.withLock { $0.isUp = isUp } }
}
