// SPDX-License-Identifier: Apache-2.0
package import Transparency

/// An append-only log of signed statements.
package protocol TransparencyLog: Sendable {
    /// Appends entries in their order; one proof each. When it returns they are on disk and a signed checkpoint covers them.
    ///
    /// An entry that is in the log already may be appended again: the log says what was signed, not what exists.
    func append(_ entries: [[UInt8]]) async throws -> [LogInclusion]
}
