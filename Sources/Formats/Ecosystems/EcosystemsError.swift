// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a file told nothing of packages.
package enum EcosystemsError: Diagnosable, Hashable {
    /// It contradicts its format.
    case malformed(what: String, reason: String)
    /// More of something than is looked at.
    case tooMuch(what: String, limit: Int)
    /// A known format that this program does not read.
    case notReadable(what: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformed(let what, let reason):
            Diagnosis(
                "ecosystems.malformed", .malformed, "expected \(what), found \(reason)",
                remedy: "compare the file with the one in the image it was built from; it is damaged or made to mislead")
        case .tooMuch(let what, let limit):
            Diagnosis(
                "ecosystems.too-much", .policy, "expected at most \(limit) \(what), found more",
                remedy: "look at the file before you trust it: no package manager writes so much")
        case .notReadable(let what):
            Diagnosis(
                "ecosystems.not-readable", .malformed, "expected a package database that can be read, found \(what)",
                remedy: "list its packages with the distribution's own tool; what it holds is not known here")
        }
    }
}
