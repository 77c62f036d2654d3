// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// An archive index that was accepted: the mark below which no index of that archive may fall again.
package struct SeenIndex: Hashable, Sendable {
    package var archive: String
    /// The index's own date.
    package var date: Timestamp
    package var sha256: String
    package init(archive: String, date: Timestamp, sha256: String) {
        self.archive = archive
        self.date = date
        self.sha256 = sha256
    }
}

extension RecordStore {
    /// The result of an earlier build of the same inputs.
    package func build(forKey key: Digest) throws -> JSON? {
        let text = try read { try String.fetchOne($0, sql: "SELECT result FROM builds WHERE key = ?", arguments: [key.description]) }
        guard let text else { return nil }
        do { return try JSON.parse(Array(text.utf8)) } catch {
            throw RecordsError.damaged(table: "builds", reason: "the result is not JSON")
        }
    }

    /// The same, decoded; nil also when an older version wrote something else, so that the build is made again.
    package func build<Value: Decodable>(forKey key: Digest, as type: Value.Type) throws -> Value? {
        guard let json = try build(forKey: key) else { return nil }
        return try? CanonicalJSON.decode(type, from: json)
    }

    /// Keeps a result without publishing anything. With a publication: `apply(_:recording:)`.
    package func keep(_ build: BuildRecord) throws { try write { try Self.insert(build, $0) } }

    static let wholeBuildKey = "build-of-all"

    /// What the last build of the whole catalog was made from, and its result; nil once something else was published since.
    package func wholeBuild() throws -> BuildRecord? {
        guard let text = try metadata(Self.wholeBuildKey), let json = try? JSON.parse(Array(text.utf8)),
            let key = json["key"]?.string.flatMap({ Digest($0) }), let result = json["result"]
        else { return nil }
        return BuildRecord(key: key, result: result)
    }

    /// Keeps it in place of the one before.
    package func keep(wholeBuild build: BuildRecord) throws {
        let json: JSON = ["key": JSON(build.key.description), "result": build.result]
        try setMetadata(Self.wholeBuildKey, to: json.canonicalText)
    }

    package func seenIndex(of archive: String) throws -> SeenIndex? {
        try read { try Self.seenIndex(archive, $0) }
    }

    /// Remembers an accepted index, and refuses one that is older than, or differs at the same date from, the last.
    package func remember(_ index: SeenIndex) throws {
        if try seenIndex(of: index.archive) == index { return }
        try write { database in
            if let last = try Self.seenIndex(index.archive, database) {
                guard index.date >= last.date else {
                    throw RecordsError.olderIndex(archive: index.archive, accepted: last.date, found: index.date)
                }
                guard index.date > last.date || index.sha256 == last.sha256 else {
                    throw RecordsError.otherIndex(archive: index.archive, date: index.date, accepted: last.sha256, found: index.sha256)
                }
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO indexes (archive, date, sha256) VALUES (?, ?, ?)",
                arguments: [index.archive, index.date.seconds, index.sha256])
        }
    }

    package func metadata(_ key: String) throws -> String? {
        try read { try String.fetchOne($0, sql: "SELECT value FROM metadata WHERE key = ?", arguments: [key]) }
    }

    /// Sets a value; nil removes it.
    package func setMetadata(_ key: String, to value: String?) throws {
        try write { database in
            guard let value else { return try database.execute(sql: "DELETE FROM metadata WHERE key = ?", arguments: [key]) }
            try database.execute(sql: "INSERT OR REPLACE INTO metadata (key, value) VALUES (?, ?)", arguments: [key, value])
        }
    }

    private static func seenIndex(_ archive: String, _ database: Database) throws -> SeenIndex? {
        try Row.fetchOne(database, sql: "SELECT date, sha256 FROM indexes WHERE archive = ?", arguments: [archive]).map {
            SeenIndex(archive: archive, date: Timestamp(seconds: $0["date"]), sha256: $0["sha256"])
        }
    }
}
