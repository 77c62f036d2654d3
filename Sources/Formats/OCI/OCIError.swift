// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a text or document of the OCI specifications was refused.
package enum OCIError: Diagnosable, Equatable {
    case malformedReference(String, reason: String)
    case malformedRepository(String, reason: String)
    case malformedTag(String)
    case malformedDocument(kind: String, reason: String)
    case documentTooLarge(kind: String, limit: Int, found: Int)
    case unexpectedMediaType(kind: String, expected: String, found: String)
    case historyMismatch(history: Int, diffIDs: Int)
    case sizeMismatch(digest: Digest, expected: Int, found: Int)
    case digestMismatch(expected: Digest, found: Digest)

    package var diagnosis: Diagnosis {
        switch self {
        case .malformedReference(let text, let reason):
            Diagnosis(
                "oci.reference", .usage, "expected an image reference, found \(quoted(text)): \(reason)",
                remedy: "write [host[:port]/]repository[:tag][@sha256:digest], for example registry.example/python:3.13")
        case .malformedRepository(let text, let reason):
            Diagnosis(
                "oci.repository", .usage, "expected a repository name, found \(quoted(text)): \(reason)",
                remedy: "use lower-case letters and digits, separated by '.', '_', '__', '-' or '/', at most 255 characters with the host")
        case .malformedTag(let text):
            Diagnosis(
                "oci.tag", .usage, "expected a tag, found \(quoted(text))",
                remedy: "use 1 to 128 letters, digits, '_', '.' and '-', not beginning with '.' or '-'")
        case .malformedDocument(let kind, let reason):
            Diagnosis(
                "oci.document", .malformed, "expected an OCI \(kind): \(reason)",
                remedy: "fetch it again; if it stays so, ask who pushed it to push it anew")
        case .documentTooLarge(let kind, let limit, let found):
            Diagnosis(
                "oci.document-too-large", .malformed, "expected an OCI \(kind) of at most \(limit) bytes, found \(found)",
                remedy: "push a smaller document; large data belongs into a blob")
        case .unexpectedMediaType(let kind, let expected, let found):
            Diagnosis(
                "oci.media-type", .malformed, "expected an OCI \(kind) with media type \(expected), found \(quoted(found))",
                remedy: "convert the image to OCI media types, for example by copying it with skopeo --format oci")
        case .historyMismatch(let history, let diffIDs):
            Diagnosis(
                "oci.history", .malformed,
                "expected as many non-empty history entries as layers in an image configuration, found "
                    + "\(history) entries for \(diffIDs) layers",
                remedy: "build the image again with a tool that follows the OCI image specification")
        case .sizeMismatch(let digest, let expected, let found):
            Diagnosis(
                "oci.size", .untrusted, "expected \(expected) bytes for \(digest), found \(found)",
                remedy: "fetch it again; if it stays so, the registry or the network altered it")
        case .digestMismatch(let expected, let found):
            Diagnosis(
                "oci.digest", .untrusted, "the bytes are not the ones their descriptor names",
                remedy: "fetch it again; if it stays so, the registry or the network altered it",
                notes: ["expected \(expected)", "found    \(found)"])
        }
    }

    private func quoted(_ text: String) -> String { "'\(text.prefix(300))'" }
}
