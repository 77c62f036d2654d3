// SPDX-License-Identifier: Apache-2.0
import Advisories
import Archive
import Base
import Blobs

/// A feed's document as an index, and the index ready to be asked.
enum FeedIndex {
    case tracker(TrackerIndex)
    case table(CVETable)
    case records(OSVIndex)
    case support(EndOfLifeFeed)

    /// Bytes of an index out of a document, which may be compressed. The document is not trusted.
    static func build(_ source: FeedSource, named name: String, _ document: UnsafeRawBufferPointer) throws -> [UInt8] {
        if case .records(let ecosystem) = source.kind, document.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            return try index(ecosystem, archive: document, limit: source.limit)
        }
        let plain: [UInt8]?
        switch try compression(name, document) {
        case .xz?: plain = try XZ.decode(document, limit: source.limit)
        case .gzip?: plain = try Gzip.decode(document, limit: source.limit)
        case .zstd?: plain = try Zstd.decode(document, limit: source.limit)
        default: plain = nil
        }
        guard let plain else { return try index(source, document) }
        return try plain.withUnsafeBytes { try index(source, $0) }
    }

    private static func index(_ source: FeedSource, _ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        guard bytes.count <= source.limit else { throw AdvisoriesError.tooLarge(what: "bytes of \(source.title)", limit: source.limit) }
        switch source.kind {
        case .tracker: return try TrackerIndexBuilder.build(bytes)
        case .exploited: return try KEVFeed.build(Array(bytes))
        case .scores: return try EPSSFeed.build(Array(bytes))
        case .endOfLife:
            // Small: it is kept as it is, and read each time.
            let document = Array(bytes)
            _ = try EndOfLifeFeed(document)
            return document
        case .records(let ecosystem):
            var builder = OSVIndexBuilder(ecosystem: ecosystem)
            try builder.append(bytes)
            return try builder.finish()
        }
    }

    private static let memberLimit = 2_000_000

    // `all.zip`: one record in each member, unpacked one by one. A member that is damaged is listed, and its neighbours stay.
    private static func index(_ ecosystem: String, archive bytes: UnsafeRawBufferPointer, limit: Int) throws -> [UInt8] {
        let archive = try ZipArchive(bytes, memberLimit: memberLimit)
        var builder = OSVIndexBuilder(ecosystem: ecosystem)
        var unpacked = 0
        for member in archive.members where !member.isDirectory {
            let name = String(member.name.prefix(128))
            guard name.hasSuffix(".json") else {
                builder.refuse(document: name, reason: "expected a member named .json")
                continue
            }
            let content: [UInt8]
            do throws(ArchiveError) { content = try archive.content(of: member, limit: OSVIndexBuilder.recordLimit) } catch {
                builder.refuse(document: name, reason: error.diagnosis.summary)
                continue
            }
            unpacked += content.count
            guard unpacked <= limit else { throw AdvisoriesError.tooLarge(what: "bytes of OSV records of \(ecosystem)", limit: limit) }
            try builder.append(record: content, named: String(name.dropLast(5)))
        }
        return try builder.finish()
    }

    // The bytes say what they are; a name may lie.
    private static func compression(_ name: String, _ bytes: UnsafeRawBufferPointer) throws -> ArchiveFormat? {
        if bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { return .xz }
        if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        return nil
    }

    static func open(_ source: FeedSource, _ file: MappedFile) throws -> FeedIndex {
        switch source.kind {
        case .tracker: .tracker(try TrackerIndex(mapped: file.bytes, owner: file))
        case .exploited, .scores: .table(try CVETable(mapped: file.bytes, owner: file))
        case .records: .records(try OSVIndex(mapped: file.bytes, owner: file))
        case .endOfLife: .support(try EndOfLifeFeed(file.array))
        }
    }

    static func open(_ source: FeedSource, _ bytes: [UInt8]) throws -> FeedIndex {
        switch source.kind {
        case .tracker: .tracker(try TrackerIndex(bytes))
        case .exploited, .scores: .table(try CVETable(bytes))
        case .records: .records(try OSVIndex(bytes))
        case .endOfLife: .support(try EndOfLifeFeed(bytes))
        }
    }

    /// How much is in it.
    var records: Int {
        switch self {
        case .tracker(let index): index.rowCount + index.neverAffectedCount
        case .table(let table): table.count
        case .records(let index): index.readCount
        case .support(let feed): feed.cycles.count
        }
    }
    var refused: Int {
        switch self {
        case .tracker(let index): index.refusedCount
        case .table(let table): table.refusedCount
        case .records(let index): index.refusedCount
        case .support(let feed): feed.refusedCount
        }
    }
    var refusedRecords: [RefusedRecord] {
        switch self {
        case .tracker(let index): index.refused
        case .records(let index): index.refused
        case .table(let table): table.refused
        case .support(let feed): feed.refused
        }
    }
    /// The moment that the content itself names.
    var date: Timestamp? {
        switch self {
        case .tracker, .support: nil
        case .table(let table): table.seconds.map { Timestamp(seconds: $0) }
        case .records(let index): index.seconds.map { Timestamp(seconds: $0) }
        }
    }
}
