// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Records
import Sigstore
import TestKit
import Testing

@testable import Pipeline

@Suite struct ProvenanceTests {
    private func provenance(_ bench: OriginBench, _ release: Release) throws -> Provenance {
        let statements = try bench.statements(PredicateType.slsaProvenance, about: release.index)
        try #require(statements.count == 1)
        return try CanonicalJSON.decode(Provenance.self, from: statements[0].predicate)
    }

    @Test func `what is asked for from outside is named completely and nothing else`() async throws {
        let bench = try OriginBench()
        bench.commit = String(repeating: "a", count: 40)
        bench.builder = .dedicatedHost
        let definition = try provenance(bench, try await bench.build(bench.job())).buildDefinition
        #expect(
            definition.externalParameters == [
                "repository": "git+https://example.org/catalog", "revision": JSON(String(repeating: "a", count: 40)),
                "path": "catalog/images/tool/1.yaml", "stream": "1",
            ])
    }

    @Test func `everything that goes in is named with its digest`() async throws {
        let bench = try OriginBench()
        bench.commit = String(repeating: "a", count: 40)
        let job = try bench.job()
        let release = try await bench.build(job)
        let dependencies = try provenance(bench, release).buildDefinition.resolvedDependencies ?? []
        #expect(
            dependencies.first { $0.name == "catalog" }
                == ResourceDescriptor(
                    name: "catalog", uri: "git+https://example.org/catalog@\(String(repeating: "a", count: 40))",
                    digest: ["gitCommit": String(repeating: "a", count: 40)]))
        #expect(dependencies.first { $0.name == "recipe" }?.digest == ["sha256": job.tree.digest.hex])
        #expect(dependencies.first { $0.name == "ashlar" }?.digest == ["sha256": OriginBench.program.hex])
        let inRelease = Digest.sha256(of: try bench.archive.inRelease())
        #expect(
            dependencies.first { $0.name == "test" }
                == ResourceDescriptor(name: "test", uri: "debian/dists/test/InRelease", sha256: inRelease))
        let packages = dependencies.filter { $0.uri?.hasPrefix("pkg:deb/") == true }
        #expect(Set(packages.compactMap { $0.digest?["sha256"] }) == Set(job.lock.platforms.flatMap(\.packages).map(\.sha256)))
        #expect(dependencies.count == 6)
    }

    @Test func `the run has a name and times, and the lock is a byproduct`() async throws {
        let bench = try OriginBench()
        let job = try bench.job()
        let details = try provenance(bench, try await bench.build(job)).runDetails
        #expect(details.metadata?.invocationId == OriginBench.invocation)
        #expect(details.metadata?.startedOn == OriginBench.now && details.metadata?.finishedOn == OriginBench.now)
        let lock = try CanonicalJSON.digest(of: job.lock)
        #expect(details.byproducts == [ResourceDescriptor(name: "lock", sha256: lock)])
    }

    @Test(arguments: BuilderKind.allCases) func `outside a commit it is a workstation, whatever the settings promise`(
        _ kind: BuilderKind
    ) async throws {
        let bench = try OriginBench()
        bench.builder = kind
        let provenance = try provenance(bench, try await bench.build(bench.job()))
        #expect(provenance.runDetails.builder.id == "https://ashlar.dev/builders/workstation")
        #expect(provenance.buildDefinition.externalParameters == ["path": "images/tool/1.yaml", "stream": "1"])
        #expect(provenance.buildDefinition.resolvedDependencies?.contains { $0.name == "catalog" } == false)
    }

    @Test(arguments: BuilderKind.allCases) func `from a commit it is what the settings say`(_ kind: BuilderKind) async throws {
        let bench = try OriginBench()
        bench.builder = kind
        bench.commit = String(repeating: "b", count: 40)
        let provenance = try provenance(bench, try await bench.build(bench.job()))
        #expect(provenance.runDetails.builder.id == kind.uri)
        #expect(BuilderKind(uri: kind.uri) == kind)
    }

    @Test func `the program is hashed once for each file`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/ashlar-program-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cache = MemoryCache()
        let file = folder + "/program"
        try Data("one".utf8).write(to: URL(filePath: file))
        #expect(try ProgramDigest.digest(of: file, cache: cache) == .sha256(of: "one"))
        #expect(try ProgramDigest.digest(of: file, cache: cache) == .sha256(of: "one"))
        #expect(cache.count("program") == 1 && cache.hits["program"] == 1)
        try Data("another".utf8).write(to: URL(filePath: file), options: .atomic)
        #expect(try ProgramDigest.digest(of: file, cache: cache) == .sha256(of: "another"))
        #expect(throws: PipelineError.self) { try ProgramDigest.digest(of: folder + "/none", cache: cache) }
    }

    @Test func `a recipe's archive depends on its files alone and reads back`() throws {
        let bench = try OriginBench()
        let recipe = try bench.loader.recipe("tool:1")
        let tree = try RecipeTree(of: recipe, catalog: bench.catalog, helpers: ["start.c": [1]])
        #expect(tree.files.keys.sorted().first == "catalog/images/tool/1.yaml")
        #expect(!tree.files.keys.contains { $0.hasPrefix("helpers/") }, "a recipe without helpers is not decided by them")
        var more = bench.catalog
        for path in ["images/other/1.yaml", "images/tool/overview.md", "images/tool/1.lock.json", "README.md"] { more[path] = [0] }
        #expect(try RecipeTree(of: recipe, catalog: more, helpers: [:]).digest == tree.digest)
        more["profiles/base.yaml"] = [0]
        #expect(try RecipeTree(of: recipe, catalog: more, helpers: [:]).digest != tree.digest)
        #expect(try RecipeTree(reading: tree.archive) == tree)
        #expect(tree.catalog == bench.catalog)
        #expect(throws: (any Error).self) { try RecipeTree(reading: RawTar([.file("etc/passwd", "x")]).bytes) }
        #expect(throws: (any Error).self) {
            try RecipeTree(reading: RawTar([.file("catalog/a", "x"), .file("catalog/a", "y")]).bytes)
        }
        #expect(throws: (any Error).self) { try RecipeTree(reading: RawTar([.link("catalog/a", to: "/etc/passwd")]).bytes) }
    }
}
