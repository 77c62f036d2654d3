// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base

/// The root file system as a container sees it: layers laid over one another, lowest first.
///
/// Whiteouts take a subtree away in one step, so that an image which whites out everything costs no more than one that does not. Links
/// in the place of folders are followed as a kernel would inside the root; 40 of them are a loop.
struct RootTree {
    struct Node {
        var parent: Int
        var entry: ScannedEntry
        var layer: Int
        /// Of a folder; nil for everything else.
        var children: [Substring: Int]?
    }
    private(set) var nodes: [Node]
    private var lastParent: (path: Substring, node: Int)?

    private static let linkLimit = 40

    init() {
        nodes = [Node(parent: 0, entry: Self.folder(""), layer: 0, children: [:])]
    }

    /// Lays a layer over what is there; gives what could not be placed.
    mutating func apply(_ layer: ScannedLayer) -> [Unread] {
        var unread: [Unread] = []
        lastParent = nil
        // They are about the layers below, wherever they stand in this one.
        for path in layer.opaqueFolders {
            if let node = find(path, following: true), nodes[node].children != nil { nodes[node].children = [:] }
        }
        for path in layer.whiteouts {
            guard let parent = find(Self.parent(path), following: true) else { continue }
            nodes[parent].children?[Self.name(path)] = nil
        }
        for entry in layer.entries {
            if let reason = put(entry, layer: layer.number) {
                unread.append(Unread(path: entry.path, layer: layer.number, reason: reason))
            }
        }
        lastParent = nil
        return unread
    }

    /// The node at a path; links inside the path are followed, the last one only when asked.
    func find(_ path: some StringProtocol, following: Bool) -> Int? {
        walk(path.split(separator: "/").map { Substring($0) }, following: following)
    }

    /// All nodes in the order of their paths, with those paths.
    func forEach(_ body: (String, Node) -> Void) { forEachIndexed { body($0, nodes[$1]) } }

    /// The same with the number of each node.
    func forEachIndexed(_ body: (String, Int) -> Void) {
        // A stack of our own: paths are as deep as somebody else wants.
        var open: [(path: String, node: Int)] = [("", 0)]
        while let (path, index) = open.popLast() {
            if index != 0 { body(path, index) }
            guard let children = nodes[index].children else { continue }
            for name in children.keys.sorted(by: >) {
                if let child = children[name] { open.append((path.isEmpty ? String(name) : "\(path)/\(name)", child)) }
            }
        }
    }

    // Nil when it was placed; else why not.
    private mutating func put(_ entry: ScannedEntry, layer: Int) -> String? {
        let parentPath = Self.parent(entry.path)
        let name = Self.name(entry.path)
        let parent: Int
        if let last = lastParent, last.path == parentPath {
            parent = last.node
        } else {
            guard let found = makeFolders(parentPath, layer: layer) else {
                return "its folder is a file, or a loop of links"
            }
            parent = found
            lastParent = (parentPath, found)
        }
        var entry = entry
        if entry.kind == .hardlink {
            let (target, fault) = TarPath.cleaned(entry.target ?? "")
            guard fault == nil, let original = find(target, following: false), nodes[original].children == nil else {
                return "the file it is another name of is not there"
            }
            let source = nodes[original].entry
            entry.target = target
            entry.mode = source.mode
            entry.uid = source.uid
            entry.gid = source.gid
            entry.digest = source.digest
            entry.hasCapabilities = source.hasCapabilities
            if source.kind == .symlink { return nil }
        }
        if let old = nodes[parent].children?[name] {
            if nodes[old].children != nil, entry.kind == .directory {
                nodes[old].entry = entry
                nodes[old].layer = layer
                return nil
            }
            // A folder may go with it, and what was found in it.
            lastParent = nil
        }
        nodes.append(Node(parent: parent, entry: entry, layer: layer, children: entry.kind == .directory ? [:] : nil))
        let added = nodes.count - 1
        nodes[parent].children?[name] = added
        return nil
    }

    private mutating func makeFolders(_ path: Substring, layer: Int) -> Int? {
        let segments = path.split(separator: "/")
        if let found = walk(segments, following: true) { return nodes[found].children == nil ? nil : found }
        // What is missing is made, from the first that is.
        var node = 0
        for count in 1...max(1, segments.count) {
            if let next = walk(Array(segments.prefix(count)), following: true) {
                node = next
                continue
            }
            guard count <= segments.count, nodes[node].children != nil, nodes[node].children?[segments[count - 1]] == nil else {
                return nil
            }
            let name = segments[count - 1]
            nodes.append(Node(parent: node, entry: Self.folder(String(name)), layer: layer, children: [:]))
            let added = nodes.count - 1
            nodes[node].children?[name] = added
            node = added
        }
        return nodes[node].children == nil ? nil : node
    }

    private func walk(_ segments: [Substring], following: Bool) -> Int? {
        var node = 0
        var links = 0
        var rest = segments[...]
        var added: [Substring] = []
        while let segment = added.popLast() ?? rest.popFirst() {
            if segment == "." || segment.isEmpty { continue }
            if segment == ".." {
                node = nodes[node].parent
                continue
            }
            guard let next = nodes[node].children?[segment] else { return nil }
            let isLast = added.isEmpty && rest.isEmpty
            if nodes[next].entry.kind == .symlink, !isLast || following {
                links += 1
                guard links <= Self.linkLimit, let target = nodes[next].entry.target, target.utf8.count <= 4096 else { return nil }
                if target.hasPrefix("/") { node = 0 }
                added += target.split(separator: "/").reversed()
                continue
            }
            node = next
        }
        return node
    }

    private static func folder(_ path: String) -> ScannedEntry { ScannedEntry(path: path, kind: .directory, mode: 0o755, uid: 0, gid: 0) }

    private static func parent(_ path: String) -> Substring {
        path.utf8.lastIndex(of: 0x2F).map { path[..<$0] } ?? ""
    }
    private static func name(_ path: String) -> Substring {
        path.utf8.lastIndex(of: 0x2F).map { path[path.utf8.index(after: $0)...] } ?? path[...]
    }
}
