// SPDX-License-Identifier: Apache-2.0
import Artifacts

/// The root file system of one platform while layer after layer is laid into it.
struct MergedRoot {
    private var entries: [String: FileEntry] = [:]
    /// Directories that nothing describes: something lies below them.
    private var implied: Set<String> = []

    init(reserving capacity: Int) { entries.reserveCapacity(capacity) }

    subscript(_ path: String) -> FileEntry? { entries[path] }

    /// Lays down what a package holds. Of one directory in several packages the first description holds, as with dpkg; a
    /// directory where a link of another package already lies is that link.
    mutating func add(_ entry: FileEntry) throws(AssembleError) {
        guard let other = entries[entry.path] else {
            entries[entry.path] = entry
            return
        }
        switch (other.kind, entry.kind) {
        case (.directory, .directory):
            guard implied.remove(entry.path) != nil else { return }
            entries[entry.path] = entry
        case (.directory, .symlink): entries[entry.path] = entry
        case (.symlink, .directory): return
        // A package comes twice where two layers take parts of it: the higher one says anew what is there.
        case (.file, .file) where other.owner == entry.owner: entries[entry.path] = entry
        default: throw .duplicatePath(path: entry.path, first: other.owner, second: entry.owner)
        }
    }

    /// Lays down what the recipe writes. It may describe a directory anew, and nothing else that a package holds; only what is
    /// there for runtimes may stand in for an empty directory (`/var/run` of base-files, which its script makes a link), and
    /// what the image records of a package for what that says of itself.
    mutating func write(_ entry: FileEntry, standing: Generated.Standing = .line) throws(AssembleError) {
        if let other = entries[entry.path] {
            let gives =
                switch other.kind {
                case .directory: entry.kind == .directory || standing == .fallback
                case .file: standing == .record && other.owner == entry.owner
                case .symlink, .hardlink: false
                }
            guard gives else { throw .recipeOverridesPackage(path: entry.path, package: other.owner) }
        }
        implied.remove(entry.path)
        entries[entry.path] = entry
    }

    /// The directory at a path as a layer declares it, made when nothing describes it; nil where something else lies.
    mutating func declareDirectory(_ path: String, modified: Int) -> FileEntry? {
        var entry = entries[path] ?? FileEntry(path: path, kind: .directory, mode: 0o755, owner: "recipe:directories")
        guard entry.kind == .directory else { return nil }
        if entries[path] == nil { implied.insert(path) }
        entry.modified = modified
        entries[path] = entry
        return entry
    }

    /// Everything, sorted by path. Refuses whatever does not lie in a directory: a path below another package's link would be
    /// written where that link leads, and nobody could say from the list of files what is where.
    func checkedTree() throws(AssembleError) -> FileTree {
        let sorted = entries.values.sorted { ImagePath.precedes($0.path, $1.path) }
        var lastParent: String?
        for entry in sorted {
            let parent = ImagePath.parent(of: entry.path)
            guard let parent, parent != lastParent else { continue }
            lastParent = parent
            guard let other = entries[parent], other.kind != .directory else { continue }
            throw .unsafePath(
                package: entry.owner, path: entry.path, reason: "\(parent) is a \(other.kind.rawValue) of \(other.owner), not a directory")
        }
        return FileTree(entries: sorted)
    }
}
