// SPDX-License-Identifier: Apache-2.0
// https://json-schema.org/draft/2020-12/json-schema-core
package import Base

/// The keys of `slo.yaml`.
enum SLOShape {
    /// What is read.
    struct Draft: Sendable {
        var preset: String?
        var start: SLOPolicy.Start?
        var days: [String: Int] = [:]
        var exploited: ExploitedDraft?
    }
    struct ExploitedDraft: Sendable {
        var days: Int?
        var dueDate: Bool?
    }

    static let slo = RecordShape<Draft>(
        name: "slo", title: "the objectives",
        keys: [
            .optional(
                "preset", \.preset, .choice("preset", SLOPolicy.presets.map(\.name)),
                "What others prescribe or promise: " + SLOPolicy.presets.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ") + "."
            ),
            .optional(
                "from", \.start, GateShape.word("beginning"),
                "Where the days begin: fix (the archive has it), seen (first assessment here) or disclosed; the preset's, else fix."),
            .optional(
                "days", \.days, GateShape.severities(0...3650, "a map from severities to days"),
                "Days until a build without the flaw is published, by severity; they go before those of the preset. Beside neither, the default holds."
            ),
            .optional("exploited", \.exploited, exploited.shape, "What holds for flaws of the KEV catalog; the earliest day counts."),
        ], empty: { Draft() },
        check: { draft, node, reader in
            guard draft.preset == nil, draft.start == nil, draft.days.isEmpty, draft.exploited == nil else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "preset, from, days or exploited", found: "none of them",
                    fix: "write preset: fedramp, or remove the file for the default"))
        })

    private static let exploited = RecordShape<ExploitedDraft>(
        name: "sloExploited", title: "the objectives for exploited flaws",
        keys: [
            .optional("days", \.days, .integer(0...3650), "Days, whatever the severity."),
            .optional("due-date", \.dueDate, .boolean, "Whether the day that CISA set counts; false when left out."),
        ], empty: { ExploitedDraft() })

    static func policy(_ draft: Draft, origin: String) -> SLOPolicy {
        let preset = SLOPolicy.presets.first { $0.name == draft.preset }
        let base =
            preset.map { SLOPolicy(start: $0.start, days: $0.days, exploited: $0.exploited, basis: $0.name, origin: origin) }
            ?? SLOPolicy.standard
        var policy = base
        policy.origin = origin
        // Limits of one's own stand alone unless a preset was asked for.
        if !draft.days.isEmpty { policy.days = (preset?.days ?? [:]).merging(draft.days) { _, own in own } }
        policy.start = draft.start ?? base.start
        if let exploited = draft.exploited {
            policy.exploited = SLOPolicy.Exploited(days: exploited.days, dueDate: exploited.dueDate ?? false)
        }
        let isOwn = draft.start != nil || !draft.days.isEmpty || draft.exploited != nil
        policy.basis = [preset?.name ?? (draft.days.isEmpty ? "default" : nil), isOwn ? "own" : nil].compactMap(\.self)
            .joined(separator: " and ")
        return policy
    }
}

/// The JSON Schema of `slo.yaml`, made from the table that reads it: `docs/slo.schema.json`.
package enum SLOSchema {
    package static var document: JSON {
        let whole = Schema([:], using: [SLOShape.slo.shape.schema])
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Ashlar objectives of remediation",
            "description": "Generated from the table in Sources/Artifacts/Remediation. docs/remediation.md explains every key.",
            "$ref": "#/$defs/slo", "$defs": .object(whole.definitions),
        ]
    }
}
