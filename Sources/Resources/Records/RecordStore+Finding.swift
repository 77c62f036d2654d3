// SPDX-License-Identifier: Apache-2.0
package import Artifacts
package import Base
import Foundation
import GRDB

/// One platform of an image that holds something.
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
    /// The versions of source packages that some image holds, in one look.
    package func heldSources(_ wanted: [(ecosystem: String, name: String)]) throws -> [HeldSource] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT version, holders FROM held_sources WHERE ecosystem = ? AND name = ?")
            return try wanted.flatMap { wanted in
                try Row.fetchCursor(statement, arguments: [wanted.ecosystem, wanted.name]).mapAll { row in
                    HeldSource(ecosystem: wanted.ecosystem, name: wanted.name, version: row["version"], holders: try Self.set(row))
                }
            }
        }
    }

    /// Names of source packages of an ecosystem, of any of its releases, that some image holds: each with the ecosystem in full.
    package func heldNames(in ecosystem: String) throws -> [(ecosystem: String, name: String)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT DISTINCT ecosystem, name FROM held_sources WHERE ecosystem = ? OR ecosystem LIKE ? || ':%' ORDER BY 1, 2",
                arguments: [ecosystem, ecosystem]
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

    /// Everything about holders, in the order in which they were indexed.
    package func holders(_ wanted: HolderSet) throws -> [Holder] {
        try read { database in
            let statement = try database.cachedStatement(sql: "SELECT manifest, platform, image, repository FROM holders WHERE id = ?")
            return try wanted.map { number in
                guard let row = try Row.fetchOne(statement, arguments: [number]) else {
                    throw RecordsError.damaged(table: "holders", reason: "the holder \(number) is missing")
                }
                return Holder(
                    number: number, manifest: try parse(row["manifest"], "holders"), platform: row["platform"],
                    image: try parse(row["image"], "holders"), repository: row["repository"])
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
