// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import OCI

/// Decides whether an image may get another base. All rules are asked, and every reason is told.
package struct RebaseJudge: Sendable {
    /// Findings of one rule about one platform; more are counted.
    package static let findingLimit = 40

    package init() {}

    /// By the files of one platform.
    package func findings(in case: RebaseCase) -> [RebaseFinding] {
        RebaseRules.all.flatMap { rule -> [RebaseFinding] in
            let found = rule.examine(`case`).sorted {
                ($0.weight == .note ? 1 : 0, $0.path, $0.reason) < ($1.weight == .note ? 1 : 0, $1.path, $1.reason)
            }
            guard found.count > Self.findingLimit else { return found }
            var shown = Array(found.prefix(Self.findingLimit))
            let rest = found.dropFirst(Self.findingLimit)
            shown.append(
                RebaseFinding(
                    rule: rule.id, weight: rest.contains { $0.weight == .refusal } ? .refusal : .note,
                    platform: `case`.platform.description, reason: "and \(rest.count) more of this rule", remedy: "see the ones above"))
            return shown
        }
    }

    /// By what the releases are.
    ///
    /// - Parameter allowed: How far the version may move within the stream.
    package func findings(from old: Release, onto new: Release, allowing allowed: VersionStep) -> [RebaseFinding] {
        var found: [RebaseFinding] = []
        if old.repository != new.repository || old.stream != new.stream {
            found.append(
                RebaseFinding(
                    rule: "same-stream",
                    reason: "it stands on \(old.repository):\(old.stream), and \(new.buildName) is of \(new.repository):\(new.stream)",
                    remedy: "take a release of \(old.repository):\(old.stream), or build the application again from the other image"))
            return found
        }
        if let step = Self.step(from: old.version, to: new.version), step > allowed {
            found.append(
                RebaseFinding(
                    rule: "same-version", reason: "the \(step.rawValue) version changes: \(old.version) -> \(new.version)",
                    remedy: "when the application is known to run with it: --allow \(step.rawValue)"))
        }
        return found
    }

    /// Which part of a version changes first; nil when nothing does.
    static func step(from old: String, to new: String) -> VersionStep? {
        guard old != new else { return nil }
        let (left, right) = (numbers(old), numbers(new))
        for (place, step) in [VersionStep.major, .minor].enumerated() {
            let (a, b) = (left.indices.contains(place) ? left[place] : 0, right.indices.contains(place) ? right[place] : 0)
            if a != b { return step }
        }
        return .patch
    }

    private static func numbers(_ version: String) -> [Int] {
        // An epoch is Debian's, not the product's.
        let version = version.firstIndex(of: ":").map { version[version.index(after: $0)...] } ?? version[...]
        return version.split(whereSeparator: { !("0"..."9").contains($0) }).map { Int($0.prefix(18)) ?? 0 }
    }
}

extension VersionStep: Comparable {
    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    package static func < (a: VersionStep, b: VersionStep) -> Bool { a.order < b.order }
}

/// One question about one platform.
protocol RebaseRule: Sendable {
    /// Stable, documented in `docs/rebase.md`.
    var id: String { get }
    func examine(_ subject: RebaseCase) -> [RebaseFinding]
}

/// What makes a rebase safe.
package enum RebaseRules {
    static let all: [any RebaseRule] = [
        ReadableLayersRule(),  // was everything of the application read?
        ShadowedFilesRule(),  // does it hide or replace what changes beneath?
        PackageRecordsRule(),  // do the records of packages still say what is there?
        LibraryClosureRule(),  // does every program find its libraries, with their names and versions?
        InterpretersRule(),  // and its interpreter?
        LinksRule(),  // do its links lead somewhere?
        StartRule(),  // is what is started there?
        RuntimeVersionRule(),  // is it the same Python, Java, PHP, Perl, Ruby or Node.js?
        KeptSettingsRule(),  // which settings did both change?
    ]
    /// In the order they are asked.
    package static var ids: [String] { all.map(\.id) }
    /// Those that are asked of releases, layers and evidence.
    package static let releaseIDs = ["base-verified", "base-withdrawn", "same-stream", "same-version", "layer-digests"]
}
