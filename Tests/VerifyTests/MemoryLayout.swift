// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import OCI
import Pipeline
import Sigstore

/// An image layout in memory, laid out as `LayoutWriter` and oras do it.
struct MemoryLayout: LayoutFiles {
    var files: [String: [UInt8]] = [:]

    init(_ releases: [SampleRelease.Made]) throws {
        var entries: [(name: String?, descriptor: Descriptor)] = []
        for release in releases {
            let wanted = Set(release.publication.manifests.flatMap { [$0.digest] + $0.references })
            for content in release.contents where wanted.contains(content.digest) { self[content.digest] = content.bytes }
            let manifests = Dictionary(release.publication.manifests.map { ($0.digest, $0) }) { first, _ in first }
            for (tag, digest) in release.publication.tags.sorted(by: { $0.key < $1.key }) {
                guard let manifest = manifests[digest] else { continue }
                entries.append((tag, Descriptor(mediaType: manifest.mediaType, digest: digest, size: manifest.size)))
            }
            for manifest in release.publication.manifests where manifest.subject != nil {
                entries.append((nil, Descriptor(mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.size)))
            }
        }
        files[OCILayout.headerPath] = OCILayout.header
        files[OCILayout.indexPath] = try OCILayout(naming: entries).indexBytes()
    }

    subscript(digest: Digest) -> [UInt8]? {
        get { files[OCILayout.path(of: digest)] }
        set { files[OCILayout.path(of: digest)] = newValue }
    }

    var blobPaths: [String] { files.keys.filter { $0.hasPrefix("blobs/") }.sorted() }

    func document(_ path: String, limit: Int) throws -> [UInt8]? {
        guard let bytes = files[path] else { return nil }
        guard bytes.count <= limit else { throw LayoutError.tooLarge(path: path, limit: limit, found: bytes.count) }
        return bytes
    }
    func blob(_ digest: Digest, limit: Int) throws -> [UInt8]? { try document(OCILayout.path(of: digest), limit: limit) }
    func check(_ blob: Descriptor) throws -> BlobCheck {
        guard let bytes = self[blob.digest] else { return .missing }
        return BlobCheck(comparing: blob, size: bytes.count, digest: .sha256(of: bytes))
    }
}

extension VerificationPolicy {
    static func sample(_ change: (inout VerificationPolicy) -> Void = { _ in }) throws -> VerificationPolicy {
        var policy = VerificationPolicy(keys: [try VerificationKey(pem: SampleKey.signer.publicPEM)])
        change(&policy)
        return policy
    }
}

/// Verifies what a layout names.
func verify(_ files: some LayoutFiles, _ reference: String = "3.13", _ policy: VerificationPolicy? = nil) async throws -> VerificationReport
{
    try await Verifier(policy: policy ?? .sample()).report(on: reference, in: LayoutRepository(files, path: "layout"))
}
