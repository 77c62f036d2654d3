// SPDX-License-Identifier: Apache-2.0

/// The text of `docs/hardening.md`, made from the rules so that it cannot differ from them.
package enum HardeningDocument {
    package static func markdown(of rules: [any HardeningRule] = HardeningRules.all) -> String {
        var lines = [
            "<!-- Generated from Sources/Stages/Check/Rules. Edit the rules, then run the tests of Check with ASHLAR_REWRITE=1. -->",
            "# Hardening rules",
            "",
            "Every image is held against these rules on every platform before it is published. A finding stops the build unless the",
            "recipe names an exception with its reason; the reason then travels with the image, in the results that are attested.",
            "An exception, or one path of it, that covers nothing is a finding of its own: `unused-exception`.",
            "",
            "```yaml",
            "exceptions:",
            "  - {rule: no-shell, paths: [usr/bin/busybox, usr/bin/sh], reason: \"this image is the shell\"}",
            "```",
            "",
            "`paths` are patterns: a path and everything below it, `*` within a segment, `**` across segments, `{a,b}` for either.",
            "Without `paths` the whole rule is excepted.",
            "",
            "| rule | an image that keeps it |",
            "| --- | --- |",
        ]
        lines += rules.map { "| [`\($0.id)`](#\($0.id)) | \($0.title) |" }
        for rule in rules {
            lines += ["", "## \(rule.id)", "", rule.title, "", "**Why.** \(rule.why)", "", "**What to do.** \(sentence(rule.remedy))"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }
}
