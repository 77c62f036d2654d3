// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why statements about vulnerabilities are not accepted.
package enum TriageError: Diagnosable, Hashable {
    /// A document that nobody signed, from a source whose documents must be.
    case unsigned(source: String, document: String)
    case wrongParty(source: String, document: String, author: String, expected: [String])
    /// No image in the statement's reach has the package in its versions.
    case matchesNothing(statement: String, reach: String, found: [String])
    /// It would speak about packages that its author did not name.
    case matchesMore(statement: String, expected: [String], found: [String])
    case refuted(statement: String, image: String, proofs: [TriageProof])
    case expired(statement: String, on: String, now: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .unsigned(let source, let document):
            Diagnosis(
                "vex.unsigned", .untrusted, "expected a document of \(source) with a signature, found none on \(document.prefix(200))",
                remedy: "get the signed form, or say in the source's settings why documents without a signature are taken")
        case .wrongParty(let source, let document, let author, let expected):
            Diagnosis(
                "vex.wrong-party", .untrusted,
                "expected a document of \(source) by \(expected.joined(separator: " or ")), found \(document.prefix(200)) by \(author.prefix(200))",
                remedy: "do not apply it; if this author speaks for \(source), add the name to the source's authors")
        case .matchesNothing(let statement, let reach, let found):
            Diagnosis(
                "vex.matches-nothing", .policy, "\(statement): expected such a package in \(reach), found none",
                remedy: found.isEmpty
                    ? "remove the statement, or correct the package's name"
                    : "correct the versions, or remove the statement: the package has moved on",
                notes: found.map { "there is \($0)" })
        case .matchesMore(let statement, let expected, let found):
            Diagnosis(
                "vex.matches-more", .policy,
                "\(statement): expected only the packages \(expected.joined(separator: ", ")), found \(found.joined(separator: ", ")) too",
                remedy: "look at them, then add them to binaries or name one package with binary")
        case .refuted(let statement, let image, let proofs):
            Diagnosis(
                "vex.refuted", .policy, "\(statement): expected its evidence to hold in \(image), found that it does not",
                remedy: "correct the statement: what it says about this image is not true",
                notes: proofs.map {
                    "\($0.platform): expected that \($0.evidence), found \($0.detail)"
                })
        case .expired(let statement, let day, let now):
            Diagnosis(
                "vex.expired", .policy, "\(statement): expected a statement that still counts, found one that expired on \(day)",
                remedy: "look at it again, then write a new timestamp and a later day in expires", notes: ["today is \(now)"])
        }
    }
}
