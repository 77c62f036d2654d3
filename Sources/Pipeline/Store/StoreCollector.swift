// SPDX-License-Identifier: Apache-2.0
package import Base
package import Blobs
package import Records

/// Frees the space of pushed content that nothing needs any more, while the registry goes on serving and taking pushes.
///
/// First the records let go, in one transaction. Then files are removed in small batches, each inside a transaction that asks once
/// more: no push can begin to need a file in between. Only files that came by upload are ever removed, and none younger than the
/// guard.
package struct StoreCollector: Sendable {
    let blobs: FileBlobStore
    let records: RecordStore
    let uploads: UploadFolder?

    /// Without uploads only a plan is made.
    package init(blobs: FileBlobStore, records: RecordStore, uploads: UploadFolder?) {
        self.blobs = blobs
        self.records = records
        self.uploads = uploads
    }

    package struct Summary: Hashable, Sendable {
        package var manifests = 0
        package var links = 0
        package var files = 0
        package var bytes = 0
        package var uploads = 0
    }

    /// What a collection would do.
    package func plan(before cutoff: Timestamp, untagged: RecordStore.Untagged) throws -> Summary {
        let found = try records.collectable(pushedBefore: cutoff, untagged: untagged)
        return Summary(
            manifests: found.manifests.count, links: found.links, files: found.files.count, bytes: found.files.map(\.size).reduce(0, +))
    }

    package func collect(before cutoff: Timestamp, untagged: RecordStore.Untagged) async throws -> Summary {
        let found = try records.forget(pushedBefore: cutoff, untagged: untagged)
        var summary = Summary(manifests: found.manifests.count, links: found.links)
        for start in stride(from: 0, to: found.files.count, by: 64) {
            try Task.checkCancellation()
            let batch = Array(found.files[start..<min(start + 64, found.files.count)])
            let gone = try records.release(batch, before: cutoff) { try blobs.collect($0, unusedSince: cutoff.seconds) }
            summary.files += gone.count
            summary.bytes += gone.map(\.size).reduce(0, +)
            // Writers get their turn.
            await Task.yield()
        }
        summary.uploads = uploads?.sweep(unusedSince: cutoff.seconds) ?? 0
        return summary
    }
}
