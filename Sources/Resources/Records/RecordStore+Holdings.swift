// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import Foundation
import GRDB

/// What images hold, written when one is published. Rows are added and never taken away: what an image held stays true.
extension RecordStore {
    /// Digests of holders that lie behind one another in a row.
    static let pageSize = 1024

    /// Makes images findable by what they hold, in one transaction. What is known already is passed over.
    package func index(_ images: [ImageContents]) throws {
        try write { database in
            var draft = try HoldingsDraft(database)
            for image in images {
                for platform in image.platforms { try draft.add(platform, of: image, database) }
                try database.execute(
                    sql: "INSERT OR IGNORE INTO indexed_images (repository, image) VALUES (?, ?)",
                    arguments: [image.repository, image.image.description])
            }
            try draft.finish(database)
        }
    }

    /// Images whose every platform is findable.
    package func indexedImages() throws -> Set<HeldImage> {
        try read { database in
            Set(
                try Row.fetchAll(database, sql: "SELECT repository, image FROM indexed_images").map { row in
                    HeldImage(repository: row["repository"], image: try parse(row["image"], "indexed_images"))
                })
        }
    }

    /// How many manifests are findable, each counted once however many images share it.
    package func holderCount() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM holders") ?? 0 }
    }
}

/// Lists that grow, gathered in memory and written at the end, each once.
private struct HoldingsDraft {
    private struct Source: Hashable {
        var ecosystem: String
        var name: String
        var version: String
    }
    private struct Copy: Hashable {
        var source: Source
        var carrier: String
    }
    private var next: Int
    private var sources: [Source: [Int]] = [:]
    private var copies: [Copy: HolderSet] = [:]
    private var places: [Digest: Int] = [:]
    private var parts: [(digest: Digest, part: ImageContents.Part, holders: [Int])] = []
    private var pages: [Int: [UInt8]] = [:]

    init(_ database: Database) throws {
        next = try Int.fetchOne(database, sql: "SELECT coalesce(max(id), -1) + 1 FROM holders") ?? 0
    }

    mutating func add(_ platform: ImageContents.Platform, of image: ImageContents, _ database: Database) throws {
        let known = try Int.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM holders WHERE manifest = ?"), arguments: [platform.manifest.description])
        let number = known ?? next
        if known == nil {
            try database.cachedStatement(sql: "INSERT INTO holders (id, manifest) VALUES (?, ?)")
                .execute(arguments: [number, platform.manifest.description])
            next += 1
        }
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO holder_images (image, repository, holder, platform) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [image.image.description, image.repository, number, platform.platform])
        // Nobody wrote them of what was indexed long ago.
        for package in platform.parts.lazy.map(\.package) {
            for source in package.builtUsing {
                let key = Source(ecosystem: package.ecosystem.description, name: source.name, version: source.version)
                copies[Copy(source: key, carrier: "\(package.name) \(package.version)"), default: HolderSet()].insert(number)
            }
        }
        guard known == nil else { return }
        let page = number / RecordStore.pageSize
        if pages[page] == nil {
            let known = try Data.fetchOne(database, sql: "SELECT digests FROM holder_pages WHERE id = ?", arguments: [page])
            pages[page] = known.map(Array.init) ?? []
        }
        pages[page, default: []] += platform.manifest.bytes
        for part in platform.parts {
            let package = part.package
            if package.ecosystem != .recipe {
                let key = Source(
                    ecosystem: package.ecosystem.description, name: package.source.name, version: package.source.version)
                if sources[key]?.last != number { sources[key, default: []].append(number) }
            }
            let digest = Self.digest(of: part)
            let place = places[digest] ?? parts.count
            if place == parts.count {
                places[digest] = place
                parts.append((digest, part, []))
            }
            if parts[place].holders.last != number { parts[place].holders.append(number) }
        }
    }

    mutating func finish(_ database: Database) throws {
        for (page, digests) in pages.sorted(by: { $0.key < $1.key }) {
            try database.execute(sql: "INSERT OR REPLACE INTO holder_pages (id, digests) VALUES (?, ?)", arguments: [page, Data(digests)])
        }
        let order = sources.sorted { ($0.key.ecosystem, $0.key.name, $0.key.version) < ($1.key.ecosystem, $1.key.name, $1.key.version) }
        for (source, holders) in order { try write(source, holders, database) }
        let lines = copies.sorted { Self.order($0.key) < Self.order($1.key) }
        for (copy, holders) in lines { try write(copy, holders, database) }
        for place in parts.indices.sorted(by: { parts[$0].digest < parts[$1].digest }) {
            try write(parts[place].part, parts[place].digest, parts[place].holders, database)
        }
    }

    private func write(_ source: Source, _ holders: [Int], _ database: Database) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT holders, last FROM held_sources WHERE ecosystem = ? AND name = ? AND version = ?"),
            arguments: [source.ecosystem, source.name, source.version])
        let (list, last) = Self.grown(row, holders)
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO held_sources (ecosystem, name, version, holders, last) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [source.ecosystem, source.name, source.version, list, last])
    }

    private static func order(_ copy: Copy) -> (String, String, String, String) {
        (copy.source.ecosystem, copy.source.name, copy.source.version, copy.carrier)
    }

    // Holders of old may come behind new ones, so the whole list is written anew.
    private func write(_ copy: Copy, _ holders: HolderSet, _ database: Database) throws {
        let source = copy.source
        let known = try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT holders FROM held_copies WHERE ecosystem = ? AND name = ? AND version = ? AND carrier = ?"),
            arguments: [source.ecosystem, source.name, source.version, copy.carrier])
        var all = holders
        if let known { try known.withUnsafeBytes { try HolderList.read($0, into: &all) } }
        var list: [UInt8] = []
        HolderList.append(Array(all), after: -1, to: &list)
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO held_copies (ecosystem, name, version, carrier, holders) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [source.ecosystem, source.name, source.version, copy.carrier, Data(list)])
    }

    private func write(_ part: ImageContents.Part, _ digest: Digest, _ holders: [Int], _ database: Database) throws {
        let key = Data(digest.bytes)
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, holders, last FROM held_parts WHERE digest = ?"), arguments: [key])
        let (list, last) = Self.grown(row, holders)
        if let row {
            return try database.cachedStatement(sql: "UPDATE held_parts SET holders = ?, last = ? WHERE id = ?")
                .execute(arguments: [list, last, row["id"] as Int64])
        }
        let package = part.package
        try database.cachedStatement(
            sql: """
                INSERT INTO held_parts (
                    digest, ecosystem, name, version, architecture, source, source_version, license, holders, last
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            key, package.ecosystem.description, package.name, package.version, package.architecture, package.source.name,
            package.source.version, part.license, list, last,
        ])
        let id = database.lastInsertedRowID
        let files = try database.cachedStatement(sql: "INSERT OR IGNORE INTO held_files (path, part, sha256) VALUES (?, ?, ?)")
        for file in part.files { try files.execute(arguments: [file.path, id, file.digest.map { Data($0.bytes) }]) }
        let licenses = try database.cachedStatement(sql: "INSERT OR IGNORE INTO held_licenses (license, part) VALUES (?, ?)")
        for license in part.licenseIdentifiers { try licenses.execute(arguments: [license.lowercased(), id]) }
    }

    private static func grown(_ row: Row?, _ holders: [Int]) -> (Data, Int) {
        var list: [UInt8] = row.map { Array($0["holders"] as Data) } ?? []
        HolderList.append(holders, after: row?["last"] ?? -1, to: &list)
        return (Data(list), holders.last ?? -1)
    }

    // Equal parts are one row, whatever image they are in.
    private static func digest(of part: ImageContents.Part) -> Digest {
        let package = part.package
        var text = [
            package.ecosystem.description, package.name, package.version, package.architecture ?? "", package.source.name,
            package.source.version, part.license ?? "",
        ].joined(separator: "\0")
        for file in part.files { text += "\0\0\(file.path)\0\(file.digest?.hex ?? "")" }
        return Digest.sha256(of: text)
    }
}
