// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Publish
import Records
import Synchronization
import TestKit
import Testing
import Transport

@testable import Pipeline

/// A mirror of a scripted registry, over a store of its own. The clock stands still until it is moved.
final class MirrorBench: Sendable {
    let folder: TestFolder
    let blobs: FileBlobStore
    let records: RecordStore
    let upstream = ScriptedRegistry()
    let mirror: PullThrough
    let events = EventLog()
    private let time: TestClock

    static let repository = "hub/library/app"
    static let name = "library/app"

    init(_ change: (inout MirrorRules) -> Void = { _ in }) throws {
        folder = try TestFolder()
        blobs = try FileBlobStore(folder: folder.path)
        records = try RecordStore(folder: folder.path, access: .serving)
        let time = TestClock()
        self.time = time
        var rules = MirrorRules(prefix: "hub", upstream: "registry.example") { $0.hasPrefix("library/") }
        change(&rules)
        let events = events
        mirror = PullThrough(
            rules: rules, client: RegistryClient(registry: "registry.example", transport: upstream), records: records, blobs: blobs,
            clock: { time.now }, onEvent: { events.add($0) })
    }

    var now: Timestamp { time.now }
    func pass(_ seconds: Int) { time.pass(seconds) }

    /// An image with one layer, under a tag over there; returns its manifest.
    @discardableResult
    func offer(_ text: String, tag: String = "1") -> [UInt8] {
        let (config, layer) = (Array(#"{"name":"\#(text)","created":"2026-01-02T03:04:05Z"}"#.utf8), Array("layer of \(text)".utf8))
        let manifest = MirrorImage.manifest(config: config, layers: [layer])
        upstream.add(blob: config, to: Self.name)
        upstream.add(blob: layer, to: Self.name)
        upstream.add(manifest: manifest, to: Self.name, tags: [tag])
        return manifest
    }

    func pull(tag: String = "1") async throws -> MirroredAnswer { try await mirror.manifest(tagged: tag, in: Self.repository) }
    func pull(blob bytes: [UInt8]) async throws -> MirroredBlob {
        try await mirror.blob(.sha256(of: bytes), in: Self.repository, for: .bytes)
    }
    /// The files that a fetch left behind.
    var leftovers: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/partial")) ?? [] }
}

final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_764_000_000))
    var now: Timestamp { time.withLock { $0 } }
    func pass(_ seconds: Int) { time.withLock { $0 = Timestamp(seconds: $0.seconds + seconds) } }
}

final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

final class EventLog: Sendable {
    private let events = Mutex<[MirrorEvent]>([])
    var all: [MirrorEvent] { events.withLock { $0 } }
    func add(_ event: MirrorEvent) { events.withLock { $0.append(event) } }
}

private func layer(of text: String) -> [UInt8] { Array("layer of \(text)".utf8) }
private let down = TransportError.unreachable(host: "registry.example", reason: "no connection")

@Suite struct PullThroughTests {
    @Test func `an image comes through once, and stays when the other registry is gone`() async throws {
        let bench = try MirrorBench()
        let manifest = bench.offer("one")
        #expect(try await bench.pull() == MirroredAnswer(digest: .sha256(of: manifest)))
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
        #expect(try bench.blobs.read(.sha256(of: layer(of: "one"))) == layer(of: "one"))
        let count = bench.upstream.asked.count
        #expect(try await bench.pull().warning == nil)
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
        #expect(bench.upstream.asked.count == count, "what is fresh is not asked for again")

        bench.upstream.set { $0.failure = down }
        bench.pass(3600)
        let late = try await bench.pull()
        #expect(late.digest == .sha256(of: manifest))
        #expect(late.warning?.contains("stale") == true)
        #expect(try await bench.pull(blob: layer(of: "one")) == .here)
        #expect(try await bench.mirror.manifest(.sha256(of: manifest), in: MirrorBench.repository).warning == nil)
        #expect(bench.mirror.counts.snapshot.outcomes[.stale] == 1)
        #expect(!bench.mirror.counts.snapshot.isUp)
    }

    @Test func `a registry that is down is asked again after a while, not by every request`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        bench.upstream.set { $0.failure = down }
        for _ in 0..<3 {
            await #expect(throws: MirrorRefusal.self) { _ = try await bench.pull() }
        }
        #expect(bench.upstream.asked.count == 1)
        bench.pass(20)
        bench.upstream.set { $0.failure = nil }
        _ = try await bench.pull()
    }

    @Test func `a tag that did not move is asked about without its body`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        _ = try await bench.pull()
        bench.upstream.forgetAsked()
        bench.pass(3600)
        _ = try await bench.pull()
        #expect(bench.upstream.asked == ["HEAD library/app/manifests/1"])
        let second = bench.offer("two")
        bench.pass(3600)
        #expect(try await bench.pull().digest == .sha256(of: second))
    }

    @Test func `a tag that went away over there goes away here, and its manifest stays under its digest`() async throws {
        let bench = try MirrorBench()
        let manifest = bench.offer("one")
        _ = try await bench.pull()
        bench.upstream.set { $0.replies["library/app/manifests/1"] = nil }
        bench.pass(3600)
        await #expect(throws: MirrorRefusal.unknownManifest("1", repository: MirrorBench.repository)) { _ = try await bench.pull() }
        _ = try await bench.mirror.manifest(.sha256(of: manifest), in: MirrorBench.repository)
    }

    @Test(arguments: ["hub/other/app", "hub", "hub/Library/app", "hub/library/../x"])
    func `what is not allowed is refused before anything is asked`(repository: String) async throws {
        let bench = try MirrorBench()
        await #expect(throws: MirrorRefusal.notAllowed(repository: repository)) {
            _ = try await bench.mirror.manifest(tagged: "1", in: repository)
        }
        await #expect(throws: MirrorRefusal.notAllowed(repository: repository)) {
            _ = try await bench.mirror.blob(.sha256(of: "x"), in: repository, for: .bytes)
        }
        await #expect(throws: MirrorRefusal.notAllowed(repository: repository)) { _ = try await bench.mirror.tags(in: repository) }
        await #expect(throws: MirrorRefusal.notAllowed(repository: repository)) {
            _ = try await bench.mirror.referrers(of: .sha256(of: "x"), in: repository)
        }
        #expect(bench.upstream.asked.isEmpty)
    }

    @Test func `many who want one blob fetch it once`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        _ = try await bench.pull()
        bench.upstream.forgetAsked()
        let key = "blob \(MirrorBench.repository)@\(Digest.sha256(of: layer(of: "one")))"
        bench.upstream.hold { while bench.mirror.flights.count(of: key) < 9 { await Task.yield() } }
        try await withThrowingTaskGroup(of: MirroredBlob.self) { group in
            for _ in 0..<10 { group.addTask { try await bench.pull(blob: layer(of: "one")) } }
            for try await found in group { #expect(found == .here) }
        }
        #expect(bench.upstream.asked.count == 1)
        #expect(bench.leftovers.isEmpty)
    }

    @Test func `when the one who fetches is cancelled, another goes on`() async throws {
        let flights = MirrorFlights()
        let began = Counter()
        let first = Task {
            try await flights.once("x") {
                began.add()
                try await Task.sleep(for: .seconds(3600))
            }
        }
        while began.count < 1 { await Task.yield() }
        let second = Task { try await flights.once("x") { began.add() } }
        while flights.count(of: "x") < 1 { await Task.yield() }
        first.cancel()
        try await second.value
        #expect(began.count == 2)
    }

    @Test func `the size of a blob is told without fetching it`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        _ = try await bench.pull()
        let bytes = layer(of: "one")
        #expect(
            try await bench.mirror.blob(.sha256(of: bytes), in: MirrorBench.repository, for: .size) == .there(size: bytes.count))
        #expect(try !bench.blobs.contains(.sha256(of: bytes)))
    }

    @Test func `offline nothing is asked, and what is here is served however old`() async throws {
        let folder = try MirrorBench()
        let manifest = folder.offer("one")
        _ = try await folder.pull()
        var rules = folder.mirror.rules
        rules.isOffline = true
        let offline = PullThrough(
            rules: rules, client: RegistryClient(registry: "registry.example", transport: folder.upstream), records: folder.records,
            blobs: folder.blobs, clock: { Timestamp(seconds: 1_900_000_000) })
        folder.upstream.forgetAsked()
        #expect(try await offline.manifest(tagged: "1", in: MirrorBench.repository) == MirroredAnswer(digest: .sha256(of: manifest)))
        await #expect(throws: MirrorRefusal.notHere("\(MirrorBench.repository):2")) {
            _ = try await offline.manifest(tagged: "2", in: MirrorBench.repository)
        }
        await #expect(throws: MirrorRefusal.self) {
            _ = try await offline.blob(.sha256(of: layer(of: "one")), in: MirrorBench.repository, for: .bytes)
        }
        #expect(folder.upstream.asked.isEmpty)
    }

    @Test func `what a build published is not mixed with what others have`() async throws {
        let bench = try MirrorBench()
        bench.offer("one")
        let own = MirrorImage.manifest(layers: [])
        try bench.blobs.write(own)
        try bench.records.apply(
            .init(
                repository: MirrorBench.repository,
                manifests: [.init(digest: .sha256(of: own), mediaType: MediaType.manifest, size: own.count)], tags: [:]))
        await #expect(throws: MirrorRefusal.published(repository: MirrorBench.repository)) { _ = try await bench.pull() }
    }
}
