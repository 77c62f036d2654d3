// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a release could not be traced back to what it was built from.
package enum InputError: Diagnosable {
    /// What a release names is not where it should be.
    case lost(String)
    /// Nobody who was asked has it.
    case missing(String, digest: Digest, hasMirror: Bool)
    /// A mirror answered with something else.
    case other(String, source: String, expected: Digest, found: Digest)
    case notTrusted(reference: String, reasons: [String])
    /// The release was built with other sources of the helpers than this machine's, and compiling them would run a stranger's script.
    case foreignHelpers(reference: String, commit: String?)
    /// A statement that was handed in says nothing of use.
    case unusableStatement(reasons: [String])

    package var diagnosis: Diagnosis {
        switch self {
        case .lost(let title):
            Diagnosis(
                "input.lost", .notFound, "expected \(title) where the release was published, found nothing of its size",
                remedy: "build the image again (ashlar build --rebuild), without --offline, so that it is fetched anew")
        case .missing(let title, let digest, let hasMirror):
            Diagnosis(
                "input.missing", .notFound, "expected \(title) (\(digest)) in the release's source artifact, found none",
                remedy: hasMirror
                    ? "run in the checkout of the catalog that it was built from"
                    : "name an archive that still has it with --mirror, for example --mirror https://snapshot.debian.org/archive/{base}/20260101T000000Z"
            )
        case .other(let title, let source, let expected, let found):
            Diagnosis(
                "input.other", .untrusted, "\(title) at \(source) is not the file that the release was built from",
                remedy: "the mirror has moved on: name a snapshot of the time of the build with --mirror",
                notes: ["expected \(expected)", "found    \(found)"])
        case .notTrusted(let reference, let reasons):
            Diagnosis(
                "input.not-trusted", .untrusted, "what \(reference) says about its own origin is not good enough to follow",
                remedy: "check the public key (--verify-key) and where the image came from", notes: reasons)
        case .foreignHelpers(let reference, let commit):
            Diagnosis(
                "input.foreign-helpers", .policy,
                "\(reference) contains helpers that were compiled from other sources than those in this folder, and their build script would run here",
                remedy: (commit.map { "check out \($0) and run there" } ?? "run in the checkout that it was built from")
                    + ", or accept to run the release's own script with --trust-helpers")
        case .unusableStatement(let reasons):
            Diagnosis(
                "input.unusable-statement", .untrusted, "the statement is not one of a rebuilder about this release",
                remedy: "ask for the file that `ashlar rebuild --sign --bundle FILE` writes, and for the key it was signed with",
                notes: reasons)
        }
    }
}
