// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import TestKit
import Testing

@testable import Records

@Suite struct PublishTests {
    let scratch: TestFolder
    let store: RecordStore

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
    }

    @Test func `a publication is found by tag, digest and blob`() throws {
        let publication = Fixture.publication()
        try store.apply(publication)
        let digest = publication.manifests[0].digest
        let found = try #require(try store.manifest(tagged: "3.13", in: "python"))
        #expect(found.digest == digest)
        #expect(found.mediaType == MediaType.manifest)
        #expect(found.annotations == ["title": "m1"])
        #expect(try store.manifest(digest, in: "python") == found)
        #expect(try store.digest(ofTag: "3.13.5-r1", in: "python") == digest)
        #expect(try store.holds(blob: .sha256(of: "layer-m1"), in: "python"))
        #expect(try store.release(in: "python", buildTag: "3.13.5-r1") == publication.release)
    }

    @Test func `content is known only to the repository that holds it`() throws {
        try store.apply(Fixture.publication())
        try store.apply(Fixture.publication("nginx", manifest: "m2"))
        #expect(try store.manifest(.sha256(of: "m1"), in: "nginx") == nil)
        #expect(try !store.holds(blob: .sha256(of: "layer-m1"), in: "nginx"))
        #expect(try store.manifest(tagged: "3.13", in: "absent") == nil)
        #expect(try store.tags(in: "absent") == nil)
    }

    @Test func `applying again changes nothing`() throws {
        try store.apply(Fixture.publication())
        let tags = try store.taggedDigests(in: "python").map(\.tag)
        try store.apply(Fixture.publication())
        #expect(try store.taggedDigests(in: "python").map(\.tag) == tags)
        #expect(try store.releases().count == 1)
    }

    @Test func `a moving tag moves and an immutable one does not`() throws {
        try store.apply(Fixture.publication())
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        #expect(try store.digest(ofTag: "3.13", in: "python") == .sha256(of: "m2"))
        #expect(try store.digest(ofTag: "3.13.5-r1", in: "python") == .sha256(of: "m1"))
        #expect { try store.apply(Fixture.publication(manifest: "m3")) } throws: { error in
            guard case RecordsError.immutableTag("python", "3.13.5-r1", let current, let wanted) = error else { return false }
            return current == .sha256(of: "m1") && wanted == .sha256(of: "m3")
        }
    }

    @Test func `a refused publication leaves nothing behind`() throws {
        try store.apply(Fixture.publication())
        var second = Fixture.publication("python", manifest: "m3", tags: ["0-first"])
        second.release = nil
        #expect(throws: RecordsError.self) { try store.apply(second, recording: BuildRecord(key: .sha256(of: "k"), result: ["a": 1])) }
        #expect(try store.manifest(.sha256(of: "m3"), in: "python") == nil)
        #expect(try store.tags(in: "python") == ["3.13", "3.13.5-r1"])
        #expect(try store.build(forKey: .sha256(of: "k")) == nil)
        #expect(try !store.holds(blob: .sha256(of: "layer-m3"), in: "python"))
    }

    @Test func `a tag that was moving cannot become immutable elsewhere`() throws {
        try store.apply(Fixture.publication())
        var second = Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2")
        second.immutableTags.insert("3.13")
        #expect(throws: RecordsError.self) { try store.apply(second) }
    }

    @Test func `an immutable tag stays so when published again as moving`() throws {
        try store.apply(Fixture.publication())
        var again = Fixture.publication()
        again.immutableTags = []
        try store.apply(again)
        var moved = Fixture.publication(manifest: "m2")
        moved.immutableTags = []
        moved.release = nil
        #expect(throws: RecordsError.self) { try store.apply(moved) }
    }

    @Test func `a tag to a manifest the repository does not hold is refused`() throws {
        let publication = Publication(repository: "a", manifests: [], tags: ["t": .sha256(of: "nothing")])
        #expect { try store.apply(publication) } throws: { error in
            if case RecordsError.unknownManifest = error { true } else { false }
        }
        #expect(try store.repositories().isEmpty)
    }

    @Test func `tags come in ASCII order and in pages`() throws {
        try store.apply(Fixture.publication(tags: ["b", "B", "_x", "10", "9", "latest"], buildTag: "z"))
        let all = ["10", "9", "B", "_x", "b", "latest", "z"]
        #expect(try store.tags(in: "python") == all)
        #expect(try store.tags(in: "python", after: "9", limit: 3) == ["B", "_x", "b"])
        #expect(try store.tags(in: "python", after: "zz", limit: 3) == [])
        #expect(try store.tags(in: "python", limit: 0) == [])
        #expect(try store.tags(in: "python", after: "' OR 1=1 --") == all)
    }

    @Test func `referrers come in the order they were published and can be filtered`() throws {
        try store.apply(Fixture.publication())
        let subject = Digest.sha256(of: "m1")
        let types = ["z/sbom", "a/signature", "z/sbom"]
        for (index, type) in types.enumerated() {
            let referrer = Fixture.manifest("ref\(index)", subject: subject, type: type)
            try store.apply(Publication(repository: "python", manifests: [referrer], tags: [:]))
        }
        #expect(try store.referrers(of: subject, in: "python").map(\.artifactType) == types)
        #expect(
            try store.referrers(of: subject, in: "python", artifactType: "z/sbom").map(\.digest)
                == ["ref0", "ref2"].map { .sha256(of: $0) })
        #expect(try store.referrers(of: subject, in: "python", artifactType: "none").isEmpty)
        #expect(try store.referrers(of: subject, in: "nginx").isEmpty)
    }

    @Test func `a release that is published again is the latest again`() throws {
        let first = Fixture.publication(buildTag: "3.13.5-r1")
        let release = try #require(first.release)
        try store.apply(first)
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        #expect(try !store.isInForce(release))
        try store.apply(Publication(again: release))
        #expect(try store.isInForce(release))
        #expect(try store.latestRelease(in: "python", stream: "3.13") == release)
        #expect(try store.latestReleases().map(\.buildTag) == ["3.13.5-r1"])
        #expect(try store.digest(ofTag: "3.13", in: "python") == release.index)
        #expect(try store.releases(in: "python").map(\.buildTag) == ["3.13.5-r1", "3.13.5-r2"])
    }

    @Test func `a release without one of its tags is not in force`() throws {
        let release = try #require(Fixture.publication().release)
        #expect(try !store.isInForce(release))
        try store.apply(Fixture.publication())
        #expect(try store.isInForce(release))
        // Another stream took the moving tag.
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "4-r1", stream: "4"))
        #expect(try !store.isInForce(release))
    }

    @Test func `the latest release of each stream is listed`() throws {
        try store.apply(Fixture.publication(buildTag: "3.13.5-r1"))
        try store.apply(Fixture.publication(manifest: "m2", buildTag: "3.13.5-r2"))
        try store.apply(Fixture.publication(manifest: "m3", tags: ["3.13-dev"], buildTag: "3.13.5-dev-r1", stream: "3.13-dev"))
        try store.apply(Fixture.publication("nginx", manifest: "m4", tags: ["1"], buildTag: "1-r1", stream: "1"))
        #expect(try store.latestReleases().map(\.buildTag) == ["1-r1", "3.13.5-dev-r1", "3.13.5-r2"])
        #expect(try store.latestReleases(in: "python").count == 2)
        #expect(try store.latestRelease(in: "python", stream: "3.13")?.buildTag == "3.13.5-r2")
        #expect(try store.releases(in: "python", limit: 2).map(\.buildTag) == ["3.13.5-dev-r1", "3.13.5-r2"])
        #expect(try store.repositories(after: "nginx", limit: 5) == ["python"])
    }
}
