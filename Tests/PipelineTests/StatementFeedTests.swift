// SPDX-License-Identifier: Apache-2.0
import Advisories
import Archive
import Artifacts
import Assess
import Base
import Blobs
import Crypto
import Foundation
import Sigstore
import Synchronization
import TestKit
import Testing
import VEX

@testable import Pipeline

private let now = Timestamp(seconds: 1_795_000_000)

/// A server with a few files.
private final class Shelf: HTTPTransport {
    private let files: Mutex<[String: [UInt8]]>
    private let asked = Mutex<[String]>([])
    init(_ files: [String: [UInt8]]) { self.files = Mutex(files) }
    var requests: [String] { asked.withLock { $0 } }
    func put(_ address: String, _ bytes: [UInt8]?) { files.withLock { $0[address] = bytes } }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
        asked.withLock { $0.append(request.url) }
        guard let body = files.withLock({ $0[request.url] }) else { return WebResponse(status: 404) }
        return WebResponse(status: 200, headers: ["etag": "\"\(Base.Digest.sha256(of: body).short)\""], body: body)
    }
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        let response = try await send(request, limit: limit)
        if let etag = response.headers["etag"], request.headers["If-None-Match"] == etag { return WebResponse(status: 304) }
        if response.status == 200 { try Data(response.body).write(to: URL(filePath: path)) }
        return WebResponse(status: response.status, headers: response.headers)
    }
}

/// VEX of others: who signed it, who wrote it, how it comes in.
@Suite struct StatementFeedTests {
    private let folder: TestFolder
    private let key = P256.Signing.PrivateKey()

    init() throws {
        folder = try TestFolder()
        try folder.folder("scratch")
    }

    private func document(author: String = "Vendor", _ vulnerability: String = "CVE-2026-0001") -> [UInt8] {
        OpenVEX.bytes(
            VEXDocument(
                id: "https://vendor.example/vex", author: author, timestamp: Timestamp(seconds: now.seconds - 86400),
                statements: [
                    VEXStatement(
                        vulnerability: vulnerability, products: [VEXProduct("pkg:deb/debian/glibc")], status: .notAffected,
                        justification: .vulnerableCodeNotPresent)
                ]))
    }
    private func signature(_ bytes: [UInt8], by other: P256.Signing.PrivateKey? = nil) throws -> [UInt8] {
        Array(Base64.encode(Array(try (other ?? key).signature(for: bytes).derRepresentation)).utf8)
    }
    private func source(signed: Bool = true, address: String? = nil, authors: [String] = ["Vendor"]) throws -> VEXSource {
        VEXSource(
            name: "vendor", address: address,
            key: signed ? try VerificationKey(der: Array(key.publicKey.derRepresentation)) : nil,
            statements: ForeignSource(name: "vendor", authors: authors, trust: signed ? .signed : .unsigned(because: "a test")))
    }
    private func shelf(_ source: VEXSource, at time: Timestamp = now) -> FeedShelf {
        FeedShelf(cache: CacheFolder(store: folder.path), snapshotFolder: folder.path + "/feeds", now: time, statements: [source])
    }
    private func updater(_ source: VEXSource) -> FeedUpdater { FeedUpdater(shelf: shelf(source), scratch: folder.path + "/scratch") }
    private func feed(_ source: VEXSource) throws -> FeedSource { try #require(shelf(source).source(named: "vex-vendor")) }
    private func bring(_ source: VEXSource, _ bytes: [UInt8], signature: [UInt8]?) throws -> FeedUpdater.Outcome {
        let path = try folder.file("in/vex.json", bytes)
        try? FileManager.default.removeItem(atPath: path + ".sig")
        if let signature { try folder.file("in/vex.json.sig", signature) }
        return try updater(source).importFile(feed(source), path: path, date: nil, shrinking: .refused)
    }
    private func facts(_ source: VEXSource, at time: Timestamp = now) -> FeedFacts? {
        shelf(source, at: time).open().feeds.first { $0.name == "vex-vendor" }
    }

    @Test func `a signed document is taken and known by its digest, date and source`() throws {
        let source = try source()
        #expect(try bring(source, document(), signature: try signature(document())) == .updated(records: 1, refused: 0))
        let set = shelf(source).open()
        #expect(set.statements.map(\.source.name) == ["vendor"] && set.statements[0].document.author == "Vendor")
        let facts = try #require(self.facts(source))
        #expect(facts.state == .current && facts.digest == Base.Digest.sha256(of: document()).description && facts.title == "VEX of vendor")
        #expect(facts.date == Timestamp(seconds: now.seconds - 86400) && facts.dateOrigin == "its content")
        #expect(self.facts(source, at: Timestamp(seconds: now.seconds + 40 * 86400))?.state == .stale)
        // The key decides, in DER as well.
        let der = Array(try key.signature(for: document()).derRepresentation)
        #expect(try bring(source, document(), signature: der) == .updated(records: 1, refused: 0))
    }

    @Test func `what nobody, another or somebody about other bytes signed is refused`() throws {
        let source = try source()
        let other = P256.Signing.PrivateKey()
        #expect(throws: TriageError.self) { try bring(source, document(), signature: nil) }
        #expect(throws: FeedError.self) { try bring(source, document(), signature: try signature(document(), by: other)) }
        #expect(throws: FeedError.self) { try bring(source, document() + [0x0A], signature: try signature(document())) }
        #expect(throws: FeedError.self) { try bring(source, document(), signature: Array("nonsense".utf8)) }
        #expect(shelf(source).open().statements.isEmpty && facts(source)?.state == .missing)
    }

    @Test func `another author, and statements about everything, are refused`() throws {
        let source = try source(signed: false)
        #expect(throws: FeedError.self) { try bring(source, document(author: "Stranger"), signature: nil) }
        let everything = Array(String(decoding: document(), as: UTF8.self).replacing("pkg:deb/debian/glibc", with: "pkg:deb/debian/*").utf8)
        #expect(throws: Never.self) { try bring(source, everything, signature: nil) }
        #expect(shelf(source).open().statements[0].document.statements.isEmpty && facts(source)?.state == .partial)
        #expect(shelf(source).refused(try feed(source)).first?.reason.contains("without *") == true)
    }

    @Test func `a source that signs nothing says so wherever it is named`() throws {
        let source = try source(signed: false)
        _ = try bring(source, document(), signature: nil)
        #expect(facts(source)?.title == "VEX of vendor (not signed: a test)")
    }

    @Test func `another key or author in the catalog counts at once`() throws {
        _ = try bring(try source(signed: false), document(), signature: nil)
        let signed = try source()
        #expect(shelf(signed).open().statements.isEmpty)
        #expect(facts(signed)?.state == .damaged && facts(signed)?.failure?.contains("signature") == true)
        let renamed = try source(signed: false, authors: ["Another"])
        #expect(shelf(renamed).open().statements.isEmpty && facts(renamed)?.state == .damaged)
    }

    @Test func `a document that an archive names a thousand times, or holds twice, is read once`() throws {
        let entries = (0..<1000).map { VEXRepository.Entry(id: "pkg:deb/debian/p\($0)", location: "pkg/\($0 % 2 == 0 ? "a" : "b").json") }
        let index = VEXRepository(entries: entries, updated: Timestamp(seconds: now.seconds - 10)).index.prettyBytes
        var tar = TarWriter()
        for (path, bytes) in [("index.json", index), ("pkg/a.json", document()), ("pkg/b.json", document())] {
            try tar.append(TarHeader(path: path, kind: .file, mode: 0o644, uid: 0, gid: 0, modified: 0), body: bytes)
        }
        tar.writeEnd()
        let source = try source(signed: false)
        #expect(try bring(source, tar.bytes, signature: nil) == .updated(records: 1, refused: 0))
        #expect(shelf(source).open().statements.count == 1)
    }

    @Test func `a VEX repository comes in by its manifest, and only its archive is believed`() async throws {
        var tar = TarWriter()
        let files: [(String, [UInt8])] = [
            (
                "repo-main/index.json",
                VEXRepository(
                    entries: [
                        .init(id: "pkg:deb/debian/glibc", location: "pkg/a.json"), .init(id: "pkg:deb/debian/zlib", location: "pkg/b.json"),
                        .init(id: "pkg:deb/debian/bash", location: "pkg/none.json"),
                    ], updated: Timestamp(seconds: now.seconds - 10)
                ).index.prettyBytes
            ),
            ("repo-main/pkg/a.json", document()), ("repo-main/pkg/b.json", document(author: "Stranger")),
        ]
        for (path, bytes) in files {
            try tar.append(TarHeader(path: path, kind: .file, mode: 0o644, uid: 0, gid: 0, modified: 0), body: bytes)
        }
        tar.writeEnd()
        let archive = try Gzip.encode(tar.bytes)
        let manifest = VEXRepository.manifest(name: "v", description: "v", archives: ["https://cdn.example/v.tar.gz"])
        let server = Shelf([
            "https://vendor.example/.well-known/vex-repository.json": manifest.prettyBytes, "https://cdn.example/v.tar.gz": archive,
            "https://cdn.example/v.tar.gz.sig": try signature(archive),
        ])
        let source = try source(address: "https://vendor.example/.well-known/vex-repository.json")
        #expect(await updater(source).update(try feed(source), over: server) == .updated(records: 1, refused: 2))
        let refused = shelf(source).refused(try feed(source)).map(\.package)
        #expect(refused == ["pkg/none.json", "pkg/b.json"])
        #expect(facts(source)?.source == "https://cdn.example/v.tar.gz" && facts(source)?.state == .partial)
        #expect(await updater(source).update(try feed(source), over: server) == .unchanged)
        // Half a repository, or one that somebody else signed, leaves what was there.
        server.put("https://cdn.example/v.tar.gz", archive + [0])
        guard case .failed = await updater(source).update(try feed(source), over: server) else {
            Issue.record("an archive with another signature was taken")
            return
        }
        server.put("https://cdn.example/v.tar.gz.sig", nil)
        guard case .failed(let reason) = await updater(source).update(try feed(source), over: server) else {
            Issue.record("an archive without a signature was taken")
            return
        }
        #expect(reason.contains("signature") && facts(source)?.failure == reason)
        #expect(shelf(source).open().statements.count == 1)
    }

    @Test func `a source without an address is brought in by hand`() async throws {
        let source = try source()
        guard case .failed(let reason) = await updater(source).update(try feed(source), over: Shelf([:])) else {
            Issue.record("nothing was fetched")
            return
        }
        #expect(reason.contains("no address"))
    }

    @Test func `CSAF is read too, and what is no document is refused`() throws {
        let source = try source(signed: false)
        let bytes = CSAF.bytes(
            try OpenVEX.read(document()).document, title: "t", identifier: "v-1",
            publisher: CSAFPublisher(name: "Vendor", namespace: "https://vendor.example"))
        #expect(try bring(source, bytes, signature: nil) == .updated(records: 1, refused: 0))
        for text in ["", "{}", "[]", "<html>", "{\"@context\": \"x\"}", "\u{1F}\u{8B}"] {
            #expect(throws: (any Error).self, "\(text)") { try bring(source, Array(text.utf8), signature: nil) }
        }
        #expect(shelf(source).open().statements.count == 1)
    }
}
