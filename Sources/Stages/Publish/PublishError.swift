// SPDX-License-Identifier: Apache-2.0
package import Base

/// Why a release was not planned, or a registry did not take it.
package enum PublishError: Diagnosable, Equatable {
    case buildTagTaken(repository: String, tag: String, existing: Digest, found: Digest)
    case immutableTag(repository: String, tag: String)
    case unusableTag(String)
    case malformedVersion(String)
    case missingContent(Digest)
    case circularReference(Digest)
    case refused(registry: String, method: String, path: String, status: Int, reason: String)
    case unauthorized(registry: String, scope: String, reason: String)
    /// A server wants a password that anybody between here and there could read.
    case plainCredentials(server: String)
    case malformedAnswer(registry: String, path: String, reason: String)
    case tooLarge(registry: String, path: String, limit: Int)

    package var diagnosis: Diagnosis {
        switch self {
        case .buildTagTaken(let repository, let tag, let existing, let found):
            Diagnosis(
                "publish.build-tag-taken", .conflict,
                "expected \(repository):\(tag) to be free or the same image, found another image there",
                remedy: "build tags never move: run `ashlar resolve --bump` for this image, which counts its revision up, then build again",
                notes: ["published \(existing)", "new       \(found)"])
        case .immutableTag(let repository, let tag):
            Diagnosis(
                "publish.immutable-tag", .conflict, "a tag pattern gives \(repository):\(tag), which is a build tag and never moves",
                remedy: "change the tags of the recipe")
        case .unusableTag(let text):
            Diagnosis(
                "publish.tag-pattern", .usage,
                "expected a tag of at most 128 letters, digits, dots, dashes and underscores, found '\(text.prefix(130))'",
                remedy: "use text and {version}, {major}, {minor}, {patch}, {stream} in the recipe's tags")
        case .malformedVersion(let version):
            Diagnosis(
                "publish.version", .malformed, "expected a version with a letter or a digit in it, found '\(version.prefix(80))'",
                remedy: "set the recipe's version to a package or a text")
        case .missingContent(let digest):
            Diagnosis(
                "publish.missing-content", .notFound, "expected \(digest) in the store, found nothing",
                remedy: "build the image again: ashlar build IMAGE --rebuild")
        case .circularReference(let digest):
            Diagnosis(
                "publish.circular-reference", .malformed, "the manifest \(digest) refers to itself through others",
                remedy: "the listing was tampered with; take it from the store again")
        case .refused(let registry, let method, let path, let status, let reason):
            Diagnosis(
                "publish.refused", status == 404 ? .notFound : status >= 500 || status == 429 ? .unavailable : .policy,
                "expected \(registry) to accept \(method) \(path), found status \(status)\(reason.isEmpty ? "" : ": \(reason)")",
                remedy: status >= 500 || status == 429
                    ? "try again later; what was sent is kept and skipped" : "check that the repository exists and that you may write to it"
            )
        case .unauthorized(let registry, let scope, let reason):
            Diagnosis(
                "publish.unauthorized", .policy, "expected \(registry) to allow \(scope): \(reason)",
                remedy: "give a user name and password, or a token, that may do this")
        case .plainCredentials(let server):
            Diagnosis(
                "publish.plain-credentials", .policy, "expected https or this machine for a password, found that \(server) asks for it",
                remedy: "use https (leave http:// out); for a registry that needs no password, unset ASHLAR_REGISTRY_USER")
        case .malformedAnswer(let registry, let path, let reason):
            Diagnosis(
                "publish.malformed-answer", .malformed,
                "expected \(registry) to answer \(path) as the distribution specification says: \(reason)",
                remedy: "check the address: is it an OCI registry, and does a proxy stand before it?")
        case .tooLarge(let registry, let path, let limit):
            Diagnosis(
                "publish.too-large", .malformed, "expected at most \(limit) bytes from \(registry) for \(path), found more",
                remedy: "check the address: is it an OCI registry?")
        }
    }
}
