// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import OCI
import Publish
import Records
import Sigstore
import TestKit
import Testing

@testable import Pipeline

/// An application on a release of ours gets the next release as base, and only when that is safe.
@Suite struct RebaseTests {
    private let bench: OriginBench
    private let old: Release

    init() async throws {
        bench = try OriginBench()
        old = try await bench.build(bench.job())
    }

    // MARK: - Making things

    private static func packages(library: String) -> [VirtualPackage] {
        OriginBench.packages.map { package in
            guard package.name == "libtool1" else { return package }
            return VirtualPackage(
                "libtool1", "2.0-2",
                files: [
                    .directory("usr"), .directory("lib"), .file("lib/libtool.so.1", library), .directory("usr/share"),
                    .directory("usr/share/doc"), .directory("usr/share/doc/libtool1"),
                    .file("usr/share/doc/libtool1/copyright", "Copyright: nobody\n"),
                ])
        }
    }

    /// The next release of the same image, with another library.
    private func next(_ recipe: String = OriginBench.recipe) async throws -> Release {
        let other = try OriginBench(
            packages: Self.packages(library: "the mended library\n"), recipe: recipe, date: "Sat, 15 Nov 2025 10:12:00 UTC")
        let second = OtherBench(bench, other)
        var job = try second.other.job()
        job.lock.revision = 2
        job.key = .sha256(of: "key 2")
        return try await second.build(job)
    }

    private func tar(_ files: [(String, String)]) -> [UInt8] { RawTar(files.map { .file($0.0, $0.1) }).bytes }

    /// Pushes an application on a release; gives its digest.
    @discardableResult
    private func push(
        _ files: [(String, String)] = [("app/main", "1\n")], on release: Release? = nil, as name: String = "team/app", tag: String = "1",
        config: JSON = ["Entrypoint": ["/usr/bin/tool"], "User": "7"], packed: (([UInt8]) throws -> [UInt8])? = nil, diffID: Digest? = nil,
        type: String = MediaType.layerGzip, indexed: Bool = false, annotations: [String: String]? = nil
    ) async throws -> Digest {
        let base = try BaseFinder(blobs: bench.blobs, records: bench.records).base(release ?? old).platforms[0]
        let layer = tar(files)
        let bytes = try (packed ?? { try Gzip.encode($0) })(layer)
        var settings = base.settings.object ?? [:]
        settings["config"] = config
        settings["created"] = "2025-12-24T00:00:00Z"
        settings["rootfs"] = ["type": "layers", "diff_ids": JSON((base.diffIDs + [diffID ?? .sha256(of: layer)]).map(\.description))]
        settings["history"] = .array((base.settings["history"]?.array ?? []) + [["created_by": "COPY"]])
        let document = JSON.object(settings).canonicalBytes
        let manifest = try ImageManifest(
            config: Content(document, mediaType: MediaType.config).descriptor,
            layers: base.document.layers + [Content(bytes, mediaType: type).descriptor], annotations: annotations
        ).content()
        var manifests = [(manifest, base.document.layers.map(\.digest) + [.sha256(of: bytes), .sha256(of: document)], [String]())]
        if indexed {
            let index = try ImageIndex(manifests: [
                Descriptor(mediaType: MediaType.manifest, digest: manifest.digest, size: manifest.bytes.count, platform: .amd64)
            ]).content()
            manifests.append((index, [manifest.digest], [tag]))
        } else {
            manifests[0].2 = [tag]
        }
        var batch = PushBatch(repository: name, blobs: [], manifests: [])
        for digest in base.document.layers.map(\.digest) {
            batch.blobs.append(PushedBlob(repository: name, digest: digest, size: 1, isNew: false))
        }
        for blob in [bytes, document] {
            batch.blobs.append(PushedBlob(repository: name, digest: try bench.blobs.write(blob), size: blob.count, isNew: true))
        }
        for (content, references, tags) in manifests {
            try bench.blobs.write(content.bytes)
            batch.manifests.append(
                ManifestPush(
                    manifest: .init(
                        digest: content.digest, mediaType: content.descriptor.mediaType, size: content.bytes.count,
                        artifactType: content.descriptor.mediaType == MediaType.manifest ? MediaType.config : nil),
                    blob: PushedBlob(repository: name, digest: content.digest, size: content.bytes.count, isNew: true), subject: nil,
                    references: references.map {
                        .init(address: .sha256($0), isManifest: content.descriptor.mediaType == MediaType.index, isOptional: false)
                    }, tags: tags))
        }
        #expect(try bench.records.push(batch, at: OriginBench.now) { _ in true } == .stored)
        return try #require(manifests.last).0.digest
    }

    private var desk: RebaseDesk {
        get throws { RebaseDesk(blobs: bench.blobs, records: bench.records, keys: [try bench.publicKey]) }
    }
    private func repository(_ name: String) -> LocalRepository { LocalRepository(name, blobs: bench.blobs, records: bench.records) }

    private func plan(
        _ tag: String = "1", in name: String = "team/app", onto target: RebaseTarget = .latest, allowing: VersionStep = .patch,
        base: Release? = nil, keys: [VerificationKey]? = nil
    ) async throws -> RebasePlan {
        let place = repository(name)
        let application = try await ApplicationReader().read(tag, shownAs: "\(name):\(tag)", in: place)
        let desk = RebaseDesk(blobs: bench.blobs, records: bench.records, keys: try keys ?? [bench.publicKey])
        return try await desk.plan(
            application, from: .init(repository: place, layers: bench.blobs), onto: target, allowing: allowing, base: base)
    }

    private func signed(_ plan: RebasePlan, as name: String = "team/app", tag: String = "1") async throws -> (
        RebasePublisher, RebasedPublication
    ) {
        let claims = try RebaseClaims(
            version: "1", builder: .workstation, program: OriginBench.program, producer: "Example", clock: { OriginBench.now }
        ).claims(plan, as: RepositoryName(name), allowing: .patch, invocation: OriginBench.invocation, started: OriginBench.now)
        let publisher = RebasePublisher(
            attestor: try Attestor(signer: bench.key.signer, log: bench.log), blobs: bench.blobs, records: bench.records)
        let made = try await publisher.sign(
            try #require(plan.rebased), claims, as: RepositoryName(name), named: Tag(tag), at: OriginBench.now)
        return (publisher, made)
    }

    private func rules(_ plan: RebasePlan) -> [String] { plan.refusals.map(\.rule) }

    // MARK: - What it is for

    @Test(arguments: [false, true]) func `an application gets the next release, signed, and whoever verifies releases verifies it`(
        indexed: Bool
    ) async throws {
        let before = try await push(indexed: indexed)
        let new = try await next()
        let plan = try await plan()
        #expect(plan.refusals.isEmpty, "\(plan.refusals)")
        #expect(plan.state == .safe && plan.old?.index == old.index && plan.new?.index == new.index)
        let (publisher, made) = try await signed(plan)
        #expect(try bench.records.digest(ofTag: "1", in: "team/app") == before)
        try publisher.publish(made, from: bench.blobs, expected: before, isReserved: false, at: OriginBench.now)
        #expect(try bench.records.digest(ofTag: "1", in: "team/app") == made.image)
        #expect(try bench.records.manifest(before, in: "team/app") != nil)

        let report = try await Verifier(
            policy: VerificationPolicy(keys: [try bench.publicKey], name: .repository("team/app"), contents: .hashed)
        ).report(on: "1", in: repository("team/app"))
        #expect(report.isTrusted, "\(report.reasons)")
        #expect(report.subjects.count == (indexed ? 2 : 1))
        #expect(report.subjects.allSatisfy { $0.signatures.count == 2 })
        let application = try await ApplicationReader().read("1", shownAs: "", in: repository("team/app")).platforms[0]
        #expect(application.settings["config"]?["User"] == "7")
        #expect(application.document.annotations?[Annotation.baseDigest] == new.platforms[0].manifest.description)
        #expect(application.document.annotations?[Annotation.baseName] == "tool:1")
        let again = try await self.plan()
        #expect(again.state == .current && again.old?.index == new.index)
        #expect(try bench.records.faults().isEmpty)
    }

    @Test func `the same inputs give the same digests, and the new image is the owner's to move`() async throws {
        try await push()
        _ = try await next()
        let first = try await plan()
        #expect(try await plan().rebased?.digest == first.rebased?.digest)
        let (publisher, made) = try await signed(first)
        try publisher.publish(made, from: bench.blobs, expected: nil, isReserved: false, at: OriginBench.now)
        // Whoever pushed it pushes the next version over it.
        try await push([("app/main", "2\n")])
        #expect(try bench.records.delete(tag: "1", in: "team/app") == .deleted)
    }

    @Test func `claims say what it was made from, whose layers packages are in, and which rules it was held against`() async throws {
        let before = try await push()
        let new = try await next()
        let plan = try await plan()
        let (_, made) = try await signed(plan)
        let statements = try made.contents.compactMap { content -> Statement? in
            guard let bundle = try? SigstoreBundle(reading: content.bytes) else { return nil }
            return try Statement(reading: bundle.envelope.payload)
        }
        func predicate(_ type: String) throws -> JSON { try #require(statements.first { $0.predicateType == type }).predicate }
        let provenance = try CanonicalJSON.decode(Provenance.self, from: predicate(PredicateType.slsaProvenance))
        #expect(provenance.buildDefinition.buildType == "https://ashlar.dev/build/rebase/v1")
        let inputs = Dictionary(
            (provenance.buildDefinition.resolvedDependencies ?? []).compactMap { input in
                input.name.map { ($0, input.digest?["sha256"] ?? "") }
            }
        ) { first, _ in first }
        #expect(inputs["application"] == before.hex && inputs["old-base"] == old.index.hex && inputs["new-base"] == new.index.hex)
        #expect(inputs["ashlar"] == OriginBench.program.hex)
        let bill = try predicate(PredicateType.cycloneDX).canonicalText
        #expect(bill.contains("libtool1") && bill.contains("2.0-2") && bill.contains("/app/main"))
        #expect(bill.contains("base tool:1-r2") && bill.contains(#""value":"application""#))
        #expect(try predicate(PredicateType.testResult)["passedTests"]?.array?.contains("rebase/shadowed-file") == true)
    }

    @Test func `a push that came meanwhile wins, and nothing of the rebase is there`() async throws {
        let before = try await push()
        _ = try await next()
        let (publisher, made) = try await signed(try await plan())
        try await push([("app/main", "newer\n")])
        let error = #expect(throws: RebaseRefusal.self) {
            try publisher.publish(made, from: bench.blobs, expected: before, isReserved: false, at: OriginBench.now)
        }
        #expect(error?.diagnosis.code == "rebase.moved")
        #expect(try bench.records.manifest(made.image, in: "team/app") == nil)
        #expect(try bench.records.referrers(of: made.image, in: "team/app").isEmpty)
    }

    @Test func `tags of the catalog are not moved`() async throws {
        try await push()
        _ = try await next()
        let (publisher, made) = try await signed(try await plan(), as: "tool", tag: "1")
        let error = #expect(throws: RebaseRefusal.self) {
            try publisher.publish(made, from: bench.blobs, expected: nil, isReserved: true, at: OriginBench.now)
        }
        #expect(error?.diagnosis.code == "rebase.not-taken")
        #expect(try bench.records.manifest(made.image, in: "tool") == nil)
    }

    @Test func `a signature by somebody else stays with the image it is about`() async throws {
        let before = try await push()
        let place = "team/app"
        let referrer = try ImageManifest(
            config: Content.empty.descriptor, layers: [], artifactType: "application/vnd.example.signature",
            subject: Descriptor(mediaType: MediaType.manifest, digest: before, size: 1)
        ).content()
        try bench.blobs.write(referrer.bytes)
        try bench.blobs.write(Content.empty.bytes)
        let batch = PushBatch(
            repository: place, blobs: [PushedBlob(repository: place, digest: Content.empty.digest, size: 2, isNew: false)],
            manifests: [
                ManifestPush(
                    manifest: .init(digest: referrer.digest, mediaType: MediaType.manifest, size: referrer.bytes.count),
                    blob: PushedBlob(repository: place, digest: referrer.digest, size: referrer.bytes.count, isNew: false),
                    subject: .sha256(before), references: [], tags: [])
            ])
        #expect(try bench.records.push(batch, at: OriginBench.now) { _ in true } == .stored)
        _ = try await next()
        let (publisher, made) = try await signed(try await plan())
        try publisher.publish(made, from: bench.blobs, expected: before, isReserved: false, at: OriginBench.now)
        #expect(try bench.records.referrers(of: before, in: place).map(\.digest) == [referrer.digest])
        #expect(try !bench.records.referrers(of: made.image, in: place).map(\.digest).contains(referrer.digest))
    }

    // MARK: - What is refused

    @Test func `a file that the application replaced and the new base mends is a reason to refuse`() async throws {
        try await push([("lib/libtool.so.1", "my own\n")])
        _ = try await next()
        let plan = try await plan()
        #expect(plan.state == .refused && rules(plan) == ["shadowed-file"])
        #expect(plan.refusals[0].path == "usr/lib/libtool.so.1" || plan.refusals[0].path == "lib/libtool.so.1")
    }

    @Test func `an image on something else is told as such`() async throws {
        try await push()
        _ = try await next()
        let foreign = try ImageConfig(platform: .amd64, created: nil, config: RuntimeConfig(), diffIDs: [.sha256(of: "x")])
        let config = try foreign.content()
        let manifest = try ImageManifest(
            config: config.descriptor, layers: [Descriptor(mediaType: MediaType.layerTar, digest: .sha256(of: "y"), size: 1)]
        ).content()
        let documents = try PlatformDocuments(manifest: manifest, config: config.bytes)
        let found = try await desk.plan(
            ApplicationImage(reference: "x", index: nil, platforms: [documents]),
            from: .init(repository: repository("team/app"), layers: bench.blobs), onto: .latest)
        #expect(found.state == .foreign && rules(found) == ["foreign-base"])
    }

    @Test func `bases that another key signed are not ours`() async throws {
        try await push()
        _ = try await next()
        var generator = Steady(state: 99)
        let stranger = try VerificationKey(der: KeyFile.generate(using: &generator).publicKeyDER)
        let plan = try await plan(keys: [stranger])
        #expect(plan.state == .refused && Set(rules(plan)) == ["base-verified"])
    }

    @Test func `a base that was taken back is not put beneath anything`() async throws {
        try await push()
        let new = try await next()
        try bench.records.withdraw([
            .init(digest: new.index, state: .revoked, reason: "broken", replacement: nil, since: OriginBench.now)
        ])
        #expect(rules(try await plan()) == ["base-withdrawn"])
    }

    @Test func `another stream is refused`() async throws {
        try await push()
        let new = try await next()
        var other = new
        other.stream = "2"
        other.version = "2"
        #expect(rules(try await plan(onto: .release(other))).contains("same-stream"))
    }

    @Test func `layers that are not what the configuration says are refused before anything in them is believed`() async throws {
        try await push(diffID: .sha256(of: "something else"))
        _ = try await next()
        let plan = try await plan()
        #expect(plan.state == .refused && rules(plan) == ["layer-digests"] && plan.rebased == nil)
    }

    @Test func `packed with zstd or not at all is as good`() async throws {
        try await push(tag: "z", packed: { try Zstd.encode($0) }, type: MediaType.layerZstd)
        try await push(tag: "t", packed: { $0 }, type: MediaType.layerTar)
        _ = try await next()
        #expect(try await plan("z").state == .safe)
        #expect(try await plan("t").state == .safe)
    }

    @Test func `a layer that cannot be unpacked is an error that says so`() async throws {
        try await push(packed: { _ in Array("not a layer at all, whatever".utf8) })
        _ = try await next()
        let found = try? await plan()
        #expect(found == nil || found?.state == .refused)
    }

    @Test func `a copy of a release is told to be one`() async throws {
        let base = try BaseFinder(blobs: bench.blobs, records: bench.records).base(old)
        _ = try await next()
        let found = try await desk.plan(
            ApplicationImage(reference: "x", index: nil, platforms: base.platforms),
            from: .init(repository: repository("tool"), layers: bench.blobs), onto: .latest)
        #expect(rules(found) == ["copy-of-base"])
    }

    // MARK: - The list

    @Test func `the list tells what stands on an older release, with the command or the reasons`() async throws {
        try await push()
        try await push([("lib/libtool.so.1", "mine\n")], tag: "2")
        let reporter = CascadeReporter(desk: try desk, blobs: bench.blobs, records: bench.records)
        #expect(try await reporter.pushed().map(\.state) == [.current, .current])
        _ = try await next()
        let entries = try await reporter.pushed()
        #expect(entries.map(\.image) == ["team/app:1", "team/app:2"])
        #expect(entries.map(\.state) == [.safe, .refused])
        #expect(entries[0].base == "tool:1-r1" && entries[0].newest == "tool:1-r2")
        #expect(entries[0].command == "ashlar rebase team/app:1" && entries[1].command == nil)
        #expect(entries[1].findings.map(\.rule) == ["shadowed-file"])
        #expect(try await reporter.pushed(on: [("tool", "1")]).count == 2)
        #expect(try await reporter.pushed(on: [("tool", "2")]).isEmpty)
    }

    @Test func `releases of before are found once they are made findable`() async throws {
        try await push()
        _ = try await next()
        let fresh = try RecordStore(folder: bench.path + "/other")
        for release in [old] { try fresh.apply(Publication(repository: "tool", manifests: [], tags: [:], release: release)) }
        let finder = BaseFinder(blobs: bench.blobs, records: fresh)
        let application = try await ApplicationReader().read("1", shownAs: "", in: repository("team/app")).platforms[0]
        #expect(try finder.standing(of: application).releases.isEmpty)
        try finder.refresh()
        #expect(try finder.standing(of: application).releases.map(\.buildName) == ["tool:1-r1"])
        try finder.refresh()
        #expect(try fresh.releasesWithoutBases().isEmpty)
    }
}

/// A second state of the archive over the same store.
private struct OtherBench {
    let first: OriginBench
    let other: OriginBench
    init(_ first: OriginBench, _ other: OriginBench) {
        self.first = first
        self.other = other
    }
    func build(_ job: BuildJob) async throws -> Release { try await other.build(job, into: (first.blobs, first.records), key: first.key) }
}
