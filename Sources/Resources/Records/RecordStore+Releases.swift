// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import GRDB

extension RecordStore {
    /// The releases of a repository, or of all, newest publication first, at most `limit`.
    package func releases(in repository: String? = nil, limit: Int? = nil) throws -> [Release] {
        try fetchReleases(
            "SELECT release FROM releases WHERE ? IS NULL OR repository = ? ORDER BY published DESC LIMIT ?",
            [repository, repository, limit ?? -1])
    }

    /// The last release of each stream, by repository in ASCII order, newest publication first within one.
    package func latestReleases(in repository: String? = nil) throws -> [Release] {
        try fetchReleases(
            """
            SELECT release FROM releases WHERE published IN (SELECT max(published) FROM releases GROUP BY repository, stream)
            AND (? IS NULL OR repository = ?) ORDER BY repository, published DESC
            """, [repository, repository])
    }

    package func latestRelease(in repository: String, stream: String) throws -> Release? {
        try fetchReleases(
            "SELECT release FROM releases WHERE repository = ? AND stream = ? ORDER BY published DESC LIMIT 1", [repository, stream]
        ).first
    }

    package func release(in repository: String, buildTag: String) throws -> Release? {
        try fetchReleases("SELECT release FROM releases WHERE repository = ? AND build_tag = ?", [repository, buildTag]).first
    }

    /// Whether a release is what its stream and its tags stand for, and nothing took its place since it was published.
    package func isInForce(_ release: Release) throws -> Bool {
        guard try latestRelease(in: release.repository, stream: release.stream)?.index == release.index else { return false }
        let tags = Dictionary(try taggedDigests(in: release.repository).map { ($0.tag, $0.digest) }) { _, last in last }
        return (release.tags + [release.buildTag]).allSatisfy { tags[$0] == release.index }
    }

    private func fetchReleases(_ sql: String, _ arguments: StatementArguments) throws -> [Release] {
        try read { try String.fetchAll($0, sql: sql, arguments: arguments) }.map { text in
            do { return try CanonicalJSON.decode(Release.self, from: Array(text.utf8)) } catch let error as any Diagnosable {
                throw RecordsError.damaged(table: "releases", reason: error.diagnosis.summary)
            }
        }
    }
}
