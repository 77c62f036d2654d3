// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records
import Resolve
import TestKit
import Testing

@testable import Pipeline

/// Locks against the indexes of an archive that moves on.
@Suite struct LockReviewTests {
    private let folder: TestFolder
    private let records: RecordStore
    private let recipe: Recipe
    private let old = [VirtualPackage("tool", "1.0-1", ["Depends": "lib"]), VirtualPackage("lib")]
    private let new = [VirtualPackage("tool", "2.0-1", ["Depends": "lib"]), VirtualPackage("lib")]

    init() throws {
        folder = try TestFolder()
        records = try RecordStore(folder: folder.path)
        var recipe = Recipe(name: "tool", stream: "1", platforms: [.amd64])
        recipe.layers = [
            LayerContents(origin: "profile:base", packages: []),
            LayerContents(origin: "image", packages: [PackageRequest(package: "tool")]),
        ]
        self.recipe = recipe
    }

    private func indexes(_ packages: [VirtualPackage]) throws -> ArchiveIndexes {
        let evidence = IndexEvidence(
            archive: "trixie", path: "debian/dists/trixie/InRelease", sha256: "aa", date: "2025-01-01T00:00:00Z", validUntil: nil,
            signedBy: ["KEY"], waiver: nil)
        return ArchiveIndexes(
            byPlatform: [.amd64: [(archive: "trixie", index: try VirtualArchive("trixie", packages).index())]], evidence: [evidence],
            maximumLockAgeDays: 30)
    }

    private func lock() throws -> Lock {
        let archives = try indexes(old).byPlatform.mapValues { $0.map { ArchiveIndex($0.archive, $0.index) } }
        return try Resolver(archives: archives).resolve(recipe)
    }

    /// The evidence under which a lock is taken on a day.
    @discardableResult
    private func vouch(
        _ lock: Lock, day: Int, _ packages: [VirtualPackage], allowStale: [String: String] = [:]
    ) async throws -> [IndexEvidence] {
        let found = try indexes(packages)
        let voucher = LockVoucher(records: records, now: Timestamp(seconds: 1_700_000_000 + day * 86400), allowStale: allowStale) { _ in
            found
        }
        return try await voucher.vouch(for: lock, of: recipe).value.evidence
    }

    private func refusal(_ work: () async throws -> Void) async -> Diagnosis? {
        do { try await work() } catch { return (error as? any Diagnosable)?.diagnosis }
        return nil
    }

    @Test(arguments: [
        ("dependsOn", "tool 1.0-1 depends on lib, not on nothing"), ("neededBy", "tool 1.0-1 is needed by nothing, not by lib"),
        ("layer", "tool 1.0-1 belongs to the layer image, not to profile:base"),
    ]) func `a lock that says more or less than its packages do is refused`(_ field: String, _ reason: String) async throws {
        var lock = try lock()
        try await vouch(lock, day: 0, old)
        let tool = try #require(lock.platforms[0].packages.firstIndex { $0.name == "tool" })
        switch field {
        case "dependsOn": lock.platforms[0].packages[tool].dependsOn = []
        case "neededBy": lock.platforms[0].packages[tool].neededBy = ["lib"]
        default: lock.platforms[0].packages[tool].layer = "profile:base"
        }
        let found = await refusal { try await vouch(lock, day: 0, old) }
        #expect(found?.code == "pipeline.lock-stale")
        #expect(found?.notes == ["linux/amd64: \(reason)"])
    }

    @Test func `a lock without a package that is needed or with one that is not is refused`() async throws {
        var short = try lock()
        short.platforms[0].packages.removeAll { $0.name == "lib" }
        short.platforms[0].packages[0].dependsOn = []
        #expect(await refusal { try await vouch(short, day: 0, old) }?.notes == ["linux/amd64: tool needs lib, which is not locked"])
        let extra = VirtualPackage("extra")
        var long = try lock()
        var stray = try Resolver(archives: [.amd64: [ArchiveIndex("trixie", try VirtualArchive("trixie", [extra]).index())]])
            .resolve(asking("extra")).platforms[0].packages
        stray[0].layer = "image"
        long.platforms[0].packages = (long.platforms[0].packages + stray).sorted { $0.name < $1.name }
        #expect(await refusal { try await vouch(long, day: 0, old + [extra]) }?.notes == ["linux/amd64: nothing needs extra 1.0-1"])
    }

    private func asking(_ name: String) -> Recipe {
        var recipe = recipe
        recipe.layers[1].packages = [PackageRequest(package: name)]
        return recipe
    }

    @Test func `a package of another archive than it is locked from does not stand`() async throws {
        var lock = try lock()
        lock.platforms[0].packages[0].archive = "trixie-security"
        #expect(await refusal { try await vouch(lock, day: 0, old) }?.code == "pipeline.not-vouched")
    }

    @Test func `a lock outlives its packages in the archive for as long as the suite says`() async throws {
        let lock = try lock()
        #expect(await refusal { try await vouch(lock, day: 0, new) }?.code == "pipeline.not-vouched")
        let evidence = try await vouch(lock, day: 0, old)
        #expect(try await vouch(lock, day: 29, new) == evidence)
        let found = await refusal { try await vouch(lock, day: 30, new) }
        #expect(found?.code == "pipeline.lock-too-old")
        #expect(found?.summary.contains("30 days ago") == true)
        // It stood in an index again, which starts the time anew.
        try await vouch(lock, day: 40, old)
        #expect(try await vouch(lock, day: 69, new) == evidence)
    }

    @Test func `an old lock is taken for a reason that goes into the evidence`() async throws {
        let lock = try lock()
        try await vouch(lock, day: 0, old)
        let found = await refusal { try await vouch(lock, day: 99, new, allowStale: ["trixie": "of the index only"]) }
        #expect(found?.code == "pipeline.lock-too-old")
        let waiver = try await vouch(lock, day: 99, new, allowStale: ["lock": "frozen for the audit"]).first?.waiver
        #expect(waiver?.contains("99 days ago") == true)
        #expect(waiver?.contains("accepted: frozen for the audit") == true)
    }
}
