// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// The merged root of one platform, split into layers.
struct Layout {
    struct Layer {
        /// `profile:base`, `image` or `configuration`.
        var origin: String
        /// Directories this layer declares and links of the merged /usr it brings, sorted, with what they are in the merged root.
        var skeleton: [FileEntry] = []
        /// Files and links of the recipe, sorted.
        var written: [(entry: FileEntry, bytes: [UInt8])] = []
        /// Sorted by package.
        var fragments: [LoadedFragment] = []
    }

    static let configuration = "configuration"

    private(set) var layers: [Layer] = []
    let tree: FileTree

    /// - Parameters:
    ///   - origins: Of the recipe's layers, lowest first; what the recipe writes comes on top of them.
    ///   - created: The time of whatever the recipe writes.
    init(fragments: [LoadedFragment], origins: [String], generated: [Generated], created: Timestamp) throws {
        let byOrigin = Dictionary(grouping: fragments, by: \.layer)
        if let stray = fragments.first(where: { !origins.contains($0.layer) }) {
            throw AssembleError.unknownLayer(package: stray.package.name, layer: stray.layer, known: origins)
        }
        var root = MergedRoot(reserving: fragments.reduce(generated.count) { $0 + $1.manifest.entries.count })
        var hasLib64 = false
        for origin in origins {
            guard let own = byOrigin[origin] else { continue }
            var draft = LayerDraft(origin, modified: own.map(\.manifest.newest).max() ?? 0)
            let needsLib64 = !hasLib64 && own.contains { $0.manifest.entries.contains(where: Self.isInLib64) }
            hasLib64 = hasLib64 || needsLib64
            try draft.mergeUsr(layers.isEmpty, lib64: needsLib64, in: &root)
            for fragment in own.sorted(by: { ImagePath.precedes($0.package.name, $1.package.name) }) { try draft.add(fragment, to: &root) }
            layers.append(draft.finished(in: &root))
        }
        var draft = LayerDraft(Self.configuration, modified: created.seconds)
        try draft.mergeUsr(layers.isEmpty, lib64: false, in: &root)
        for item in generated { try draft.write(item, to: &root) }
        layers.append(draft.finished(in: &root))
        tree = try root.checkedTree()
    }

    private static func isInLib64(_ entry: FileEntry) -> Bool {
        entry.kind != .directory && ImagePath.isBelow(entry.path, "usr/lib64")
    }
}

/// One layer while it is filled.
private struct LayerDraft {
    private var layer: Layout.Layer
    private let modified: Int
    private var declared: Set<String> = []
    private var links: [FileEntry] = []

    init(_ origin: String, modified: Int) {
        layer = Layout.Layer(origin: origin)
        self.modified = modified
    }

    mutating func mergeUsr(_ isLowest: Bool, lib64: Bool, in root: inout MergedRoot) throws(AssembleError) {
        for name in (isLowest ? ["bin", "lib", "sbin"] : []) + (lib64 ? ["lib64"] : []) {
            let link = FileEntry(
                path: name, kind: .symlink, mode: 0o777, modified: modified, target: "usr/" + name, owner: "recipe:steps/usr-merge")
            try root.write(link)
            links.append(link)
            declare("usr/" + name)
        }
    }

    mutating func add(_ fragment: LoadedFragment, to root: inout MergedRoot) throws(AssembleError) {
        layer.fragments.append(fragment)
        for entry in fragment.manifest.entries {
            try root.add(entry)
            declare(entry.kind == .directory ? entry.path : ImagePath.parent(of: entry.path))
        }
    }

    mutating func write(_ item: Generated, to root: inout MergedRoot) throws(AssembleError) {
        let (entry, bytes) = item.entry(modified: modified)
        try root.write(entry, standing: item.standing)
        declare(entry.kind == .directory ? entry.path : ImagePath.parent(of: entry.path))
        if entry.kind != .directory { layer.written.append((entry, bytes)) }
    }

    // A directory that is declared has declared parents.
    private mutating func declare(_ directory: String?) {
        var next = directory
        while let path = next, declared.insert(path).inserted { next = ImagePath.parent(of: path) }
    }

    consuming func finished(in root: inout MergedRoot) -> Layout.Layer {
        var directories: [FileEntry] = []
        for path in declared { if let entry = root.declareDirectory(path, modified: modified) { directories.append(entry) } }
        layer.skeleton = (directories + links).sorted { ImagePath.precedes($0.path, $1.path) }
        layer.written.sort { ImagePath.precedes($0.entry.path, $1.entry.path) }
        return layer
    }
}
