// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import Pipeline
import Synchronization
import TestKit
import Testing

private let now = Timestamp(seconds: 1_795_000_000)
private let day = 86400

private func tracker(_ advisories: Int) -> [UInt8] {
    let entries = (1...advisories).map { #""CVE-2026-\#(1000 + $0)": {"releases": {"trixie": {"status": "open", "urgency": "low"}}}"# }
    return Array("{\"a\": {\(entries.joined(separator: ","))}}".utf8)
}

/// A publisher that knows one version of a document.
private final class Publisher: HTTPTransport {
    private let answer: Mutex<(status: Int, headers: [String: String], body: [UInt8])>
    private let requests = Mutex<[WebRequest]>([])
    var asked: [WebRequest] { requests.withLock { $0 } }
    init(_ body: [UInt8], status: Int = 200, headers: [String: String] = [:]) { answer = Mutex((status, headers, body)) }
    func answers(_ body: [UInt8], status: Int = 200, headers: [String: String] = [:]) { answer.withLock { $0 = (status, headers, body) } }

    func send(_ request: WebRequest, limit: Int) async throws -> WebResponse { WebResponse(status: 404) }
    func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
        requests.withLock { $0.append(request) }
        let answer = answer.withLock { $0 }
        if let etag = answer.headers["etag"], request.headers["If-None-Match"] == etag { return WebResponse(status: 304) }
        if answer.status == 200 { try Data(answer.body).write(to: URL(filePath: path)) }
        return WebResponse(status: answer.status, headers: answer.headers)
    }
}

@Suite struct FeedTests {
    private let folder: TestFolder
    private let debian: FeedSource

    init() throws {
        folder = try TestFolder()
        try folder.folder("scratch")
        debian = try #require(FeedSource.named("debian"))
    }

    private func shelf(at time: Timestamp = now) -> FeedShelf {
        FeedShelf(cache: CacheFolder(store: folder.path), snapshotFolder: folder.path + "/feeds", now: time)
    }
    private func updater(at time: Timestamp = now) -> FeedUpdater { FeedUpdater(shelf: shelf(at: time), scratch: folder.path + "/scratch") }
    private func facts(at time: Timestamp = now) -> FeedFacts? { shelf(at: time).open().feeds.first { $0.name == "debian" } }

    @Test func `an unchanged feed is asked for by its mark and not read again`() async throws {
        let publisher = Publisher(tracker(3), headers: ["etag": "\"1\"", "last-modified": "Wed, 18 Nov 2026 08:20:00 GMT"])
        #expect(await updater().update(debian, over: publisher) == .updated(records: 3, refused: 0))
        #expect(facts()?.date == Timestamp(rfc3339: "2026-11-18T08:20:00Z"))
        #expect(facts()?.state == .current)
        #expect(await updater().update(debian, over: publisher) == .unchanged)
        #expect(publisher.asked[0].headers["If-None-Match"] == nil)
        #expect(publisher.asked[1].headers["If-None-Match"] == "\"1\"")
        #expect(shelf().open().tracker?.rowCount == 3)
        #expect(folder.names(in: "scratch").isEmpty)
    }

    @Test func `what fails leaves the data that was there and is said`() async throws {
        let publisher = Publisher(tracker(3))
        _ = await updater().update(debian, over: publisher)
        publisher.answers(Array("<html>".utf8))
        guard case .failed(let reason) = await updater().update(debian, over: publisher) else {
            Issue.record("a page for people was taken as a feed")
            return
        }
        #expect(reason.contains("JSON"))
        #expect(facts()?.failure == reason)
        #expect(shelf().open().tracker?.rowCount == 3)
        publisher.answers([], status: 503)
        guard case .failed = await updater().update(debian, over: publisher) else {
            Issue.record("503 was taken")
            return
        }
        publisher.answers(Array(tracker(3).dropLast(9)))
        guard case .failed = await updater().update(debian, over: publisher) else {
            Issue.record("half a feed was taken")
            return
        }
        publisher.answers(tracker(4))
        #expect(await updater().update(debian, over: publisher) == .updated(records: 4, refused: 0))
        #expect(facts()?.failure == nil)
    }

    @Test func `half of a feed is refused unless somebody says that it is right`() async throws {
        _ = await updater().update(debian, over: Publisher(tracker(10)))
        guard case .failed(let reason) = await updater().update(debian, over: Publisher(tracker(4))) else {
            Issue.record("a feed that shrank was taken")
            return
        }
        #expect(reason.contains("had 10 records"))
        let path = try folder.file("small.json", tracker(4))
        #expect(throws: FeedError.self) { try updater().importFile(debian, path: path, date: nil, shrinking: .refused) }
        #expect(try updater().importFile(debian, path: path, date: nil, shrinking: .accepted) == .updated(records: 4, refused: 0))
    }

    @Test func `data grows old`() throws {
        let path = try folder.file("t.json", tracker(3))
        _ = try updater().importFile(debian, path: path, date: Timestamp(seconds: now.seconds - 2 * day), shrinking: .refused)
        #expect(facts()?.state == .current)
        #expect(facts()?.dateOrigin == "whoever imported it")
        #expect(facts(at: Timestamp(seconds: now.seconds + 2 * day))?.state == .stale)
    }

    @Test func `records that cannot be used make a feed partial`() throws {
        let text = #"{"a": {"CVE-2026-1111": {"releases": {"trixie": {"status": "open"}}}, "CVE-2026-1112": 7}}"#
        let path = try folder.file("t.json", Array(text.utf8))
        _ = try updater().importFile(debian, path: path, date: now, shrinking: .refused)
        #expect(facts()?.state == .partial)
        #expect(shelf().refused(debian).map(\.advisory) == ["CVE-2026-1112"])
    }

    @Test func `a damaged index is said and not used`() throws {
        _ = try updater().importFile(debian, path: try folder.file("t.json", tracker(3)), date: now, shrinking: .refused)
        let name = try #require(folder.names(in: "cache/feeds").first { $0.hasSuffix(".index") })
        let path = folder.path + "/cache/feeds/" + name
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        bytes[70] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        #expect(facts()?.state == .damaged)
        #expect(shelf().open().tracker == nil)
    }

    @Test func `the snapshot stands in for what nobody brought`() throws {
        #expect(facts()?.state == .missing)
        let document = tracker(5)
        try folder.file("feeds/t.json", document)
        let list = """
            {"format":"ashlar/feeds/v1","feeds":[{"feed":"debian","file":"t.json","sha256":"\(Digest.sha256(of: document).hex)","date":"2026-01-01T00:00:00Z","licence":"free","origin":"a test","missing":"all"}]}
            """
        try folder.file("feeds/snapshot.json", Array(list.utf8))
        #expect(facts()?.state == .snapshot)
        #expect(facts()?.date?.dateText == "2026-01-01")
        #expect(shelf().open().tracker?.rowCount == 5)
        try folder.file("feeds/t.json", tracker(6))
        #expect(shelf().open().tracker?.rowCount == 5, "the index of the named document is kept")
        _ = try updater().importFile(debian, path: try folder.file("t.json", tracker(3)), date: now, shrinking: .refused)
        #expect(facts()?.state == .current)
    }

    @Test func `a snapshot that is not the named document is not used`() throws {
        try folder.file("feeds/t.json", tracker(6))
        let list = """
            {"format":"ashlar/feeds/v1","feeds":[{"feed":"debian","file":"t.json","sha256":"\(Digest.sha256(of: tracker(5)).hex)","date":"2026-01-01T00:00:00Z","licence":"free","origin":"a test","missing":"all"}]}
            """
        try folder.file("feeds/snapshot.json", Array(list.utf8))
        #expect(facts()?.state == .damaged)
        #expect(shelf().open().tracker == nil)
    }
}
