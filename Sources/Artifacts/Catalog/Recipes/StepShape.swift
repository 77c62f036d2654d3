// SPDX-License-Identifier: Apache-2.0
import Base

/// How a step is written: its name, or a map from its name to what it must be told.
enum StepShape {
    static let step = Shape.either(plain, told)

    private static let plainSteps: [Step] = [
        .usrMerge, .accounts, .nsswitch, .osRelease, .caBundle, .timeZone, .javaTruststore, .busyboxLinks, .dpkgDatabase,
    ]

    private static let plain = Shape<Step>(
        schema: Schema(["type": "string", "enum": .array(plainSteps.map { .string($0.name) })]), expected: "the name of a step",
        kinds: [.text]
    ) { node, reader in
        if let step = plainSteps.first(where: { $0.name == node.text }) { return step }
        if let form = forms[node.text] {
            reader.badValue(node, expected: "the step \(node.text) with what it must be told", fix: "write \(form)")
        } else {
            reader.report(.unknownName(node.place, kind: "step", name: node.text, known: Step.allNames))
        }
        return nil
    }

    private static let forms = [
        "php-modules": #"{php-modules: {version: "8.4", interfaces: [cli, fpm]}}"#, "copyright-from": "{copyright-from: <package>}",
    ]

    private static let told: Shape<Step> = .oneOf(
        "a step",
        [
            .init(
                "php-modules", phpModules.shape.map { .phpModules(version: $0.version, interfaces: $0.interfaces) },
                "Enables the extensions of a PHP version for some of its server interfaces."),
            .init(
                "copyright-from", Shape.text(.packageName).map { .copyrightFrom(package: $0) },
                "Takes only the copyright file of a package that is otherwise excluded."),
        ])

    private struct PHPModules: Sendable {
        var version = ""
        var interfaces: [String] = []
    }

    private static let phpModules = RecordShape<PHPModules>(
        name: "phpModules", title: "the step php-modules",
        keys: [
            .required(
                "version", \.version, .text(TextRule(expected: "a PHP version in quotes such as \"8.4\"", pattern: #"[0-9]+\.[0-9]+"#)),
                "The PHP version: \"8.4\"."),
            .required(
                "interfaces", \.interfaces,
                .list(
                    of: .choice("PHP interface", ["cli", "fpm", "cgi", "embed", "phpdbg"]), named: "a list of PHP interfaces", minimum: 1),
                "For which server interfaces: [cli, fpm]."),
        ], empty: { PHPModules() })
}
