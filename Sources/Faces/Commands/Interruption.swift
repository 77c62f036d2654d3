// SPDX-License-Identifier: Apache-2.0
import Blobs
import Foundation
import UnixSignals

/// Runs a body that Ctrl-C, or the SIGTERM of a supervisor, cancels: it stops what it started and removes its temporary
/// folders before the program ends. A second signal ends the program at once.
func interruptible<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            for await _ in signals { break }
            return nil
        }
        defer { group.cancelAll() }
        while let finished = try await group.next() {
            if let result = finished { return result }
            // A signal came: the body ends with an error of its own, or with its result when it was done already.
            group.cancelAll()
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
        throw CancellationError()
    }
}

/// Runs a body that writes to a store, as the only one that does, until it is done or interrupted.
func whileWriting(to store: String, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await interruptible {
        try await StoreLock.whileHeld(
            store: store,
            onWait: { Progress().say("waiting for another ashlar\($0.map { " (process \($0))" } ?? "") that writes to this store") }, body)
    }
}
