// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How long each stage took, for `--timings` and the benchmarks. Measured, never decided upon.
package final class Stopwatch: Sendable {
    private let laps = Mutex<[(stage: String, duration: Duration)]>([])
    package init() {}

    package func time<Result>(_ stage: String, _ body: () async throws -> Result) async rethrows -> Result {
        let start = ContinuousClock.now
        let result = try await body()
        laps.withLock { $0.append((stage, ContinuousClock.now - start)) }
        return result
    }

    /// Stages in the order they ended.
    package var all: [(stage: String, duration: Duration)] { laps.withLock { $0 } }
}
