// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// What is going on: one line that changes on a terminal, quiet lines in a pipe. Goes to standard error.
final class Progress: Sendable {
    private let isTerminal = isatty(2) == 1
    private let line = Mutex("")

    /// Replaces the moving line; shown on a terminal only.
    func update(_ text: String) {
        guard isTerminal else { return }
        line.withLock { current in
            current = text
            StandardStreams.say("\r\u{1B}[K\(text.prefix(160))")
        }
    }

    /// Leaves a line behind.
    func say(_ text: String) {
        line.withLock { current in
            let clear = isTerminal && !current.isEmpty ? "\r\u{1B}[K" : ""
            current = ""
            StandardStreams.say(clear + text + "\n")
        }
    }
}
