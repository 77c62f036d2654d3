// SPDX-License-Identifier: Apache-2.0

/// The keys of `scripts.yaml`.
enum ScriptShape {
    static let table = RecordShape<ScriptTable>(
        name: "scripts", title: "the table of scripts",
        keys: [
            .optional(
                "kinds", \.kinds, .dictionary(kind, to: .text(.reason), named: "a map from kinds of script to reasons"),
                "Kinds of script that are ignored as a whole, and why."),
            .optional(
                "triggers", \.triggers, .dictionary(trigger, to: .text(.reason), named: "a map from triggers to reasons"),
                "Triggers that are ignored, and why."),
            .optional(
                "scripts", \.scripts,
                .list(of: script.shape.map(\.finished), named: "a list of scripts", unique: ("script", { "\($0.kind) \($0.sha256)" })),
                "Scripts that were read, by the hash of their normalised text."),
        ], empty: { ScriptTable() })

    private static let kindNames = ScriptTable.scriptKinds
    private static let kind = TextRule(
        expected: "a kind of script: \(kindNames.joined(separator: ", "))", pattern: kindNames.joined(separator: "|"))
    private static let trigger = TextRule(expected: "the name of a trigger such as ldconfig", pattern: #"[^\s#]+"#)

    private struct Draft: Sendable {
        var entry = ScriptEntry(sha256: "", kind: "", packages: [], verdict: .emulated(steps: []))
        var ignore: String?
        var emulate: [String]?

        var finished: ScriptEntry {
            var finished = entry
            finished.verdict = ignore.map { .ignored(reason: $0) } ?? .emulated(steps: emulate ?? [])
            return finished
        }
    }

    private static let script = RecordShape<Draft>(
        name: "script", title: "a script",
        keys: [
            .required("sha256", \.entry.sha256, .text(.sha256), "The hash of its normalised text."),
            .required("script", \.entry.kind, .choice("kind of script", kindNames), "Its kind: postinst."),
            .required(
                "packages", \.entry.packages, .list(of: .text(.packageName), named: "a list of packages", minimum: 1),
                "The packages it was seen in."),
            .optional("ignore", \.ignore, .text(.reason), "Why nothing of it is needed."),
            .optional(
                "emulate", \.emulate, .list(of: .choice("step", Step.allNames), named: "a list of steps", minimum: 1),
                "The steps that do what it would have done."),
            .optional("note", \.entry.note, .text(.line), "What a reader should know."),
        ], empty: { Draft() },
        check: { draft, node, reader in
            guard (draft.ignore == nil) == (draft.emulate == nil) else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "either ignore or emulate", found: draft.ignore == nil ? "neither" : "both",
                    fix: "write ignore with the reason, or emulate with the steps"))
        })
}
