// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI
import Records
import TestKit
import Testing

@Suite struct SupersededTests {
    private let scratch: TestFolder
    private let store: RecordStore
    private let subject = Digest.sha256(of: "m1")

    init() throws {
        scratch = try TestFolder()
        store = try RecordStore(folder: scratch.path)
        try store.apply(Fixture.publication())
    }

    private func evidence(
        _ name: String, _ kind: String, about subject: Digest? = nil, isRenewed: Bool = true, type: String = "bundle"
    ) -> Publication {
        let manifest = Publication.Manifest(
            digest: .sha256(of: name), mediaType: MediaType.manifest, size: name.utf8.count, subject: subject ?? self.subject,
            artifactType: type, annotations: [Annotation.bundlePredicateType: kind], references: [.sha256(of: "blob of " + name)],
            renews: isRenewed ? kind : nil)
        return Publication(repository: "python", manifests: [manifest], tags: [:])
    }

    private func listed() throws -> [Digest] { try store.referrers(of: subject, in: "python").map(\.digest) }
    private func digests(_ names: String...) -> [Digest] { names.map { .sha256(of: $0) } }

    @Test func `newer evidence of a kind that renews itself is listed alone, the older stays retrievable`() throws {
        for name in ["vex-1", "vex-2", "vex-3"] { try store.apply(evidence(name, "openvex")) }
        #expect(try listed() == digests("vex-3"))
        #expect(try store.referrers(of: subject, in: "python", artifactType: "bundle").map(\.digest) == digests("vex-3"))
        let old = try #require(try store.manifest(.sha256(of: "vex-1"), in: "python"))
        #expect(old.supersededBy == .sha256(of: "vex-2"))
        #expect(try store.holds(blob: .sha256(of: "blob of vex-1"), in: "python"))
        #expect(try store.manifest(.sha256(of: "vex-3"), in: "python")?.supersededBy == nil)
    }

    @Test func `evidence of other kinds, other subjects and other forms stays listed`() throws {
        try store.apply(evidence("scan-1", "vulnerabilities"))
        try store.apply(evidence("vex-1", "openvex"))
        try store.apply(evidence("other", "openvex", about: .sha256(of: "m2")))
        try store.apply(evidence("foreign", "openvex", isRenewed: false, type: "another-form"))
        try store.apply(evidence("vex-2", "openvex"))
        #expect(try listed() == digests("scan-1", "foreign", "vex-2"))
        #expect(try store.referrers(of: .sha256(of: "m2"), in: "python").map(\.digest) == digests("other"))
    }

    @Test func `provenance is never replaced`() throws {
        for name in ["provenance-1", "provenance-2"] { try store.apply(evidence(name, "provenance", isRenewed: false)) }
        #expect(try listed() == digests("provenance-1", "provenance-2"))
    }

    @Test func `publishing the older once more brings nothing back`() throws {
        try store.apply(evidence("vex-1", "openvex"))
        try store.apply(evidence("vex-2", "openvex"))
        try store.apply(evidence("vex-1", "openvex"))
        try store.apply(evidence("vex-2", "openvex"))
        #expect(try listed() == digests("vex-2"))
    }

    @Test func `another repository's evidence is its own`() throws {
        var elsewhere = evidence("vex-0", "openvex")
        elsewhere.repository = "nginx"
        try store.apply(elsewhere)
        try store.apply(evidence("vex-1", "openvex"))
        #expect(try store.referrers(of: subject, in: "nginx").map(\.digest) == digests("vex-0"))
    }
}
