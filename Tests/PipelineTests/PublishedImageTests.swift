// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Blobs
import Check
import OCI
import TestKit
import Testing
import VEX

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

    private func absent(_ package: String, in image: PublishedImage) throws -> TriageProof? {
        let statement = TriageStatement(
            place: Place(file: "catalog/vex/a.yaml"), vulnerability: "CVE-2025-1", aliases: [], images: [], streams: [],
            package: TriagePackage(name: .binary("tool"), versions: .exactly(["1.0-1+b2"])), status: .notAffected,
            justification: .componentNotPresent, impact: nil, action: nil, notes: nil, evidence: [.packageAbsent(package)], author: "Ada",
            timestamp: Timestamp(seconds: 0), expires: Timestamp(seconds: 1))
        var prover = StatementProver(image.image, Recipe(name: "tool", stream: "1")) { image.contents(of: $0) }
        return prover.prove(statement).first
    }

    @Test func `a package of which only files are left is not absent, nor is a source of which a copy was built in`() throws {
        let image = try image([
            [
                ("var/lib/dpkg/status.d/tool", Self.record("tool", "Static-Built-Using: golang-1.24 (= 1.24.4-1),\n zlib (= 1)")),
                ("var/lib/dpkg/status.d/tool.md5sums", String(repeating: "0", count: 32) + "  usr/bin/tool\n"), ("usr/bin/tool", "x"),
                // Somebody removed its record, not its files.
                ("var/lib/dpkg/status.d/left.md5sums", String(repeating: "0", count: 32) + "  usr/bin/left\n"), ("usr/bin/left", "x"),
                ("var/lib/dpkg/info/listed:amd64.list", "/.\n/usr\n/usr/bin\n/usr/bin/listed\n"), ("usr/bin/listed", "x"),
                ("var/lib/dpkg/info/gone.list", "/.\n/usr\n/usr/bin\n/usr/bin/gone\n"), ("etc/tool.conf", "x"),
            ]
        ])
        for (name, detail) in [
            ("tool", "tool 1.0-1+b2"), ("left", "its path usr/bin/left"), ("listed", "its path usr/bin/listed"),
            ("golang-1.24", "tool was built with a copy of golang-1.24 1.24.4-1"), ("zlib", "tool was built with a copy of zlib 1"),
        ] {
            let proof = try absent(name, in: image)
            #expect(proof?.outcome == .refuted && proof?.detail == detail, "\(name): \(proof?.detail ?? "")")
        }
        for name in ["gone", "openssl"] { #expect(try absent(name, in: image)?.outcome == .proved, "\(name)") }
    }

    @Test func `records that say nothing, and layers that are others, are refused`() {
        #expect(throws: (any Error).self) { try image([[("var/lib/dpkg/status.d/apt", "no record")]]) }
        #expect(throws: (any Error).self) { try image([[("var/lib/dpkg/status", "Package: a\nStatus: install ok installed\n")]]) }
        #expect(throws: PipelineError.self) { try image([[("a", "b")]], lying: true) }
    }
}
