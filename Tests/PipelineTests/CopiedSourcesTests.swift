// SPDX-License-Identifier: Apache-2.0
import Archive
import Base
import OCI
import TestKit
import Testing

@testable import Pipeline

@Suite struct CopiedSourcesTests {
    private let blobs = MemoryBlobStore()

    private func image(_ layers: [RawTar]) throws -> Digest {
        let config = blobs.write(Array("{}".utf8))
        let descriptors = try layers.map { tar in
            let packed = try Gzip.encode(tar.bytes)
            return Descriptor(mediaType: MediaType.layerGzip, digest: blobs.write(packed), size: packed.count)
        }
        let manifest = ImageManifest(config: Descriptor(mediaType: MediaType.config, digest: config, size: 2), layers: descriptors)
        return blobs.write(try manifest.content().bytes)
    }

    @Test func `what packages were built with is read from the records in all layers`() throws {
        let digest = try image([
            RawTar([
                .file("var/lib/dpkg/status.d/tool", "Package: tool\nVersion: 1\nBuilt-Using: golang-1.24 (= 1.24.4-1),\n golang-x (= 2)\n"),
                .file("var/lib/dpkg/status.d/tool.md5sums", "Built-Using: nothing"), .file("etc/other", "Built-Using: nothing"),
            ]),
            RawTar([
                .file("var/lib/dpkg/status.d/plain", "Package: plain\nVersion: 1\n"),
                .file(
                    "var/lib/dpkg/status.d/both",
                    "Package: both\nVersion: 1\nBuilt-Using: a (= 1)\nStatic-Built-Using: b (= 2)\n"),
            ]),
        ])
        let copies = try CopiedSources.read(manifest: digest, from: blobs)
        #expect(copies.keys.sorted() == ["both", "tool"])
        #expect(copies["both"] == "a (= 1), b (= 2)")
        #expect(copies["tool"]?.contains("golang-x (= 2)") == true)
    }

    @Test func `an image that may install packages has its records in one file, and empty ones below`() throws {
        let digest = try image([
            RawTar([.file("var/lib/dpkg/status.d/tool", "Package: tool\nVersion: 1\nBuilt-Using: a (= 1)\n")]),
            RawTar([
                .file("var/lib/dpkg/status.d/tool", ""),
                .file(
                    "var/lib/dpkg/status",
                    "Package: tool\nVersion: 1\nBuilt-Using: a (= 1)\n\nPackage: other\nVersion: 1\nStatic-Built-Using: b (= 2)\n"),
            ]),
        ])
        #expect(try CopiedSources.read(manifest: digest, from: blobs) == ["tool": "a (= 1)", "other": "b (= 2)"])
    }

    @Test func `a layer that is gone or a record that is none is an error, not an image without copies`() throws {
        let broken = try image([RawTar([.file("var/lib/dpkg/status.d/tool", "no record")])])
        #expect(throws: (any Error).self) { try CopiedSources.read(manifest: broken, from: blobs) }
        let bytes = try blobs.read(try image([RawTar([.file("a", "a")])]))
        let elsewhere = MemoryBlobStore()
        let digest = elsewhere.write(bytes)
        #expect(throws: (any Error).self) { try CopiedSources.read(manifest: digest, from: elsewhere) }
    }
}
