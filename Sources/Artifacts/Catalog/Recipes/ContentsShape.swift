// SPDX-License-Identifier: Apache-2.0
import Base

/// The keys below `contents`, `dates` and `exceptions`.
enum ContentsShape {
    static let contents = RecordShape<ContentsDraft>(
        name: "contents", title: "the contents",
        keys: [
            .optional(
                "packages", \.packages, .list(of: request.located, named: "a list of packages", unique: ("package", { $0.value.package })),
                "Packages that are asked for: a name, or a map for a part of one."),
            .optional(
                "exclude", \.exclude,
                .list(of: exclusion.shape.located, named: "a list of exclusions", unique: ("exclusion", { $0.value.package })),
                "Dependencies that are deliberately left out, each with its reason."),
            .optional(
                "drop", \.drop, .list(of: drop.shape, named: "a list of drop rules"),
                "Paths that are not taken from the packages, each with its reason. They are recorded as dropped."),
        ], empty: { ContentsDraft() },
        check: { contents, node, reader in
            let excluded = Set(contents.exclude.map(\.value.package))
            guard let both = contents.packages.first(where: { excluded.contains($0.value.package) }) else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "a package either in packages or in exclude", found: "\(both.value.package) in both",
                    fix: "remove \(both.value.package) from one of them"))
        })

    private static let request = Shape.either(
        Shape.text(.packageName).map { PackageRequest(package: $0) }, partial.shape)

    private static let partial = RecordShape<PackageRequest>(
        name: "partialPackage", title: "a part of a package",
        keys: [
            .required("package", \.package, .text(.packageName), "The package's name."),
            .required(
                "only", \.only, .list(of: .text(.pathPattern), named: "a list of path patterns", minimum: 1),
                "The paths taken from it, as patterns; everything else of it is left out."),
            .required("reason", \.reason, .text(.reason), "Why only these."),
        ], empty: { PackageRequest(package: "") })

    private static let exclusion = RecordShape<Exclusion>(
        name: "exclusion", title: "an exclusion",
        keys: [
            .required("package", \.package, .text(.packageName), "The package that is left out although another depends on it."),
            .required("reason", \.reason, .text(.reason), "Why the image works without it."),
        ], empty: { Exclusion(package: "", reason: "") })

    private static let drop = RecordShape<DropRule>(
        name: "drop", title: "a drop rule",
        keys: [
            .required(
                "paths", \.paths, .list(of: .text(.pathPattern), named: "a list of path patterns", minimum: 1),
                "What is dropped: usr/share/man, usr/share/doc/*/*."),
            .optional("except", \.except, .list(of: .text(.pathPattern), named: "a list of path patterns"), "What of it stays."),
            .required("reason", \.reason, .text(.reason), "Why nobody misses it."),
        ], empty: { DropRule(paths: [], reason: "") })

    static let dates = RecordShape<Dates>(
        name: "dates", title: "the dates",
        keys: [
            .optional("release", \.release, .text(.day), "The day the stream was released upstream: 2024-10-07."),
            .optional("end-of-life", \.endOfLife, .text(.day), "The day its support ends upstream: 2029-10-31."),
        ], empty: { Dates() },
        check: { dates, node, reader in
            guard let release = dates.release, let end = dates.endOfLife, release >= end else { return }
            reader.report(
                .contradiction(
                    node.place, expected: "end-of-life after release", found: "release \(release) and end-of-life \(end)",
                    fix: "correct one of the two days"))
        })

    static let exception = RecordShape<RuleException>(
        name: "exception", title: "an exception",
        keys: [
            .required("rule", \.rule, .choice("rule", RuleName.allCases.map(\.rawValue)), "The hardening rule that is broken."),
            .optional(
                "paths", \.paths, .list(of: .text(.pathPattern), named: "a list of path patterns", minimum: 1),
                "Where it may be broken; left out, the rule does not hold for the image at all."),
            .required("reason", \.reason, .text(.reason), "Why that is right for this image."),
        ], empty: { RuleException(rule: "", reason: "") })
}
