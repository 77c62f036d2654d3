// SPDX-License-Identifier: Apache-2.0
import Artifacts
package import Base
import Blobs
import Foundation
import Transport
import VEX

/// Brings feeds in: from their addresses, from mirrors, from files. What fails leaves what was there, and says so from then on.
package struct FeedUpdater: Sendable {
    package enum Outcome: Hashable, Sendable {
        case updated(records: Int, refused: Int)
        case unchanged
        case failed(String)
    }
    /// Whether a feed may be much smaller than it was.
    package enum Shrinking: Hashable, Sendable { case refused, accepted }

    let shelf: FeedShelf
    /// Where downloads that are under way wait to be resumed.
    let scratch: String

    package init(shelf: FeedShelf, scratch: String) {
        self.shelf = shelf
        self.scratch = scratch
    }

    /// Asks an address whether it has something new, and takes it.
    ///
    /// - Parameter address: a mirror's; nil for the feed's own.
    package func update(_ source: FeedSource, from address: String? = nil, over transport: any HTTPTransport) async -> Outcome {
        do { return try await fetch(source, address ?? source.address, transport) } catch {
            let reason = (error as? any Diagnosable)?.diagnosis.summary ?? "\(error)"
            if var record = shelf.record(source) {
                record.failure = reason
                try? shelf.remember(record, of: source)
            }
            return .failed(reason)
        }
    }

    private func fetch(_ source: FeedSource, _ address: String, _ transport: any HTTPTransport) async throws -> Outcome {
        guard !address.isEmpty else { throw FeedError.byHand(title: source.title) }
        let address = try await archive(address, of: source, transport)
        let shown = (try? WebAddress(address))?.shown ?? "its address"
        let before = shelf.record(source)
        var request = WebRequest("GET", address)
        // Only this address's own words say whether its document is another.
        if let before, before.origin == .live, before.source == shown {
            if let etag = before.etag { request.headers["If-None-Match"] = etag }
            if let time = before.lastModified { request.headers["If-Modified-Since"] = time }
        }
        let path = "\(scratch)/feed-\(source.name)"
        let response = try await transport.download(request, toFile: path, limit: source.transferLimit)
        if response.status == 304, var record = before {
            record.checked = shelf.now
            record.failure = nil
            try shelf.remember(record, of: source)
            return .unchanged
        }
        guard response.status == 200 else { throw FeedError.refused(title: source.title, status: response.status, source: shown) }
        defer { unlink(path) }
        var facts = Source(origin: .live, shown: shown)
        facts.etag = response.headers["etag"].flatMap { $0.utf8.count <= 512 ? $0 : nil }
        facts.lastModified = response.headers["last-modified"].flatMap { $0.utf8.count <= 64 ? $0 : nil }
        facts.date = facts.lastModified.flatMap { Timestamp(release: $0) }.map { ($0, "the server's Last-Modified") }
        facts.signature = try await signature(of: source, beside: address, transport)
        return try take(source, path: path, facts, .refused)
    }

    // The manifest of a VEX repository says where its archive is. What it says needs no trust: the archive is verified.
    private func archive(_ address: String, of source: FeedSource, _ transport: any HTTPTransport) async throws -> String {
        guard case .statements = source.kind, address.hasSuffix("/vex-repository.json") else { return address }
        let response = try await transport.send(WebRequest("GET", address), limit: StatementFeed.manifestLimit)
        guard response.status == 200 else {
            throw FeedError.refused(
                title: source.title, status: response.status, source: (try? WebAddress(address))?.shown ?? "its address")
        }
        guard let archive = try VEXRepository.read(manifest: response.body).archives.first else {
            throw FeedError.badStatements(source: source.name, reason: "a manifest that names no archive with an https address")
        }
        return archive.url
    }

    private func signature(of source: FeedSource, beside address: String, _ transport: any HTTPTransport) async throws -> [UInt8]? {
        guard case .statements(let statements) = source.kind, statements.key != nil else { return nil }
        let address = statements.signature ?? address + ".sig"
        let response = try await transport.send(WebRequest("GET", address), limit: StatementFeed.signatureLimit)
        guard response.status == 200 else {
            throw FeedError.refused(
                title: "the signature of \(source.title)", status: response.status,
                source: (try? WebAddress(address))?.shown ?? "its address")
        }
        return response.body
    }

    /// Takes a file. Of a feed that must be signed, the signature is in a file beside it, with `.sig` behind its name.
    ///
    /// - Parameter date: the day its content is from, when somebody knows; else what it says itself, else the file's own date.
    package func importFile(_ source: FeedSource, path: String, date: Timestamp?, shrinking: Shrinking) throws -> Outcome {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FeedError.cannotRead(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FeedError.cannotRead(path: path, reason: "it is no file") }
        guard Int(status.st_size) <= source.transferLimit else {
            throw FeedError.cannotRead(path: path, reason: "it has more than \(source.transferLimit) bytes")
        }
        var facts = Source(origin: .file, shown: path)
        facts.stated = date
        facts.date = (Timestamp(seconds: status.st_mtim.tv_sec), "the file's date")
        if source.needsSignature { facts.signature = try Self.signature(beside: path) }
        return try take(source, path: path, facts, shrinking)
    }

    private static func signature(beside path: String) throws -> [UInt8]? {
        let path = path + ".sig"
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        do { return try file.read(upToCount: StatementFeed.signatureLimit).map { Array($0) } } catch {
            throw FeedError.cannotRead(path: path, reason: error.localizedDescription)
        }
    }

    private struct Source {
        var origin: FeedRecord.Origin
        var shown: String
        var etag: String?
        var lastModified: String?
        var signature: [UInt8]?
        /// What somebody said goes first, then the content's own word, then this.
        var stated: Timestamp?
        var date: (Timestamp, String)?
        init(origin: FeedRecord.Origin, shown: String) {
            self.origin = origin
            self.shown = shown
        }
    }

    private func take(_ source: FeedSource, path: String, _ facts: Source, _ shrinking: Shrinking) throws -> Outcome {
        let file = try MappedFile(path: path)
        let digest = file.withUnsafeBytes { bytes in
            var hasher = DigestHasher()
            hasher.update(bytes)
            return hasher.finish()
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let bytes = try file.withUnsafeBytes { try FeedIndex.build(source, named: name, signature: facts.signature, $0) }
        let index = try FeedIndex.open(source, bytes)
        let before = shelf.record(source)
        if shrinking == .refused, let before, index.records < before.records / 2 {
            throw FeedError.shrunk(title: source.title, before: before.records, now: index.records)
        }
        let (date, dateOrigin) =
            facts.stated.map { ($0, "whoever imported it") } ?? index.date.map { ($0, "its content") } ?? facts.date
            ?? (shelf.now, "the time of fetching")
        let record = FeedRecord(
            origin: facts.origin, source: facts.shown, digest: digest,
            // Nothing is newer than now.
            date: min(date, shelf.now), dateOrigin: dateOrigin, checked: facts.origin == .live ? shelf.now : min(date, shelf.now),
            records: index.records, refused: index.refused, etag: facts.etag, lastModified: facts.lastModified)
        try shelf.keep(bytes, record, of: source)
        return .updated(records: index.records, refused: index.refused)
    }
}
