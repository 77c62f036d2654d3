// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why an archive's index, or a file that it names, is not used.
package enum IndexError: Diagnosable {
    case untrusted(archive: String, reasons: [String])
    case stale(archive: String, reason: String)
    case mismatch(path: String, expected: String, found: String)
    case unavailable(what: String, status: Int, source: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .untrusted(let archive, let reasons):
            Diagnosis(
                "pipeline.untrusted-index", .untrusted, "the index of \(archive) is not signed by a pinned key of the suite",
                remedy:
                    "name a mirror of the real archive with ASHLAR_MIRROR; if Debian changed its keys, review and pin them in catalog/suites/",
                notes: reasons)
        case .stale(let archive, let reason):
            Diagnosis(
                "pipeline.stale-index", .untrusted, "the index of \(archive) is stale: \(reason)",
                remedy:
                    "wait for the mirror, name another with ASHLAR_MIRROR, or accept it for this run with `--allow-stale \(archive)=REASON` (it is recorded)"
            )
        case .mismatch(let path, let expected, let found):
            Diagnosis(
                "pipeline.index-mismatch", .untrusted, "\(path) is not the file its signed Release file names",
                remedy: "the mirror is being updated or was tampered with: try again in some minutes, or name another with ASHLAR_MIRROR",
                notes: ["expected  \(expected)", "received  \(found)"])
        case .unavailable(let what, let status, let source):
            Diagnosis(
                "pipeline.unavailable", .unavailable, "expected \(what), found status \(status) at \(source)",
                remedy: "check the mirror in ASHLAR_MIRROR or the machine's apt sources, and the proxy settings")
        }
    }
}
