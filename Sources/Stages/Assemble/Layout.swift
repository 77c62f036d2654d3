// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import OCI

/// The merged root of one platform, split into layers.
struct Layout {
    struct Layer {
        var origin: String
        /// Directories this layer declares, sorted, with the metadata they have in the merged root.
        var directories: [FileEntry]
        /// Links of the merged /usr that this layer brings.
        var links: [FileEntry]
        var fragments: [LoadedFragment]
        var generated: [Generated]
    }

    var layers: [Layer]
    var tree: FileTree

    /// Paths that a package loses because another that Replaces it holds them too: package -> paths.
    static func overridden(_ fragments: [LoadedFragment]) throws -> [String: Set<String>] {
        var owners: [String: (name: String, replaces: [String])] = [:]
        var lost: [String: Set<String>] = [:]
        for fragment in fragments {
            let own = (name: fragment.manifest.package, replaces: fragment.manifest.replaces)
            for entry in fragment.manifest.entries where entry.kind != .directory {
                guard let other = owners.updateValue(own, forKey: entry.path) else { continue }
                if own.replaces.contains(other.name) {
                    lost[other.name, default: []].insert(entry.path)
                } else if other.replaces.contains(own.name) {
                    lost[own.name, default: []].insert(entry.path)
                    owners[entry.path] = other
                } else {
                    throw AssembleError.duplicatePath(path: entry.path, first: other.name, second: own.name)
                }
            }
        }
        return lost
    }

    init(fragments: [LoadedFragment], origins: [String], generated: [Generated], created: Timestamp) throws {
        var merged: [String: FileEntry] = [:]
        var layers: [Layer] = []
        var hasLib64 = false
        for origin in origins + ["configuration"] {
            let isTop = origin == "configuration"
            let own = fragments.filter { $0.parcel.package.layer == origin }
                .sorted { $0.parcel.package.name.utf8.lexicographicallyPrecedes($1.parcel.package.name.utf8) }
            let ownGenerated = isTop ? generated : []
            guard !own.isEmpty || !ownGenerated.isEmpty else { continue }
            let newest = isTop ? created.seconds : own.map(\.manifest.newest).max() ?? 0
            var declared: Set<String> = []
            var links: [FileEntry] = []
            if layers.isEmpty { links = ["bin", "lib", "sbin"].map { Self.usrLink($0, newest) } }

            for fragment in own {
                for entry in fragment.manifest.entries {
                    if entry.kind == .directory {
                        declared.insert(entry.path)
                        var directory = entry
                        directory.modified = newest
                        if merged[entry.path] == nil { merged[entry.path] = directory }
                    } else {
                        merged[entry.path] = entry
                    }
                    declared.formUnion(Self.parents(of: entry.path))
                    if !hasLib64, entry.path.hasPrefix("usr/lib64/") {
                        hasLib64 = true
                        links.append(Self.usrLink("lib64", newest))
                    }
                }
            }
            if !links.isEmpty { declared.formUnion(["usr", "usr/bin", "usr/lib", "usr/sbin"]) }
            for item in ownGenerated {
                if let other = merged[item.path], other.kind != .directory, other.owner != item.owner {
                    guard item.owner.hasPrefix("recipe:steps/") else {
                        throw AssembleError.recipeOverridesPackage(path: item.path, package: other.owner)
                    }
                }
                if case .directory = item.content { declared.insert(item.path) }
                declared.formUnion(Self.parents(of: item.path))
                merged[item.path] = try Self.entry(item, modified: created.seconds)
            }
            for path in declared where merged[path] == nil {
                merged[path] = FileEntry(path: path, kind: .directory, mode: 0o755, modified: newest, owner: "recipe:directories")
            }
            for link in links { merged[link.path] = link }
            layers.append(
                Layer(
                    origin: origin,
                    directories: declared.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { path in
                        // A path that is a directory here and a link above stays what the layer's own packages say.
                        merged[path].flatMap { $0.kind == .directory ? Self.dated($0, newest) : nil }
                    }, links: links, fragments: own, generated: ownGenerated))
        }
        self.layers = layers
        tree = FileTree(entries: merged.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
    }

    private static func dated(_ entry: FileEntry, _ modified: Int) -> FileEntry {
        var copy = entry
        copy.modified = modified
        return copy
    }

    private static func usrLink(_ name: String, _ modified: Int) -> FileEntry {
        FileEntry(path: name, kind: .symlink, mode: 0o777, modified: modified, target: "usr/" + name, owner: "recipe:steps/usr-merge")
    }

    static func parents(of path: String) -> [String] {
        var parents: [String] = []
        var end = path.utf8.endIndex
        while let slash = path.utf8[..<end].lastIndex(of: 0x2F) {
            parents.append(String(path[..<slash]))
            end = slash
        }
        return parents
    }

    static func entry(_ item: Generated, modified: Int) throws -> FileEntry {
        switch item.content {
        case .directory:
            return FileEntry(
                path: item.path, kind: .directory, mode: item.mode, uid: item.uid, gid: item.gid, modified: modified, owner: item.owner)
        case .symlink(let target):
            return FileEntry(path: item.path, kind: .symlink, mode: 0o777, modified: modified, target: target, owner: item.owner)
        case .file(let bytes):
            let facts = try bytes.withUnsafeBytes { try FragmentBuilder.facts($0, path: item.path, hasCapabilities: false) }
            return FileEntry(
                path: item.path, kind: .file, mode: item.mode, uid: item.uid, gid: item.gid, size: bytes.count, modified: modified,
                digest: Digest.sha256(of: bytes), owner: item.owner, facts: facts)
        }
    }
}
