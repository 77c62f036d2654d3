// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import OCI
import Records
import Resolve
import Synchronization
import TestKit
import Tools
import Transport

@testable import Pipeline

/// A catalog of several images, two archives on a mirror that a test changes, a store, and a builder that publishes what it is given.
final class WatchBench: Sendable {
    struct Crash: Error {}
    struct Broken: Diagnosable {
        let diagnosis: Diagnosis
        init(_ kind: Diagnosis.Kind = .policy) {
            diagnosis = Diagnosis("test.broken", kind, "its contract is broken", remedy: "mend it")
        }
    }

    /// A mirror that names its versions and answers as the test left it.
    final class ChangingMirror: HTTPTransport {
        let files = Mutex<[String: [UInt8]]>([:])
        let asked = Mutex<[String]>([])

        func send(_ request: WebRequest, limit: Int) async throws -> WebResponse {
            asked.withLock { $0.append(request.url) }
            guard let bytes = files.withLock({ $0[request.url] }) else { return WebResponse(status: 404) }
            let etag = "\"\(Digest.sha256(of: bytes).hex.prefix(16))\""
            if request.headers["If-None-Match"] == etag { return WebResponse(status: 304) }
            return WebResponse(status: 200, headers: ["etag": etag], body: bytes)
        }

        func download(_ request: WebRequest, toFile path: String, limit: Int) async throws -> WebResponse {
            let response = try await send(request, limit: limit)
            guard response.status == 200 else { return response }
            try Data(response.body).write(to: URL(filePath: path))
            return WebResponse(status: 200)
        }
    }

    let path: String
    let blobs: FileBlobStore
    let records: RecordStore
    let mirror = ChangingMirror()
    let images: [String]
    /// The time, which a test moves.
    let clock = Mutex(Timestamp(seconds: 1_763_300_000))
    /// What stands in the way of building an image; nil builds it.
    let obstacle = Mutex<@Sendable (String, Lock) -> (any Error)?>({ _, _ in nil })
    let builds = Mutex<[String]>([])
    /// Images that were built at the same time, and the most that were.
    private let company = Mutex((now: 0, most: 0))
    let indexes = Mutex<IndexShelf?>(nil)

    static let security = "trixie-security"

    init(images count: Int, updates: String = "") throws {
        path = FileManager.default.temporaryDirectory.path + "/ashlar-watch-\(UInt64.random(in: 0 ... .max))"
        images = (1...count).map { "image\($0)" }
        for folder in ["/catalog", "/store/partial", "/tools", "/tmp"] {
            try FileManager.default.createDirectory(atPath: path + folder, withIntermediateDirectories: true)
        }
        blobs = try FileBlobStore(folder: path + "/store")
        records = try RecordStore(folder: path + "/store")
        var files: [String: [UInt8]] = [
            "suites/trixie.yaml": Array(Self.suite.utf8), "suites/k.asc": Array(SignedIndexes.keyring.utf8),
        ]
        for image in images {
            files["images/\(image)/image.yaml"] = Array("title: \(image)\nsummary: An image\n".utf8)
            files["images/\(image)/1.yaml"] = Array(
                """
                stream: "1"
                suite: trixie
                platforms: [linux/amd64]
                version: "1"
                tags: ["{stream}"]
                contents: {packages: [tool]}
                \(updates)

                """.utf8)
        }
        try CatalogFolder(path: path + "/catalog").writeAll(files)
        try Data(OriginBench.gpgv.utf8).write(to: URL(filePath: path + "/tools/gpgv"))
        chmod(path + "/tools/gpgv", 0o755)
        try publish(main: Self.packages("1.0"), security: [], at: 1)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static let suite = """
        archives:
          - {suite: trixie, base: debian, keyring: k.asc, fingerprints: [\(SignedIndexes.fingerprint)], valid-until: false, maximum-age-days: 3650}
          - {suite: \(security), base: debian-security, keyring: k.asc, fingerprints: [\(SignedIndexes.fingerprint)], valid-until: false, maximum-age-days: 3650}
        """

    static func packages(_ version: String, library: String = "2.0-1") -> [VirtualPackage] {
        [
            VirtualPackage("tool", version + "-1", ["Depends": "libtool1"], files: [.file("usr/bin/tool", version, mode: 0o755)]),
            VirtualPackage("libtool1", library, files: [.file("usr/lib/libtool.so.1", library)]),
        ]
    }

    // MARK: - The archives

    /// Writes both archives as of a day of January 2025.
    func publish(main: [VirtualPackage], security: [VirtualPackage], at day: Int) throws {
        let date = "\(day < 10 ? "0" : "")\(day) Jan 2025 00:00:00 UTC"
        for (suite, base, packages) in [("trixie", "debian", main), (Self.security, "debian-security", security)] {
            var archive = VirtualArchive(suite, packages, architectures: ["amd64"])
            archive.packsXZ = true
            // Release files name the day of the week, which nobody reads.
            archive.date = "Mon, " + date
            for (name, bytes) in try archive.files() { mirror.files.withLock { $0["http://mirror.test/\(base)/\(name)"] = bytes } }
        }
    }

    var asked: Int { mirror.asked.withLock { $0.count } }

    func advance(days: Double) { clock.withLock { $0 = Timestamp(seconds: $0.seconds + Int(days * 86400)) } }
    var now: Timestamp { clock.withLock { $0 } }

    // MARK: - Watching

    func open(_ freshness: Watcher.Indexes) throws -> WatchedCatalog {
        let folder = CatalogFolder(path: path + "/catalog")
        let files = try folder.read()
        let loader = RecipeLoader(CatalogFiles(files))
        let catalog = try loader.catalog()
        let shelf = try shelf(freshness, catalog.suites)
        return WatchedCatalog(
            recipes: catalog.recipes(), suites: catalog.suites, key: CatalogFolder.digest(of: files) { _ in true }, folder: folder,
            relock: Relock(indexes: shelf, folder: folder), locks: { try loader.lock(of: $0) }, advisories: { AdvisorySet() },
            build: { [self] in try await build($0, $1) },
            propose: { [self] in
                try await LockProposer(
                    catalog: folder, toolbox: Toolbox(searchPath: [], temporary: path + "/tmp"), folder: path + "/proposals", now: now
                ).write($0, $1, $2)
            })
    }

    private func shelf(_ freshness: Watcher.Indexes, _ suites: [Suite]) throws -> IndexShelf {
        if freshness == .kept, let kept = indexes.withLock({ $0 }) { return kept }
        let loader = IndexLoader(
            catalog: CatalogFolder(path: path + "/catalog"), blobs: blobs, records: records, cache: CacheFolder(store: path + "/store"),
            transport: mirror, mirror: try Mirror(setting: "http://mirror.test", origin: "test"),
            trust: ArchiveTrust(Toolbox(searchPath: [path + "/tools"], temporary: path + "/tmp")), now: now, reach: .network,
            allowStale: [:])
        let shelf = IndexShelf(loader, suites: suites)
        indexes.withLock { $0 = shelf }
        return shelf
    }

    func watcher(
        parallelism: Int = 4, feeds: WatchedFeeds? = nil, tell: @escaping @Sendable (Watcher.News) -> Void = { _ in },
        onStep: @escaping @Sendable (ChangeRunner.Step) throws -> Void = { _ in }
    ) throws -> Watcher {
        Watcher(
            records: records, transport: mirror, mirror: try Mirror(setting: "http://mirror.test", origin: "test"),
            feeds: feeds ?? WatchedFeeds(sources: [], update: { _ in .unchanged }, key: { .sha256(of: "feeds") }), parallelism: parallelism,
            clock: { [self] in now }, open: { [self] in try open($0) }, writing: { try await $0() }, tell: tell, onStep: onStep)
    }

    @discardableResult
    func round(_ asking: Watcher.Asking = .all, parallelism: Int = 4) async throws -> Watcher.Round {
        try await watcher(parallelism: parallelism).round(asking)
    }

    /// Writes the first locks and publishes them.
    func settle() async throws {
        let catalog = try open(.fresh)
        for recipe in catalog.recipes {
            let (lock, _) = try await catalog.relock.propose(recipe, replacing: nil)
            try catalog.relock.write(lock, of: recipe)
        }
        try await round()
    }

    // MARK: - Building

    private func build(_ recipe: Recipe, _ lock: Lock) async throws -> Release {
        company.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
        defer { company.withLock { $0.now -= 1 } }
        for _ in 0..<10 { await Task.yield() }
        if let error = obstacle.withLock({ $0 })(recipe.reference, lock) { throw error }
        let digest = try CanonicalJSON.digest(of: lock)
        let index = try blobs.write(Array("image of \(digest)".utf8))
        let release = Release(
            repository: recipe.name, stream: recipe.tagStem, version: "1", buildTag: "1-r\(lock.revision)", tags: ["1"], index: index,
            platforms: [], created: Timestamp(seconds: 0), title: "", summary: "", endOfLife: nil, lock: digest)
        if try records.isInForce(release) { return release }
        builds.withLock { $0.append("\(recipe.reference) \(release.buildTag)") }
        try records.apply(
            Publication(
                repository: recipe.name, manifests: [.init(digest: index, mediaType: MediaType.index, size: 10)],
                tags: ["1": index, release.buildTag: index], immutableTags: [release.buildTag], release: release))
        return release
    }

    var most: Int { company.withLock { $0.most } }

    // MARK: - What came of it

    func digests() throws -> [String: String] {
        Dictionary(try records.latestReleases().map { ($0.repository, $0.index.description) }) { first, _ in first }
    }
    func versions(_ image: String) throws -> [String: String] {
        let lock = try LockFile.read(try CatalogFolder(path: path + "/catalog").readFile("images/\(image)/1.lock.json"))
        return Dictionary(lock.platforms.flatMap(\.packages).map { ($0.name, $0.version) }) { first, _ in first }
    }
    func isWhole() throws -> Bool {
        for image in images {
            let lock = try LockFile.read(try CatalogFolder(path: path + "/catalog").readFile("images/\(image)/1.lock.json"))
            guard try records.latestRelease(in: image, stream: "1")?.lock == CanonicalJSON.digest(of: lock) else { return false }
        }
        return true
    }
}
