// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Pipeline
import Records
import Sigstore
import Transparency

/// One published image with what is attached to it, for people and for programs.
struct ShowOutput {
    let release: Release
    let assessed: AssessmentSummary?
    /// In full, for what statements say of its findings.
    var assessment: Assessment?
    /// Of the index.
    let attached: [Attached]
    /// Of each platform, in the order of the release.
    let attachedToPlatforms: [[Attached]]
    /// What of it is without support, or soon will be.
    var ends: [SupportEnd] = []
    var withdrawal: Withdrawal?
    /// What the watcher has open about its stream.
    var change: Change?

    /// Digests in tables are cut to twelve digits.
    var text: String {
        var lines = ["\(release.title)  \(release.repository):\(release.stream)  version \(release.version)"]
        if !release.summary.isEmpty { lines.append(release.summary) }
        lines += ["", "index      \(release.index)", "tags       \((release.tags + [release.buildTag]).joined(separator: ", "))"]
        lines.append("created    \(release.created) (newest date inside its packages)")
        if let end = release.endOfLife { lines.append("supported  until \(end)") }
        for end in ends { lines.append("\(end.stage == .over ? "WARNING" : "warning")    \(Terminal.clean(end.text)), says \(end.source)") }
        if let withdrawal {
            let instead = withdrawal.replacement.map { "; use \($0) instead" } ?? ""
            lines.append(
                "\(withdrawal.state.rawValue.uppercased())  since \(withdrawal.since): \(Terminal.clean(withdrawal.reason + instead))")
        }
        if let change { lines.append(Terminal.clean("update     \(Self.text(change))")) }
        lines.append("vulnerabilities: \(ListCommand.vulnerabilities(assessed))")
        if let assessment { lines += TriageDoor.lines(assessment) }
        return (lines + ["", platforms.text, "", attachments.text, Self.legend]).joined(separator: "\n")
    }

    private static func text(_ change: Change) -> String {
        guard let failure = change.failure, change.state == .failed else {
            return "\(change.state == .proposed ? "proposed" : change.plan.decision.text): \(change.plan.reason)"
                + (change.note.map { " (\($0))" } ?? "")
        }
        return "FAILED at \(failure.at): \(failure.summary); this release stays in service (`ashlar watch status`)"
    }

    private static let legend = "Digests are cut to 12 digits and a + counts older ones; --format json has all of them whole."

    private var platforms: Table {
        var table = Table(header: ["PLATFORM", "MANIFEST", "PACKAGES", "TO PULL", "UNPACKED", "CONTRACT"])
        table.rows = release.platforms.map {
            [
                $0.platform.description, $0.manifest.short, "\($0.packageCount)", Size.text($0.compressedSize), Size.text($0.unpackedSize),
                ContractText.of($0),
            ]
        }
        return table
    }

    /// A row for each kind of evidence, a column for the index and for each platform.
    private var attachments: Table {
        let columns = ([attached] + attachedToPlatforms).map { Dictionary(grouping: $0, by: \.kind) }
        let kinds = Set(columns.flatMap(\.keys)).sorted()
        var table = Table(header: ["ATTACHED", "INDEX"] + release.platforms.map { $0.platform.description.uppercased() })
        table.rows = kinds.map { kind in
            [kind.title]
                + columns.map { column in
                    guard let found = column[kind], let newest = found.last else { return "-" }
                    return newest.digest.short + (found.count > 1 ? " +\(found.count - 1)" : "")
                }
        }
        return table
    }

    var json: JSON {
        var members = ListCommand.json(release, assessed, ends).object ?? [:]
        members["withdrawn"] =
            withdrawal.map {
                [
                    "state": JSON($0.state.rawValue), "reason": JSON($0.reason), "since": JSON($0.since.description),
                    "replacement": $0.replacement.map { JSON($0) } ?? .null,
                ]
            } ?? .null
        members["attached"] = Self.json(attached)
        if let change, let json = try? WatchStatus.json(change) { members["update"] = json }
        members["statements"] = (try? TriageDoor.json(assessment)) ?? []
        if case .array(let platforms)? = members["platforms"] {
            members["platforms"] = .array(
                zip(platforms, attachedToPlatforms).map { platform, attached in
                    var members = platform.object ?? [:]
                    members["attached"] = Self.json(attached)
                    return .object(members)
                })
        }
        return .object(members)
    }

    private static func json(_ attached: [Attached]) -> JSON {
        .array(
            attached.map {
                ["digest": JSON($0.digest.description), "type": JSON($0.kind.type), "title": JSON($0.kind.title)]
            })
    }
}

/// Something attached to an image.
struct Attached: Hashable {
    let digest: Digest
    let kind: AttachedKind
}

extension Attached {
    init(_ manifest: StoredManifest) {
        let type = manifest.annotations[Annotation.bundlePredicateType] ?? manifest.artifactType ?? "unknown"
        self.init(digest: manifest.digest, kind: AttachedKind(type: type))
    }
}

/// What something attached to an image is: a predicate or artifact type, and what people call it.
struct AttachedKind: Hashable, Comparable {
    let type: String

    var title: String { Self.known.first { $0.type == type }?.title ?? type }

    static func < (a: Self, b: Self) -> Bool { (a.rank, a.type) < (b.rank, b.type) }
    private var rank: Int { Self.known.firstIndex { $0.type == type } ?? Self.known.count }

    /// In the order in which they are shown.
    private static let known: [(type: String, title: String)] = [
        (PredicateType.cosignSign, "signature"), (NotationEnvelope.artifactType, "signature (Notary Project)"),
        (PredicateType.slsaProvenance, "provenance (SLSA)"), (PredicateType.spdx, "SBOM (SPDX)"),
        (PredicateType.cycloneDX, "SBOM (CycloneDX)"),
        (PredicateType.testResult, "test results"), (PredicateType.verificationSummary, "verification summary"),
        (PredicateType.openVEX, "VEX (OpenVEX)"), (PredicateType.vulnerabilities, "vulnerabilities"),
        (PredicateType.cosignVulnerabilities, "vulnerabilities (cosign)"), (PredicateType.revocation, "revocation"),
        (PredicateType.simpleVerificationResult, "verification result"),
        (LogProof.mediaType, "proof that the log has it"), (SourceArtifact.artifactType, "what it was built from"),
    ]
}

/// How the contract of an image went, for people.
enum ContractText {
    static func of(_ platform: ReleasePlatform) -> String {
        let (passed, failed, notRun) = (platform.contractPassed, platform.contractFailed, platform.contractNotRun)
        if passed + failed == 0 { return notRun == 0 ? "none" : "not run" }
        return "\(passed) passed" + (failed > 0 ? ", \(failed) FAILED" : "") + (notRun > 0 ? ", \(notRun) not run" : "")
    }

    /// One word for all platforms where they agree, else one for each.
    static func of(_ platforms: [ReleasePlatform]) -> String {
        let words = platforms.map(of)
        guard Set(words).count > 1 else { return words.first ?? "none" }
        return zip(platforms, words).map { "\($0.platform.debian) \($1)" }.joined(separator: ", ")
    }

    /// What "not run" means, below a table in which it stands.
    static let legend = "not run: the machine that built it could not start programs of that platform (`ashlar doctor` tells of this one)"
}
