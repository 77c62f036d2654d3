// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a document about vulnerabilities was refused as a whole.
package enum VEXError: Diagnosable, Equatable {
    case notJSON(String)
    case tooLarge(limit: Int, found: Int)
    case otherFormat(expected: String, found: String)
    case malformed(at: String, expected: String, found: String)
    case tooMany(what: String, limit: Int)

    package var diagnosis: Diagnosis {
        let remedy = "get the document from its author again; nothing of it was applied"
        return switch self {
        case .notJSON(let reason):
            Diagnosis("vex.not-json", .malformed, "expected a VEX document in JSON, found something else: \(reason)", remedy: remedy)
        case .tooLarge(let limit, let found):
            Diagnosis("vex.too-large", .malformed, "expected at most \(limit) bytes of VEX, found \(found)", remedy: remedy)
        case .otherFormat(let expected, let found):
            Diagnosis(
                "vex.other-format", .malformed, "expected \(expected), found \(found.prefix(200))",
                remedy: "convert the document to OpenVEX 0.2.0 or CSAF 2.0")
        case .malformed(let place, let expected, let found):
            Diagnosis("vex.malformed", .malformed, "\(place): expected \(expected), found \(found.prefix(200))", remedy: remedy)
        case .tooMany(let what, let limit):
            Diagnosis("vex.too-many", .malformed, "expected at most \(limit) \(what), found more", remedy: remedy)
        }
    }
}

/// What bounds the reading of a document that somebody else wrote.
package struct VEXLimits: Sendable, Hashable {
    package var bytes = 64 << 20
    package var statements = 200_000
    /// Products and subcomponents of one statement.
    package var identifiers = 20_000
    /// All of them in the document.
    package var allIdentifiers = 2_000_000
    /// Bytes of one text.
    package var text = 65_536
    package init() {}
}
