// SPDX-License-Identifier: Apache-2.0
import Advisories
import Archive
import Artifacts
import Base
import Sigstore
import VEX

/// VEX of others as it was received, a document or the archive of a VEX repository, with its signature.
///
/// It is kept as it came, and verified and read anew whenever it is opened: what a store holds is believed as little as what a server
/// sends, and another key or author in the catalog counts at once.
struct StatementFeed: Sendable {
    private(set) var statements: [ForeignStatements] = []
    private(set) var refused: [RefusedRecord] = []
    /// The moment its newest document names.
    private(set) var date: Timestamp?

    static let limit = 512 << 20
    static let transferLimit = 128 << 20
    /// Bytes of a signature, and of the manifest of a repository.
    static let signatureLimit = 16 << 10
    static let manifestLimit = 1 << 20
    private static let documentLimit = 20_000
    private static let refusalLimit = 10_000

    /// How many statements there are.
    var count: Int { statements.reduce(0) { $0 + $1.document.statements.count } }

    // MARK: - At rest

    private static let mark = Array("ASHVEX1\n".utf8)

    /// What is kept: the signature before the document.
    static func keep(_ document: [UInt8], signature: [UInt8]?, of source: VEXSource) throws -> [UInt8] {
        _ = try StatementFeed(document, signature: signature, of: source)
        let signature = signature ?? []
        let length = (0..<4).map { UInt8(truncatingIfNeeded: signature.count >> ($0 * 8)) }
        return mark + length + signature + document
    }

    init(kept bytes: [UInt8], of source: VEXSource) throws {
        let head = Self.mark.count + 4
        guard bytes.count >= head, bytes.starts(with: Self.mark) else {
            throw FeedError.badStatements(source: source.name, reason: "damaged")
        }
        let length = bytes[Self.mark.count..<head].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.signatureLimit, bytes.count >= head + length else {
            throw FeedError.badStatements(source: source.name, reason: "damaged")
        }
        try self.init(Array(bytes[(head + length)...]), signature: length == 0 ? nil : Array(bytes[head..<(head + length)]), of: source)
    }

    // MARK: - Reading

    private init(_ bytes: [UInt8], signature: [UInt8]?, of source: VEXSource) throws {
        let evidence = try Self.verify(bytes, signature, source)
        let plain = try Self.unpacked(bytes, source)
        var seen: Set<Digest> = []
        for (name, place) in try documents(plain, source) {
            let text = plain[place]
            // An archive names one document for every product that it speaks of: it is read once, under whatever name.
            guard seen.insert(Digest.sha256(of: text)).inserted else { continue }
            do {
                try take(try Self.read(Array(text)), evidence, source)
            } catch let problem as any Diagnosable {
                refuse(name, problem.diagnosis.summary)
            }
        }
        guard !statements.isEmpty else {
            throw FeedError.badStatements(
                source: source.name, reason: refused.first.map { "\($0.package): \($0.reason)" } ?? "there is no document in it")
        }
    }

    private mutating func take(_ reading: VEXReading, _ evidence: [String]?, _ source: VEXSource) throws {
        let accepted =
            try evidence.map { try ForeignStatements(Verified(byVerifying: reading, evidence: $0), from: source.statements) }
            ?? ForeignStatements(reading, from: source.statements)
        statements.append(accepted)
        for reason in accepted.refused { refuse(reading.document.id, reason) }
        date = max(date ?? reading.document.timestamp, reading.document.lastUpdated ?? reading.document.timestamp)
    }

    private mutating func refuse(_ place: String, _ reason: String) {
        guard refused.count < Self.refusalLimit else { return }
        refused.append(RefusedRecord(package: String(place.prefix(200)), advisory: "", reason: reason))
    }

    // Before a byte of it is read.
    private static func verify(_ bytes: [UInt8], _ signature: [UInt8]?, _ source: VEXSource) throws -> [String]? {
        guard let key = source.key else {
            guard case .unsigned = source.statements.trust else { throw TriageError.unsigned(source: source.name, document: "it") }
            return nil
        }
        guard let signature else { throw TriageError.unsigned(source: source.name, document: "it") }
        // cosign sign-blob writes base64, openssl the bytes themselves.
        let text = String(decoding: signature, as: UTF8.self).filter { !$0.isWhitespace }
        let der = signature.first == 0x30 ? signature : Base64.decode(text) ?? []
        switch SignatureVerifier.verify(der: der, message: bytes, key: key) {
        case .good(let evidence): return evidence
        case .bad(let reason): throw FeedError.badSignature(source: source.name, reason: reason)
        }
    }

    private static func unpacked(_ bytes: [UInt8], _ source: VEXSource) throws -> [UInt8] {
        let name = bytes.starts(with: [0x1F, 0x8B]) ? "a.gz" : bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) ? "a.xz" : nil
        return try name.map { try Decompressor.decode(named: $0, bytes, limit: limit) } ?? bytes
    }

    // Each with its place; every place once, and all of them together within the archive's own bytes.
    private mutating func documents(_ bytes: [UInt8], _ source: VEXSource) throws -> [(String, Range<Int>)] {
        guard Self.isTar(bytes) else { return [("the document", bytes.indices)] }
        var files: [String: TarEntry] = [:]
        for entry in try TarReader.entries(of: bytes, limits: TarLimits(entries: 100_000, bodyBytes: Self.limit)) where entry.kind == .file
        {
            files[entry.path] = entry
        }
        // Archives of forges have a folder around everything.
        let indexes = files.keys.filter { $0 == "index.json" || $0.hasSuffix("/index.json") }
        let depth = { (path: String) in path.utf8.count { $0 == 0x2F } }
        guard let path = indexes.min(by: { (depth($0), $0) < (depth($1), $1) }), let entry = files[path] else {
            throw FeedError.badStatements(source: source.name, reason: "there is no index.json in the archive")
        }
        let folder = path.dropLast("index.json".count)
        let index = try VEXRepository.read(index: Array(bytes[entry.body]))
        for reason in index.refused { refuse("index.json", reason) }
        guard index.repository.entries.count <= Self.documentLimit else {
            throw FeedError.badStatements(source: source.name, reason: "it has more than \(Self.documentLimit) documents")
        }
        date = index.repository.updated
        var named: Set<String> = []
        return index.repository.entries.compactMap { item in
            guard named.insert(item.location).inserted else { return nil }
            guard let found = files[folder + item.location] else {
                refuse(item.location, "the archive does not have it")
                return nil
            }
            return (item.location, found.body)
        }
    }

    private static func isTar(_ bytes: [UInt8]) -> Bool { bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8) }

    // The document says what it is; the index of an archive may lie.
    private static func read(_ bytes: [UInt8]) throws -> VEXReading {
        let json = try JSON.parse(bytes, limit: VEXLimits().bytes)
        return json["@context"] == nil ? try CSAF.read(bytes) : try OpenVEX.read(bytes)
    }
}
