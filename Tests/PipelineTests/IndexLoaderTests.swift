// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Debian
import Foundation
import OCI
import Records
import Synchronization
import TestKit
import Testing
import Tools
import Transport

@testable import Pipeline

@Suite struct IndexLoaderTests {
    /// A mirror that holds what a test put there, and counts what was asked for.
    final class ScriptedMirror: HTTPTransport {
        let files: [String: [UInt8]]
        let asked = Mutex<[String]>([])
        init(_ files: [String: [UInt8]]) { self.files = files }

        func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
            asked.withLock { $0.append(request.url) }
            guard let bytes = files[request.url] else { return WebResponse(status: 404) }
            return WebResponse(status: 200, body: bytes)
        }

        func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
            let response = try await send(request, limit: limit)
            guard response.status == 200 else { return response }
            guard response.body.count <= limit else { throw TransportError.tooLarge(request.url, limit: limit) }
            try Data(response.body).write(to: URL(filePath: path))
            return WebResponse(status: 200)
        }
    }

    /// A store and a catalog of one suite, gone after the test.
    struct Scratch {
        private let folder: TestFolder
        var path: String { folder.path }
        let blobs: FileBlobStore
        let records: RecordStore
        init() throws {
            folder = try TestFolder()
            try folder.folder("store/partial")
            try folder.file("suites/k.asc", Array(SignedIndexes.keyring.utf8))
            let path = folder.path
            blobs = try FileBlobStore(folder: path + "/store")
            records = try RecordStore(folder: path + "/store")
        }

        /// Loads the suite from a mirror that serves this InRelease, on a day of January 2020.
        func load(
            _ inRelease: String, day: Int, packages: [UInt8]? = nil, hasValidUntil: Bool = true, maximumAgeDays: Int? = nil,
            allowStale: [String: String] = [:], offline: Bool = false
        ) async throws -> ArchiveIndexes {
            let whole = Data(base64Encoded: SignedIndexes.packages).map(Array.init) ?? []
            let root = "http://user:hush@mirror.test/debian/dists/test/"
            let mirror = ScriptedMirror([
                root + "InRelease": Array(inRelease.utf8), root + "main/binary-amd64/Packages.xz": packages ?? whole,
            ])
            let loader = IndexLoader(
                catalog: CatalogFolder(path: path), blobs: blobs, records: records, cache: CacheFolder(store: path + "/store"),
                transport: mirror, mirror: try Mirror(setting: "http://user:hush@mirror.test", origin: "test"),
                trust: ArchiveTrust(Toolbox()),
                now: Timestamp(seconds: 1_577_836_800 + (day - 1) * 86400), reach: offline ? .storeOnly : .network, allowStale: allowStale)
            let archive = SuiteArchive(
                suite: "test", base: "debian", keyring: "k.asc", fingerprints: [SignedIndexes.fingerprint], hasValidUntil: hasValidUntil,
                maximumAgeDays: maximumAgeDays)
            let indexes = try await loader.load(Suite(name: "test", archives: [archive]), platforms: [.amd64])
            if offline { #expect(mirror.asked.withLock { $0.isEmpty }) }
            return indexes
        }
    }

    private static let hasGPGV = Toolbox().find("gpgv") != nil

    private func refusal(_ work: () async throws -> Void) async -> String {
        do {
            try await work()
            return "accepted"
        } catch let error as any Diagnosable {
            let text = error.diagnosis.rendered
            #expect(!text.contains("hush"))
            return text
        } catch { return "\(error)" }
    }

    @Test(.enabled(if: hasGPGV)) func `a fresh index is taken, with its evidence, and found again without a network`() async throws {
        let scratch = try Scratch()
        let indexes = try await scratch.load(SignedIndexes.second, day: 3)
        #expect(indexes.byPlatform[.amd64]?.first?.index.candidates(named: "hello").first?.version.description == "1.0")
        #expect(indexes.evidence.map(\.waiver) == [nil])
        #expect(indexes.evidence.first?.signedBy == [SignedIndexes.fingerprint])
        let again = try await scratch.load("", day: 3, offline: true)
        #expect(again.evidence == indexes.evidence)
    }

    @Test(
        .enabled(if: hasGPGV),
        arguments: [
            (SignedIndexes.second, 9, true, Int?.none, "accepted"), (SignedIndexes.second, 10, true, nil, "24 hours ago"),
            (SignedIndexes.second, 20, true, nil, "18 days old"), (SignedIndexes.endless, 3, true, nil, "should carry Valid-Until"),
            (SignedIndexes.endless, 3, false, nil, "accepted"), (SignedIndexes.endless, 12, false, 10, "accepted"),
            (SignedIndexes.endless, 14, false, 10, "at most 10 days"), (SignedIndexes.second, -10, true, nil, "in the future"),
            (SignedIndexes.foreign, 3, true, nil, "found suite other"),
        ])
    func `freshness is judged on the day`(_ inRelease: String, _ day: Int, _ hasValidUntil: Bool, _ maximum: Int?, _ outcome: String)
        async throws
    {
        let scratch = try Scratch()
        let text = await refusal {
            _ = try await scratch.load(inRelease, day: day, hasValidUntil: hasValidUntil, maximumAgeDays: maximum)
        }
        #expect(text.contains(outcome))
    }

    @Test(.enabled(if: hasGPGV)) func `a stale index is taken for a reason that goes into the evidence`() async throws {
        let scratch = try Scratch()
        let indexes = try await scratch.load(SignedIndexes.second, day: 20, allowStale: ["test": "the mirror is being repaired"])
        #expect(indexes.evidence.first?.waiver?.contains("the mirror is being repaired") == true)
        #expect(indexes.evidence.first?.waiver?.contains("18 days old") == true)
        let text = await refusal { _ = try await scratch.load(SignedIndexes.second, day: 20, allowStale: ["other": "no"]) }
        #expect(text.contains("pipeline.stale-index"))
    }

    @Test(.enabled(if: hasGPGV)) func `an index goes back in time for a reason that names it, and the mark stays`() async throws {
        let scratch = try Scratch()
        _ = try await scratch.load(SignedIndexes.second, day: 3)
        let mark = try scratch.records.seenIndex(of: "test")
        for reasons in [[:], ["all": "please"], ["other": "please"]] as [[String: String]] {
            let text = await refusal { _ = try await scratch.load(SignedIndexes.first, day: 3, allowStale: reasons) }
            #expect(text.contains("seen here before") && text.contains("--allow-stale test=REASON"))
        }
        let older = try await scratch.load(SignedIndexes.first, day: 3, allowStale: ["test": "pinned"])
        #expect(older.evidence.first?.waiver?.contains("seen here before; accepted: pinned") == true)
        #expect(try scratch.records.seenIndex(of: "test") == mark)
        #expect(try await scratch.load(SignedIndexes.second, day: 3).evidence.first?.waiver == nil)
    }

    @Test(.enabled(if: hasGPGV)) func `an index on record is on the disk, whatever comes next`() async throws {
        let scratch = try Scratch()
        // What is not flushed within is lost, as it is when the process is killed.
        try await scratch.blobs.withDeferredSync {
            _ = try await scratch.load(SignedIndexes.second, day: 3)
            let seen = try #require(try scratch.records.seenIndex(of: "test"))
            let digest = try #require(Digest(hex: seen.sha256))
            #expect(try FileBlobStore(folder: scratch.blobs.folder, access: .readOnly).contains(digest))
        }
    }

    @Test(.enabled(if: hasGPGV)) func `a refused index is not remembered as seen`() async throws {
        let scratch = try Scratch()
        _ = await refusal { _ = try await scratch.load(SignedIndexes.second, day: 20) }
        #expect(try scratch.records.seenIndex(of: "test") == nil)
        _ = try await scratch.load(SignedIndexes.first, day: 3)
    }

    @Test(
        .enabled(if: hasGPGV),
        arguments: [(0, "index-mismatch"), (271, "index-mismatch"), (272, "index-mismatch"), (273, "received  more")])
    func `an index of packages must be the signed one`(_ size: Int, _ reason: String) async throws {
        let scratch = try Scratch()
        let text = await refusal {
            _ = try await scratch.load(SignedIndexes.second, day: 3, packages: [UInt8](repeating: 0xFD, count: size))
        }
        #expect(text.contains(reason))
        #expect(text.contains("test/main/binary-amd64/Packages.xz"))
        // What was spoilt stands in nobody's way.
        _ = try await scratch.load(SignedIndexes.second, day: 3)
    }
}
