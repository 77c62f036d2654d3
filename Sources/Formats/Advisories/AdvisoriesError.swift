// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a feed, a record or a score was refused. Offsets count bytes from the start of the document.
package enum AdvisoriesError: Diagnosable, Hashable {
    /// Not JSON: the document as a whole cannot be believed.
    case notJSON(feed: String, offset: Int, found: String)
    /// JSON of another shape than the feed has.
    case shape(feed: String, offset: Int, expected: String)
    /// More bytes, levels or records than a reader takes.
    case tooLarge(what: String, limit: Int)
    /// Hardly anything of the feed could be used: it is another document, or a new version of the format.
    case unusable(feed: String, usable: Int, refused: Int)
    /// A stored index that is damaged or was written by another version.
    case badIndex(reason: String)
    /// A vector that the CVSS specification does not allow.
    case badVector(String, reason: String)
    /// A version that its ecosystem does not allow.
    case badVersion(String, ecosystem: String)

    package var diagnosis: Diagnosis {
        let again = "fetch the feed again; when it stays so, its publisher changed or broke it"
        return switch self {
        case .notJSON(let feed, let offset, let found):
            Diagnosis("advisories.not-json", .malformed, "expected JSON in \(feed), found \(found) at byte \(offset)", remedy: again)
        case .shape(let feed, let offset, let expected):
            Diagnosis("advisories.shape", .malformed, "expected \(expected) in \(feed) at byte \(offset)", remedy: again)
        case .tooLarge(let what, let limit):
            Diagnosis("advisories.too-large", .malformed, "expected at most \(limit) \(what), found more", remedy: again)
        case .unusable(let feed, let usable, let refused):
            Diagnosis(
                "advisories.unusable", .malformed, "expected records in \(feed), found \(usable) usable and \(refused) that are not",
                remedy: again)
        case .badIndex(let reason):
            Diagnosis(
                "advisories.bad-index", .malformed, "expected an index of advisories, found \(reason)",
                remedy: "import the feed again with `ashlar feeds update` or `ashlar feeds import`")
        case .badVector(let text, let reason):
            Diagnosis(
                "advisories.bad-vector", .malformed, "expected a CVSS 3.1 or 4.0 vector, found `\(text.prefix(200))`: \(reason)",
                remedy: "take the vector from the advisory; it begins with CVSS:3.1/ or CVSS:4.0/")
        case .badVersion(let text, let ecosystem):
            Diagnosis(
                "advisories.bad-version", .malformed, "expected a version of \(ecosystem), found `\(text.prefix(200))`",
                remedy: "correct the version")
        }
    }
}

/// A record of a feed that could not be used as it stands. It is counted and listed; its neighbours are not touched.
package struct RefusedRecord: Hashable, Sendable, Codable {
    /// The package it is about, when that could be read; empty otherwise.
    package var package: String
    /// `CVE-2026-1234`; empty when it could not be read.
    package var advisory: String
    package var reason: String
    package init(package: String, advisory: String, reason: String) {
        self.package = package
        self.advisory = advisory
        self.reason = reason
    }
}
