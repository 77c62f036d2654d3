// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Why the flow stopped between its stages.
package enum PipelineError: Diagnosable {
    /// The published layers do not hold what was assembled and checked; where, and how.
    case layersDiffer(at: String, reason: String)
    case cannotUnpack(String, String)
    case cannotRead(path: String, reason: String)
    case lockMissing(reference: String)
    /// The lock is of another recipe, or says something that does not follow from its packages.
    case lockStale(reference: String, contradictions: [String])
    /// Packages that are in no signed index; `last` says when they were, if that is too long ago.
    case notVouched(reference: String, packages: [String], last: String?)
    case gateRefused(reference: String, findings: [Finding], failures: [ContractResult])
    case limitsMissing(reference: String, limits: [String])
    case ownEvidenceRefused(reference: String, reasons: [String])
    case notABackup(path: String, reason: String)
    case storeExists(path: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .notABackup(let path, let reason):
            Diagnosis(
                "pipeline.not-a-backup", .conflict, "\(path) cannot be used as a backup: \(reason)",
                remedy: "name an empty folder, or one that `ashlar backup` wrote")
        case .storeExists(let path):
            Diagnosis(
                "pipeline.store-exists", .conflict, "there is a store in \(path), and it is not replaced",
                remedy: "move it away first, or restore into another folder: --store <folder>")
        case .layersDiffer(let place, let reason):
            Diagnosis(
                "pipeline.layers-differ", .internalFault, "the layers of the image do not hold what was assembled: \(place) \(reason)",
                remedy: "the store is damaged: delete its cache folder and build again")
        case .cannotUnpack(let path, let reason):
            Diagnosis(
                "pipeline.cannot-unpack", .unavailable, "could not write \(path): \(reason)",
                remedy: "make room, or name another folder for temporary files with TMPDIR")
        case .cannotRead(let path, let reason):
            Diagnosis(
                "pipeline.cannot-read", .notFound, "could not read \(path): \(reason)",
                remedy: "check that it is there and may be read")
        case .lockMissing(let reference):
            Diagnosis(
                "pipeline.lock-missing", .usage, "\(reference) has no lock",
                remedy: "run `ashlar resolve \(reference)` and commit the lock it writes")
        case .lockStale(let reference, let contradictions):
            Diagnosis(
                "pipeline.lock-stale", .policy, "the lock of \(reference) was not made from its recipe as it is now",
                remedy: "run `ashlar resolve \(reference)` and review the difference", notes: contradictions)
        case .notVouched(let reference, let packages, nil):
            Diagnosis(
                "pipeline.not-vouched", .untrusted,
                "\(packages.count) locked packages of \(reference) stand in no signed index and were never vouched for here",
                remedy: "run `ashlar resolve \(reference)`: the archive has moved on, or the lock was edited", notes: packages)
        case .notVouched(let reference, let packages, let last?):
            Diagnosis(
                "pipeline.lock-too-old", .untrusted,
                "\(packages.count) locked packages of \(reference) have left the signed indexes, and the lock is too old: \(last)",
                remedy: "run `ashlar resolve \(reference)`, or accept it for this run with `--allow-stale lock=REASON` (it is recorded)",
                notes: packages)
        case .gateRefused(let reference, let findings, let failures):
            Diagnosis(
                "pipeline.gate-refused", .policy,
                "\(reference) was built but not published: \(findings.count) hardening findings, \(failures.count) promises of its contract broken or not tried",
                remedy: failures.allSatisfy { $0.outcome == .notRun } && findings.isEmpty
                    ? "build on a host that can run the tests (`ashlar doctor`), or accept it with --allow-missing-limits (it is recorded)"
                    : "mend the recipe, or except a rule with a reason under exceptions:",
                notes: findings.prefix(40).map { "\($0.rule) \($0.platform) /\($0.path): \($0.reason); \($0.remedy)" }
                    + failures.prefix(20).map {
                        "contract \($0.platform) as \($0.user) “\($0.test)”: \($0.outcome == .notRun ? "not run, " : "")\($0.detail)"
                    })
        case .ownEvidenceRefused(let reference, let reasons):
            Diagnosis(
                "pipeline.own-evidence", .internalFault, "the evidence made for \(reference) does not verify; nothing was published",
                remedy: "check the signer's key (ashlar keys show); if it is the right one, report this as a bug", notes: reasons)
        case .limitsMissing(let reference, let limits):
            Diagnosis(
                "pipeline.limits-missing", .policy,
                "the contract of \(reference) ran without \(limits.joined(separator: ", ")), which this host cannot enforce; nothing was signed",
                remedy:
                    "build on a host with control groups v2, or accept it with --allow-missing-limits, or for all builds on this machine with"
                    + " `allow-missing-limits: true` in ashlar.yaml or ASHLAR_ALLOW_MISSING_LIMITS=true (it is recorded)")
        }
    }
}
