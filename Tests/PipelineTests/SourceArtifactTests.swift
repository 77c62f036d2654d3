// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import OCI
import Records
import TestKit
import Testing

@testable import Pipeline

@Suite struct SourceArtifactTests {
    private func artifact(_ bench: OriginBench, _ release: Release) throws -> ImageManifest {
        let found = try bench.records.referrers(of: release.index, in: "tool", artifactType: SourceArtifact.artifactType)
        try #require(found.count == 1)
        return try ImageManifest(reading: try bench.blobs.read(found[0].digest))
    }

    @Test func `a release keeps everything it was built from`() async throws {
        let bench = try OriginBench()
        let job = try bench.job()
        let release = try await bench.build(job)
        let artifact = try artifact(bench, release)
        let titles = artifact.layers.map { $0.annotations?[Annotation.title] ?? "" }
        #expect(
            titles == [
                "lock.json", "recipe.tar", "debian/dists/test/InRelease", "debian/dists/test/main/binary-amd64/Packages.xz",
                "debian/pool/main/l/libtool1/libtool1_2.0-1_amd64.deb", "debian/pool/main/t/tool/tool_1.0-1_amd64.deb",
            ])
        for layer in artifact.layers {
            try layer.check(try bench.blobs.read(layer.digest))
            #expect(try bench.records.holds(blob: layer.digest, in: "tool"), "\(layer.digest) is not served")
        }
        let lock = try CanonicalJSON.digest(of: job.lock)
        #expect(artifact.layers[0].digest == lock)
        #expect(artifact.layers[1].digest == job.tree.digest)
        #expect(artifact.subject?.digest == release.index)
    }

    @Test func `nothing is written twice for it`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let artifact = try artifact(bench, release)
        let before = bench.blobs.digests()
        // Of its layers only the lock and the recipe are new; packages and indexes are the very blobs that were fetched.
        let fetched = Set(try bench.archive.files().values.map { Digest.sha256(of: $0) })
        #expect(artifact.layers.dropFirst(2).allSatisfy { fetched.contains($0.digest) })
        #expect(before == Array(Set(before)).sorted())
    }

    @Test func `an image that is built again keeps its evidence and its inputs`() async throws {
        let bench = try OriginBench()
        let first = try await bench.build(bench.job())
        let referrers = try bench.records.referrers(of: first.index, in: "tool")
        let again = try await bench.build(bench.job())
        #expect(again.index == first.index)
        #expect(try bench.records.referrers(of: first.index, in: "tool") == referrers)
        _ = try artifact(bench, again)
    }

    @Test func `it goes with a copy unless it is left behind`() async throws {
        let bench = try OriginBench()
        let release = try await bench.build(bench.job())
        let all = try bench.repository.publication(of: release)
        let without = try bench.repository.publication(of: release, sources: .leftBehind)
        let gone = Set(all.manifests).subtracting(without.manifests)
        #expect(gone.count == 1 && gone.first?.artifactType == SourceArtifact.artifactType)
        #expect(Set(without.manifests).isSubset(of: all.manifests) && without.tags == all.tags)
        let deb = try #require(try artifact(bench, release).layers.last?.digest)
        #expect(all.manifests.flatMap(\.references).contains(deb))
        #expect(!without.manifests.flatMap(\.references).contains(deb))
    }

    @Test func `evidence of indexes from before lists of packages were kept still reads`() throws {
        let old = Array(
            #"{"archive":"t","date":"d","path":"debian/dists/t/InRelease","sha256":"x","signedBy":["k"]}"#.utf8)
        let read = try CanonicalJSON.decode(IndexEvidence.self, from: old)
        #expect(read.packages.isEmpty && read.waiver == nil)
    }
}
