// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Debian
import HTTPTypes
import HummingbirdTesting
import Logging
import OCI
import Records
import Sigstore
import TestKit

@testable import Web

/// A store with everything that pages show: two builds with locks, signed documents, test results and assessments. Every text that comes
/// from outside ends in the same tail, which tests make hostile.
struct FullStore {
    let scratch: TestFolder
    let blobs: FileBlobStore
    let records: RecordStore
    let index: Digest
    let manifest: Digest
    let tail: String

    static let name = "team/python"
    static let now = Timestamp(seconds: 1_764_100_000)

    /// - Parameter level: how complete the data is; nil leaves the build without an assessment.
    init(tail: String = "", level: Completeness.Level? = .atLeast) throws {
        self.tail = tail
        scratch = try TestFolder()
        blobs = try FileBlobStore(folder: scratch.path)
        records = try RecordStore(folder: scratch.path)
        let layer = try blobs.write(Array("layer".utf8))
        let config = JSON.object([
            "architecture": "amd64", "os": "linux", "rootfs": ["type": "layers", "diff_ids": [JSON(layer.description)]],
            "history": [["created_by": "ashlar", "comment": JSON("image" + tail)]],
            "config": [
                "User": "65532:65532", "Env": [JSON("PATH=/usr/bin" + tail)], "Entrypoint": [JSON("/usr/bin/python3" + tail)],
                "ExposedPorts": ["8080/tcp": [:]], "Volumes": .object(["/data" + tail: [:]]),
                "Labels": .object(["a" + tail: JSON("b" + tail)]),
            ],
        ]).canonicalBytes
        let manifestBytes = SyntheticStore.manifest(
            config: (MediaType.config, try blobs.write(config), config.count), layers: [(MediaType.layerTar, layer, 5)])
        manifest = try blobs.write(manifestBytes)
        let platform: JSON = ["architecture": "amd64", "os": "linux"]
        let indexBytes = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index),
            "manifests": [
                [
                    "mediaType": JSON(MediaType.manifest), "digest": JSON(manifest.description), "size": JSON(manifestBytes.count),
                    "platform": platform,
                ]
            ],
        ]).canonicalBytes
        index = try blobs.write(indexBytes)
        let lock = Lock(
            image: "python", stream: "3.13", variant: nil, recipe: .sha256(of: "recipe"), revision: 1,
            platforms: [
                PlatformLock(
                    platform: .amd64,
                    packages: [
                        LockedPackage(
                            name: "libssl3t64" + tail, version: "3.5.1-1" + tail, architecture: "amd64", source: "openssl" + tail,
                            sourceVersion: "3.5.1-1", sha256: Digest.sha256(of: "deb").hex, size: 2_000_000, archive: "trixie" + tail,
                            path: "pool/x.deb", layer: "image" + tail, neededBy: ["python3" + tail], dependsOn: [])
                    ])
            ])
        let lockDigest = try blobs.write(CanonicalJSON.encode(lock))
        let (blobs, tail) = (blobs, tail)
        func claim(_ type: String, _ predicate: JSON, on subject: Digest, _ size: Int) throws -> Publication.Manifest {
            let statement = Statement(subject: [.init(name: "x", sha256: subject)], predicateType: type, predicate: predicate)
            let bundle = SigstoreBundle(
                envelope: Envelope(
                    payload: try statement.canonicalBytes(), payloadType: Statement.payloadType, signatures: [.init(signature: [1, 2, 3])]),
                hint: "hint")
            let document = bundle.canonicalBytes
            let empty = try blobs.write(Array("{}".utf8))
            let digest = try blobs.write(document)
            let annotations = ["dev.sigstore.bundle.predicateType": type]
            let bytes = SyntheticStore.manifest(
                config: (MediaType.empty, empty, 2), layers: [(MediaType.sigstoreBundle, digest, document.count)], subject: (subject, size),
                artifactType: MediaType.sigstoreBundle, annotations: annotations)
            return Publication.Manifest(
                digest: try blobs.write(bytes), mediaType: MediaType.manifest, size: bytes.count, subject: subject,
                artifactType: MediaType.sigstoreBundle, annotations: annotations, references: [empty, digest])
        }
        let claims = try [
            claim(PredicateType.cosignSign, [:], on: index, indexBytes.count),
            claim(PredicateType.slsaProvenance, Self.provenance(tail), on: index, indexBytes.count),
            claim(PredicateType.spdx, Self.spdx(tail), on: manifest, manifestBytes.count),
            claim(PredicateType.cycloneDX, ["bomFormat": "CycloneDX"], on: manifest, manifestBytes.count),
            claim(PredicateType.testResult, Self.tests(tail), on: manifest, manifestBytes.count),
        ]
        let release = Release(
            repository: Self.name, stream: "3.13", version: "3.13.5" + tail, buildTag: "3.13.5-r1", tags: ["3.13", "latest"], index: index,
            platforms: [
                ReleasePlatform(
                    platform: .amd64, manifest: manifest, compressedSize: 23_449_000, unpackedSize: 61_000_000, packageCount: 1,
                    contractPassed: 2, contractFailed: 1, contractNotRun: 0)
            ], created: Timestamp(seconds: 1_764_000_000), title: "Python" + tail, summary: "The language & its library." + tail,
            endOfLife: "2029-10-31" + tail, lock: lockDigest)
        try records.apply(
            Publication(
                repository: Self.name,
                manifests: [
                    .init(digest: manifest, mediaType: MediaType.manifest, size: manifestBytes.count, references: [layer, lockDigest]),
                    .init(digest: index, mediaType: MediaType.index, size: indexBytes.count, references: [manifest]),
                ] + claims, tags: ["3.13": index, "latest": index, "3.13.5-r1": index], immutableTags: ["3.13.5-r1"], release: release))
        if let level { try records.keep(assessment(level), of: index, feeds: .sha256(of: "feeds")) }
    }

    /// A later build of the stream with the repaired package, for the same platform.
    func publishAnother(at time: Timestamp) throws {
        guard var release = try records.releases(in: Self.name).first else { return }
        let manifestBytes = try blobs.read(manifest)
        let indexBytes = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index), "annotations": ["build": "2"],
            "manifests": [
                [
                    "mediaType": JSON(MediaType.manifest), "digest": JSON(manifest.description), "size": JSON(manifestBytes.count),
                    "platform": ["architecture": "amd64", "os": "linux"],
                ]
            ],
        ]).canonicalBytes
        var lock = try CanonicalJSON.decode(Lock.self, from: blobs.read(release.lock))
        lock.revision = 2
        lock.platforms[0].packages[0].version = "3.5.1-2" + tail
        lock.platforms[0].packages[0].sourceVersion = "3.5.1-2"
        lock.platforms[0].packages[0].sha256 = Digest.sha256(of: "deb 2").hex
        release.lock = try blobs.write(CanonicalJSON.encode(lock))
        release.buildTag = "3.13.5-r2"
        release.index = try blobs.write(indexBytes)
        try records.apply(
            Publication(
                repository: Self.name,
                manifests: [.init(digest: release.index, mediaType: MediaType.index, size: indexBytes.count, references: [manifest])],
                tags: ["3.13": release.index, "latest": release.index, release.buildTag: release.index],
                immutableTags: [release.buildTag], release: release), at: time)
    }

    private func assessment(_ level: Completeness.Level) -> Assessment {
        func finding(_ advisory: String, _ severity: Severity, triage: String?, answer: Answer? = nil) -> AdvisoryFinding {
            var finding = AdvisoryFinding(
                advisory: advisory + tail, ecosystem: .debian("trixie"), source: SourceVersion(name: "openssl" + tail, version: "3.5.1-1"),
                path: .source, status: .affected, range: "every version" + tail, feed: "debian")
            finding.severity = severity
            finding.severityOrigin = "urgency" + tail
            finding.packages = [.init(name: "libssl3t64" + tail, version: "3.5.1-1")]
            finding.triage = triage
            finding.note = "a note" + tail
            finding.summary = "a summary" + tail
            finding.fix = severity == .high ? "3.5.1-2" + tail : nil
            finding.likelihood = .init(probability: 5757, percentile: 92419)
            finding.exploited = severity == .high ? .init(added: "2026-01-02" + tail, due: nil, isUsedByRansomware: true) : nil
            finding.decision = Decision(action: .attend, inputs: [.init("exploitation" + tail, "none" + tail, origin: "KEV" + tail)])
            finding.answer = answer
            return finding
        }
        var feed = FeedFacts(name: "debian", title: "the Debian security tracker" + tail)
        feed.state = level == .complete ? .current : .snapshot
        feed.date = Timestamp(seconds: Self.now.seconds - 3 * 86400)
        feed.source = "a file" + tail
        feed.failure = "refused" + tail
        feed.digest = "sha256:" + tail
        return Assessment(
            subject: "team/python:3.13", digest: index.description, assessed: Timestamp(seconds: Self.now.seconds - 3600),
            completeness: Completeness(
                level: level, since: level == .complete ? nil : "2025-02-12" + tail, reasons: level == .complete ? [] : ["old" + tail]),
            feeds: [feed],
            platforms: [
                PlatformAssessment(
                    platform: "linux/amd64", manifest: manifest.description, componentCount: 1,
                    findings: [
                        finding("CVE-2026-0001", .high, triage: nil), finding("CVE-2026-0002", .negligible, triage: "unimportant"),
                        finding(
                            "CVE-2026-0003", .low, triage: "no-dsa",
                            answer: Answer(status: "not_affected", justification: "code_not_reachable" + tail, source: "us" + tail)),
                    ], unseen: [.init(package: "zlib" + tail, reason: "nobody speaks of it" + tail)])
            ],
            support: [SupportNote(product: "python" + tail, cycle: "3.13", ends: "2025-01-01" + tail, hasEnded: true)])
    }

    private static func provenance(_ tail: String) -> JSON {
        [
            "buildDefinition": [
                "externalParameters": ["path": JSON("catalog/images/python/3.13.yaml" + tail)],
                "resolvedDependencies": [
                    ["name": "ashlar", "digest": ["sha256": JSON("abc" + tail)]], ["uri": JSON("pkg:deb/debian/apt@1" + tail)],
                    ["name": "catalog", "uri": JSON("git+https://x" + tail)],
                ],
            ], "runDetails": ["builder": ["id": JSON("https://builder" + tail)], "metadata": ["finishedOn": JSON("2026" + tail)]],
        ]
    }

    private static func spdx(_ tail: String) -> JSON {
        [
            "name": JSON("python" + tail), "comment": JSON("a comment" + tail),
            "packages": [
                [
                    "name": JSON("libssl3t64" + tail), "versionInfo": JSON("3.5.1-1" + tail), "licenseDeclared": JSON("Apache-2.0" + tail),
                    "summary": JSON("TLS" + tail),
                    "externalRefs": [["referenceType": "purl", "referenceLocator": JSON("pkg:deb/debian/libssl3t64@3.5.1-1" + tail)]],
                ]
            ],
        ]
    }

    private static func tests(_ tail: String) -> JSON {
        [
            "result": JSON("FAILED" + tail),
            "passedTests": ["hardening/no-shell", JSON("contract/says its version\(tail) as 65532:65532")],
            "warnedTests": [JSON("hardening/no-package-manager /usr/bin/apt: excepted, a reason" + tail)],
            "failedTests": [JSON("contract/serves" + tail)],
            "ashlar": ["enforced": ["read-only-root", JSON("x" + tail)], "missing": [JSON("memory" + tail)]],
        ]
    }

    func ask(_ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        let server = try CatalogServer(
            records: records, blobs: blobs, settings: .init(host: "127.0.0.1", port: 0, publicKey: Array("-----BEGIN".utf8)),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: { Self.now })
        return try await server.application.test(.router) {
            try await $0.executeRequest(uri: uri, method: .get, headers: headers, body: nil)
        }
    }

    /// Every page there is.
    var pages: [String] {
        let image = "/images/\(Self.name)/3.13"
        let tabs = ["", "/vulnerabilities", "/clock", "/sbom", "/provenance", "/layers", "/builds", "/tests", "/specification"].map {
            image + $0
        }
        let tools = ["docker", "podman", "kubernetes", "from"].map { "\(image)?pull=\($0)" }
        let (package, advisory) = (HTTPText.encoded("libssl3t64" + tail), HTTPText.encoded("CVE-2026-0001" + tail))
        return [
            "/", "/images/\(Self.name)", "/packages", "/packages/\(package)", "/cves", "/cves/\(advisory)", "/remediation", "/evidence",
            "/search",
            "/nowhere",
        ]
            + tabs + tools + [
                "/search?q=\(HTTPText.encoded("ssl" + tail))", "\(image)/vulnerabilities?sort=-epss&state=left&q=\(advisory)",
            ]
    }
}
