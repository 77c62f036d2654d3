// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Attest
package import Base
package import Blobs
import OCI
package import Publish
package import Records
import Sigstore

/// Signs what is said about images that were published before, and puts it beside them.
///
/// What stands with the same content is not signed again. Of evidence that renews itself only the newest is listed.
package struct ScanPublisher: Sendable {
    let attestor: Attestor
    let publisher: Publisher
    let blobs: FileBlobStore
    let records: RecordStore

    package init(attestor: Attestor, publisher: Publisher, blobs: FileBlobStore, records: RecordStore) {
        self.attestor = attestor
        self.publisher = publisher
        self.blobs = blobs
        self.records = records
    }

    /// Whether what is signed is entered into a log.
    package var isLogging: Bool { attestor.isLogging }

    /// - Parameter claims: About the index of the release or its manifests; the signer knows them from the build.
    /// - Returns: How many were signed; those that stand were not.
    @discardableResult
    package func publish(_ claims: [Claim], about release: Release, at time: Timestamp) async throws -> Int {
        let subjects = try ([release.index] + release.platforms.map(\.manifest)).map { digest in
            guard let stored = try records.manifest(digest, in: release.repository) else {
                throw InputError.lost("the manifest \(digest) of \(release.repository)")
            }
            return Descriptor(mediaType: stored.mediaType, digest: digest, size: stored.size)
        }
        let standing = try StandingEvidence(
            about: subjects.map(\.digest), by: attestor.key, isLogged: attestor.isLogging, in: release.repository, blobs: blobs,
            records: records)
        let fresh = claims.filter { !standing.holds($0) }
        guard !fresh.isEmpty else { return 0 }
        let repository = try RepositoryName(release.repository)
        let evidence = try await attestor.attest(
            fresh, about: subjects, as: repository, created: time, listed: standing.lists)
        for content in evidence.blobs + evidence.manifests.map(\.content) { try blobs.write(content.bytes) }
        // Everything a record names is on disk before the record exists.
        try blobs.flush()
        try records.apply(publisher.plan(adding: evidence, to: repository))
        return fresh.count
    }
}
