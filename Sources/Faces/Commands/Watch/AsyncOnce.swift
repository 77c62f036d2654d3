// SPDX-License-Identifier: Apache-2.0
import Ledger

/// A value that is made when it is first asked for, by whoever asks first while the others wait; what fails is tried again.
actor AsyncOnce<Value: Sendable> {
    private let turns = Turns()
    private var known: Value?

    func value(_ make: @Sendable () async throws -> Value) async throws -> Value {
        try await turns.alone {
            if let known = await self.known { return known }
            let fresh = try await make()
            await self.keep(fresh)
            return fresh
        }
    }

    private func keep(_ value: Value) { known = value }
}

extension Turns {
    /// Runs a body when its turn has come.
    nonisolated func alone<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        await begin()
        do {
            try Task.checkCancellation()
            let result = try await body()
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }
}
