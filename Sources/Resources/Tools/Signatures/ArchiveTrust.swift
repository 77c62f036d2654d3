// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base

/// Decides whether an archive's signed index may be believed.
package struct ArchiveTrust: Sendable {
    private let verifier: GPGV

    package init(_ toolbox: Toolbox) { verifier = GPGV(toolbox) }

    /// Whom an index was signed by, for `IndexEvidence`; the dates are read from the body by who parses it.
    package struct Vouching: Sendable, Hashable {
        package var archive: String
        /// Relative: `debian-security/dists/trixie-security/InRelease`.
        package var path: String
        /// SHA-256 of the whole signed file, frame and signatures included.
        package var sha256: String
        /// Fingerprints of the pinned primary keys whose signatures verified, sorted.
        package var signedBy: [String]
        /// When the newest of those signatures was made.
        package var signed: Timestamp
    }

    package enum Verdict: Sendable {
        case trusted(Verified<[UInt8]>, Vouching)
        /// Why the index is not believed, one line each.
        case refused([String])
    }

    /// Verifies an `InRelease` file against the keyring that the suite pins.
    ///
    /// One good signature by a pinned key suffices, since archives sign with the keys of several releases; one signature that
    /// does not match the text refuses the file whoever else signed. Errors are about the keyring or the program.
    package func verify(inRelease: [UInt8], of archive: SuiteArchive, keyring: [UInt8]) async throws -> Verdict {
        _ = try Keyring.check(keyring, name: archive.keyring, pinned: archive.fingerprints)
        let report = try await verifier.verify(clearsigned: inRelease, keyring: keyring)
        return Self.judge(report, inRelease: inRelease, of: archive)
    }

    static func judge(_ report: GPGV.Report, inRelease: [UInt8], of archive: SuiteArchive) -> Verdict {
        let pins = Set(archive.fingerprints.map(Keyring.normalized))
        var reasons: [String] = []
        var signedBy: Set<String> = []
        var newest = Timestamp(seconds: 0)
        var isTampered = false
        for signature in report.signatures {
            switch signature.verdict {
            case .refused(let reason):
                reasons.append("signature by \(signature.signer): \(reason)")
                if reason.contains("does not match") { isTampered = true }
            case .good:
                guard let primary = signature.primary, pins.contains(primary) else {
                    reasons.append("signature by \(signature.signer): its primary key is not pinned for \(archive.suite)")
                    continue
                }
                signedBy.insert(primary)
                newest = max(newest, signature.created ?? newest)
            }
        }
        if signedBy.isEmpty { reasons.append("no good signature by a key pinned for \(archive.suite)") }
        if report.body.isEmpty { reasons.append("an empty signed text") }
        guard !signedBy.isEmpty, !report.body.isEmpty, !isTampered else { return .refused(reasons) }
        let path = "\(archive.base)/dists/\(archive.suite)/InRelease"
        let sha256 = Digest.sha256(of: inRelease).hex
        let evidence = signedBy.sorted().map { "\(path) signed by \($0)" } + ["\(path) has sha256:\(sha256)"]
        return .trusted(
            Verified(byVerifying: report.body, evidence: evidence),
            Vouching(archive: archive.suite, path: path, sha256: sha256, signedBy: signedBy.sorted(), signed: newest))
    }
}
