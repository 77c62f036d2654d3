// SPDX-License-Identifier: Apache-2.0
import Base
import TestKit
import Testing

@testable import Records

@Suite struct BuildTests {
    let scratch: TestFolder
    let store: RecordStore

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    @Test func `a build is found by its key`() throws {
        struct Result: Codable, Equatable { var index: Digest }
        let key = Digest.sha256(of: "inputs")
        #expect(try store.build(forKey: key) == nil)
        let result = Result(index: .sha256(of: "image"))
        try store.apply(Fixture.publication(), recording: BuildRecord(key: key, result: CanonicalJSON.value(of: result)))
        #expect(try store.build(forKey: key, as: Result.self) == result)
        try store.keep(BuildRecord(key: key, result: ["other": true]))
        #expect(try store.build(forKey: key) == ["other": true])
        #expect(try store.build(forKey: key, as: Result.self) == nil)
    }

    @Test func `a build of the whole catalog is remembered until something is published`() throws {
        let build = BuildRecord(key: .sha256(of: "catalog"), result: ["images": 3])
        #expect(try store.wholeBuild() == nil)
        try store.keep(wholeBuild: BuildRecord(key: .sha256(of: "before"), result: ["images": 2]))
        try store.keep(wholeBuild: build)
        #expect(try store.wholeBuild() == build)
        try store.apply(Fixture.publication())
        #expect(try store.wholeBuild() == nil)
    }

    @Test func `an archive index goes forward only`() throws {
        let first = SeenIndex(archive: "trixie-security", date: Timestamp(seconds: 2000), sha256: "aa")
        #expect(try store.seenIndex(of: first.archive) == nil)
        try store.remember(first)
        try store.remember(first)
        #expect { try store.remember(SeenIndex(archive: first.archive, date: Timestamp(seconds: 1999), sha256: "bb")) } throws: { error in
            if case RecordsError.olderIndex = error { true } else { false }
        }
        #expect { try store.remember(SeenIndex(archive: first.archive, date: first.date, sha256: "bb")) } throws: { error in
            if case RecordsError.otherIndex = error { true } else { false }
        }
        #expect(try store.seenIndex(of: first.archive) == first)
        try store.remember(SeenIndex(archive: first.archive, date: Timestamp(seconds: 2001), sha256: "cc"))
        try store.remember(SeenIndex(archive: "trixie", date: Timestamp(seconds: 5), sha256: "dd"))
        #expect(try store.seenIndex(of: first.archive)?.sha256 == "cc")
    }

    @Test func `metadata is set, changed and removed`() throws {
        try store.setMetadata("k", to: "1")
        try store.setMetadata("k", to: "2")
        #expect(try store.metadata("k") == "2")
        try store.setMetadata("k", to: nil)
        #expect(try store.metadata("k") == nil)
    }
}
