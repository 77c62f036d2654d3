// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import ELF
import OCI

@testable import Rebase

/// Images of a few names and digests, for tests: no bytes of layers are needed to move them.
enum AppImages {
    static func digest(_ name: String) -> Digest { .sha256(of: name) }
    static func layer(_ name: String, _ type: String = MediaType.layerGzip) -> Descriptor {
        Descriptor(mediaType: type, digest: digest("gz " + name), size: name.utf8.count)
    }

    /// Documents of layers that are known by their names.
    static func documents(
        _ layers: [String], platform: String = "amd64", created: String = "2026-01-01T00:00:00Z", config: JSON = [:],
        history: [JSON]? = nil, annotations: [String: String]? = nil, types: [String: String] = [:], more: [String: JSON] = [:]
    ) throws -> PlatformDocuments {
        var members: [String: JSON] = [
            "architecture": JSON(platform), "os": "linux", "created": JSON(created), "config": config,
            "rootfs": ["type": "layers", "diff_ids": JSON(layers.map { digest($0).description })],
        ]
        members["history"] = .array(history ?? layers.map { ["created_by": JSON("makes \($0)")] })
        members.merge(more) { _, new in new }
        let bytes = JSON.object(members).canonicalBytes
        let manifest = ImageManifest(
            config: Content(bytes, mediaType: MediaType.config).descriptor,
            layers: layers.map { layer($0, types[$0] ?? MediaType.layerGzip) },
            annotations: annotations)
        return try PlatformDocuments(manifest: try manifest.content(), config: bytes)
    }

    static func release(_ version: String = "3.13.5", _ revision: Int = 1, stream: String = "3.13", repository: String = "python")
        -> Release
    {
        Release(
            repository: repository, stream: stream, version: version, buildTag: "\(version)-r\(revision)", tags: [stream],
            index: digest("index \(version) \(revision)"), platforms: [], created: Timestamp(seconds: 1_700_000_000), title: "",
            summary: "",
            endOfLife: nil, lock: digest("lock"))
    }

    static let names = Rebaser.BaseNames(old: "python:3.13.5-r1", new: "python:3.13")

    static func rebase(
        _ application: PlatformDocuments, from old: PlatformDocuments, onto new: PlatformDocuments, index: Content? = nil
    ) throws -> RebasedImage {
        try Rebaser().rebase(
            ApplicationImage(reference: "app:1", index: index, platforms: [application]), from: [old.platform: old],
            onto: BaseImage(release: release("3.13.5", 2), platforms: [new]), of: names)
    }
}

/// A root file system of layers that are given as lists of entries.
struct RootMaker {
    static func root(_ layers: [[FileEntry]], versions: [String: SymbolVersions] = [:], unread: [Unread] = []) -> LayeredRoot {
        var entries: [String: FileEntry] = [:]
        var brought: [String: Int] = [:]
        for (number, layer) in layers.enumerated() {
            for entry in layer {
                entries[entry.path] = entry.owner == "gone" ? nil : entry
                brought[entry.path] = entry.owner == "gone" ? nil : number
            }
        }
        return LayeredRoot(
            tree: FileTree(entries: entries.values.sorted { $0.path < $1.path }), layers: brought,
            versions: versions.filter { entries[$0.key] != nil }, unread: unread)
    }

    static func file(_ path: String, _ text: String = "", mode: Int = 0o644, elf: ELFFacts? = nil, interpreter: String? = nil) -> FileEntry
    {
        FileEntry(
            path: path, kind: .file, mode: mode, size: text.utf8.count, digest: .sha256(of: text), owner: "",
            facts: elf == nil && interpreter == nil ? nil : FileFacts(elf: elf, interpreter: interpreter))
    }
    static func link(_ path: String, _ target: String) -> FileEntry {
        FileEntry(path: path, kind: .symlink, mode: 0o777, target: target, owner: "")
    }
    /// A whiteout.
    static func gone(_ path: String) -> FileEntry { FileEntry(path: path, kind: .file, mode: 0, owner: "gone") }
    static func library(_ path: String, _ text: String, soname: String, needed: [String] = []) -> FileEntry {
        file(path, text, elf: ELFFacts(machine: "amd64", kind: "library", soname: soname, needed: needed))
    }
    static func program(_ path: String, _ text: String = "program", needed: [String], interpreter: String? = nil) -> FileEntry {
        file(path, text, mode: 0o755, elf: ELFFacts(machine: "amd64", kind: "executable", interpreter: interpreter, needed: needed))
    }

    /// Findings of moving an application of one layer from a base of one to another.
    static func findings(
        _ app: [FileEntry], from old: [FileEntry], onto new: [FileEntry], versions: [String: SymbolVersions] = [:],
        newVersions: [String: SymbolVersions]? = nil, config: JSON = [:], baseConfig: JSON = [:], newConfig: JSON? = nil,
        unread: [Unread] = []
    ) throws -> [RebaseFinding] {
        let oldBase = try AppImages.documents(["old"], config: baseConfig)
        let newBase = try AppImages.documents(["new"], config: newConfig ?? baseConfig)
        let application = try AppImages.documents(["old", "app"], config: config)
        let rebased = try AppImages.rebase(application, from: oldBase, onto: newBase).platforms[0]
        return RebaseJudge().findings(
            in: RebaseCase(
                application, rebased, oldBase: root([old], versions: versions), newBase: root([new], versions: newVersions ?? versions),
                before: root([old, app], versions: versions), after: root([new, app], versions: newVersions ?? versions, unread: unread),
                oldLayers: 1))
    }
}
