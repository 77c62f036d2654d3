// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Attest
import Base
import Blobs
import OCI
import Publish
import Records
import Sigstore
import Testing

@testable import Pipeline

/// What somebody who may push into the catalog's repository adds to a release, before it is built or after.
@Suite struct PushedEvidenceTests {
    private static let required = [PredicateType.slsaProvenance, PredicateType.spdx, PredicateType.verificationSummary]

    @Test func `a release has its evidence, whatever was pushed under the names of it before`() async throws {
        // Builds are reproducible: whoever may push builds it himself first.
        let foreseen = try await {
            let bench = try OriginBench(); return try await bench.build(bench.job())
        }()
        let bench = try OriginBench()
        for subject in [foreseen.index] + foreseen.platforms.map(\.manifest) {
            for tag in [Tag.signatures(of: subject), .attestations(of: subject)] {
                try bench.push(ImageManifest(config: Content.empty.descriptor, layers: []), tags: [tag.description])
            }
            for type in [MediaType.sigstoreBundle, SourceArtifact.artifactType] {
                try bench.push(bench.referrer(of: subject, type: type))
            }
        }
        let release = try await bench.build(bench.job())
        #expect(release.index == foreseen.index)
        let report = try await Verifier(key: bench.publicKey, requiring: Self.required).report(
            on: release.index.description, in: bench.repository)
        #expect(report.isTrusted, "\(report.reasons)")
        #expect(report.subjects.allSatisfy { $0.signatures == [.bundle, .legacy] })
        for subject in report.subjects.compactMap(\.subject) {
            #expect(try bench.records.isPublished(tag: Tag.signatures(of: subject).description, in: "tool"))
        }
        let sources = try bench.records.referrers(of: release.index, in: "tool", artifactType: SourceArtifact.artifactType)
        #expect(sources.count { $0.isPublished } == 1)
    }

    @Test func `a Notation signature that was pushed takes the place of none`() async throws {
        let foreseen = try await {
            let bench = try OriginBench(); return try await bench.build(bench.job())
        }()
        let bench = try OriginBench()
        bench.notary = try NotationAttestor(signer: bench.key.signer, chain: [[0x30, 0]], validFrom: OriginBench.now, agent: "test")
        try bench.push(bench.referrer(of: foreseen.index, type: NotationEnvelope.artifactType))
        let release = try await bench.build(bench.job())
        let found = { try bench.records.referrers(of: release.index, in: "tool", artifactType: NotationEnvelope.artifactType) }
        #expect(try found().count { $0.isPublished } == 1)
        // One of its own is enough.
        _ = try await bench.build(bench.job())
        #expect(try found().count { $0.isPublished } == 1)
    }

    @Test func `a copy takes what the catalog published, and what others attached when it is asked for and there`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let before = try bench.repository.publication(of: release)
        let whole = try bench.push(bench.referrer(of: release.index, type: "application/vnd.example"))
        var broken = bench.referrer(of: release.index, type: "application/vnd.other")
        broken.layers = [Descriptor(mediaType: "application/x", digest: .sha256(of: "elsewhere"), size: 1 << 30)]
        let lacking = try bench.push(broken)
        let garbled = try bench.push(bytes: Array("no manifest".utf8), subject: release.index)
        // A tag that somebody sets on the release is no tag of the catalog.
        try bench.push(bytes: try bench.blobs.read(release.index), subject: nil, mediaType: MediaType.index, tags: ["stable"])
        let after = try bench.repository.publication(of: release)
        #expect(after.manifests == before.manifests && after.tags == before.tags)
        let all = try bench.repository.publication(of: release, foreign: .taken)
        #expect(Set(all.manifests.map(\.digest)).subtracting(before.manifests.map(\.digest)) == [whole])
        #expect(all.tags == before.tags && ![lacking, garbled].contains(whole))
    }
}

extension OriginBench {
    func referrer(of subject: Digest, type: String) -> ImageManifest {
        ImageManifest(
            config: Content.empty.descriptor, layers: [Content.empty.descriptor], artifactType: type,
            subject: Descriptor(mediaType: MediaType.index, digest: subject, size: 2))
    }

    @discardableResult func push(_ manifest: ImageManifest, tags: [String] = []) throws -> Digest {
        try link(.empty)
        return try push(
            bytes: try manifest.content().bytes, subject: manifest.subject?.digest, artifactType: manifest.artifactType,
            annotations: manifest.annotations ?? [:], tags: tags)
    }

    func link(_ content: Content) throws {
        let (digest, isNew) = try blobs.keep(content.bytes)
        let blob = PushedBlob(repository: "tool", digest: digest, size: content.bytes.count, isNew: isNew)
        _ = try records.link(blob, at: Self.now) { true }
    }

    /// Pushes a manifest as the registry records it.
    @discardableResult func push(
        bytes: [UInt8], subject: Digest?, artifactType: String? = nil, annotations: [String: String] = [:],
        mediaType: String = MediaType.manifest,
        tags: [String] = []
    ) throws -> Digest {
        let (digest, isNew) = try blobs.keep(bytes)
        let push = ManifestPush(
            manifest: .init(
                digest: digest, mediaType: mediaType, size: bytes.count, subject: subject, artifactType: artifactType,
                annotations: annotations),
            blob: PushedBlob(repository: "tool", digest: digest, size: bytes.count, isNew: isNew), subject: subject.map { .sha256($0) },
            references: [], tags: tags)
        #expect(try records.push(push, at: Self.now) { true } == .stored)
        return digest
    }
}
