// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import GRDB
import OCI
import TestKit
import Testing

@testable import Records

private let monday = Timestamp(seconds: 1_795_000_000)
private func after(_ seconds: Int) -> Timestamp { Timestamp(seconds: monday.seconds + seconds) }

@Suite struct PublicationTests {
    let scratch: TestFolder
    let store: RecordStore

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    private func publication(_ revision: Int) -> Publication {
        let index = Digest.sha256(of: "index \(revision)")
        let release = Release(
            repository: "python", stream: "3.13", version: "3.13.5", buildTag: "3.13.5-r\(revision)", tags: ["3.13"], index: index,
            platforms: [], created: monday, title: "Python", summary: "Python", endOfLife: nil, lock: .sha256(of: "lock"))
        return Publication(
            repository: "python", manifests: [.init(digest: index, mediaType: MediaType.index, size: 2, references: [])],
            tags: ["3.13": index, release.buildTag: index], immutableTags: [release.buildTag], release: release)
    }
    private func index(_ revision: Int) -> Digest { .sha256(of: "index \(revision)") }

    @Test func `the first publication of a build stays its moment, and publishing what is current again is none`() throws {
        try store.apply(publication(1), at: monday)
        try store.apply(publication(1), at: after(10))
        try store.apply(publication(2), at: after(20))
        // A build whose place a newer one took becomes current again: that is another publication, not its first.
        try store.apply(publication(1), at: after(30))
        let moments = try store.moments(of: [index(1), index(2), index(3)])
        #expect(moments[index(1)]?.published == monday)
        #expect(moments[index(2)]?.published == after(20))
        #expect(moments[index(3)] == .init(built: nil, published: nil))
        let rows = try store.read { try Int.fetchAll($0, sql: "SELECT at FROM publications ORDER BY id") }
        #expect(rows == [monday, after(20), after(30)].map(\.seconds))
    }

    @Test func `a build is dated by its record, and one whose publication was not recorded has none`() throws {
        try store.record(subjects: [index(1)], of: "python", build: .sha256(of: "build"), at: after(-5))
        try store.apply(publication(1))
        // As stores are that were made before moments were recorded.
        try store.write { try $0.execute(sql: "DROP TRIGGER publications_are_not_deleted; DELETE FROM publications") }
        #expect(try store.moments(of: [index(1)])[index(1)] == .init(built: after(-5), published: nil))
    }

    @Test func `publications are only added`() throws {
        try store.apply(publication(1), at: monday)
        for sql in ["UPDATE publications SET at = 0", "DELETE FROM publications"] {
            #expect(throws: (any Error).self) { try store.write { try $0.execute(sql: sql) } }
        }
    }
}
