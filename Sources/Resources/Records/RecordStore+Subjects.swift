// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// The build record: which manifests this store's builds made. Nothing else may be signed.
extension RecordStore {
    /// Records manifests as made by a build, before they are signed. Recording one again changes nothing.
    package func record(subjects: [Digest], of repository: String, build: Digest, at time: Timestamp) throws {
        try write { database in
            for subject in subjects {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO subjects (digest, repository, build, recorded) VALUES (?, ?, ?, ?)",
                    arguments: [subject.description, repository, build.description, time.seconds])
            }
        }
    }

    /// The repository a manifest was built for; nil when no build of this store made it.
    package func repository(ofSubject digest: Digest) throws -> String? {
        try read { try String.fetchOne($0, sql: "SELECT repository FROM subjects WHERE digest = ?", arguments: [digest.description]) }
    }
}
