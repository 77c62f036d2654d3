// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Foundation
import OCI
import TestKit
import Testing

@testable import Pipeline

/// Whether what is checked is what is published.
@Suite struct ImageCheckerTests {
    private let blobs = MemoryBlobStore()

    private static let release = "ID=debian\nVERSION_ID=\"13\"\n"
    private static let sums = "d41d8cd98f00b204e9800998ecf8427e  usr/bin/tool\n"
    private static let status = "var/lib/dpkg/status.d/tool"

    private func entry(_ path: String, _ kind: FileEntry.Kind = .file, text: String = "", target: String? = nil) -> FileEntry {
        FileEntry(
            path: path, kind: kind, mode: kind == .directory ? 0o755 : kind == .symlink ? 0o777 : 0o644, uid: Int(getuid()),
            gid: Int(getgid()), size: text.utf8.count, digest: kind == .file ? Digest.sha256(of: text) : nil, target: target, owner: "tool")
    }

    /// An image of one platform. `spoil` changes the layer's entries after the tree was made from them.
    private func image(
        _ texts: [String: String] = [:], spoil: (inout [(FileEntry, String)]) -> Void = { _ in }
    ) throws -> Image {
        let files = [
            "etc/debian_version": "13.1\n", "etc/os-release": Self.release, "\(Self.status).md5sums": Self.sums,
            Self.status: "Package: tool\n", "usr/bin/tool": "x",
        ]
        .merging(texts) { $1 }
        let folders = ["etc", "usr", "usr/bin", "var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/status.d"]
        var entries = folders.map { (entry($0, .directory), "") } + files.map { (entry($0.key, text: $0.value), $0.value) }
        entries.sort { $0.0.path.utf8.lexicographicallyPrecedes($1.0.path.utf8) }
        let tree = FileTree(entries: entries.map(\.0))
        spoil(&entries)
        var writer = TarWriter()
        for (entry, text) in entries {
            let kind: TarEntry.Kind = entry.kind == .directory ? .directory : entry.kind == .symlink ? .symlink : .file
            let header = TarHeader(
                path: entry.path, kind: kind, mode: entry.mode, uid: entry.uid, gid: entry.gid, modified: entry.modified,
                target: entry.target)
            try writer.append(header, body: Array(text.utf8))
        }
        writer.writeEnd()
        let layer = Content(try Gzip.encode(writer.bytes, level: 1), mediaType: MediaType.layerGzip)
        let config = try ImageConfig(platform: .amd64, created: nil, config: RuntimeConfig(), diffIDs: [Digest.sha256(of: writer.bytes)])
            .content()
        for content in [layer, config] { blobs.write(content.bytes) }
        let locked = LockedPackage(
            name: "tool", version: "1", architecture: "amd64", source: "tool", sourceVersion: "1", sha256: "", size: 0, archive: "trixie",
            path: "", layer: "image", neededBy: [], dependsOn: [])
        let platform = PlatformImage(
            platform: .amd64, manifest: config.descriptor, config: config.descriptor,
            layers: [ImageLayer(descriptor: layer.descriptor, diffID: Digest.sha256(of: writer.bytes), origin: "image")], tree: tree,
            packages: [ImagePackage(locked: locked, control: "", copyright: nil, isPartial: false, dropped: [], scripts: [])])
        return Image(
            name: "tool", stream: "1", version: "1", index: config.descriptor, platforms: [platform], created: Timestamp(seconds: 0))
    }

    private func findings(_ image: Image) async throws -> [Finding] {
        let checker = ImageChecker(blobs: blobs, contracts: .skip(reason: "a test"), scratch: FileManager.default.temporaryDirectory.path)
        return try await checker.check(image, against: Recipe(name: "tool", stream: "1", platforms: [.amd64])).hardening
    }

    @Test func `rules that read files read those of the layers`() async throws {
        let lying = try image([
            "etc/os-release": "ID=other\n", "\(Self.status).md5sums": Self.sums + Self.sums.replacing("tool", with: "gone"),
        ])
        let reasons = try await findings(lying).filter { ["os-release-keeps-debian-id", "status-entries"].contains($0.rule) }.map(\.reason)
        #expect(reasons == ["names usr/bin/gone, which is not in the image", "does not say ID=debian", "does not say VERSION_ID"])
        let honest = try await findings(try image())
        #expect(!honest.contains { ["os-release-keeps-debian-id", "status-entries"].contains($0.rule) })
    }

    @Test(arguments: ["bytes", "mode", "missing", "stray", "link"]) func `layers that hold something else than was assembled are refused`(
        _ way: String
    ) async throws {
        let image = try image { entries in
            let tool = entries.firstIndex { $0.0.path == "usr/bin/tool" } ?? 0
            switch way {
            case "bytes": entries[tool].1 = "y"
            case "mode": entries[tool].0.mode = 0o4755
            case "missing": entries.remove(at: tool)
            case "link": entries[tool] = (entry("usr/bin/tool", .symlink, target: "sh"), "")
            default: entries.append((entry("usr/bin/zz", text: "z"), "z"))
            }
        }
        await #expect { _ = try await findings(image) } throws: { error in
            guard case PipelineError.layersDiffer(let place, _) = error else { return false }
            return place.hasPrefix("usr/bin/")
        }
    }

    @Test func `nothing that was unpacked is left behind`() async throws {
        let scratch = try TestFolder()
        let checker = ImageChecker(blobs: blobs, contracts: .skip(reason: "a test"), scratch: scratch.path)
        _ = try await checker.check(try image(), against: Recipe(name: "tool", stream: "1", platforms: [.amd64]))
        #expect(scratch.names().isEmpty)
    }
}
