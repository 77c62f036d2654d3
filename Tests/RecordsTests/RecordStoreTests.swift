// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import GRDB
import TestKit
import Testing

@testable import Records

@Suite struct RecordStoreTests {
    let scratch: TestFolder
    init() throws { scratch = try TestFolder() }

    @Test func `opening creates the folder, and opening again changes nothing`() throws {
        let folder = scratch.path + "/a/b"
        do { try RecordStore(folder: folder).setMetadata("k", to: "v") }
        #expect(try RecordStore(folder: folder).metadata("k") == "v")
    }

    @Test func `opening what is there takes milliseconds and writes nothing`() throws {
        do { try RecordStore(folder: scratch.path).setMetadata("k", to: "v") }
        let file = scratch.path + "/records.sqlite"
        let before = try Data(contentsOf: URL(filePath: file))
        let time = try ContinuousClock().measure {
            for _ in 0..<20 { _ = try RecordStore(folder: scratch.path).build(forKey: .sha256(of: "k")) }
        }
        #expect(time / 20 < .milliseconds(100))
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
    }

    @Test func `commits are flushed and the log is written ahead`() throws {
        let store = try RecordStore(folder: scratch.path)
        #expect(try store.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try store.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }

    @Test func `a reader needs a store and sees what a writer commits`() throws {
        #expect(throws: RecordsError.self) { try RecordStore(folder: scratch.path, access: .readOnly) }
        let writer = try RecordStore(folder: scratch.path)
        let reader = try RecordStore(folder: scratch.path, access: .readOnly)
        try writer.apply(Fixture.publication())
        #expect(try reader.repositories() == ["python"])
        #expect { try reader.apply(Fixture.publication()) } throws: { error in
            if case RecordsError.cannotWrite = error { true } else { false }
        }
    }

    @Test func `a reader opens a store that was closed, also one that cannot be locked`() throws {
        do { try RecordStore(folder: scratch.path).apply(Fixture.publication()) }
        #expect(try RecordStore(folder: scratch.path, access: .readOnly).repositories() == ["python"])
        var configuration = Configuration()
        configuration.readonly = true
        let reader = try RecordStore.openAtRest(scratch.path + "/records.sqlite", configuration)
        #expect(try reader.read { try String.fetchOne($0, sql: "SELECT name FROM repositories") } == "python")
    }

    @Test func `a store of an older layout keeps its releases and their order, also when it is opened for reading`() throws {
        let queue = try DatabaseQueue(path: scratch.path + "/records.sqlite")
        try queue.write { database in
            for change in Schema.changes.prefix(2) { try database.execute(sql: change) }
            try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            try database.execute(sql: "PRAGMA user_version = 2")
            for (tag, name) in [("3.13.5-r1", "m1"), ("3.13.5-r2", "m2")] {
                let release = try #require(Fixture.publication(manifest: name, buildTag: tag).release)
                try database.execute(
                    sql: """
                        INSERT INTO releases (repository, stream, version, build_tag, index_digest, created, release)
                        VALUES (?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        release.repository, release.stream, release.version, tag, release.index.description, 0,
                        String(decoding: try CanonicalJSON.encode(release), as: UTF8.self),
                    ])
            }
        }
        try queue.close()
        let reader = try RecordStore(folder: scratch.path, access: .readOnly)
        #expect(try reader.releases().map(\.buildTag) == ["3.13.5-r2", "3.13.5-r1"])
        #expect(try RecordStore(folder: scratch.path).latestReleases().map(\.buildTag) == ["3.13.5-r2"])
    }

    @Test func `a newer layout is refused`() throws {
        do { try RecordStore(folder: scratch.path).write { try $0.execute(sql: "PRAGMA user_version = 999") } }
        for access in [RecordStore.Access.readWrite, .readOnly] {
            #expect { try RecordStore(folder: scratch.path, access: access) } throws: { error in
                guard case RecordsError.newerSchema(_, 999, Schema.version) = error else { return false }
                return true
            }
        }
    }

    @Test func `a database of another program is refused and left alone`() throws {
        let path = scratch.path + "/records.sqlite"
        do { try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE theirs (a)") } }
        #expect { try RecordStore(folder: scratch.path) } throws: { error in
            if case RecordsError.foreign = error { true } else { false }
        }
        #expect(try DatabaseQueue(path: path).read { try $0.tableExists("theirs") })
    }

    @Test func `a file that is no database is refused with a remedy`() throws {
        _ = try scratch.file("records.sqlite", Array("this is not a database, only some text that is long enough".utf8))
        #expect { try RecordStore(folder: scratch.path) } throws: { error in
            guard case RecordsError.foreign = error, let error = error as? any Diagnosable else { return false }
            return error.diagnosis.code == "records.foreign" && !error.diagnosis.remedy.isEmpty
        }
    }

    @Test func `a folder that cannot be made is told`() throws {
        let file = try scratch.file("file", [1])
        #expect { try RecordStore(folder: file + "/sub") } throws: { error in
            if case RecordsError.cannotWrite = error { true } else { false }
        }
    }

    @Test func `an older layout is brought up to date`() throws {
        let path = scratch.path + "/records.sqlite"
        do {
            try DatabaseQueue(path: path).write { database in
                try database.execute(sql: Schema.changes[0])
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(sql: "PRAGMA user_version = 1")
                try database.execute(sql: "INSERT INTO metadata VALUES ('k', 'old')")
            }
        }
        let store = try RecordStore(folder: scratch.path)
        #expect(try store.metadata("k") == "old")
        #expect(try store.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == Schema.version)
    }
}
