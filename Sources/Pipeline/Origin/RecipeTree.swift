// SPDX-License-Identifier: Apache-2.0
import Archive
package import Artifacts
package import Base

/// The files that decide an image besides its lock: the image's own folder, profiles, suites with their keyrings, the table of
/// scripts, and the sources of the helpers it uses. Without anything that is only read by people, and without
/// the gate, which decides about images and changes none.
package struct RecipeTree: Sendable, Hashable {
    /// `catalog/images/python/3.13.yaml`, `helpers/start.c` -> bytes.
    package let files: [String: [UInt8]]
    /// A tar of the files that depends on nothing but their paths and bytes.
    package let archive: [UInt8]
    package let digest: Digest

    private static let catalogFolder = "catalog/"
    private static let helpersFolder = "helpers/"
    /// Bytes of an archive; catalogs have some hundred kilobytes.
    package static let limit = 64 << 20

    /// - Parameters:
    ///   - catalog: All files of the catalog's folder.
    ///   - helpers: All files of the helpers' folder.
    package init(of recipe: Recipe, catalog: [String: [UInt8]], helpers: [String: [UInt8]]) throws {
        var files: [String: [UInt8]] = [:]
        for (path, bytes) in catalog where Self.concerns(recipe, path) { files[Self.catalogFolder + path] = bytes }
        if !recipe.helpers.isEmpty {
            for (path, bytes) in helpers where HelperWorkshop.decides(path) { files[Self.helpersFolder + path] = bytes }
        }
        self.files = files
        archive = try Self.pack(files)
        digest = Digest.sha256(of: archive)
    }

    /// Reads an archive whose digest was checked.
    package init(reading archive: [UInt8]) throws {
        let limits = TarLimits(entries: 10_000, bodyBytes: Self.limit)
        var files: [String: [UInt8]] = [:]
        for entry in try TarReader.entries(of: archive, limits: limits) {
            guard entry.kind == .file, entry.path.hasPrefix(Self.catalogFolder) || entry.path.hasPrefix(Self.helpersFolder) else {
                throw PipelineError.cannotRead(path: entry.path, reason: "a recipe's archive holds files of catalog/ and helpers/ only")
            }
            guard files.updateValue(Array(archive[entry.body]), forKey: entry.path) == nil else {
                throw PipelineError.cannotRead(path: entry.path, reason: "the recipe's archive holds it twice")
            }
        }
        self.files = files
        self.archive = archive
        digest = Digest.sha256(of: archive)
    }

    /// Paths from the catalog's folder.
    package var catalog: [String: [UInt8]] { below(Self.catalogFolder) }
    /// Paths from the helpers' folder.
    package var helpers: [String: [UInt8]] { below(Self.helpersFolder) }

    private func below(_ folder: String) -> [String: [UInt8]] {
        Dictionary(
            files.compactMap { path, bytes in path.hasPrefix(folder) ? (String(path.dropFirst(folder.count)), bytes) : nil }
        ) { first, _ in first }
    }

    /// Whether a file of the catalog belongs to a recipe's tree.
    static func concerns(_ recipe: Recipe, _ path: String) -> Bool {
        // Locks are kept beside the tree: another lock of the same image is none of this recipe's business.
        // Nor is what is said about vulnerabilities: it changes while an image stays.
        !path.hasSuffix(".md") && !path.hasSuffix(".lock.json") && ![GatePolicy.fileName, SLOPolicy.fileName].contains(path)
            && !isAboutVulnerabilities(path)
            && (!path.hasPrefix("images/") || path.hasPrefix("images/\(recipe.name)/"))
    }

    private static func isAboutVulnerabilities(_ path: String) -> Bool {
        path == RecipeLoader.vexSourcesPath || path.hasPrefix("vex/")
            || path.hasPrefix("images/") && path.split(separator: "/").dropFirst(2).first == "vex"
    }

    private static func pack(_ files: [String: [UInt8]]) throws -> [UInt8] {
        var writer = TarWriter()
        for (path, bytes) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            try writer.append(TarHeader(path: path, kind: .file, mode: 0o644), body: bytes)
        }
        writer.writeEnd()
        return writer.bytes
    }
}
