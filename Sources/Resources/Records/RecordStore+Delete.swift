// SPDX-License-Identifier: Apache-2.0
package import Base
import GRDB

/// What became of a wish to delete. Only `deleted` changed anything.
package enum DeleteOutcome: Hashable, Sendable {
    case deleted
    case unknown
    /// The catalog published it, or a tag of the catalog leads to it.
    case protected
    /// So many manifests of the repository need it.
    case inUse(Int)
}

/// Taking pushed content out of a repository. Bytes stay on the disk until they are collected.
extension RecordStore {
    package func delete(tag: String, in repository: String) throws -> DeleteOutcome {
        try write { database in
            guard let id = try Self.id(repository, database),
                let row = try Row.fetchOne(
                    database, sql: "SELECT is_immutable, pushed FROM tags WHERE repository = ? AND name = ?", arguments: [id, tag])
            else { return .unknown }
            guard !row["is_immutable"], (row["pushed"] as Int?) != nil else { return .protected }
            try database.execute(sql: "DELETE FROM tags WHERE repository = ? AND name = ?", arguments: [id, tag])
            return .deleted
        }
    }

    /// Deletes a manifest with the tags that lead to it.
    package func delete(manifest digest: Digest, in repository: String) throws -> DeleteOutcome {
        try write { database in
            guard let id = try Self.id(repository, database),
                let row = try Row.fetchOne(
                    database, sql: "SELECT id, pushed FROM manifests WHERE repository = ? AND digest = ?",
                    arguments: [id, digest.description])
            else { return .unknown }
            let isTaggedByCatalog = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM tags WHERE repository = ? AND digest = ? AND (pushed IS NULL OR is_immutable)",
                arguments: [id, digest.description])
            guard (row["pushed"] as Int?) != nil, isTaggedByCatalog != true else { return .protected }
            try database.execute(sql: "DELETE FROM tags WHERE repository = ? AND digest = ?", arguments: [id, digest.description])
            try database.execute(sql: "DELETE FROM refs WHERE manifest = ?", arguments: [row["id"] as Int64])
            try database.execute(sql: "DELETE FROM manifests WHERE id = ?", arguments: [row["id"] as Int64])
            return .deleted
        }
    }

    /// Takes a blob out of a repository, unless one of its manifests needs it.
    package func delete(blob digest: Digest, in repository: String) throws -> DeleteOutcome {
        try write { database in
            guard let id = try Self.id(repository, database),
                let row = try Row.fetchOne(
                    database, sql: "SELECT pushed FROM blobs WHERE repository = ? AND digest = ?", arguments: [id, digest.description])
            else { return .unknown }
            guard (row["pushed"] as Int?) != nil else { return .protected }
            let users =
                try Int.fetchOne(
                    database,
                    sql: "SELECT count(*) FROM refs JOIN manifests m ON m.id = refs.manifest WHERE refs.digest = ? AND m.repository = ?",
                    arguments: [digest.description, id]) ?? 0
            guard users == 0 else { return .inUse(users) }
            try database.execute(sql: "DELETE FROM blobs WHERE repository = ? AND digest = ?", arguments: [id, digest.description])
            return .deleted
        }
    }
}
