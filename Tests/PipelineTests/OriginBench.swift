// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Assemble
import Assess
import Attest
import Base
import Blobs
import Debian
import Fetch
import Foundation
import OCI
import Publish
import Records
import Resolve
import Sandbox
import Sigstore
import TestKit
import Tools
import Transport

@testable import Pipeline

/// A catalog of one image, an archive that is signed for whoever believes the stand-in for `gpgv`, a store and a key: enough to
/// publish a release and to look into it. Gone after the test.
final class OriginBench {
    let path = FileManager.default.temporaryDirectory.path + "/ashlar-origin-\(UInt64.random(in: 0 ... .max))"
    let blobs: FileBlobStore
    let records: RecordStore
    let archive: VirtualArchive
    var key: KeyFile
    private(set) var catalog: [String: [UInt8]]
    var builder = BuilderKind.workstation
    /// Where the catalog is said to come from; nil for a folder that is in no repository.
    var commit: String?
    /// When it is, and which program builds.
    var now = OriginBench.now
    var program = OriginBench.program
    var version = "1"
    var notary: NotationAttestor?
    /// What is said about vulnerabilities.
    var statements: [TriageStatement] = []
    var log: (any TransparencyLog)?
    /// Asked about what is built; nil for no gate.
    var publishGate: PublishGate?

    static let invocation = "urn:uuid:00000000-0000-4000-8000-000000000000"
    static let now = Timestamp(seconds: 1_763_300_000)
    static let program = Digest.sha256(of: "the program")

    init(packages: [VirtualPackage] = OriginBench.packages, recipe: String = OriginBench.recipe, date: String? = nil) throws {
        var archive = VirtualArchive("test", packages, architectures: ["amd64"])
        archive.packsXZ = true
        if let date { archive.date = date }
        self.archive = archive
        for folder in ["/catalog", "/store/partial", "/tools", "/tmp"] {
            try FileManager.default.createDirectory(atPath: path + folder, withIntermediateDirectories: true)
        }
        blobs = try FileBlobStore(folder: path + "/store")
        records = try RecordStore(folder: path + "/store")
        var generator = Steady(state: 7)
        key = KeyFile.generate(using: &generator)
        catalog = [
            "images/tool/image.yaml": Array(Self.image.utf8), "images/tool/1.yaml": Array(recipe.utf8),
            "suites/test.yaml": Array(Self.suite.utf8), "suites/k.asc": Array(SignedIndexes.keyring.utf8),
        ]
        try CatalogFolder(path: path + "/catalog").writeAll(catalog)
        try Data(Self.gpgv.utf8).write(to: URL(filePath: path + "/tools/gpgv"))
        chmod(path + "/tools/gpgv", 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    // MARK: - What is in it

    static let packages = [
        VirtualPackage(
            "tool", "1.0-1", ["Depends": "libtool1"],
            files: [
                .directory("usr"), .directory("usr/bin"), .file("usr/bin/tool", "the tool\n", mode: 0o755),
                .link("usr/bin/tl", to: "tool"), .directory("usr/share"), .directory("usr/share/doc"), .directory("usr/share/doc/tool"),
                .file("usr/share/doc/tool/copyright", "Copyright: nobody\n"),
            ]),
        VirtualPackage(
            "libtool1", "2.0-1",
            files: [
                .directory("usr"), .directory("lib"), .file("lib/libtool.so.1", "the library\n"), .directory("usr/share"),
                .directory("usr/share/doc"), .directory("usr/share/doc/libtool1"),
                .file("usr/share/doc/libtool1/copyright", "Copyright: nobody\n"),
            ]),
    ]
    static let image = "title: Tool\nsummary: A tool\nlicence: MIT\n"
    static let recipe = """
        stream: "1"
        suite: test
        platforms: [linux/amd64]
        version: "1"
        tags: ["{stream}"]
        contents:
          packages:
            - tool
        files:
          - {path: /etc/tool.conf, content: "quiet\\n"}
        entrypoint: [/usr/bin/tool]
        exceptions:
          - {rule: os-release-keeps-debian-id, reason: a test without base-files}
        """
    static let suite = """
        archives:
          - {suite: test, base: debian, keyring: k.asc, fingerprints: [\(SignedIndexes.fingerprint)], valid-until: false, maximum-age-days: 3650}
        """
    // Takes every signature for one by the key, except over a text that says it was forged.
    static let gpgv = """
        #!/bin/sh
        while [ $# -gt 1 ]; do case $1 in --output) out=$2; shift 2 ;; *) shift 2 ;; esac; done
        sed -n '/^$/,$ { /^-----BEGIN PGP SIGNATURE-----$/q; p }' "$1" | sed 1d > "$out"
        echo '[GNUPG:] NEWSIG'
        if grep -q forged "$1"; then echo '[GNUPG:] BADSIG \(SignedIndexes.fingerprint) x'; exit 1; fi
        echo '[GNUPG:] GOODSIG \(SignedIndexes.fingerprint) x'
        echo '[GNUPG:] VALIDSIG \(SignedIndexes.fingerprint) 2025-11-15 1763197920 0 4 0 22 10 01 \(SignedIndexes.fingerprint)'

        """

    var toolbox: Toolbox { Toolbox(searchPath: [path + "/tools"], temporary: path + "/tmp") }
    var trust: ArchiveTrust { ArchiveTrust(toolbox) }
    var publicKey: VerificationKey { get throws { try VerificationKey(der: key.publicKeyDER) } }
    var loader: RecipeLoader { RecipeLoader(CatalogFiles(catalog)) }

    func change(_ file: String, to text: String) throws {
        catalog[file] = Array(text.utf8)
        try Data(text.utf8).write(to: URL(filePath: path + "/catalog/" + file))
    }

    // MARK: - What it does

    func mirror(without gone: Set<String> = []) throws -> IndexLoaderTests.ScriptedMirror {
        let files = try archive.files().filter { !gone.contains($0.key) }
        return IndexLoaderTests.ScriptedMirror(
            Dictionary(uniqueKeysWithValues: files.map { ("http://mirror.test/debian/" + $0.key, $0.value) }))
    }

    func lock() throws -> Lock {
        let recipe = try loader.recipe("tool:1")
        let resolver = Resolver(archives: [.amd64: [ArchiveIndex("test", try archive.index())]])
        return try resolver.resolve(recipe, previous: nil)
    }

    /// - Parameter tree: Another recipe's files than those that are built, as a builder that lies would claim.
    func job(claiming tree: RecipeTree? = nil) throws -> BuildJob {
        let recipe = try loader.recipe("tool:1")
        let lock = try lock()
        let own = try tree ?? RecipeTree(of: recipe, catalog: catalog, helpers: [:])
        let source = CatalogSource(
            repository: commit.map { _ in "git+https://example.org/catalog" }, commit: commit, tree: own.digest,
            path: (commit == nil ? "" : "catalog/") + recipe.sourcePath)
        return BuildJob(
            recipe: recipe, lock: lock, key: .sha256(of: "key"), source: source, tree: own, invocation: Self.invocation,
            started: Self.now, statements: statements)
    }

    @discardableResult
    func build(
        _ job: BuildJob, into place: (blobs: FileBlobStore, records: RecordStore)? = nil, key: KeyFile? = nil
    ) async throws -> Release {
        let (blobs, records, key) = (place?.blobs ?? self.blobs, place?.records ?? self.records, key ?? self.key)
        let mirror = try mirror()
        let loader = IndexLoader(
            catalog: CatalogFolder(path: path + "/catalog"), blobs: blobs, records: records, cache: CacheFolder(store: path + "/store"),
            transport: mirror, mirror: try Mirror(setting: "debian=http://mirror.test/debian", origin: "test"), trust: trust,
            now: Self.now, reach: .network, allowStale: [:])
        let shelf = IndexShelf(loader, suites: [try self.loader.suite("test")])
        let clock: @Sendable () -> Timestamp = { [now] in now }
        let pipeline = BuildPipeline(
            voucher: LockVoucher(records: records, now: Self.now, allowStale: [:]) { try await shelf.indexes(for: $0) },
            fetcher: Fetcher(
                blobs: blobs, transport: mirror, archives: ["test": "http://mirror.test/debian"], scratch: path + "/store/partial"),
            assembler: Assembler(
                blobs: blobs, cache: FlowCache(folder: CacheFolder(store: path + "/store")),
                settings: AssemblySettings(scripts: ScriptTable())),
            checker: ImageChecker(blobs: blobs, contracts: .skip(reason: "a test"), scratch: path + "/tmp"),
            gate: Gate(limits: .mayBeMissing, native: nil), publishGate: publishGate, attestor: try Attestor(signer: key.signer, log: log),
            notary: notary,
            statements: ClaimWriter(version: version, builder: builder, program: program, clock: clock),
            triage: VEXWriter(author: "Example", tooling: "ashlar", clock: clock),
            summaries: SummaryWriter(version: version, builder: builder, signer: .ofTheBuild, clock: clock), publisher: Publisher(),
            blobs: blobs, records: records)
        return try await pipeline.build(job, stopwatch: Stopwatch())
    }

    /// - Parameter statements: nil where no catalog is at hand.
    func judge(_ advisories: AdvisorySet, _ statements: [TriageStatement]? = [], now: Timestamp = OriginBench.now) -> ImageJudge {
        let triage = statements.map { ReleaseTriage(statements: $0, blobs: blobs) { _ in nil } }
        return ImageJudge(
            advisories: advisories, feeds: .sha256(of: "feeds"), triage: triage, records: records, blobs: blobs, now: now)
    }

    var repository: LocalRepository { LocalRepository("tool", blobs: blobs, records: records) }

    func evidence(of release: Release) async throws -> ReleaseEvidence {
        try await ReleaseEvidence.read(release.index.description, shownAs: "tool:1", in: repository, key: publicKey)
    }

    func rebuild(_ evidence: ReleaseEvidence, from shelf: InputShelf? = nil) async throws -> RebuildReport {
        let rebuilder = Rebuilder(
            toolbox: toolbox, helpers: .own([:]), ownCatalog: catalog, program: Self.program, parallelism: 2)
        return try await rebuilder.rebuild(
            evidence, in: repository, inputs: shelf ?? InputShelf(repository, sources: evidence.sources))
    }

    func explain(
        _ question: ReleaseExplainer.Question, _ evidence: ReleaseEvidence, in other: (any RepositoryReader)? = nil
    ) async throws -> TrustChain {
        let place = other ?? repository
        return try await ReleaseExplainer(
            evidence, in: place, inputs: InputShelf(place, sources: evidence.sources), trust: trust, ownCatalog: catalog
        ).explain(question)
    }

    /// The statements of one type about a manifest, as they were published.
    func statements(_ type: String, about digest: Digest) throws -> [Statement] {
        try records.referrers(of: digest, in: "tool").filter { $0.annotations[Annotation.bundlePredicateType] == type }.map {
            let manifest = try ImageManifest(reading: try blobs.read($0.digest))
            return try Statement(reading: SigstoreBundle(reading: try blobs.read(manifest.layers[0].digest)).envelope.payload)
        }
    }
}

/// A repository in which some blobs have other bytes, or none.
struct SpoiledRepository: RepositoryReader {
    var inner: LocalRepository
    var spoiled: [Digest: [UInt8]?] = [:]

    func manifest(_ reference: String) async throws -> Content? { try await inner.manifest(reference) }
    func blob(_ digest: Digest, limit: Int) async throws -> [UInt8]? {
        if let other = spoiled[digest] { return other }
        return try await inner.blob(digest, limit: limit)
    }
    func referrers(of digest: Digest) async throws -> [Descriptor] { try await inner.referrers(of: digest) }
}

/// Numbers that are the same in every run.
struct Steady: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

extension OriginBench {
    /// The evidence of an image like this one in which one file has other bytes, as if a builder had put it there and signed.
    func forged(_ evidence: ReleaseEvidence, file: String, text: String) async throws -> ReleaseEvidence {
        var evidence = evidence
        for index in evidence.platforms[0].document.layers.indices {
            var tar = try Gzip.decode(try blobs.read(evidence.platforms[0].document.layers[index].digest), limit: 1 << 26)
            guard let entry = try TarReader.entries(of: tar).first(where: { $0.path == file && $0.kind == .file }) else { continue }
            guard entry.body.count == text.utf8.count else { continue }
            tar.replaceSubrange(entry.body, with: Array(text.utf8))
            let packed = try Gzip.encode(tar)
            evidence.platforms[0].config.rootfs.diffIDs[index] = .sha256(of: tar)
            evidence.platforms[0].document.layers[index].digest = try blobs.write(packed)
            evidence.platforms[0].document.layers[index].size = packed.count
            let digest = evidence.platforms[0].document.layers[index].digest
            try records.apply(
                Publication(
                    repository: "tool",
                    manifests: [.init(digest: .sha256(of: "forged"), mediaType: MediaType.manifest, size: 1, references: [digest])],
                    tags: [:]))
        }
        return evidence
    }
}
