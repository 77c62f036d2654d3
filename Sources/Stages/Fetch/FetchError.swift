// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a locked package could not be had.
package enum FetchError: Diagnosable, Equatable {
    case damagedLock(package: String, field: String, value: String)
    case unknownArchive(package: String, archive: String)
    /// The store refused the bytes; its notes say which digest they have.
    case digestMismatch(package: String, source: String, notes: [String])
    case wrongSize(package: String, expected: Int, found: Int, source: String)
    case notABinary(package: String, status: Int, contentType: String, source: String)
    case gone(package: String, version: String, source: String)
    case notInStore(package: String, version: String)
    /// The way there failed; the transport says how.
    case undelivered(package: String, Diagnosis)

    package var diagnosis: Diagnosis {
        switch self {
        case .damagedLock(let package, let field, let value):
            Diagnosis(
                "fetch.damaged-lock", .malformed, "the lock's \(field) of \(package) is \(value.debugDescription), which cannot be",
                remedy: "run `ashlar resolve` for this image and review the difference")
        case .unknownArchive(let package, let archive):
            Diagnosis(
                "fetch.unknown-archive", .usage,
                "the lock takes \(package) from the archive \(archive.debugDescription), which no suite of the catalog has",
                remedy: "add the archive to catalog/suites, or run `ashlar resolve` for this image")
        case .digestMismatch(let package, let source, let notes):
            Diagnosis(
                "fetch.digest-mismatch", .untrusted, "\(package) from \(source) is not the file the lock names",
                remedy: "the mirror changed or was tampered with; run `ashlar resolve --check` and review before locking again",
                notes: notes)
        case .wrongSize(let package, let expected, let found, let source):
            Diagnosis(
                "fetch.wrong-size", .malformed,
                "the lock gives \(package) \(expected) bytes, and the file with its digest has \(found) (\(source))",
                remedy: "the lock was edited by hand: run `ashlar resolve` for this image and review the difference")
        case .notABinary(let package, let status, let contentType, let source):
            Diagnosis(
                "fetch.not-a-package", .unavailable, "expected \(package) from \(source), found status \(status) of type \(contentType)",
                remedy:
                    "something between here and the mirror answers in its place (a proxy or a login page); check HTTP_PROXY and ASHLAR_MIRROR"
            )
        case .gone(let package, let version, let source):
            Diagnosis(
                "fetch.gone", .notFound, "\(package) \(version) has left the archive (\(source))",
                remedy: "run `ashlar resolve` for this image: it picks the version the archive has now and shows the difference")
        case .notInStore(let package, let version):
            Diagnosis(
                "fetch.not-in-store", .unavailable, "\(package) \(version) is not in the store, and --offline forbids to fetch it",
                remedy: "run the same command once without --offline")
        case .undelivered(let package, let cause):
            Diagnosis(cause.code, cause.kind, "\(package): \(cause.summary)", remedy: cause.remedy, notes: cause.notes)
        }
    }
}
