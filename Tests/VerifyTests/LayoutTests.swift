// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Attest
import Base
import Foundation
import OCI
import Pipeline
import Sigstore
import TestKit
import Testing

@Suite struct LayoutTests {
    private let scratch = FileManager.default.temporaryDirectory.appending(path: "ashlar-layout-\(UUID().uuidString)").path

    private func inScratch<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        return try await body(scratch)
    }

    private func tar(_ files: [String: [UInt8]], prefix: String = "") -> [UInt8] {
        RawTar(files.sorted { $0.key < $1.key }.map { .bytes(prefix + $0.key, $0.value) }).bytes
    }

    @Test func `what the writer writes verifies as a folder and as a tar`() async throws {
        let release = try await SampleRelease().make()
        let store = try SampleStore()
        try store.publish(release)
        let publication = try store.local.publication(of: try #require(release.publication.release))
        try await inScratch { scratch in
            try LayoutWriter(folder: scratch + "/layout").write(publication, from: store.blobs)
            let folder = try LayoutRepository(LayoutFolder(scratch + "/layout"), path: "layout")
            let report = try await Verifier(policy: .sample()).report(on: "3.13", in: folder)
            #expect(report.isTrusted && report.ignored.isEmpty && report.warnings.isEmpty, "\(report.reasons) \(report.warnings)")
            #expect(report.subjects.allSatisfy { $0.signatures == [.bundle, .legacy] && $0.claims.allSatisfy { $0.forms.count == 2 } })
            #expect(try folder.onlyImage() == release.image.index.digest)
            #expect(throws: LayoutError.self) { try LayoutWriter(folder: scratch + "/layout") }
            for prefix in ["", "./"] {
                try Data(tar(MemoryLayout([release]).files, prefix: prefix)).write(to: URL(filePath: scratch + "/layout.tar"))
                let archive = try LayoutRepository(LayoutArchive(scratch + "/layout.tar"), path: "layout.tar")
                #expect(try await Verifier(policy: .sample()).report(on: "3.13.5-r1", in: archive).isTrusted)
            }
        }
    }

    @Test func `referrers are found by the fallback tag as well`() async throws {
        let release = try await SampleRelease().make().keeping(.bundles)
        var layout = try MemoryLayout([release])
        var index = try ImageIndex(reading: try #require(layout.files[OCILayout.indexPath]))
        index.manifests.removeAll { $0.annotations == nil }
        for subject in release.subjects {
            let pieces = release.evidence.manifests.filter { $0.manifest.subject?.digest == subject }
            let list = try ImageIndex(manifests: pieces.map(\.content.descriptor)).content()
            layout[list.digest] = list.bytes
            var descriptor = list.descriptor
            descriptor.annotations = [Annotation.referenceName: Tag.referrers(of: subject).description]
            index.manifests.append(descriptor)
        }
        layout.files[OCILayout.indexPath] = try index.content().bytes
        #expect(try await verify(layout).isTrusted)
    }

    @Test func `a tag may stand behind a whole reference, and must not mean two images`() async throws {
        func named(_ release: SampleRelease.Made, _ name: String) -> SampleRelease.Made {
            var copy = release
            copy.publication.tags["3.13"] = nil
            copy.publication.tags[name] = release.image.index.digest
            return copy
        }
        let python = named(try await SampleRelease().make(), "registry.example/python:3.13")
        #expect(try await verify(try MemoryLayout([python])).isTrusted)
        let nginx = named(try await SampleRelease(name: "nginx").make(), "registry.example/nginx:3.13")
        let both = try MemoryLayout([python, nginx])
        await #expect(throws: LayoutError.self) { try await verify(both) }
        #expect(try await verify(both, "registry.example/nginx:3.13", .sample { $0.name = .exactly("nginx") }).isTrusted)
        #expect(throws: LayoutError.self) { try LayoutRepository(both, path: "both").onlyImage() }
    }

    @Test func `a hostile tar is refused`() async throws {
        let layout = try await MemoryLayout([SampleRelease().make()]).files
        let blob = try #require(layout.keys.first { $0.hasPrefix("blobs/") })
        var cases: [(String, [UInt8])] = []
        let entries = layout.sorted { $0.key < $1.key }.map { RawTar.Entry.bytes($0.key, $0.value) }
        cases.append(("a second entry", RawTar(entries + [.bytes(blob, [1, 2, 3])]).bytes))
        cases.append(("a symlink", RawTar(entries.filter { $0.path != blob } + [.link(blob, to: "/etc/passwd")]).bytes))
        cases.append(("a hardlink", RawTar(entries.filter { $0.path != blob } + [.hardLink(blob, to: "oci-layout")]).bytes))
        cases.append(("a characterDevice", RawTar(entries + [.special("dev", "3")]).bytes))
        cases.append(("..", RawTar([.bytes("../" + blob, [])]).bytes))
        cases.append(("gzip", try Gzip.encode(tar(layout))))
        cases.append(("expected", Array(tar(layout).dropLast(2000))))
        cases.append(("oci-layout", tar(layout.filter { $0.key != "oci-layout" })))
        cases.append(("index.json", tar(layout.filter { $0.key != "index.json" })))
        try await inScratch { scratch in
            for (word, bytes) in cases {
                let path = scratch + "/\(UUID().uuidString).tar"
                try Data(bytes).write(to: URL(filePath: path))
                do {
                    _ = try LayoutRepository(LayoutArchive(path), path: "x.tar")
                    Issue.record("a tar with \(word) was accepted")
                } catch let error as any Diagnosable {
                    #expect(error.diagnosis.rendered.contains(word), "\(error.diagnosis.rendered)")
                }
            }
        }
    }

    @Test func `pipes, links and folders in the place of files are refused and never waited for`() async throws {
        let release = try await SampleRelease().make()
        let layout = try MemoryLayout([release])
        try await inScratch { scratch in
            func write() throws {
                for (path, bytes) in layout.files {
                    let url = URL(filePath: scratch + "/" + path)
                    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(bytes).write(to: url)
                }
            }
            try write()
            let victim = scratch + "/" + OCILayout.path(of: release.image.platforms[0].layers[0].descriptor.digest)
            for place in [scratch + "/index.json", victim] {
                try FileManager.default.removeItem(atPath: place)
                #expect(mkfifo(place, 0o644) == 0)
                do {
                    let repository = try LayoutRepository(LayoutFolder(scratch), path: "layout")
                    let report = try await Verifier(policy: .sample()).report(on: "3.13", in: repository)
                    #expect(!report.isTrusted)
                } catch let error as any Diagnosable { #expect(error.diagnosis.kind == .malformed) }
                try FileManager.default.removeItem(atPath: place)
                try write()
            }
        }
    }
}
