// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import GRDB
import OCI
import TestKit
import Testing

@testable import Records

@Suite struct PushTests {
    let scratch: TestFolder
    let records: RecordStore
    private let now = Timestamp(seconds: 5000)
    init() throws {
        scratch = try TestFolder()
        records = try RecordStore(folder: scratch.path, access: .serving)
    }

    private func link(_ name: String, in repository: String = "app", at time: Int = 5000, isNew: Bool = true) throws {
        let blob = PushedBlob(repository: repository, digest: .sha256(of: name), size: name.utf8.count, isNew: isNew)
        #expect(try records.link(blob, at: Timestamp(seconds: time)) { true } == .stored)
    }

    @discardableResult
    private func push(
        _ name: String, in repository: String = "app", needing blobs: [String] = [], listing manifests: [String] = [], tags: [String] = [],
        subject: String? = nil, at time: Int = 5000, isOnDisk: Bool = true, type: String = MediaType.manifest
    ) throws -> PushOutcome {
        let blob = PushedBlob(repository: repository, digest: .sha256(of: name), size: name.utf8.count, isNew: true)
        let references =
            blobs.map { ManifestPush.Reference(address: .sha256(.sha256(of: $0)), isManifest: false, isOptional: false) }
            + manifests.map { ManifestPush.Reference(address: .sha256(.sha256(of: $0)), isManifest: true, isOptional: false) }
        let push = ManifestPush(
            manifest: .init(digest: blob.digest, mediaType: type, size: blob.size), blob: blob,
            subject: subject.map { .sha256(.sha256(of: $0)) }, references: references, tags: tags)
        return try records.push(push, at: Timestamp(seconds: time)) { isOnDisk }
    }

    @Test func `a manifest needs what it names, in its own repository`() throws {
        try link("layer", in: "other")
        #expect(try push("m", needing: ["layer"], tags: ["v1"]) == .missing([.sha256(.sha256(of: "layer"))]))
        #expect(try !records.hasRepository("app"))
        try link("layer")
        #expect(try push("m", needing: ["layer"], tags: ["v1"]) == .stored)
        #expect(try records.digest(ofTag: "v1", in: "app") == .sha256(of: "m"))
        #expect(try push("list", listing: ["m", "absent"]) == .missing([.sha256(.sha256(of: "absent"))]))
        #expect(try push("list", listing: ["m"]) == .stored)
    }

    @Test func `the file of a refused manifest may be collected`() throws {
        #expect(try push("m", needing: ["layer"]) == .missing([.sha256(.sha256(of: "layer"))]))
        let found = try records.collectable(pushedBefore: Timestamp(seconds: 6000), untagged: .keep)
        #expect(found.files.map(\.digest) == [.sha256(of: "m")])
        #expect(try !records.hasRepository("app"))
    }

    @Test func `what is pushed again is young again, and what a build published stays its own`() throws {
        try records.apply(Fixture.publication("app", tags: ["stable"], buildTag: "1-r1"))
        try link("layer", at: 1000)
        try link("layer-m1", at: 1000)
        #expect(try records.collectable(pushedBefore: now, untagged: .keep).links == 1)
        try link("layer", at: 5000, isNew: false)
        #expect(try records.collectable(pushedBefore: now, untagged: .keep).links == 0)
        #expect(try records.delete(blob: .sha256(of: "layer-m1"), in: "app") == .protected)
    }

    @Test func `many missing parts are told once each, without keeping writers out`() throws {
        let names = (0..<10_000).map { "absent \($0)" }
        let start = ContinuousClock.now
        guard case .missing(let missing) = try push("m", listing: names + names) else {
            Issue.record("it was stored")
            return
        }
        #expect(missing.count == 10_000)
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func `an index may outlive what it lists, an image may not`() throws {
        try link("layer")
        try push("m", needing: ["layer"])
        try push("list", listing: ["m"], tags: ["l1"], type: MediaType.index)
        #expect(try records.delete(manifest: .sha256(of: "m"), in: "app") == .deleted)
        #expect(try records.faults() == [])
        try push("m", needing: ["layer"])
        #expect(try records.collectable(pushedBefore: Timestamp(seconds: 6000), untagged: .collect).manifests == [])
        // Lost elsewhere, it takes nothing out of here.
        #expect(try records.delete(manifest: .sha256(of: "m"), in: "app") == .deleted)
        try link("layer", in: "other")
        try push("m", in: "other", needing: ["layer"], tags: ["v1"])
        #expect(try records.dropLost([.sha256(of: "m")]) { _ in true } > 0)
        #expect(try records.tags(in: "app") == ["l1"])
        #expect(try records.tags(in: "other") == [])
    }

    @Test func `what was found again is not taken out`() throws {
        try link("layer")
        try push("m", needing: ["layer"], tags: ["v1"])
        #expect(try records.dropLost([.sha256(of: "layer")]) { _ in false } == 0)
        #expect(try records.tags(in: "app") == ["v1"])
    }

    @Test func `nothing is recorded of bytes that are gone`() throws {
        #expect(try push("m", tags: ["v1"], isOnDisk: false) == .gone)
        let blob = PushedBlob(repository: "app", digest: .sha256(of: "b"), size: 1, isNew: true)
        #expect(try records.link(blob, at: now) { false } == .gone)
        #expect(try records.repositories() == [])
    }

    @Test func `a tag of the catalog stands, one that was pushed moves`() throws {
        try records.apply(Fixture.publication("app", tags: ["stable"], buildTag: "1-r1"))
        let published = Digest.sha256(of: "m1")
        for tag in ["stable", "1-r1"] {
            #expect(try push("m", tags: ["new", tag]) == .protected(tag: tag, current: published))
            #expect(try records.delete(tag: tag, in: "app") == .protected)
        }
        #expect(try records.digest(ofTag: "new", in: "app") == nil)
        #expect(try records.delete(manifest: published, in: "app") == .protected)
        #expect(try records.delete(blob: .sha256(of: "layer-m1"), in: "app") == .protected)
        #expect(try push("m", tags: ["mine"]) == .stored)
        #expect(try push("n", tags: ["mine"]) == .stored)
        #expect(try records.digest(ofTag: "mine", in: "app") == .sha256(of: "n"))
    }

    @Test func `the generation changes with every commit of every process, and not without one`() throws {
        let reader = try RecordStore(folder: scratch.path, access: .readOnly)
        let before = try #require(reader.generation)
        #expect(reader.generation == before)
        _ = try reader.repositories()
        #expect(reader.generation == before)
        try link("a")
        let after = try #require(reader.generation)
        #expect(after != before)
        #expect(records.generation == after)
        let other = try RecordStore(folder: scratch.path)
        #expect(other.generation == after)
        try other.setMetadata("k", to: "v")
        #expect(reader.generation != after)
    }

    // MARK: - Deleting and collecting

    @Test func `a blob in use stays`() throws {
        try link("layer")
        try push("m", needing: ["layer"], tags: ["v1"])
        #expect(try records.delete(blob: .sha256(of: "layer"), in: "app") == .inUse(1))
        #expect(try records.delete(manifest: .sha256(of: "m"), in: "app") == .deleted)
        #expect(try records.tags(in: "app") == [])
        #expect(try records.delete(blob: .sha256(of: "layer"), in: "app") == .deleted)
        #expect(try records.delete(blob: .sha256(of: "layer"), in: "app") == .unknown)
        #expect(try records.delete(manifest: .sha256(of: "m"), in: "absent") == .unknown)
    }

    private func collectable(_ untagged: RecordStore.Untagged = .keep, before cutoff: Int = 6000) throws -> [String: Bool] {
        let found = try records.collectable(pushedBefore: Timestamp(seconds: cutoff), untagged: untagged)
        let names = ["layer", "layer2", "lone", "m", "list", "old", "referrer", "layer-m1", "m1"]
        return Dictionary(uniqueKeysWithValues: names.map { name in (name, found.files.contains { $0.digest == .sha256(of: name) }) })
    }

    @Test func `what nothing needs is collectable, what something needs or is young is not`() throws {
        try records.apply(Fixture.publication("app", tags: ["stable"], buildTag: "1-r1"))
        for name in ["layer", "layer2", "lone"] { try link(name) }
        try push("m", needing: ["layer"], tags: ["v1"])
        try push("old", needing: ["layer2"])
        try push("referrer", subject: "m")
        #expect(
            try collectable() == [
                "layer": false, "layer2": false, "lone": true, "m": false, "list": false, "old": false, "referrer": false,
                "layer-m1": false, "m1": false,
            ])
        #expect(try collectable(.collect)["old"] == true)
        #expect(try collectable(.collect)["layer2"] == true)
        #expect(try collectable(.collect)["referrer"] == false)
        #expect(try collectable(.collect, before: 5000).values.allSatisfy { !$0 })
        // Asking changed nothing.
        #expect(try records.manifest(.sha256(of: "old"), in: "app") != nil)
        #expect(try records.delete(tag: "v1", in: "app") == .deleted)
        let gone = try records.forget(pushedBefore: Timestamp(seconds: 6000), untagged: .collect)
        #expect(Set(gone.manifests.map(\.digest)) == [.sha256(of: "m"), .sha256(of: "old"), .sha256(of: "referrer")])
        #expect(try records.manifest(.sha256(of: "m1"), in: "app") != nil)
        #expect(try records.holds(blob: .sha256(of: "layer-m1"), in: "app"))
    }

    @Test func `a file that is needed again meanwhile is not released`() throws {
        try link("lone")
        try link("layer")
        let found = try records.forget(pushedBefore: Timestamp(seconds: 6000), untagged: .keep)
        #expect(found.files.count == 2)
        try link("lone", isNew: false)
        var removed: [Digest] = []
        let gone = try records.release(found.files, before: Timestamp(seconds: 6000)) {
            removed.append($0)
            return true
        }
        #expect(removed == [.sha256(of: "layer")])
        #expect(gone.map(\.digest) == removed)
        #expect(
            try records.collectable(pushedBefore: Timestamp(seconds: 6000), untagged: .keep).files.map(\.digest) == [.sha256(of: "lone")])
    }

    @Test func `a file that did not come by upload is never collectable`() throws {
        try link("layer", isNew: false)
        let found = try records.collectable(pushedBefore: Timestamp(seconds: 6000), untagged: .collect)
        #expect(found.links == 1)
        #expect(found.files == [])
    }

    // MARK: - Care

    @Test func `lost content goes out of the records with all that needs it, but nothing that was published`() throws {
        try records.apply(Fixture.publication("app", tags: ["stable"], buildTag: "1-r1"))
        for name in ["layer", "layer2"] { try link(name) }
        try push("m", needing: ["layer"], tags: ["v1"])
        try push("list", listing: ["m"], tags: ["l1"])
        try push("fine", needing: ["layer2"], tags: ["v2"])
        #expect(try records.faults() == [])
        #expect(try records.dropLost([.sha256(of: "layer"), .sha256(of: "layer-m1")]) { _ in true } > 0)
        #expect(try records.tags(in: "app") == ["1-r1", "stable", "v2"])
        #expect(try records.manifest(.sha256(of: "m"), in: "app") == nil)
        #expect(try records.manifest(.sha256(of: "list"), in: "app") == nil)
        #expect(try records.manifest(.sha256(of: "m1"), in: "app") != nil)
        #expect(try records.holds(blob: .sha256(of: "layer-m1"), in: "app"))
        #expect(try records.faults() == [])
    }

    @Test func `faults between rows are found`() throws {
        try link("layer")
        try push("m", needing: ["layer"], tags: ["v1"])
        try records.write { try $0.execute(sql: "DELETE FROM blobs") }
        #expect(
            try records.faults() == [
                .referenceNotHeld(repository: "app", manifest: .sha256(of: "m"), reference: Digest.sha256(of: "layer").description)
            ])
        try records.write {
            try $0.execute(sql: "DELETE FROM refs")
            try $0.execute(sql: "DELETE FROM manifests")
        }
        #expect(
            try records.faults() == [.tagWithoutManifest(repository: "app", tag: "v1", digest: Digest.sha256(of: "m").description)])
    }

    @Test func `a snapshot is the database of one moment`() throws {
        try link("a")
        let folder = scratch.path + "/copy"
        _ = try RecordStore(folder: folder + "/unused")
        try records.snapshot(to: folder + "/records.sqlite")
        try link("b")
        let copy = try RecordStore(folder: folder, access: .readOnly)
        #expect(try copy.holds(blob: .sha256(of: "a"), in: "app"))
        #expect(try !copy.holds(blob: .sha256(of: "b"), in: "app"))
        #expect(throws: RecordsError.self) { try records.snapshot(to: folder + "/records.sqlite") }
    }
}
