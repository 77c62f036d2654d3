// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// Why documents cannot be put together at all. What makes a rebase unsafe is a finding, not an error.
package enum RebaseError: Diagnosable, Equatable {
    /// The layers of the old base are not the lowest of the application.
    case notBeneath(base: String, platform: Platform)
    case platformMissing(base: String, platform: Platform)
    case unusableLayer(digest: Digest, mediaType: String)
    case malformed(what: String, reason: String)

    package var diagnosis: Diagnosis {
        switch self {
        case .notBeneath(let base, let platform):
            Diagnosis(
                "rebase.not-beneath", .policy, "expected the layers of \(base) beneath the image for \(platform), found others",
                remedy: "run `ashlar rebase REF --check`, which says on what it stands")
        case .platformMissing(let base, let platform):
            Diagnosis(
                "rebase.platform-missing", .policy, "expected \(base) for \(platform), found none",
                remedy: "choose a release that has every platform of the image: --onto RELEASE")
        case .unusableLayer(let digest, let mediaType):
            Diagnosis(
                "rebase.unusable-layer", .policy,
                "expected layers as tar, gzip or zstd, found \(digest) of the type '\(mediaType.prefix(100))'",
                remedy: "build the image without foreign layers, or copy it with skopeo --format oci")
        case .malformed(let what, let reason):
            Diagnosis(
                "rebase.malformed", .malformed, "expected \(what): \(reason)",
                remedy: "build the image again with a tool that follows the OCI image specification")
        }
    }
}
