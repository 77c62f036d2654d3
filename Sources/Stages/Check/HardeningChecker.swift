// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
package import OCI

/// Holds an image against the hardening rules. Pure: it looks at the file tree that assembling left behind, which its caller has
/// compared with the layers, and at the files the caller hands it.
package struct HardeningChecker: Sendable {
    package let rules: [any HardeningRule]

    package init(rules: [any HardeningRule] = HardeningRules.all) { self.rules = rules }

    /// Ids of the rules, sorted: what `Findings.rules` says.
    package var ruleIDs: [String] { rules.map(\.id).sorted() }

    /// Everything that breaks a rule on one platform, in the order of the rules and then of the paths. A finding that an exception
    /// of the recipe covers carries its reason; an exception that covers nothing is a finding itself.
    ///
    /// `contents` gives the bytes of small files by path. Where it gives none, what a rule would read in them is not checked.
    package func check(
        _ image: PlatformImage, against recipe: Recipe, reading contents: @escaping (String) -> [UInt8]? = { _ in nil }
    ) -> [Finding] {
        var exceptions = ExceptionLedger(recipe.exceptions, rules: rules)
        let findings = inspect(image, recipe, &exceptions, contents)
        return findings + exceptions.unused(on: image.platform)
    }

    /// All platforms of one image. An exception that covers something on one of them is used.
    package func check(
        _ image: Image, against recipe: Recipe, reading contents: @escaping (Platform, String) -> [UInt8]? = { _, _ in nil }
    ) -> [Finding] {
        var exceptions = ExceptionLedger(recipe.exceptions, rules: rules)
        let findings = image.platforms.flatMap { platform in
            inspect(platform, recipe.resolved(for: platform.platform), &exceptions) { contents(platform.platform, $0) }
        }
        return findings + (image.platforms.first.map { exceptions.unused(on: $0.platform) } ?? [])
    }

    private func inspect(
        _ image: PlatformImage, _ recipe: Recipe, _ exceptions: inout ExceptionLedger, _ contents: @escaping (String) -> [UInt8]?
    ) -> [Finding] {
        let context = HardeningContext(image, recipe, reading: contents)
        var findings: [Finding] = []
        for rule in rules {
            for breach in rule.check(context).sorted(by: { ($0.path, $0.reason) < ($1.path, $1.reason) }) {
                findings.append(
                    Finding(
                        rule: rule.id, platform: image.platform, path: breach.path, reason: breach.reason,
                        remedy: breach.remedy ?? rule.remedy, excepted: exceptions.reason(for: rule.id, breach.path)))
            }
        }
        return findings
    }
}

/// The exceptions of a recipe, and which of them were needed.
struct ExceptionLedger {
    private struct Line {
        let exception: RuleException
        /// One for each path of the exception; nil for text that is not a pattern.
        let patterns: [PathPattern?]
        /// One for each path, or a single one for an exception without paths.
        var used: [Bool]
    }
    private var lines: [Line]
    private let known: [String]

    init(_ exceptions: [RuleException], rules: [any HardeningRule]) {
        lines = exceptions.map {
            Line(
                exception: $0, patterns: $0.paths.map { PathPattern(Self.relative($0)) },
                used: Array(repeating: false, count: Swift.max(1, $0.paths.count)))
        }
        known = rules.map(\.id)
    }

    /// The reason of the first exception that covers a finding; every one that covers it counts as used.
    mutating func reason(for rule: String, _ path: String) -> String? {
        var reason: String?
        for index in lines.indices where lines[index].exception.rule == rule {
            let patterns = lines[index].patterns
            let matches = patterns.isEmpty ? [0] : patterns.indices.filter { patterns[$0]?.matches(path) == true }
            for match in matches { lines[index].used[match] = true }
            if !matches.isEmpty, reason == nil { reason = lines[index].exception.reason }
        }
        return reason
    }

    /// A finding for each exception, or path of one, that covered nothing.
    func unused(on platform: Platform) -> [Finding] {
        lines.flatMap { line in
            line.used.indices.filter { !line.used[$0] }.map { index in
                let path = line.exception.paths.isEmpty ? "" : line.exception.paths[index]
                return Finding(
                    rule: "unused-exception", platform: platform, path: path, reason: reason(line, index),
                    remedy: "remove the exception from the recipe, or correct it")
            }
        }
    }

    private func reason(_ line: Line, _ index: Int) -> String {
        let rule = line.exception.rule
        guard known.contains(rule) else {
            let hint = Spelling.nearest(to: rule, among: known).map { "; the nearest is \($0)" } ?? ""
            return "expected the id of a rule, found \(rule)\(hint)"
        }
        if !line.patterns.isEmpty, line.patterns[index] == nil { return "expected a path pattern, found \(line.exception.paths[index])" }
        return "expected a finding of \(rule) that this exception covers, found none"
    }

    private static func relative(_ pattern: String) -> String { pattern.hasPrefix("/") ? String(pattern.dropFirst()) : pattern }
}
