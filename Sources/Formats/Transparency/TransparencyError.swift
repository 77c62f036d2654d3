// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a document of a transparency log could not be read or made. A proof or signature that does not hold is a result, not an error.
package enum TransparencyError: Diagnosable, Equatable {
    case malformed(kind: String, reason: String)
    case tooLarge(kind: String, limit: Int, found: Int)
    case entryTooLarge(found: Int)
    case unreadableKey(reason: String)
    case badName(String)
    case notInTree(index: Int, size: Int)
    case notConsistent(from: Int, to: Int)
    case unsupported(kind: String, feature: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformed(let kind, let reason):
            Diagnosis(
                "transparency.malformed", .malformed, "expected a \(kind): \(reason)",
                remedy: "fetch it again from the log; if it stays so, tell the log's operator")
        case .tooLarge(let kind, let limit, let found):
            Diagnosis(
                "transparency.too-large", .malformed, "expected a \(kind) of at most \(limit) bytes, found \(found)",
                remedy: "ask the log's operator; nothing was read of it")
        case .entryTooLarge(let found):
            Diagnosis(
                "transparency.entry-too-large", .malformed,
                "expected a log entry of 1 to \(EntryBundle.entryLimit) bytes, found \(found)",
                remedy: "log the digest of the document instead of the document")
        case .unreadableKey(let reason):
            Diagnosis(
                "transparency.key", .malformed, "expected a verifier key, NAME+HASH+KEY: \(reason)",
                remedy: "copy the whole line of the log's or witness's public key, for example log.pub")
        case .badName(let name):
            Diagnosis(
                "transparency.name", .usage,
                "expected a key name without spaces, plus signs and control characters, found '\(name.prefix(80))'",
                remedy: "take a host name that is yours, such as log.example.org")
        case .notInTree(let index, let size):
            Diagnosis(
                "transparency.not-in-tree", .notFound, "expected an entry below the tree's size \(size), found index \(index)",
                remedy: "fetch a newer checkpoint of the log")
        case .notConsistent(let from, let to):
            Diagnosis(
                "transparency.sizes", .usage, "expected two sizes of one log in order, found \(from) and \(to)",
                remedy: "give the older checkpoint first")
        case .unsupported(let kind, let feature):
            Diagnosis(
                "transparency.unsupported", .malformed, "expected a \(kind) as this version knows it, found \(feature.prefix(80))",
                remedy: "check it with the tool that made it")
        }
    }
}
