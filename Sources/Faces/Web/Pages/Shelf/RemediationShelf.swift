// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Pipeline
import Records
import Synchronization

/// Remediation clocks and changelogs as pages ask for them: clocks are read once for each state of the records, files once for each image.
final class RemediationShelf: Sendable {
    private struct Kept {
        var edition = ""
        var outcome: RemediationReader.Outcome?
    }
    private let records: RecordStore
    private let blobs: FileBlobStore
    private let objectives: @Sendable () throws -> SLOPolicy
    private let state = Mutex(Kept())
    /// One visitor reads for all who ask at the same time.
    private let reading = Mutex(())
    /// Counted in files.
    private let files = BoundedCache<Digest, ChangelogWriter.ImageFiles>(limit: 500_000)
    /// Bytes of files of one platform up to which a page looks into layers.
    private static let unpackedLimit = 400_000_000

    init(records: RecordStore, blobs: FileBlobStore, objectives: @escaping @Sendable () throws -> SLOPolicy) {
        self.records = records
        self.blobs = blobs
        self.objectives = objectives
    }

    /// Of the images that are wanted, and of nothing else.
    func report(since: Timestamp, now: Timestamp, _ isWanted: (String) -> Bool) throws -> SLOReport {
        let desk = RemediationDesk(RemediationReader(records: records, blobs: blobs), policy: try objectives())
        let outcome = try reading.withLock { _ in
            let edition = try records.historyEdition()
            if let known = state.withLock({ $0.edition == edition ? $0.outcome : nil }) { return known }
            let fresh = try desk.read()
            state.withLock { $0 = Kept(edition: edition, outcome: fresh) }
            return fresh
        }
        return desk.report(outcome.only(isWanted), since: since, now: now)
    }

    func changelog(from old: Release, to new: Release) throws -> BuildChangelog {
        let files = files
        return try ChangelogWriter(records: records, blobs: blobs) { digest, read in
            if let known = files.find(digest) { return known }
            let found = try read()
            files.keep(found, for: digest, cost: found.files.count + 1)
            return found
        }.changelog(from: old, to: new, unpackedLimit: Self.unpackedLimit)
    }
}
