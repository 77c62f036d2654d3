// SPDX-License-Identifier: Apache-2.0

/// A file tree by path, with the lookups of a kernel whose root it is.
package struct TreeIndex: Sendable {
    package let entries: [FileEntry]
    private let byPath: [String: Int]
    /// Every path that has something below it, listed itself or not.
    private let parents: Set<String>

    package init(_ tree: FileTree) {
        entries = tree.entries
        var byPath: [String: Int] = [:]
        byPath.reserveCapacity(tree.entries.count)
        var parents: Set<String> = []
        for (index, entry) in tree.entries.enumerated() {
            byPath[entry.path] = index
            var rest = entry.path[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                // A parent that is known has known parents.
                guard parents.insert(String(rest)).inserted else { break }
            }
        }
        self.byPath = byPath
        self.parents = parents
    }

    /// Where a path leads.
    package enum Resolution: Hashable, Sendable {
        /// A file, hard link or directory.
        case found(FileEntry)
        /// The root, or a directory that is only known by what is below it.
        case unlistedDirectory(String)
        /// Nothing there; the path that is missing, after the links before it were followed.
        case missing(String)
        /// Links that lead to each other.
        case loop
    }

    /// Links followed on one path before it is a loop: MAXSYMLINKS of Linux.
    package static let maximumLinks = 40

    /// The entry listed under exactly this path.
    package func entry(_ path: String) -> FileEntry? { byPath[path].map { entries[$0] } }

    package func hasChildren(_ path: String) -> Bool { parents.contains(path) }

    /// Follows a path, absolute or relative to `directory`, through symbolic links. `..` stays at the root, as in a container.
    package func resolve(_ path: String, from directory: Substring = "") -> Resolution {
        if directory.isEmpty, let entry = entry(path), entry.kind != .symlink { return .found(entry) }
        var current = path.hasPrefix("/") ? "" : String(directory)
        var pending = Array(path.split(separator: "/").reversed())
        var links = 0
        while let segment = pending.popLast() {
            if segment == "." { continue }
            if segment == ".." {
                current = current.lastIndex(of: "/").map { String(current[..<$0]) } ?? ""
                continue
            }
            let next = current.isEmpty ? String(segment) : current + "/" + segment
            guard let entry = entry(next) else {
                guard parents.contains(next) else { return .missing(next) }
                current = next
                continue
            }
            switch entry.kind {
            case .directory: current = next
            case .file, .hardlink: return pending.isEmpty ? .found(entry) : .missing(next + "/" + pending.reversed().joined(separator: "/"))
            case .symlink:
                links += 1
                guard links <= Self.maximumLinks else { return .loop }
                let target = entry.target ?? ""
                guard !target.isEmpty else { return .missing(next) }
                if target.hasPrefix("/") { current = "" }
                pending += target.split(separator: "/").reversed()
            }
        }
        return entry(current).map { .found($0) } ?? .unlistedDirectory(current)
    }

    /// The file a path leads to, through symbolic and hard links; nil when it is something else.
    package func file(_ path: String, from directory: Substring = "") -> FileEntry? {
        guard case .found(let entry) = resolve(path, from: directory) else { return nil }
        switch entry.kind {
        case .file: return entry
        case .hardlink: return entry.target.flatMap { self.entry($0) }.flatMap { $0.kind == .file ? $0 : nil }
        case .directory, .symlink: return nil
        }
    }

    /// The path of the directory that a path leads to; nil when it is something else. The root is the empty path.
    package func directory(_ path: String, from directory: Substring = "") -> String? {
        switch resolve(path, from: directory) {
        case .found(let entry): entry.kind == .directory ? entry.path : nil
        case .unlistedDirectory(let path): path
        case .missing, .loop: nil
        }
    }
}
