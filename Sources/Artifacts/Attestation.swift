// SPDX-License-Identifier: Apache-2.0
package import Base
package import OCI

/// A claim that is to be signed: what it is about, of which kind it is, and what it says.
package struct Claim: Hashable, Sendable {
    /// The index or the platform manifest it is about.
    package var subject: Digest
    /// `https://spdx.dev/Document`.
    package var predicateType: String
    package var predicate: JSON
    package init(subject: Digest, predicateType: String, predicate: JSON) {
        self.subject = subject
        self.predicateType = predicateType
        self.predicate = predicate
    }
}

/// A signed claim about a manifest, and where its forms are stored.
package struct Attestation: Hashable, Sendable, Codable {
    package var subject: Digest
    package var predicateType: String
    /// The Sigstore bundle.
    package var bundle: Digest
    /// The manifest that refers to the subject and holds the bundle.
    package var referrer: Digest
    /// The legacy form: a DSSE envelope, or a simple signing payload for a signature.
    package var legacy: Digest
    package init(subject: Digest, predicateType: String, bundle: Digest, referrer: Digest, legacy: Digest) {
        self.subject = subject
        self.predicateType = predicateType
        self.bundle = bundle
        self.referrer = referrer
        self.legacy = legacy
    }
}

/// Everything signing made for one image, ready to be stored and published.
package struct Evidence: Hashable, Sendable {
    /// Signatures first, then claims; each in the order index, platforms.
    package var attestations: [Attestation]
    /// Configurations, payloads, envelopes and bundles; each digest once.
    package var blobs: [Content]
    package var manifests: [EvidenceManifest]
    package init(attestations: [Attestation], blobs: [Content], manifests: [EvidenceManifest]) {
        self.attestations = attestations
        self.blobs = blobs
        self.manifests = manifests
    }
}

/// A manifest that carries evidence.
package struct EvidenceManifest: Hashable, Sendable {
    package var content: Content
    package var manifest: ImageManifest
    /// `sha256-….sig` or `sha256-….att`; nil for referrers, which are found by their subject.
    package var tag: Tag?
    package init(content: Content, manifest: ImageManifest, tag: Tag? = nil) {
        self.content = content
        self.manifest = manifest
        self.tag = tag
    }
}

/// One repository of some registry, for reading: the own store, a remote registry, an image layout.
package protocol RepositoryReader: Sendable {
    /// The manifest or index under a tag or a digest, with the media type it is stored under; nil when there is none.
    func manifest(_ reference: String) async throws -> Content?
    /// A blob; nil when there is none. One of more than `limit` bytes is refused.
    func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]?
    /// Descriptors of the manifests that refer to a digest; empty when there are none.
    func referrers(of digest: Digest) async throws -> [Descriptor]
    /// Reads a blob to its end and compares size and digest; without holding it whole where the repository allows that.
    func check(_ blob: Descriptor) async throws -> BlobCheck
    /// All tags; nil when this kind of repository has no list of them.
    func tags() async throws -> [String]?
}

/// Whether a blob is what its descriptor says.
package enum BlobCheck: Hashable, Sendable {
    case good
    case missing
    case damaged(reason: String)
}

extension RepositoryReader {
    package func check(_ blob: Descriptor) async throws -> BlobCheck {
        guard let bytes = try await self.blob(blob.digest, limit: blob.size) else { return .missing }
        return BlobCheck(comparing: blob, size: bytes.count, digest: .sha256(of: bytes))
    }

    package func tags() async throws -> [String]? { nil }
}

extension BlobCheck {
    /// Compares what was read with what was promised.
    package init(comparing blob: Descriptor, size: Int, digest: Digest) {
        if size != blob.size {
            self = .damaged(reason: "it has \(size) bytes, not \(blob.size)")
        } else {
            self = digest == blob.digest ? .good : .damaged(reason: "its bytes have the digest \(digest)")
        }
    }
}
