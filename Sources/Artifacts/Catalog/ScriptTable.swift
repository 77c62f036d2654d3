// SPDX-License-Identifier: Apache-2.0
package import Base

/// How each maintainer script and trigger is dealt with: `scripts.yaml`. None of them ever runs.
package struct ScriptTable: Hashable, Sendable, Codable {
    /// Kinds of script that are ignored as a whole -> why: `prerm`.
    package var kinds: [String: String]
    /// Names of triggers that are ignored -> why: `ldconfig`.
    package var triggers: [String: String]
    package var scripts: [ScriptEntry]

    package init(kinds: [String: String] = [:], triggers: [String: String] = [:], scripts: [ScriptEntry] = []) {
        self.kinds = kinds
        self.triggers = triggers
        self.scripts = scripts
    }

    /// What is done about a script of this kind (`postinst`) whose normalised text has this hash; nil when nobody decided.
    package func classify(kind: String, normalisedHash: Digest) -> ScriptVerdict? {
        if let reason = kinds[kind] { return .ignored(reason: reason) }
        return scripts.first { $0.sha256 == normalisedHash.hex && $0.kind == kind }?.verdict
    }

    /// What is done about the text of a `triggers` control file (deb-triggers(5)).
    package func classifyTriggers(_ text: String) -> TriggerVerdict {
        var reasons: [String] = []
        var unknown: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard let directive = words.first else { continue }
            let isKnown = Self.directives.contains(String(directive))
            if isKnown, words.count == 2, let reason = triggers[String(words[1])] {
                reasons.append("\(words[1]): \(reason)")
            } else {
                unknown.append(words.joined(separator: " "))
            }
        }
        return unknown.isEmpty ? .ignored(reasons: reasons) : .unknown(lines: unknown)
    }

    /// Kinds of maintainer script, as files of the control archive.
    package static let scriptKinds = ["preinst", "postinst", "prerm", "postrm", "config"]
    private static let directives = [
        "interest", "interest-await", "interest-noawait", "activate", "activate-await", "activate-noawait",
    ]
}

/// A script that somebody has read.
package struct ScriptEntry: Hashable, Sendable, Codable {
    /// The hash of its normalised text, 64 hexadecimal digits.
    package var sha256: String
    /// `postinst`.
    package var kind: String
    /// The packages it was seen in.
    package var packages: [String]
    package var verdict: ScriptVerdict
    package var note: String?
    package init(sha256: String, kind: String, packages: [String], verdict: ScriptVerdict, note: String? = nil) {
        self.sha256 = sha256
        self.kind = kind
        self.packages = packages
        self.verdict = verdict
        self.note = note
    }
}

package enum ScriptVerdict: Hashable, Sendable, Codable {
    case ignored(reason: String)
    /// Names of the steps that do what it would have done: `ca-bundle`.
    case emulated(steps: [String])
}

package enum TriggerVerdict: Hashable, Sendable, Codable {
    /// One reason for each trigger.
    case ignored(reasons: [String])
    /// The lines nobody decided about.
    case unknown(lines: [String])
}
