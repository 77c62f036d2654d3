// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Tools

extension Expectation {
    /// What of this is not true of a program that ended, one line each; empty when all is.
    func faults(in result: ProgramResult) -> [String] {
        var faults: [String] = []
        switch (result.end, exit) {
        case (.timedOut, _): faults.append("expected an end, found none within the time")
        case (let end, let expected?) where Self.status(end) != expected:
            faults.append("expected status \(expected), found \(Self.status(end) ?? -1)")
        default: break
        }
        for text in stdout where !Self.contains(result.stdout, text) { faults.append("expected \"\(text)\" in stdout") }
        for text in stderr where !Self.contains(result.stderr, text) { faults.append("expected \"\(text)\" in stderr") }
        for text in absent where Self.contains(result.stdout, text) || Self.contains(result.stderr, text) {
            faults.append("expected no \"\(text)\" in the output")
        }
        if !faults.isEmpty { faults.append("found " + Excerpt.of(result)) }
        return faults
    }

    /// The status as a shell and a container engine tell it: a signal is 128 and its number.
    static func status(_ end: ProgramEnd) -> Int? {
        switch end {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        case .timedOut: nil
        }
    }

    static func contains(_ bytes: [UInt8], _ text: String) -> Bool { text.isEmpty || bytes.firstRange(of: Array(text.utf8)) != nil }
}
