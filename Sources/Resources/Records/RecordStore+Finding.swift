// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import GRDB

/// An image in a repository.
package struct HeldImage: Hashable, Sendable {
    package var repository: String
    /// Of the index.
    package var image: Digest
    package init(repository: String, image: Digest) {
        self.repository = repository
        self.image = image
    }
}

/// One platform of an image that holds something. Images that share a manifest share its number.
package struct Holder: Hashable, Sendable {
    package var number: Int
    package var manifest: Digest
    package var platform: String
    /// Of the index.
    package var image: Digest
    package var repository: String
}

/// A version of a source package, and who holds it.
package struct HeldSource: Sendable {
    package var ecosystem: String
    package var name: String
    package var version: String
    /// The package with its version in which a copy of it is; nil when it is there itself.
    package var carrier: String?
    package var holders: HolderSet
}

/// A package as it is in some images, with the file by which it was found.
package struct HeldPart: Sendable {
    package var package: InstalledPackage
    package var license: String?
    package var path: String?
    package var digest: Digest?
    package var holders: HolderSet
}

/// The manifests of a set of holders, each made when it is looked at.
package struct HeldManifests: RandomAccessCollection, Sendable {
    private let numbers: [Int]
    /// Of all holders up to the last of these, 32 bytes each.
    private let digests: [UInt8]
    init(numbers: [Int], digests: [UInt8]) {
        self.numbers = numbers
        self.digests = digests
    }
    package var startIndex: Int { 0 }
    package var endIndex: Int { numbers.count }
    package subscript(position: Int) -> Digest {
        let place = numbers[position] * 32
        // The reader has seen that it is there; 64 hexadecimal digits are a digest.
        return Digest(hex: Hex.encode(digests[place..<place + 32])) ?? Digest.sha256(of: "")
    }
}

/// Who holds what.
extension RecordStore {
    /// The versions of source packages that some image holds, itself or as a copy, in one look.
    package func heldSources(_ wanted: [(ecosystem: String, name: String)]) throws -> [HeldSource] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT version, NULL AS carrier, holders FROM held_sources WHERE ecosystem = ? AND name = ?
                    UNION ALL SELECT version, carrier, holders FROM held_copies WHERE ecosystem = ? AND name = ?
                    """)
            return try wanted.flatMap { wanted in
                try Row.fetchCursor(statement, arguments: [wanted.ecosystem, wanted.name, wanted.ecosystem, wanted.name]).mapAll { row in
                    HeldSource(
                        ecosystem: wanted.ecosystem, name: wanted.name, version: row["version"], carrier: row["carrier"],
                        holders: try Self.set(row))
                }
            }
        }
    }

    /// Sources of a name that packages hold copies of.
    package func heldCopies(named name: String) throws -> [HeldSource] {
        try read { database in
            try Row.fetchCursor(
                database,
                sql: "SELECT ecosystem, version, carrier, holders FROM held_copies WHERE name = ? ORDER BY ecosystem, version, carrier",
                arguments: [name]
            ).mapAll { row in
                HeldSource(
                    ecosystem: row["ecosystem"], name: name, version: row["version"], carrier: row["carrier"], holders: try Self.set(row))
            }
        }
    }

    /// Names of source packages of an ecosystem, of any of its releases, that some image holds: each with the ecosystem in full.
    package func heldNames(in ecosystem: String) throws -> [(ecosystem: String, name: String)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT ecosystem, name FROM held_sources WHERE ecosystem = ? OR ecosystem LIKE ? || ':%'
                    UNION SELECT ecosystem, name FROM held_copies WHERE ecosystem = ? OR ecosystem LIKE ? || ':%' ORDER BY 1, 2
                    """,
                arguments: [ecosystem, ecosystem, ecosystem, ecosystem]
            ).map { ($0["ecosystem"], $0["name"]) }
        }
    }

    /// Parts by the name of a package or of its source.
    package func heldParts(named name: String) throws -> [HeldPart] {
        try parts("WHERE p.name = ? OR p.source = ?", [name, name])
    }

    /// Parts that have a licence among theirs; in any spelling of its letters.
    package func heldParts(license: String) throws -> [HeldPart] {
        try parts("WHERE p.id IN (SELECT part FROM held_licenses WHERE license = ?)", [license.lowercased()])
    }

    /// Parts with a file of these bytes.
    package func heldParts(file digest: Digest) throws -> [HeldPart] {
        try parts("JOIN held_files f ON f.part = p.id WHERE f.sha256 = ?", [Data(digest.bytes)], file: true)
    }

    /// Parts with a file at a path, or at any path that a pattern of `*`, `?` and `[…]` matches.
    package func heldParts(path: String) throws -> [HeldPart] {
        let isPattern = path.contains { "*?[".contains($0) }
        return try parts("JOIN held_files f ON f.part = p.id WHERE f.path \(isPattern ? "GLOB" : "=") ?", [path], file: true)
    }

    /// The manifests of holders, as bytes that were read in one look.
    package func manifests(of holders: HolderSet) throws -> HeldManifests {
        let numbers = Array(holders)
        guard let last = numbers.last else { return HeldManifests(numbers: [], digests: []) }
        var digests: [UInt8] = []
        digests.reserveCapacity((last / Self.pageSize + 1) * Self.pageSize * 32)
        try read { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: "SELECT digests FROM holder_pages WHERE id <= ? ORDER BY id"),
                arguments: [last / Self.pageSize])
            while let row = try rows.next() {
                // Each begins where its number says.
                guard digests.count % (Self.pageSize * 32) == 0 else { break }
                try row.withUnsafeData(atIndex: 0) { page in if let page { digests.append(contentsOf: page) } }
            }
        }
        guard digests.count >= 32 * (last + 1) else {
            throw RecordsError.damaged(table: "holder_pages", reason: "digests are missing")
        }
        return HeldManifests(numbers: numbers, digests: digests)
    }

    /// Everything about holders, in the order in which they were indexed: one for each image that a manifest is in.
    package func holders(_ wanted: HolderSet) throws -> [Holder] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT h.manifest, i.platform, i.image, i.repository FROM holders h JOIN holder_images i ON i.holder = h.id
                    WHERE h.id = ? ORDER BY i.repository, i.image
                    """)
            return try wanted.flatMap { number in
                let holders = try Row.fetchCursor(statement, arguments: [number]).mapAll { row in
                    Holder(
                        number: number, manifest: try parse(row["manifest"], "holders"), platform: row["platform"],
                        image: try parse(row["image"], "holder_images"), repository: row["repository"])
                }
                guard !holders.isEmpty else {
                    throw RecordsError.damaged(table: "holders", reason: "the holder \(number) is missing")
                }
                return holders
            }
        }
    }

    private func parts(_ rest: String, _ arguments: StatementArguments, file: Bool = false) throws -> [HeldPart] {
        try read { database in
            let columns = "p.ecosystem, p.name, p.version, p.architecture, p.source, p.source_version, p.license, p.holders"
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT \(columns)\(file ? ", f.path, f.sha256" : "") FROM held_parts p \(rest)", arguments: arguments)
            return try rows.mapAll { row in
                HeldPart(
                    package: InstalledPackage(
                        ecosystem: Ecosystem(text: row["ecosystem"]), name: row["name"], version: row["version"],
                        architecture: row["architecture"],
                        source: SourceVersion(name: row["source"], version: row["source_version"])),
                    license: row["license"], path: file ? row["path"] : nil,
                    digest: file ? (row["sha256"] as Data?).flatMap { Digest(hex: Hex.encode($0)) } : nil, holders: try Self.set(row))
            }
        }
    }

    private static func set(_ row: Row) throws -> HolderSet {
        var set = HolderSet()
        try row.withUnsafeData(named: "holders") { data in
            guard let data else { return }
            try data.withUnsafeBytes { try HolderList.read($0, into: &set) }
        }
        return set
    }
}

extension RowCursor {
    fileprivate func mapAll<Result>(_ body: (Row) throws -> Result) throws -> [Result] {
        var results: [Result] = []
        while let row = try next() { results.append(try body(row)) }
        return results
    }
}
