// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Attest
import Base
import Blobs
import Foundation
import OCI
import Records
import Sigstore
import TestKit
import Testing
import Transport

@testable import Pipeline

@Suite struct RebuildTests {
    @Test func `an honest release is rebuilt byte for byte without a network`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let report = try await bench.rebuild(try await bench.evidence(of: release))
        #expect(report.verdict == .identical && report.differences.isEmpty)
        #expect(report.expected == release.index && report.found == release.index)
        #expect(report.checked.contains { $0.contains("signed by \(SignedIndexes.fingerprint)") })
        #expect(report.checked.contains { $0 == "2 packages have the digests of the lock (2 from source artifact)" })
    }

    @Test func `an image that its inputs do not give is found out, down to the byte`() async throws {
        let bench = try OriginBench()
        let honest = try RecipeTree(of: try bench.loader.recipe("tool:1"), catalog: bench.catalog, helpers: [:])
        // What is built has another file than the recipe that is claimed.
        try bench.change("images/tool/1.yaml", to: OriginBench.recipe.replacing("quiet", with: "quick"))
        let release = try await bench.build(bench.job(claiming: honest))
        let report = try await bench.rebuild(try await bench.evidence(of: release))
        #expect(report.verdict == .different)
        let difference = try #require(report.differences.first)
        #expect(report.differences.count == 1)
        #expect(difference.place == "layer 2 (configuration)" && difference.path == "etc/tool.conf")
        #expect(difference.owner == "recipe:files/etc/tool.conf")
        #expect(difference.field == "byte 3 of the file")
        #expect(difference.expected == "636b0a ck." && difference.found == "65740a et.")
        #expect(report.platforms.map(\.verdict) == [.different])
    }

    @Test func `another configuration over the same layers is told by its member`() async throws {
        let bench = try OriginBench()
        let honest = try RecipeTree(of: try bench.loader.recipe("tool:1"), catalog: bench.catalog, helpers: [:])
        try bench.change("images/tool/1.yaml", to: OriginBench.recipe.replacing("[/usr/bin/tool]", with: "[/usr/bin/tl]"))
        let release = try await bench.build(bench.job(claiming: honest))
        let report = try await bench.rebuild(try await bench.evidence(of: release))
        let difference = try #require(report.differences.first)
        #expect(difference.place == "configuration" && difference.field == "config.Entrypoint[0]")
        #expect(difference.expected == #""/usr/bin/tl""# && difference.found == #""/usr/bin/tool""#)
    }

    @Test func `the same content packed by another compressor is said to be that`() async throws {
        let bench = try OriginBench()
        let release = try await bench.repacked(try await bench.build(bench.job()))
        let report = try await bench.rebuild(try await bench.evidence(of: release))
        #expect(report.verdict == .identicalContent && report.differences.isEmpty)
        #expect(report.expected != report.found)
        #expect(report.platforms.map(\.verdict) == [.identicalContent])
    }

    @Test(arguments: ["lock.json", "recipe.tar", "InRelease", "Packages.xz", "tool_1.0-1_amd64.deb"])
    func `a changed input is refused before it is used`(_ title: String) async throws {
        let bench = try OriginBench()
        let evidence = try await bench.evidence(of: try await bench.build(bench.job()))
        let layer = try #require(evidence.sources?.layers.first { $0.annotations?[Annotation.title]?.hasSuffix(title) == true })
        var bytes = try bench.blobs.read(layer.digest)
        bytes[bytes.count / 2] ^= 1
        let spoiled = SpoiledRepository(inner: bench.repository, spoiled: [layer.digest: bytes])
        await #expect(throws: OCIError.self) {
            try await bench.rebuild(evidence, from: InputShelf(spoiled, sources: evidence.sources))
        }
    }

    @Test func `an index that no pinned key signed is refused`() async throws {
        let bench = try OriginBench()
        let evidence = try await bench.evidence(of: try await bench.build(bench.job()))
        // From here on the stand-in for gpgv finds this very index forged.
        try Data(OriginBench.gpgv.replacing("grep -q forged", with: "grep -q Origin").utf8).write(
            to: URL(filePath: bench.path + "/tools/gpgv"))
        chmod(bench.path + "/tools/gpgv", 0o755)
        await #expect(throws: IndexError.self) { try await bench.rebuild(evidence) }
    }

    @Test func `inputs that are gone come from a mirror, and a mirror that moved on is found out`() async throws {
        let bench = try OriginBench()
        let evidence = try await bench.evidence(of: try await bench.build(bench.job()))
        let documents = evidence.sources?.layers.prefix(2).map(\.digest) ?? []
        let own = Dictionary(uniqueKeysWithValues: try documents.map { ($0, try bench.blobs.read($0)) })
        func shelf(_ transport: any HTTPTransport) throws -> InputShelf {
            let mirror = try Mirror(setting: "debian=http://mirror.test/debian", origin: "test")
            return InputShelf(bench.repository, sources: nil, own: own, outside: .init(mirror: mirror, transport: transport))
        }
        let report = try await bench.rebuild(evidence, from: try shelf(try bench.mirror()))
        #expect(report.verdict == .identical)
        #expect(report.checked.contains("2 packages have the digests of the lock (2 from mirror)"))
        let moved = IndexLoaderTests.ScriptedMirror(["http://mirror.test/debian/dists/test/InRelease": Array("newer".utf8)])
        await #expect(throws: InputError.self) { try await bench.rebuild(evidence, from: try shelf(moved)) }
        await #expect(throws: InputError.self) {
            try await bench.rebuild(evidence, from: InputShelf(bench.repository, sources: nil))
        }
    }

    @Test func `a provenance of another key is not followed`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        var generator = Steady(state: 99)
        let stranger = try VerificationKey(der: KeyFile.generate(using: &generator).publicKeyDER)
        await #expect(throws: InputError.self) {
            try await ReleaseEvidence.read(release.index.description, shownAs: "tool:1", in: bench.repository, key: stranger)
        }
    }

    @Test func `rebuilders sign what they found and are counted by their keys`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let evidence = try await bench.evidence(of: release)
        let report = try await bench.rebuild(evidence)
        for seed in [1, 2, 2] as [UInt64] {
            var generator = Steady(state: seed)
            let signer = KeyFile.generate(using: &generator).signer
            let signed = try #require(
                try await Reproduction.sign(report, as: Reproduction.verifier, by: signer, at: Timestamp(seconds: Int(seed))))
            #expect(signed.properties == ["REPRODUCED"])
            let (contents, publication) = try signed.publication(about: evidence.index.descriptor, in: "tool")
            for content in contents { try bench.blobs.write(content.bytes) }
            try bench.records.apply(publication)
        }
        let quorum = try await Quorum.read(about: release.index, in: bench.repository)
        #expect(quorum.reproductions.count == 2 && quorum.refused.isEmpty)
        let statement = try #require(
            try bench.statements(PredicateType.simpleVerificationResult, about: release.index).first)
        #expect(statement.subject.compactMap { $0.digest?["sha256"] } == ([release.index] + release.platforms.map(\.manifest)).map(\.hex))
        #expect(
            statement.predicate == [
                "verifier": ["id": "https://ashlar.dev/rebuilders/v1"], "timeCreated": "1970-01-01T00:00:01Z",
                "properties": ["REPRODUCED"],
            ])
    }

    @Test func `a statement beside a key that did not sign it does not count`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let evidence = try await bench.evidence(of: release)
        let report = try await bench.rebuild(evidence)
        var generator = Steady(state: 5)
        let signed = try #require(
            try await Reproduction.sign(
                report, as: Reproduction.verifier, by: KeyFile.generate(using: &generator).signer, at: OriginBench.now))
        let (contents, _) = try signed.publication(about: evidence.index.descriptor, in: "tool")
        var manifest = try ImageManifest(reading: try #require(contents.last).bytes)
        manifest.annotations?[Reproduction.keyAnnotation] = Base64.encode(try bench.publicKey.der)
        let content = try manifest.content()
        for content in contents + [content] { try bench.blobs.write(content.bytes) }
        try bench.records.apply(
            Publication(
                repository: "tool",
                manifests: [
                    .init(
                        digest: content.digest, mediaType: content.descriptor.mediaType, size: content.bytes.count, subject: release.index,
                        artifactType: manifest.artifactType, annotations: manifest.annotations ?? [:],
                        references: manifest.layers.map(\.digest))
                ], tags: [:]))
        let quorum = try await Quorum.read(about: release.index, in: bench.repository)
        #expect(quorum.reproductions.isEmpty && quorum.refused.count == 1)
    }

    @Test func `nobody signs for an image that came out different`() async throws {
        let different = RebuildReport(
            reference: "tool:1", verdict: .different, expected: .sha256(of: "a"), found: .sha256(of: "b"), platforms: [], differences: [],
            checked: [], notes: [])
        var generator = Steady(state: 5)
        let signer = KeyFile.generate(using: &generator).signer
        #expect(try await Reproduction.sign(different, as: Reproduction.verifier, by: signer, at: OriginBench.now) == nil)
        var content = different
        content.verdict = .identicalContent
        let signed = try await Reproduction.sign(content, as: Reproduction.verifier, by: signer, at: OriginBench.now)
        #expect(signed?.properties == ["REPRODUCED_CONTENT"] && signed?.isOfEveryByte == false)
        #expect(throws: InputError.self) {
            try Reproduction(
                reading: signed?.bundle.canonicalBytes ?? [], about: .sha256(of: "c"), key: VerificationKey(der: signer.publicKeyDER))
        }
    }
}

extension OriginBench {
    /// The same release with its layers packed by another compressor, and signed: what another version of it would have published.
    func repacked(_ release: Release) async throws -> Release {
        var image = try ImageIndex(reading: try blobs.read(release.index))
        let manifestDigest = image.manifests[0].digest
        var manifest = try ImageManifest(reading: try blobs.read(manifestDigest))
        for index in manifest.layers.indices {
            let tar = try Gzip.decode(try blobs.read(manifest.layers[index].digest), limit: 1 << 26)
            let packed = try Gzip.encode(tar, level: 1)
            manifest.layers[index].digest = try blobs.write(packed)
            manifest.layers[index].size = packed.count
        }
        let content = try manifest.content()
        image.manifests[0].digest = content.digest
        image.manifests[0].size = content.bytes.count
        let index = try image.content()
        for content in [content, index] { try blobs.write(content.bytes) }
        let predicate = try #require(try statements(PredicateType.slsaProvenance, about: release.index).first).predicate
        let platform = PlatformImage(
            platform: .amd64, manifest: content.descriptor, config: manifest.config, layers: [], tree: FileTree(entries: []), packages: [])
        let copy = Image(
            name: "tool", stream: "1", version: "1", index: index.descriptor, platforms: [platform], created: release.created)
        let evidence = try await Attestor(signer: key.signer).attest(
            copy, as: RepositoryName("tool"),
            claims: [index.digest, content.digest].map {
                Claim(subject: $0, predicateType: PredicateType.slsaProvenance, predicate: predicate)
            })
        let found = try records.referrers(of: release.index, in: "tool", artifactType: SourceArtifact.artifactType)
        var sources = try ImageManifest(reading: try blobs.read(try #require(found.first).digest))
        sources.subject = index.descriptor.bare
        let pieces = evidence.manifests + [EvidenceManifest(content: try sources.content(), manifest: sources)]
        for content in evidence.blobs + pieces.map(\.content) { try blobs.write(content.bytes) }
        func listing(_ content: Content, _ references: [Digest], _ manifest: ImageManifest? = nil) -> Publication.Manifest {
            Publication.Manifest(
                digest: content.digest, mediaType: content.descriptor.mediaType, size: content.bytes.count,
                subject: manifest?.subject?.digest, artifactType: manifest?.subject == nil ? nil : manifest?.effectiveArtifactType,
                annotations: manifest?.annotations ?? [:], references: references)
        }
        var tags: [String: Digest] = [:]
        for piece in pieces { if let tag = piece.tag { tags[tag.description] = piece.content.digest } }
        let listings =
            [listing(content, [manifest.config.digest] + manifest.layers.map(\.digest)), listing(index, [content.digest])]
            + pieces.map { listing($0.content, [$0.manifest.config.digest] + $0.manifest.layers.map(\.digest), $0.manifest) }
        try records.apply(Publication(repository: "tool", manifests: listings, tags: tags))
        var other = release
        other.index = index.digest
        return other
    }
}
