// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import GRDB

/// Blobs and manifests that become part of a repository together, as what is pushed does.
package struct PushBatch: Sendable {
    package var repository: String
    package var blobs: [PushedBlob]
    /// What is listed before what lists it.
    package var manifests: [ManifestPush]
    /// What these tags must lead to at that moment; nil for nothing.
    package var expected: [String: Digest?]
    package init(repository: String, blobs: [PushedBlob], manifests: [ManifestPush], expected: [String: Digest?] = [:]) {
        self.repository = repository
        self.blobs = blobs
        self.manifests = manifests
        self.expected = expected
    }
}

/// What became of a batch. Only `stored` changed anything.
package enum BatchOutcome: Hashable, Sendable {
    case stored
    /// The tag leads to something else than was expected: somebody pushed meanwhile.
    case moved(tag: String, current: Digest?)
    case refused(PushOutcome)
}

private struct BatchRefusal: Error { var outcome: BatchOutcome }

extension RecordStore {
    /// Makes all of a batch part of its repository and sets its tags, in one transaction: all of it or nothing.
    ///
    /// The blobs must be durable. `isOnDisk` is asked inside the transaction, when no collection can run.
    package func push(_ batch: PushBatch, at time: Timestamp, isOnDisk: (Digest) throws -> Bool) throws -> BatchOutcome {
        do {
            try write { database in
                for digest in batch.blobs.map(\.digest) + batch.manifests.map(\.manifest.digest) where try !isOnDisk(digest) {
                    throw BatchRefusal(outcome: .refused(.gone))
                }
                let repository = try Self.repositoryID(batch.repository, database)
                for (tag, wanted) in batch.expected.sorted(by: { $0.key < $1.key }) {
                    let current = try String.fetchOne(
                        database, sql: "SELECT digest FROM tags WHERE repository = ? AND name = ?", arguments: [repository, tag]
                    ).map { try parse($0, "tags") }
                    guard current == wanted else { throw BatchRefusal(outcome: .moved(tag: tag, current: current)) }
                }
                let link = try database.cachedStatement(
                    sql: """
                        INSERT INTO blobs (repository, digest, pushed) VALUES (?, ?, ?)
                        ON CONFLICT (repository, digest) DO UPDATE SET pushed = excluded.pushed WHERE pushed IS NOT NULL
                        """)
                for blob in batch.blobs {
                    try Self.note(blob, at: time, database)
                    try link.execute(arguments: [repository, blob.digest.description, time.seconds])
                }
                for push in batch.manifests { try Self.add(push, to: repository, at: time, database) }
            }
            return .stored
        } catch let refusal as BatchRefusal { return refusal.outcome }
    }

    private static func add(_ push: ManifestPush, to repository: Int64, at time: Timestamp, _ database: Database) throws {
        let (needed, objection) = try examine(push, in: repository, database)
        if let objection { throw BatchRefusal(outcome: .refused(objection)) }
        try note(push.blob, at: time, database)
        let id = try insert(push, into: repository, at: time, database)
        let refs = try database.cachedStatement(sql: "INSERT OR IGNORE INTO refs (manifest, digest) VALUES (?, ?)")
        for digest in needed { try refs.execute(arguments: [id, digest.description]) }
        for tag in push.tags { try set(tag, push.manifest.digest, in: repository, at: time, database) }
    }
}
