// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// What is known of the last release of one stream, as lists and searches need it.
struct ImageEntry: Sendable {
    /// Whether something is there: what nobody recorded is not known.
    enum Presence: String, Sendable { case absent = "none", present = "some", unknown }

    let release: Release
    let assessment: Assessment?
    let lock: Lock?
    /// What was published about the index, oldest first.
    let evidence: [Evidence]
    let shell: Presence
    let packageManager: Presence
    /// Of the first platform.
    let config: RuntimeConfig?
    /// The last try to bring it up to date, when that failed: this release is in service all the same.
    var failed: Change?

    var name: String { release.repository }
    var reference: String { "\(release.repository):\(release.stream)" }
    var address: Address { .at("images", release.repository, release.stream) }
    func address(_ tab: String, query: [(String, String)] = []) -> Address {
        .at("images", release.repository, release.stream, tab, query: query)
    }

    /// `dev` and the like: the stream's name goes on after that of another stream.
    func variant(among streams: [String]) -> String? {
        streams.first { release.stream.hasPrefix($0 + "-") }.map { String(release.stream.dropFirst($0.count + 1)) }
    }

    var isSigned: Bool { evidence.contains { $0.type == PredicateKind.signature } }
    var contract: (passed: Int, failed: Int, notRun: Int) {
        release.platforms.reduce((0, 0, 0)) { ($0.0 + $1.contractPassed, $0.1 + $1.contractFailed, $0.2 + $1.contractNotRun) }
    }
    var findings: [FindingRow] { assessment.map(FindingRow.all) ?? [] }

    /// What of it is without support, or soon will be.
    func supportEnds(_ context: PageContext) -> [SupportEnd] {
        release.supportEnds(assessment?.support ?? [], at: context.now, warnBefore: context.warnBefore)
    }

    func hasEnded(at now: Timestamp) -> Bool {
        (release.endOfLife.flatMap { Timestamp(date: $0) }.map { $0 < now } ?? false)
            || assessment?.support.contains(where: \.hasEnded) == true
    }

    /// The locked packages of all platforms, once for each name and version.
    var packages: [LockedPackage] {
        var seen: Set<[String]> = []
        return (lock?.platforms.flatMap(\.packages) ?? []).filter { seen.insert([$0.name, $0.version]).inserted }
    }
}

/// A document about a manifest that the catalog published.
struct Evidence: Sendable, Hashable {
    let subject: Digest
    let manifest: Digest
    /// The predicate's type, or else the artifact's.
    let type: String
}

enum PredicateKind {
    static let signature = "https://sigstore.dev/cosign/sign/v1"
}

/// One advisory in one source package of an image, on whatever platforms: what the three numbers count.
struct FindingRow: Sendable {
    enum State: String, Sendable, CaseIterable {
        case left, answered, unimportant, undetermined

        var title: String {
            switch self {
            case .left: "Left after VEX"
            case .answered: "Answered"
            case .unimportant: "Unimportant to Debian"
            case .undetermined: "Without a verdict"
            }
        }
        var note: String {
            switch self {
            case .left: "what counts"
            case .answered: "not affected or fixed, each with its statement"
            case .unimportant: "Debian’s security team sees no impact in its binaries; scanners list them all the same"
            case .undetermined: "Debian has not decided whether the package is affected; in none of the three numbers"
            }
        }
    }

    let finding: AdvisoryFinding
    let platforms: [String]

    var state: State {
        if finding.status == .undetermined { return .undetermined }
        if finding.isUnimportant { return .unimportant }
        return finding.answer?.settles == true ? .answered : .left
    }

    /// In the assessment's order.
    static func all(of assessment: Assessment) -> [FindingRow] {
        SharedFinding.all(of: assessment.platforms).map { FindingRow(finding: $0.finding, platforms: $0.platforms) }
    }
}
