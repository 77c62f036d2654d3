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

    /// The text a terminal shows. What came from outside moves no cursor in it, and no address shows its password.
    package var rendered: String {
        var lines = ["error[\(code)]: \(summary)"]
        lines += notes.map { "  " + $0 }
        lines.append("  fix  \(remedy)")
        return Self.withoutPasswords(Self.harmless(lines.joined(separator: "\n")))
    }

    private static func harmless(_ text: String) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            // Letters that turn the direction of writing make a path look like another.
            let turns = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            clean.append((isControl && scalar != "\n" && scalar != "\t") || turns ? "\u{FFFD}" : scalar)
        }
        return String(clean)
    }

    // `https://user:password@host/` becomes `https://host/`.
    private static func withoutPasswords(_ text: String) -> String {
        let parts = text.split(separator: "://", omittingEmptySubsequences: false)
        return parts.enumerated().map { index, part in
            guard index > 0 else { return part }
            let authority = part.prefix { !$0.isWhitespace && !"/?#\"'<>".contains($0) }
            return authority.lastIndex(of: "@").map { part[part.index(after: $0)...] } ?? part
        }.joined(separator: "://")
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
        joined.notes += all.dropFirst().flatMap {
            ["also \($0.code): \($0.summary)"] + $0.notes.map { "  " + $0 } + ["  fix  \($0.remedy)"]
        }
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
