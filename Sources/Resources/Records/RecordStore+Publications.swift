// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import GRDB

/// When builds were made and published, and what the ledger has of each: what remediation clocks are read from.
extension RecordStore {
    /// What this store recorded of the moments of one build.
    package struct BuildMoments: Hashable, Sendable {
        /// When its manifests were recorded as made by a build, right before they were signed.
        package var built: Timestamp?
        /// When it was first published; nil for one from before such moments were recorded.
        package var published: Timestamp?
    }

    /// The moments of images by the digest of their index.
    package func moments(of images: [Digest]) throws -> [Digest: BuildMoments] {
        try read { database in
            let built = try database.cachedStatement(sql: "SELECT recorded FROM subjects WHERE digest = ?")
            let published = try database.cachedStatement(sql: "SELECT min(at) FROM publications WHERE image = ?")
            var found: [Digest: BuildMoments] = [:]
            for image in Set(images) {
                found[image] = BuildMoments(
                    built: try Int.fetchOne(built, arguments: [image.description]).map { Timestamp(seconds: $0) },
                    published: try Int.fetchOne(published, arguments: [image.description]).map { Timestamp(seconds: $0) })
            }
            return found
        }
    }

    /// Differs from an earlier value when something was published or assessed since.
    package func historyEdition() throws -> String {
        try read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT (SELECT coalesce(max(id), 0) FROM ledger) || ' ' || (SELECT coalesce(max(published), 0) FROM releases)
                    || ' ' || (SELECT count(*) FROM releases) || ' ' || (SELECT coalesce(max(id), 0) FROM publications)
                    || ' ' || (SELECT count(*) || ' ' || coalesce(max(id), 0) || ' ' || coalesce(sum(attempts), 0) FROM changes)
                    """) ?? ""
        }
    }

    /// Every entry of the ledger about images, oldest first, each with its assessment. Documents that entries share are read once.
    package func observations(of images: [Digest]) throws -> [(entry: LedgerEntry, assessment: Assessment)] {
        var known: [String: Assessment] = [:]
        return try ledger(of: images).compactMap { entry in
            let key = "\(entry.findings) \(entry.feeds) \(entry.image)"
            if var same = known[key] {
                same.assessed = entry.summary.assessed
                return (entry, same)
            }
            // The last one up to its moment is the entry itself; of two in one second the later one stands for both.
            guard let assessment = try assessment(of: entry.image, asOf: entry.summary.assessed) else { return nil }
            known[key] = assessment
            return (entry, assessment)
        }
    }

    /// A release that just became what its stream stands for; one that was so already is not published again.
    static func insert(_ release: Release, publishedAt time: Timestamp, _ database: Database) throws {
        let last = try Row.fetchOne(
            database,
            sql: """
                SELECT p.image FROM publications p JOIN releases r ON r.repository = p.repository AND r.build_tag = p.build_tag
                WHERE r.repository = ? AND r.stream = ? ORDER BY p.id DESC LIMIT 1
                """, arguments: [release.repository, release.stream])
        if let last, last["image"] as String == release.index.description { return }
        try database.cachedStatement(sql: "INSERT INTO publications (repository, image, build_tag, at) VALUES (?, ?, ?, ?)")
            .execute(arguments: [release.repository, release.index.description, release.buildTag, time.seconds])
    }
}
