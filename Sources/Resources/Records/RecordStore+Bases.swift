// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import GRDB

/// An image that somebody pushed under a tag.
package struct PushedImage: Hashable, Sendable {
    package var repository: String
    package var tag: String
    package var digest: Digest
}

/// Finding out what an image stands on: by its layers, with one look for each.
extension RecordStore {
    /// Makes releases findable by their layers, in one transaction. What is known already is passed over.
    package func index(_ bases: [LayerBase]) throws {
        guard !bases.isEmpty else { return }
        try write { database in
            let statement = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO bases (chain, repository, build_tag, manifest, platform, layers) VALUES (?, ?, ?, ?, ?, ?)
                    """)
            for base in bases {
                for chain in base.chains {
                    try statement.execute(arguments: [
                        Data(chain.bytes), base.repository, base.buildTag, base.manifest.description, base.platform, base.layers,
                    ])
                }
            }
        }
    }

    /// Releases whose complete list of layers has one of these chains, those with the most layers first.
    package func bases(under chains: [Digest]) throws -> [LayerBase] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT repository, build_tag, manifest, platform, layers FROM bases WHERE chain = ? ORDER BY repository, build_tag")
            return try chains.flatMap { chain in
                try Row.fetchAll(statement, arguments: [Data(chain.bytes)]).map { row in
                    LayerBase(
                        repository: row["repository"], buildTag: row["build_tag"], platform: row["platform"],
                        manifest: try parse(row["manifest"], "bases"), layers: row["layers"], chains: [chain])
                }
            }.sorted { $0.layers > $1.layers }
        }
    }

    /// Releases that are not yet findable by their layers: published by a version that did not keep that.
    package func releasesWithoutBases() throws -> [Release] {
        let known = try read { database in
            Set(
                try Row.fetchAll(database, sql: "SELECT DISTINCT repository, build_tag FROM bases").map {
                    "\($0["repository"] as String):\($0["build_tag"] as String)"
                })
        }
        return try releases().filter { !known.contains($0.buildName) }
    }

    /// What tags that were pushed lead to, by repository and tag in ASCII order: not what is attached to images, nor the tags that hold
    /// signatures.
    package func pushedImages() throws -> [PushedImage] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT r.name AS repository, t.name AS tag, t.digest FROM tags t JOIN repositories r ON r.id = t.repository
                    JOIN manifests m ON m.repository = t.repository AND m.digest = t.digest
                    WHERE t.pushed IS NOT NULL AND m.pushed IS NOT NULL AND m.subject IS NULL AND t.name NOT LIKE 'sha256-%'
                    ORDER BY r.name, t.name
                    """
            ).map { PushedImage(repository: $0["repository"], tag: $0["tag"], digest: try parse($0["digest"], "tags")) }
        }
    }
}
