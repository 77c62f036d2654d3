// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Blobs
import OCI
import TestKit
import Testing

@testable import Pipeline

/// What is read back from the layers of a published image.
@Suite struct PublishedImageTests {
    private let folder: TestFolder
    private let blobs: FileBlobStore

    init() throws {
        folder = try TestFolder()
        blobs = try FileBlobStore(folder: folder.path)
    }

    private func image(_ layers: [[(String, String)]], lying: Bool = false) throws -> PublishedImage {
        var descriptors: [Descriptor] = []
        var diffIDs: [String] = []
        for files in layers {
            var tar = TarWriter()
            for (path, text) in files {
                try tar.append(TarHeader(path: path, kind: .file, mode: 0o644, uid: 0, gid: 0, modified: 0), body: Array(text.utf8))
            }
            tar.writeEnd()
            diffIDs.append(Digest.sha256(of: lying ? [1] : tar.bytes).description)
            let packed = try Gzip.encode(tar.bytes)
            descriptors.append(Descriptor(mediaType: MediaType.layerGzip, digest: try blobs.write(packed), size: packed.count))
        }
        let config: JSON = [
            "architecture": "amd64", "os": "linux", "rootfs": ["type": "layers", "diff_ids": JSON(diffIDs)], "config": [:],
        ]
        let bytes = config.canonicalBytes
        let manifest = ImageManifest(
            config: Descriptor(mediaType: MediaType.config, digest: try blobs.write(bytes), size: bytes.count), layers: descriptors)
        return try PublishedImage(.amd64, manifest: try blobs.write(try manifest.content().bytes), from: blobs)
    }

    private static func record(_ name: String, _ more: String = "") -> String {
        "Package: \(name)\nVersion: 1.0-1+b2\nSource: \(name)-source (1.0-1)\nArchitecture: amd64\n\(more)\n"
    }

    @Test func `packages are those of the records that scanners read`() throws {
        let image = try image([
            [("var/lib/dpkg/status.d/apt", Self.record("apt")), ("var/lib/dpkg/status.d/apt.md5sums", "x  usr/bin/apt\n")],
            [("var/lib/dpkg/status.d/bash", Self.record("bash"))],
        ])
        #expect(image.image.packages.map(\.locked.name) == ["apt", "bash"])
        #expect(image.image.packages.map(\.locked.source) == ["apt-source", "bash-source"])
        #expect(image.image.packages.allSatisfy { $0.locked.version == "1.0-1+b2" && $0.locked.sourceVersion == "1.0-1" })
    }

    @Test func `an image that may install packages has its records in one file, and emptied those below`() throws {
        let image = try image([
            [("var/lib/dpkg/status.d/apt", Self.record("apt")), ("var/lib/dpkg/status.d/libc6", Self.record("libc6"))],
            [
                ("var/lib/dpkg/status.d/apt", ""), ("var/lib/dpkg/status.d/libc6", ""),
                (
                    "var/lib/dpkg/status",
                    Self.record("apt", "Status: install ok installed\n") + Self.record("libc6", "Status: install ok installed\n")
                        + Self.record("gone", "Status: deinstall ok config-files\n")
                ),
            ],
        ])
        #expect(image.image.packages.map(\.locked.name) == ["apt", "libc6"])
    }

    @Test func `records that say nothing, and layers that are others, are refused`() {
        #expect(throws: (any Error).self) { try image([[("var/lib/dpkg/status.d/apt", "no record")]]) }
        #expect(throws: (any Error).self) { try image([[("var/lib/dpkg/status", "Package: a\nStatus: install ok installed\n")]]) }
        #expect(throws: PipelineError.self) { try image([[("a", "b")]], lying: true) }
    }
}
