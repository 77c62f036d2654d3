// SPDX-License-Identifier: Apache-2.0

/// What a person is told when something was refused: what was expected, what was found, where, and what to do.
package struct Diagnosis: Sendable, Equatable {
    /// The class of a failure; exit code and HTTP status derive from it, in one place each.
    package enum Kind: String, Sendable, CaseIterable {
        case usage, notFound, untrusted, policy, unavailable, malformed, conflict, internalFault
    }

    /// Stable, documented, searchable: `fetch.digest-mismatch`.
    package var code: String
    package var kind: Kind
    /// One sentence: what was expected, what was found, where.
    package var summary: String
    /// The next command or edit; never empty.
    package var remedy: String
    /// Evidence, one line each: `expected sha256:…`.
    package var notes: [String]

    package init(_ code: String, _ kind: Kind, _ summary: String, remedy: String, notes: [String] = []) {
        self.code = code
        self.kind = kind
        self.summary = summary
        self.remedy = remedy
        self.notes = notes
    }

    /// The text a terminal shows.
    package var rendered: String {
        var lines = ["error[\(code)]: \(summary)"]
        lines += notes.map { "  " + $0 }
        lines.append("  fix  \(remedy)")
        return lines.joined(separator: "\n")
    }
}

/// An error that explains itself. Everything that leaves a module conforms.
package protocol Diagnosable: Error, Sendable {
    var diagnosis: Diagnosis { get }
}

/// Several refusals told at once, for input in which more than one thing is wrong.
package struct Diagnoses: Diagnosable {
    package let all: [Diagnosis]
    package init(_ all: [Diagnosis]) { self.all = all }
    package var diagnosis: Diagnosis {
        guard let first = all.first else {
            return Diagnosis("base.no-diagnosis", .internalFault, "a failure without a reason", remedy: "report this as a bug")
        }
        guard all.count > 1 else { return first }
        var joined = first
        joined.notes += all.dropFirst().flatMap { ["also \($0.code): \($0.summary)"] + $0.notes.map { "  " + $0 } + ["  fix  \($0.remedy)"] }
        return joined
    }
}

/// A value whose trust was established. Only verifiers make one, and say what they checked.
package struct Verified<Value: Sendable>: Sendable {
    package let value: Value
    /// What was checked, one line each, for provenance and `ashlar explain`.
    package let evidence: [String]

    /// Called by a verifier after its checks passed, and by nothing else.
    package init(byVerifying value: Value, evidence: [String]) {
        self.value = value
        self.evidence = evidence
    }
}
