// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// A build tag leads to the version it names, and the release is the newest of its stream.
///
/// Tags are not signed; version and stream stand in the manifest that is.
struct TagCheck {
    static let name = "tag"

    /// - Parameters:
    ///   - reference: what was asked for: a tag, or a digest.
    ///   - tags: of the repository; nil when it has no list of them.
    func examine(_ file: CaseFile, reference: String, tags: [String]?, resolve: (String) async throws -> Digest?) async throws
        -> CheckResult
    {
        var result = CheckResult(Self.name)
        let annotations = file.document.annotations
        if let tag = BuildTag(reference), let version = annotations[Annotation.version] {
            if BuildTag.text(ofVersion: version) == tag.version {
                result.evidence.append("the build tag \(reference) names version \(tag.version), which the image is")
            } else {
                result.reasons.append(
                    "the build tag \(reference.prefix(130)) names version \(tag.version), the image is \(version.prefix(80))")
            }
        }
        if let stream = annotations["dev.ashlar.stream"], let tags {
            let builds = tags.compactMap(BuildTag.init).filter { $0.isBuild(ofStream: stream) }.sorted()
            if let newest = builds.last, let digest = try await resolve(newest.text) {
                if digest == file.subject {
                    result.evidence.append("it is the newest release of \(stream): \(newest.text)")
                } else {
                    result.warnings.append("it is not the newest release of \(stream), which is \(newest.text) (\(digest))")
                }
            }
        }
        if result.evidence.isEmpty, result.reasons.isEmpty, result.warnings.isEmpty { result.isSkipped = true }
        return result
    }
}
