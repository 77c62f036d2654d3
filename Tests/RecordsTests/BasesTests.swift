// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Foundation
import OCI
import TestKit
import Testing

@testable import Records

@Suite struct BasesTests {
    private func digests(_ names: String) -> [Digest] { names.map { Digest.sha256(of: String($0)) } }
    private func base(_ layers: String, _ tag: String, repository: String = "python") -> LayerBase {
        LayerBase(
            repository: repository, buildTag: tag, platform: "linux/amd64", manifest: .sha256(of: tag), layers: layers.count,
            chains: [LayerChain.prefixes(of: digests(layers)).last].compactMap(\.self))
    }

    @Test func `a release is found by its complete list of layers, the longest first`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/bases-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try RecordStore(folder: folder)
        try store.index([base("ab", "1-r1", repository: "root"), base("abcd", "3-r1"), base("abce", "3-r2"), base("abcd", "4-r1")])
        // Twice is once.
        try store.index([base("abcd", "3-r1")])
        func found(_ layers: String) throws -> [String] {
            try store.bases(under: LayerChain.prefixes(of: digests(layers))).map { "\($0.repository):\($0.buildTag)" }
        }
        #expect(try found("abcdxy") == ["python:3-r1", "python:4-r1", "root:1-r1"])
        #expect(try found("abcx") == ["root:1-r1"])
        #expect(try found("ba").isEmpty && found("").isEmpty)
        #expect(try found("abce") == ["python:3-r2", "root:1-r1"])
    }

    @Test func `chains are those of the image specification`() {
        let (a, b) = (Digest.sha256(of: "a"), Digest.sha256(of: "b"))
        #expect(LayerChain.prefixes(of: [a, b]) == [a, .sha256(of: "\(a) \(b)")])
    }

    @Test func `a batch is pushed as a whole or not at all`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/batch-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try RecordStore(folder: folder)
        let time = Timestamp(seconds: 1_700_000_000)
        func push(_ name: String, needs: [String], tags: [String] = []) -> ManifestPush {
            ManifestPush(
                manifest: .init(digest: .sha256(of: name), mediaType: MediaType.manifest, size: 1),
                blob: PushedBlob(repository: "app", digest: .sha256(of: name), size: 1, isNew: true), subject: nil,
                references: needs.map { .init(address: .sha256(.sha256(of: $0)), isManifest: false, isOptional: false) }, tags: tags)
        }
        let blob = PushedBlob(repository: "app", digest: .sha256(of: "layer"), size: 1, isNew: true)
        let lacking = PushBatch(
            repository: "app", blobs: [blob], manifests: [push("one", needs: ["layer"]), push("two", needs: ["absent"])])
        #expect(try store.push(lacking, at: time) { _ in true } == .refused(.missing([.sha256(.sha256(of: "absent"))])))
        #expect(try store.manifest(.sha256(of: "one"), in: "app") == nil)
        #expect(try !store.holds(blob: .sha256(of: "layer"), in: "app"))

        var good = PushBatch(
            repository: "app", blobs: [blob], manifests: [push("one", needs: ["layer"], tags: ["1"])], expected: ["1": nil as Digest?])
        #expect(try store.push(good, at: time) { $0 != Digest.sha256(of: "layer") } == .refused(.gone))
        #expect(try store.push(good, at: time) { _ in true } == .stored)
        #expect(try store.pushedImages() == [PushedImage(repository: "app", tag: "1", digest: .sha256(of: "one"))])
        good.manifests = [push("other", needs: ["layer"], tags: ["1"])]
        #expect(try store.push(good, at: time) { _ in true } == .moved(tag: "1", current: .sha256(of: "one")))
        good.expected = ["1": Digest.sha256(of: "one")]
        #expect(try store.push(good, at: time) { _ in true } == .stored)
        #expect(try store.digest(ofTag: "1", in: "app") == .sha256(of: "other"))
        #expect(try store.faults().isEmpty)
    }
}
