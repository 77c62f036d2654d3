// SPDX-License-Identifier: Apache-2.0
import Advisories
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import Pipeline
import TestKit
import Testing

private let now = Timestamp(seconds: 1_795_000_000)

private func record(_ id: String, _ package: String, ecosystem: String = "npm", more: String = "") -> String {
    #"{"id":"\#(id)","modified":"2026-11-01T00:00:00Z",\#(more)"affected":[{"package":{"ecosystem":"\#(ecosystem)","name":"\#(package)"},"versions":["1.0.0"]}]}"#
}

/// What osv.dev publishes: `all.zip` of an ecosystem, one record in each member.
@Suite struct OSVArchiveTests {
    private let folder: TestFolder
    private let npm: FeedSource

    init() throws {
        folder = try TestFolder()
        try folder.folder("scratch")
        npm = try #require(FeedSource.named("osv-npm"))
    }

    private var shelf: FeedShelf { FeedShelf(cache: CacheFolder(store: folder.path), snapshotFolder: folder.path + "/feeds", now: now) }

    private func take(_ archive: [UInt8], as source: FeedSource? = nil, _ name: String = "all.zip") throws -> FeedUpdater.Outcome {
        try FeedUpdater(shelf: shelf, scratch: folder.path + "/scratch")
            .importFile(source ?? npm, path: try folder.file(name, archive), date: now, shrinking: .refused)
    }

    private func known(_ package: String) -> [String] { shelf.open().ecosystems["npm"]?.records(about: package).map(\.id) ?? [] }

    @Test func `an archive of records is read member by member, malicious packages too`() throws {
        let archive = StoredZIP.pack([
            .init("GHSA-1.json", record("GHSA-1", "left-pad")), .init("MAL-2026-1.json", record("MAL-2026-1", "left-pad")),
            .init("GHSA-2.json", record("GHSA-2", "other") + "\n"), .init("notes/", ""),
        ])
        #expect(try take(archive) == .updated(records: 3, refused: 0))
        #expect(known("left-pad") == ["GHSA-1", "MAL-2026-1"])
        #expect(known("other") == ["GHSA-2"])
        let facts = try #require(shelf.open().feeds.first { $0.name == "osv-npm" })
        #expect(facts.state == .current)
        // The same archive gives the same index.
        let first = folder.names(in: "cache/feeds")
        _ = try take(archive)
        #expect(folder.names(in: "cache/feeds") == first)
    }

    @Test func `a bad member is listed by its name and drops no neighbour`() throws {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        let archive = StoredZIP.pack([
            .init("A.json", record("A", "x")), .init("cut.json", String(record("B", "x").dropLast(20))), .init("empty.json", ""),
            .init("list.json", "[" + record("C", "x") + "]"), .init("two.json", record("D", "x") + record("E", "x")),
            .init("deep.json", record("F", "x", more: "\"details\":\(deep),")), .init("damaged.json", record("G", "x"), isDamaged: true),
            .init("secret.json", record("H", "x"), isEncrypted: true), .init("README.md", "words"),
            .init("huge.json", record("I", "x", more: "\"details\":\"\(String(repeating: "x", count: 5 << 20))\",")),
            .init("nothing.json", #"{"id":"J"}"#), .init("Z.json", record("Z", "x")),
        ])
        #expect(try take(archive) == .updated(records: 12, refused: 10))
        #expect(known("x") == ["A", "Z"])
        #expect(
            Set(shelf.refused(npm).map(\.advisory))
                == ["cut", "empty", "list", "two", "deep", "damaged.json", "secret.json", "README.md", "huge.json", "J"])
        #expect(shelf.open().feeds.first { $0.name == "osv-npm" }?.state == .partial)
    }

    @Test func `an archive that is none, cut short or empty leaves what was there`() throws {
        let whole = StoredZIP.pack([.init("A.json", record("A", "x")), .init("B.json", record("B", "x"))])
        _ = try take(whole)
        for bad in [Array(whole.dropLast(30)), StoredZIP.pack([]), Array(whole.prefix(20)), StoredZIP.pack([.init("A.json", "{}")])] {
            #expect(throws: (any Error).self) { try take(bad, as: npm, "bad.zip") }
        }
        #expect(known("x") == ["A", "B"])
    }

    @Test func `crates have a feed of their own`() throws {
        let crates = try #require(FeedSource.named("osv-crates"))
        _ = try take(StoredZIP.pack([.init("RUSTSEC-1.json", record("RUSTSEC-1", "time", ecosystem: "crates.io"))]), as: crates)
        #expect(shelf.open().ecosystems["crates.io"]?.records(about: "time").map(\.id) == ["RUSTSEC-1"])
    }
}
