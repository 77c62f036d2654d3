// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Assess
import Base
import Blobs
import Foundation
import GRDB
import OCI
import TestKit
import Testing

@testable import Pipeline
@testable import Records

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
private let start = Timestamp(seconds: 1_795_000_000)
private let hour = 3600
private let day = 86_400
private func after(_ seconds: Int) -> Timestamp { Timestamp(seconds: start.seconds + seconds) }

/// A store in which builds of a stream are published one after another, with locks and layers, and without signatures.
private struct Stream {
    let scratch: TestFolder
    let records: RecordStore
    let blobs: FileBlobStore

    init() throws {
        scratch = try TestFolder()
        records = try RecordStore(folder: scratch.path)
        blobs = try FileBlobStore(folder: scratch.path)
    }

    static func package(_ name: String, _ version: String, source: String, deb: Digest? = nil, archive: String = "trixie") -> LockedPackage
    {
        LockedPackage(
            name: name, version: version, architecture: "amd64", source: source, sourceVersion: version,
            sha256: (deb ?? .sha256(of: "\(name) \(version)")).hex, size: 1, archive: archive, path: "pool/\(name).deb", layer: "image",
            neededBy: [], dependsOn: [])
    }

    /// - Parameter built: nil leaves out the records of building and publishing, as an older store does.
    @discardableResult func publish(
        _ revision: Int, _ packages: [LockedPackage], files: [String: String] = [:], environment: String = "A=1", built: Timestamp?,
        published: Timestamp?
    ) throws -> (release: Release, lock: Lock) {
        let lock = Lock(
            image: "python", stream: "3.13", variant: nil, recipe: .sha256(of: "recipe"), revision: revision,
            platforms: [PlatformLock(platform: .amd64, packages: packages)])
        let lockDigest = try blobs.write(CanonicalJSON.encode(lock))
        let layer = RawTar(files.sorted { $0.key < $1.key }.map { .file($0.key, $0.value) }).bytes
        let layerDigest = try blobs.write(layer)
        let config = try ImageConfig(
            platform: .amd64, created: start,
            config: RuntimeConfig(
                user: "65532", environment: [environment], entrypoint: ["/usr/bin/python3"], labels: ["revision": "\(revision)"]),
            diffIDs: [layerDigest]
        ).content()
        try blobs.write(config.bytes)
        let manifest = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest),
            "config": ["mediaType": JSON(MediaType.config), "digest": JSON(config.digest.description), "size": JSON(config.bytes.count)],
            "layers": [["mediaType": JSON(MediaType.layerTar), "digest": JSON(layerDigest.description), "size": JSON(layer.count)]],
        ]).canonicalBytes
        let manifestDigest = try blobs.write(manifest)
        let index = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index),
            "manifests": [
                [
                    "mediaType": JSON(MediaType.manifest), "digest": JSON(manifestDigest.description), "size": JSON(manifest.count),
                    "platform": ["architecture": "amd64", "os": "linux"],
                ]
            ],
        ]).canonicalBytes
        let indexDigest = try blobs.write(index)
        let release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r\(revision)", tags: ["3.13"], index: indexDigest,
            platforms: [
                ReleasePlatform(
                    platform: .amd64, manifest: manifestDigest, compressedSize: layer.count, unpackedSize: 10 * revision,
                    packageCount: packages.count, contractPassed: 1, contractFailed: 0, contractNotRun: 0)
            ], created: start, title: "Python", summary: "Python", endOfLife: nil, lock: lockDigest)
        if let built { try records.record(subjects: [indexDigest], of: "python", build: .sha256(of: "b"), at: built) }
        try records.apply(
            Publication(
                repository: "python",
                manifests: [
                    .init(digest: manifestDigest, mediaType: MediaType.manifest, size: manifest.count, references: [layerDigest]),
                    .init(digest: indexDigest, mediaType: MediaType.index, size: index.count, references: [manifestDigest]),
                ], tags: ["3.13": indexDigest, release.buildTag: indexDigest], immutableTags: [release.buildTag], release: release),
            at: published)
        if published == nil {
            // As stores are that were made before moments were recorded.
            try records.write {
                try $0.execute(
                    sql: "DROP TRIGGER IF EXISTS publications_are_not_deleted; DELETE FROM publications WHERE image = '\(indexDigest)'")
            }
        }
        try records.index([
            ImageContents(
                repository: "python", image: indexDigest,
                platforms: [
                    .init(
                        platform: "linux/amd64", manifest: manifestDigest,
                        parts: packages.map {
                            ImageContents.Part(
                                InstalledPackage(
                                    ecosystem: .debian("trixie"), name: $0.name, version: $0.version, architecture: "amd64",
                                    source: SourceVersion(name: $0.source, version: $0.sourceVersion)))
                        })
                ])
        ])
        return (release, lock)
    }

    func assess(_ build: (release: Release, lock: Lock), _ advisories: AdvisorySet, at now: Timestamp) throws {
        let judge = ImageJudge(
            advisories: advisories, feeds: .sha256(of: "feeds"), triage: nil, records: records, blobs: blobs, now: now)
        let assessment = try judge.assess(try judge.image(build.release, lock: build.lock))
        try records.keep(assessment, of: build.release.index, feeds: .sha256(of: "feeds"))
    }

    var reader: RemediationReader { RemediationReader(records: records, blobs: blobs) }
}

@Suite struct RemediationTests {
    private let stream: Stream
    private let real: AdvisorySet
    private let old = "3.5.1-1"
    private let new = "3.5.7-1~deb13u3"

    init() throws {
        stream = try Stream()
        // The data of Debian, CISA and others that comes with the program.
        real = FeedShelf(cache: CacheFolder(store: stream.scratch.path), snapshotFolder: root + "/feeds", now: start).open()
    }

    @Test func `by the real data a release with the repaired OpenSSL fills the clocks of the one before`() throws {
        let deb = try stream.blobs.write(Array("!<arch>\ndebian-binary   1794000000  0     0     100644  4         `\n2.0\n".utf8))
        let first = try stream.publish(1, [Stream.package("libssl3t64", old, source: "openssl")], built: after(0), published: after(10))
        try stream.assess(first, real, at: after(hour))
        let second = try stream.publish(
            2, [Stream.package("libssl3t64", new, source: "openssl", deb: deb, archive: "trixie-security")], built: after(3 * hour),
            published: after(3 * hour + 5))
        let evidence = IndexEvidence(
            archive: "trixie-security", path: "x", sha256: "", date: after(2 * hour).description, validUntil: nil, signedBy: [], waiver: nil
        )
        try stream.records.setMetadata(
            "vouched/\(second.release.lock.hex)",
            to: String(decoding: CanonicalJSON.encode(LockVoucher.Vouching(at: after(3 * hour), evidence: [evidence])), as: UTF8.self))
        try stream.assess(second, real, at: after(4 * hour))

        let outcome = try stream.reader.read()
        let clocks = outcome.clocks.filter { $0.state == .remediated }
        #expect(clocks.count >= 40, "\(outcome.clocks.map { "\($0.advisory) \($0.state)" })")
        let clock = try #require(clocks.first { $0.advisory == "CVE-2025-15467" })
        #expect(clock.exposed.tag == "3.13.5-r1")
        #expect(clock.remediedBy?.tag == "3.13.5-r2")
        #expect(clock.fix == "3.5.4-1~deb13u2")
        #expect(clock.seen.at == after(hour))
        // The index that we first took a repaired version from, though that is a later one than the first that was repaired.
        #expect(clock.fixed.at == after(2 * hour) || clock.fixed.moment?.origin.contains("feed debian") == true)
        #expect(clock.rebuilt.moment == ClockMoment(after(3 * hour), origin: "build record, written right before signing"))
        #expect(clock.published.moment == ClockMoment(after(3 * hour + 5), origin: "record of its publication"))
        #expect(clock.confirmed == after(4 * hour))
        #expect(clock.disclosed.moment == nil && clock.deployed.moment == nil)
        let exact = try #require(clocks.first { $0.fix == new })
        #expect(
            exact.fixed.others.contains { $0.at.seconds == 1_794_000_000 && $0.bound == .notBefore }
                || exact.fixed.moment?.bound == .notBefore)

        let report = try RemediationDesk(stream.reader, policy: .standard).report(since: start, now: after(5 * hour))
        #expect(report.all[.within] + report.all[.unmeasured] + report.all[.breached] == clocks.count)
        #expect(report.coverage.undatedBuilds == 0)
    }

    @Test func `a store from before moments were recorded says so, and tells no moment`() throws {
        let first = try stream.publish(1, [Stream.package("libssl3t64", old, source: "openssl")], built: nil, published: nil)
        try stream.assess(first, real, at: after(hour))
        try stream.publish(2, [Stream.package("libssl3t64", new, source: "openssl")], built: after(2 * hour), published: nil)
        try stream.publish(3, [Stream.package("libssl3t64", new, source: "openssl")], built: nil, published: nil)
        let outcome = try stream.reader.read()
        let clock = try #require(outcome.clocks.first { $0.state == .remediated })
        #expect(clock.published.moment?.bound == .notBefore)
        #expect(clock.published.moment?.origin.contains("was not recorded") == true)
        #expect(outcome.coverage.undatedBuilds == 3)
        #expect(outcome.coverage.notes.contains { $0.contains("python:3.13.5-r1") })
        #expect(outcome.only { _ in false }.coverage.notes.contains { $0.contains("python") } == false)
    }

    @Test func `the first sight of a watcher goes before later proofs`() throws {
        let first = try stream.publish(1, [Stream.package("libssl3t64", old, source: "openssl")], built: after(0), published: after(10))
        try stream.assess(first, real, at: after(hour))
        try stream.publish(2, [Stream.package("libssl3t64", new, source: "openssl")], built: after(3 * day), published: after(3 * day))
        let version = new
        let reader = RemediationReader(records: stream.records, blobs: stream.blobs) { name, found in
            name == "libssl3t64" && found == version ? Timestamp(seconds: 1_000_000_000) : nil
        }
        let clock = try #require(try reader.read().clocks.first { $0.state == .remediated && $0.fix == new })
        #expect(clock.fixed.at == Timestamp(seconds: 1_000_000_000))
        #expect(clock.fixed.moment?.origin.contains("watcher") == true)
    }

    @Test func `a changelog names packages, files, settings, sizes and the findings that went`() throws {
        let first = try stream.publish(
            1, [Stream.package("libssl3t64", old, source: "openssl"), Stream.package("gone", "1", source: "gone")],
            files: ["usr/a": "old", "usr/b": "b"], built: after(0), published: after(0))
        let second = try stream.publish(
            2,
            [
                Stream.package("libssl3t64", new, source: "openssl", archive: "trixie-security"),
                Stream.package("come", "1", source: "come"),
            ],
            files: ["usr/a": "new", "usr/c": "c"], environment: "A=2", built: after(hour), published: after(hour))
        try stream.assess(first, real, at: after(hour))
        try stream.assess(second, real, at: after(hour))
        let changelog = try ChangelogWriter(records: stream.records, blobs: stream.blobs).changelog(from: first.release, to: second.release)
        let platform = try #require(changelog.platforms.first)
        #expect(platform.packages?.map { "\($0.kind.rawValue) \($0.name)" } == ["added come", "removed gone", "upgraded libssl3t64"])
        #expect(platform.packages?.last?.archive == "trixie-security")
        #expect(platform.files?.added == ["usr/c"] && platform.files?.removed == ["usr/b"] && platform.files?.changed == ["usr/a"])
        #expect(platform.settings.map(\.name) == ["environment A", "label revision"])
        #expect(platform.sizes.first { $0.name == "size" }?.to == 20)
        #expect(changelog.findings?.removed.contains { $0.advisory == "CVE-2025-15467" } == true)
        #expect(changelog.findings?.added.isEmpty == true)
        #expect(changelog.findingsNote.hasPrefix("both by the same data"))
        let cut = try ChangelogWriter(records: stream.records, blobs: stream.blobs)
            .changelog(from: first.release, to: second.release, unpackedLimit: 1)
        #expect(cut.platforms.first?.files == nil)
        #expect(cut.platforms.first?.notes.isEmpty == false)
    }

    @Test func `findings of a build that nobody assessed are not known`() throws {
        let first = try stream.publish(1, [], built: after(0), published: after(0))
        let second = try stream.publish(2, [], built: after(0), published: after(0))
        let changelog = try ChangelogWriter(records: stream.records, blobs: stream.blobs).changelog(from: first.release, to: second.release)
        #expect(changelog.findings == nil)
        #expect(changelog.findingsNote.contains("never assessed"))
    }

    @Test func `a blast names the first publication that held something and the build that does not`() throws {
        let first = try stream.publish(1, [Stream.package("libssl3t64", old, source: "openssl")], built: after(0), published: after(10))
        let finder = BlastFinder(records: stream.records, blobs: stream.blobs, advisories: real, now: after(day))
        let open = try finder.report("CVE-2025-15467")
        #expect(open.images.map(\.image) == ["python:3.13"])
        #expect(open.images.first?.goneIn == nil && open.images.first?.isCurrent == true)
        try stream.publish(2, [Stream.package("libssl3t64", new, source: "openssl")], built: after(hour), published: after(hour + 10))
        for query in ["CVE-2025-15467", "libssl3t64=\(old)", first.release.index.description, first.release.platforms[0].manifest.hex] {
            let image = try #require(try finder.report(query).images.first, "\(query)")
            #expect(image.since.at == after(10))
            #expect(image.goneIn?.tag == "3.13.5-r2")
            #expect(image.gone.at == after(hour + 10))
            #expect(!image.isCurrent)
            #expect(image.runs == nil && image.runsUnknown != nil)
        }
        let deb = try finder.report(Digest.sha256(of: "libssl3t64 \(old)").hex)
        #expect(deb.meaning == "the digest of a .deb")
        #expect(try finder.report("nothing-of-that-name").images.isEmpty)
        #expect(throws: FindError.self) { try finder.report("CVE-1999-9999999") }
    }
}
