// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import GRDB

/// When versions of packages were first seen in an archive: what the cooldown of updates counts from.
extension RecordStore {
    /// nil for a version that no watcher has seen.
    package func firstSight(of package: String, version: String) throws -> Timestamp? {
        try read { database in
            try Int.fetchOne(
                database, sql: "SELECT first FROM sightings WHERE package = ? AND version = ?", arguments: [package, version])
        }.map { Timestamp(seconds: $0) }
    }

    package func firstSights(of versions: Set<PackageVersion>) throws -> [PackageVersion: Timestamp] {
        guard !versions.isEmpty else { return [:] }
        return try read { database in
            let statement = try database.makeStatement(sql: "SELECT first FROM sightings WHERE package = ? AND version = ?")
            var found: [PackageVersion: Timestamp] = [:]
            for version in versions {
                if let first = try Int.fetchOne(statement, arguments: [version.name, version.version]) {
                    found[version] = Timestamp(seconds: first)
                }
            }
            return found
        }
    }

    /// Remembers versions as seen now, those that were not seen before. A sight that lies in the future is of a clock that was wrong,
    /// and becomes now.
    package func remember(sights: [PackageVersion: String], at now: Timestamp) throws {
        guard !sights.isEmpty else { return }
        let known = try firstSights(of: Set(sights.keys))
        let fresh = sights.filter { known[$0.key].map { $0 > now } ?? true }
        guard !fresh.isEmpty else { return }
        try write { database in
            let statement = try database.makeStatement(
                sql: """
                    INSERT INTO sightings (package, version, archive, first) VALUES (?, ?, ?, ?)
                    ON CONFLICT (package, version) DO UPDATE SET first = min(first, excluded.first)
                    """)
            for (version, archive) in fresh {
                try statement.execute(arguments: [version.name, version.version, archive, now.seconds])
            }
        }
    }
}
