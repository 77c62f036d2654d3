// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Blobs
import Foundation
import OCI
import Records
import Testing

@testable import Pipeline

@Suite struct StoreTests {
    let folder: String
    let blobs: FileBlobStore
    let records: RecordStore
    private let old = Timestamp(seconds: 1_600_000_000)

    init() throws {
        folder = NSTemporaryDirectory() + "ashlar-store-" + UUID().uuidString + "/store"
        blobs = try FileBlobStore(folder: folder)
        records = try RecordStore(folder: folder, access: .serving)
    }

    private func cleanUp() { try? FileManager.default.removeItem(atPath: String(folder.dropLast("/store".count))) }

    private func age(_ digest: Digest) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: blobs.path(of: digest))
    }

    @discardableResult
    private func push(blob text: String, to repository: String = "app") throws -> Digest {
        let (digest, isNew) = try blobs.keep(Array(text.utf8))
        let blob = PushedBlob(repository: repository, digest: digest, size: text.utf8.count, isNew: isNew)
        #expect(try records.link(blob, at: old) { try blobs.contains(digest) } == .stored)
        try age(digest)
        return digest
    }

    private func descriptor(_ text: String, _ type: String) -> JSON {
        ["mediaType": JSON(type), "digest": JSON(Digest.sha256(of: text).description), "size": JSON(text.utf8.count)]
    }

    /// Pushes a manifest of a configuration and one layer, and those.
    @discardableResult
    private func push(image name: String, to repository: String = "app", tags: [String]) throws -> Digest {
        let (config, layer) = ("{\"n\":\"\(name)\"}", "layer of \(name)")
        let parts = [try push(blob: config, to: repository), try push(blob: layer, to: repository)]
        let text = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.manifest), "config": descriptor(config, MediaType.config),
            "layers": [descriptor(layer, MediaType.layerTar)],
        ]).canonicalText
        let (digest, isNew) = try blobs.keep(Array(text.utf8))
        let push = ManifestPush(
            manifest: .init(digest: digest, mediaType: MediaType.manifest, size: text.utf8.count),
            blob: PushedBlob(repository: repository, digest: digest, size: text.utf8.count, isNew: isNew), subject: nil,
            references: parts.map { .init(address: .sha256($0), isManifest: false, isOptional: false) }, tags: tags)
        #expect(try records.push(push, at: old) { true } == .stored)
        try age(digest)
        return digest
    }

    private var checker: StoreChecker { StoreChecker(blobs: blobs, records: records) }
    private func faults() async throws -> [StoreFault] { try await checker.check(parallelism: 2).faults }

    // MARK: - Collecting

    @Test func `a collection frees what nothing needs and leaves the rest whole`() async throws {
        defer { cleanUp() }
        let kept = try push(image: "kept", tags: ["v1"])
        let lost = try push(image: "lost", tags: [])
        let lone = try push(blob: "lone")
        let fetched = try blobs.write(Array("a package a build fetched".utf8))
        try age(fetched)
        let collector = StoreCollector(blobs: blobs, records: records, uploads: try UploadFolder(store: blobs))
        let cutoff = Timestamp(seconds: 1_700_000_000)
        let plan = try collector.plan(before: cutoff, untagged: .collect)
        #expect(plan.files == 4)
        #expect(plan.manifests == 1)
        #expect(try blobs.contains(lone))
        #expect(try collector.plan(before: cutoff, untagged: .keep).files == 1)
        let done = try await collector.collect(before: cutoff, untagged: .collect)
        #expect(done.files == plan.files && done.bytes == plan.bytes && done.links == 3)
        for digest in [lost, lone] { #expect(try !blobs.contains(digest)) }
        for digest in [kept, fetched] { #expect(try blobs.contains(digest)) }
        #expect(try await faults() == [])
        #expect(try collector.plan(before: cutoff, untagged: .collect).files == 0)
    }

    @Test func `what was used again since is left`() async throws {
        defer { cleanUp() }
        let lone = try push(blob: "lone")
        let collector = StoreCollector(blobs: blobs, records: records, uploads: nil)
        #expect(try blobs.refresh(lone))
        #expect(try await collector.collect(before: Timestamp(seconds: 1_700_000_000), untagged: .keep).files == 0)
        #expect(try blobs.contains(lone))
    }

    @Test func `pushes beside a collection lose nothing`() async throws {
        defer { cleanUp() }
        let (blobs, records) = (blobs, records)
        let texts = (0..<40).map { "blob \($0)" }
        for text in texts { try push(blob: text, to: "before") }
        for text in texts { #expect(try records.delete(blob: .sha256(of: text), in: "before") == .deleted) }
        let collector = StoreCollector(blobs: blobs, records: records, uploads: nil)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for _ in 0..<20 { _ = try await collector.collect(before: Timestamp(seconds: 1_700_000_000), untagged: .keep) }
            }
            tasks.addTask {
                for text in texts {
                    var outcome = PushOutcome.gone
                    while outcome == .gone {
                        let (digest, isNew) = try blobs.keep(Array(text.utf8))
                        let blob = PushedBlob(repository: "after", digest: digest, size: text.utf8.count, isNew: isNew)
                        outcome = try records.link(blob, at: Timestamp(seconds: 1_800_000_000)) { try blobs.contains(digest) }
                    }
                    await Task.yield()
                }
            }
            try await tasks.waitForAll()
        }
        for text in texts { #expect(try blobs.read(.sha256(of: text)) == Array(text.utf8)) }
        #expect(try await faults() == [])
    }

    // MARK: - Checking

    @Test func `a sound store has no faults, and is counted`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        let report = try await checker.check(parallelism: 2)
        #expect(report.faults == [])
        #expect(report.blobs == 3)
        #expect(report.manifests == 1)
        #expect(report.repositories == 1)
    }

    private func overwrite(_ digest: Digest, _ bytes: String) throws {
        let path = try blobs.path(of: digest)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data(bytes.utf8).write(to: URL(filePath: path))
    }

    @Test func `a damaged blob is found, set aside, and comes back by pushing again`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        try push(image: "two", tags: ["v2"])
        let layer = Digest.sha256(of: "layer of one")
        try overwrite(layer, "layer of xne")
        #expect(try await faults() == [.damagedBlob(layer)])
        let done = try checker.repair(try await checker.check(parallelism: 1))
        #expect(done.count == 2)
        #expect(try await faults() == [])
        #expect(try records.tags(in: "app") == ["v2"])
        try push(image: "one", tags: ["v1"])
        #expect(try await faults() == [])
        #expect(try records.tags(in: "app") == ["v1", "v2"])
    }

    @Test func `a blob that was pushed again since it was found damaged stays, with its records`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        let layer = Digest.sha256(of: "layer of one")
        try overwrite(layer, "layer of xne")
        let report = try await checker.check(parallelism: 1)
        try push(blob: "layer of one")
        #expect(try checker.repair(report) == [])
        #expect(try await faults() == [])
        #expect(try records.tags(in: "app") == ["v1"])
    }

    @Test func `an index of which a part was deleted is no fault, and does not keep a backup from being restored`() async throws {
        defer { cleanUp() }
        let part = try push(image: "part", tags: [])
        let index = JSON.object([
            "schemaVersion": 2, "mediaType": JSON(MediaType.index),
            "manifests": [["mediaType": JSON(MediaType.manifest), "digest": JSON(part.description), "size": 1]],
        ]).canonicalText
        let (digest, isNew) = try blobs.keep(Array(index.utf8))
        let push = ManifestPush(
            manifest: .init(digest: digest, mediaType: MediaType.index, size: index.utf8.count),
            blob: PushedBlob(repository: "app", digest: digest, size: index.utf8.count, isNew: isNew), subject: nil,
            references: [.init(address: .sha256(part), isManifest: true, isOptional: false)], tags: ["all"])
        #expect(try records.push(push, at: old) { true } == .stored)
        #expect(try records.delete(manifest: part, in: "app") == .deleted)
        #expect(try await faults() == [])
        let collector = StoreCollector(blobs: blobs, records: records, uploads: nil)
        _ = try await collector.collect(before: Timestamp(seconds: 1_700_000_000), untagged: .keep)
        #expect(try !blobs.contains(part))
        #expect(try await faults() == [])
        #expect(try checker.repair(try await checker.check(parallelism: 1)) == [])
        #expect(try records.tags(in: "app") == ["all"])
    }

    @Test func `a blob that is lost is told with those that need it`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        try push(image: "one", to: "other", tags: ["v1"])
        let layer = Digest.sha256(of: "layer of one")
        try FileManager.default.removeItem(atPath: blobs.path(of: layer))
        #expect(try await faults() == [.lostBlob(layer, neededBy: ["app", "other"])])
        _ = try checker.repair(try await checker.check(parallelism: 1))
        #expect(try await faults() == [])
    }

    @Test func `what a build published is not taken out of the records`() async throws {
        defer { cleanUp() }
        let bytes = Array(#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#.utf8)
        let digest = try blobs.write(bytes)
        try records.apply(
            .init(
                repository: "app", manifests: [.init(digest: digest, mediaType: MediaType.index, size: bytes.count)], tags: ["v1": digest]))
        try FileManager.default.removeItem(atPath: blobs.path(of: digest))
        let report = try await checker.check(parallelism: 1)
        #expect(report.faults == [.lostBlob(digest, neededBy: ["app"])])
        _ = try checker.repair(report)
        #expect(try records.tags(in: "app") == ["v1"])
        try blobs.write(bytes)
        #expect(try await faults() == [])
    }

    // MARK: - Copies

    @Test(arguments: [FolderCopy.Way.copy, .link]) func `a backup is a sound store, and goes on with what is new`(way: FolderCopy.Way)
        async throws
    {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        try FileManager.default.createDirectory(atPath: folder + "/log/tile/0", withIntermediateDirectories: true)
        try Data("checkpoint".utf8).write(to: URL(filePath: folder + "/log/checkpoint"))
        try Data("tile".utf8).write(to: URL(filePath: folder + "/log/tile/0/000"))
        _ = try UploadFolder(store: blobs).begin(in: "app")
        let target = folder.replacing("/store", with: "/backup")
        let first = try await StoreBackup(from: folder, to: target, by: way).run(records: records)
        #expect(first.blobs == 3)
        try push(image: "two", tags: ["v2"])
        let second = try await StoreBackup(from: folder, to: target, by: way).run(records: records)
        #expect(second.blobs == 6)
        let copy = StoreChecker(
            blobs: try FileBlobStore(folder: target, access: .readOnly), records: try RecordStore(folder: target, access: .readOnly))
        let report = try await copy.check(parallelism: 2)
        #expect(report.faults == [])
        #expect(report.manifests == 2)
        #expect(FileManager.default.contents(atPath: target + "/log/tile/0/000") == Data("tile".utf8))
        #expect(FileManager.default.contents(atPath: target + "/log/checkpoint") == Data("checkpoint".utf8))
        #expect(!FileManager.default.fileExists(atPath: target + "/uploads"))

        let restored = folder.replacing("/store", with: "/restored")
        _ = try await StoreBackup(from: target, to: restored, by: .copy).restore()
        let again = StoreChecker(blobs: try FileBlobStore(folder: restored), records: try RecordStore(folder: restored))
        #expect(try await again.check(parallelism: 2).faults == [])
        await #expect(throws: PipelineError.self) { try await StoreBackup(from: target, to: restored, by: .copy).restore() }
    }

    private func log(_ names: [String: String]) throws {
        try FileManager.default.createDirectory(atPath: folder + "/log", withIntermediateDirectories: true)
        for (name, text) in names { try Data(text.utf8).write(to: URL(filePath: folder + "/log/" + name)) }
    }

    private func text(_ path: String) -> String? { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }

    @Test func `a backup that fails leaves the log of the earlier one`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        try log(["checkpoint": "first", "tile": "of the first"])
        let target = folder.replacing("/store", with: "/backup")
        _ = try await StoreBackup(from: folder, to: target, by: .copy).run(records: records)
        // No file of this name can be written beside another: it is too long.
        let long = String(repeating: "z", count: 253)
        try log(["checkpoint": "second", "tile": "of the second", long: "x"])
        await #expect(throws: (any Error).self) { try await StoreBackup(from: folder, to: target, by: .copy).run(records: records) }
        #expect(text(target + "/log/checkpoint") == "first" && text(target + "/log/tile") == "of the first")
        try FileManager.default.removeItem(atPath: folder + "/log/" + long)
        _ = try await StoreBackup(from: folder, to: target, by: .copy).run(records: records)
        #expect(text(target + "/log/checkpoint") == "second" && text(target + "/log/tile") == "of the second")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).filter { $0.contains("log") } == ["log"])
    }

    @Test func `a backup's log holds all that its records do`() async throws {
        defer { cleanUp() }
        try log(["checkpoint": "before"])
        let target = folder.replacing("/store", with: "/backup")
        let backup = StoreBackup(from: folder, to: target, by: .copy) { [self] in
            try push(image: "one", tags: ["v1"])
            try log(["checkpoint": "after", "tile": "of it"])
        }
        _ = try await backup.run(records: records)
        #expect(text(target + "/log/checkpoint") == "after" && text(target + "/log/tile") == "of it")
    }

    @Test func `a backup that ended between two steps is restored with its earlier log`() async throws {
        defer { cleanUp() }
        try push(image: "one", tags: ["v1"])
        try log(["checkpoint": "first"])
        let target = folder.replacing("/store", with: "/backup")
        _ = try await StoreBackup(from: folder, to: target, by: .copy).run(records: records)
        try FileManager.default.moveItem(atPath: target + "/log", toPath: target + "/log.old")
        try FileManager.default.createDirectory(atPath: target + "/log.new", withIntermediateDirectories: true)
        let restored = folder.replacing("/store", with: "/restored")
        _ = try await StoreBackup(from: target, to: restored, by: .copy).restore()
        #expect(text(restored + "/log/checkpoint") == "first")
        #expect(!FileManager.default.fileExists(atPath: restored + "/log.old"))
    }

    @Test func `a folder of other things is neither written over nor restored from`() async throws {
        defer { cleanUp() }
        let target = folder.replacing("/store", with: "/papers")
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(filePath: target + "/letter"))
        await #expect(throws: PipelineError.self) { try await StoreBackup(from: folder, to: target, by: .copy).run(records: records) }
        await #expect(throws: PipelineError.self) { try await StoreBackup(from: target, to: folder + "2", by: .copy).restore() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["letter"])
    }

    @Test func `usage counts what is shared once and what is own apart`() throws {
        defer { cleanUp() }
        try push(blob: "shared", to: "a")
        try push(blob: "shared", to: "b")
        try push(blob: "own of b", to: "b")
        let usage = try StoreUsage(blobs: blobs, records: records)
        #expect(usage.totalBytes == 14)
        #expect(usage.repositories.map(\.name) == ["a", "b"])
        #expect(usage.repositories.map(\.bytes) == [6, 14])
        #expect(usage.repositories.map(\.ownBytes) == [0, 8])
    }
}
