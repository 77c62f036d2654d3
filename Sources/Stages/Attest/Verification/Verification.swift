// SPDX-License-Identifier: Apache-2.0
package import Base
package import Sigstore

/// What one check found out, with its evidence. A "no" is a result, not an error.
package struct CheckResult: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable {
        case passed, failed
        /// Nobody asked for it, or there is nothing it could look at.
        case skipped
    }
    /// `signature`.
    package var name: String
    /// What was checked and found good, one line each.
    package var evidence: [String]
    /// Why it failed, all of it; empty when it did not.
    package var reasons: [String]
    /// What a person should know that is not a reason to refuse.
    package var warnings: [String]
    package var isSkipped: Bool

    package init(
        _ name: String, evidence: [String] = [], reasons: [String] = [], warnings: [String] = [], isSkipped: Bool = false
    ) {
        self.name = name
        self.evidence = evidence
        self.reasons = reasons
        self.warnings = warnings
        self.isSkipped = isSkipped
    }

    package var outcome: Outcome { !reasons.isEmpty ? .failed : isSkipped ? .skipped : .passed }

    static func skipped(_ name: String, _ why: String) -> CheckResult { CheckResult(name, evidence: [why], isSkipped: true) }
}

/// What checking one manifest found.
package struct Verification: Hashable, Sendable {
    /// A signed claim that was found good.
    package struct Claim: Hashable, Sendable {
        package var predicateType: String
        package var statement: Statement
        /// Which forms of it are good.
        package var forms: Set<Form>
    }
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// A Sigstore bundle in a referrer: cosign 3.
        case bundle
        /// The `.sig` and `.att` tags: cosign 2, podman.
        case legacy
    }

    /// The manifest that was checked; nil when the reference named none.
    package var subject: Digest?
    /// `index`, `linux/amd64`, `manifest`.
    package var title: String
    /// The forms in which a key's signature of the image was found good.
    package var signatures: Set<Form>
    /// Good claims, sorted by type; signatures are not among them.
    package var claims: [Claim]
    /// In the order of `VerificationCheck.all`.
    package var checks: [CheckResult]
    /// What was found and not counted: other keys, other names, evidence that cannot be read.
    package var ignored: [String]

    /// Why the image is refused; empty when it is trusted.
    package var reasons: [String] { checks.flatMap(\.reasons) }
    package var warnings: [String] { checks.flatMap(\.warnings) }
    /// What was checked, one line each.
    package var evidence: [String] { checks.filter { $0.outcome == .passed }.flatMap(\.evidence) }
    package var isTrusted: Bool { reasons.isEmpty }
    package var predicateTypes: [String] { claims.map(\.predicateType) }

    /// The subject as a value that may be used; nil when it was refused.
    package var verified: Verified<Digest>? {
        guard isTrusted, let subject else { return nil }
        return Verified(byVerifying: subject, evidence: evidence)
    }

    static func refused(_ subject: Digest?, title: String = "manifest", reason: String) -> Verification {
        Verification(
            subject: subject, title: title, signatures: [], claims: [], checks: [CheckResult("digest", reasons: [reason])], ignored: [])
    }
}

/// What checking a reference found: each of its manifests, and what concerns all of them together.
package struct VerificationReport: Hashable, Sendable {
    /// The index first, then its platforms; or the one manifest.
    package var subjects: [Verification]
    /// Checks of the release as a whole: age, contents.
    package var release: [CheckResult]

    package init(subjects: [Verification], release: [CheckResult]) {
        self.subjects = subjects
        self.release = release
    }

    package var index: Digest? { subjects.first?.subject }
    package var isTrusted: Bool { subjects.allSatisfy(\.isTrusted) && release.allSatisfy(\.reasons.isEmpty) && index != nil }

    /// Every reason, with the manifest it is about.
    package var reasons: [String] {
        subjects.flatMap { subject in subject.reasons.map { "\(subject.title): \($0)" } } + release.flatMap(\.reasons)
    }
    /// The same for people: each reason once, with all the manifests it is about, and what concerns the most of them first.
    package var refusals: [String] {
        var titles: [String: [String]] = [:]
        var order: [String] = []
        for subject in subjects {
            for reason in subject.reasons {
                if titles[reason] == nil { order.append(reason) }
                titles[reason, default: []].append(subject.title)
            }
        }
        let counted = order.enumerated().map { (position: $0.offset, titles: titles[$0.element] ?? [], reason: $0.element) }
        let sorted = counted.sorted { ($1.titles.count, $0.position) < ($0.titles.count, $1.position) }
        return sorted.map { "\($0.titles.joined(separator: ", ")): \($0.reason)" } + release.flatMap(\.reasons)
    }
    package var warnings: [String] {
        var seen: Set<String> = []
        return (subjects.flatMap(\.warnings) + release.flatMap(\.warnings)).filter { seen.insert($0).inserted }
    }
    package var ignored: [String] { subjects.flatMap { subject in subject.ignored.map { "\(subject.title): \($0)" } } }
}
