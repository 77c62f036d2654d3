// SPDX-License-Identifier: Apache-2.0
// https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md

/// Keys of annotations and labels that this project writes or reads.
package enum Annotation {
    /// RFC 3339.
    package static let created = "org.opencontainers.image.created"
    package static let authors = "org.opencontainers.image.authors"
    package static let url = "org.opencontainers.image.url"
    package static let documentation = "org.opencontainers.image.documentation"
    package static let source = "org.opencontainers.image.source"
    package static let version = "org.opencontainers.image.version"
    package static let revision = "org.opencontainers.image.revision"
    package static let vendor = "org.opencontainers.image.vendor"
    /// An SPDX licence expression.
    package static let licenses = "org.opencontainers.image.licenses"
    package static let title = "org.opencontainers.image.title"
    package static let summary = "org.opencontainers.image.description"
    package static let baseDigest = "org.opencontainers.image.base.digest"
    package static let baseName = "org.opencontainers.image.base.name"
    /// The name of a manifest in an image layout's index.
    package static let referenceName = "org.opencontainers.image.ref.name"

    /// Which member of a Sigstore bundle holds its content: `dsse-envelope`.
    package static let bundleContent = "dev.sigstore.bundle.content"
    /// The predicate type of the statement inside: cosign, policy engines.
    package static let bundlePredicateType = "dev.sigstore.bundle.predicateType"
    /// The same for Trivy and BuildKit.
    package static let inTotoPredicateType = "in-toto.io/predicate-type"
    /// Base64 of a signature over a layer's bytes: `.sig` manifests.
    package static let cosignSignature = "dev.cosignproject.cosign/signature"
    /// The predicate type of a layer: `.att` manifests.
    package static let cosignPredicateType = "predicateType"
    /// The digest of the log entry that a layer's proof is of.
    package static let logEntry = "dev.ashlar.log.entry"
}
