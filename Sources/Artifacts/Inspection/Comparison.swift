// SPDX-License-Identifier: Apache-2.0
import Base
package import Ecosystems

/// What moving from one image to another removes and adds.
package struct Comparison: Hashable, Sendable, Codable {
    /// `ashlar/comparison/v1`.
    package var format: String
    package var from: Side
    package var to: Side
    /// In the order in which they are shown.
    package var measures: [Measure]
    package var packages: PackageChanges
    package var files: FileChanges
    /// What of the attack surface goes and comes, by the name of its measure.
    package var surface: [String: PathChanges]
    /// Findings of both by one state of the feeds; nil means nobody looked.
    package var findings: FindingChanges?

    package struct Side: Hashable, Sendable, Codable {
        package var reference: String
        package var digest: String?
        package var platform: String?
        package var distribution: String?
        /// How many things could not be read: with any, a number is "at least".
        package var unread: Int
    }
    package struct Measure: Hashable, Sendable, Codable {
        /// `packages`, `size`, `setuid`: also the key in `surface`.
        package var name: String
        package var title: String
        package var from: Int
        package var to: Int
        package var isBytes: Bool
        package init(name: String, title: String, from: Int, to: Int, isBytes: Bool) {
            self.name = name
            self.title = title
            self.from = from
            self.to = to
            self.isBytes = isBytes
        }
        /// By how much it becomes less, in tenths of a percent; negative for more; nil when there was nothing.
        package var reduction: Int? { from == 0 ? nil : (from - to) * 1000 / from }
    }
    package struct PackageChanges: Hashable, Sendable, Codable {
        package var removed: [PackageEntry]
        package var added: [PackageEntry]
        package var changed: [VersionChange]
        package var unchanged: Int
    }
    package struct PackageEntry: Hashable, Sendable, Codable {
        package var ecosystem: PackageType
        package var name: String
        package var version: String
    }
    package struct VersionChange: Hashable, Sendable, Codable {
        package var ecosystem: PackageType
        package var name: String
        package var from: [String]
        package var to: [String]
    }
    package struct FileChanges: Hashable, Sendable, Codable {
        package var removed: Int
        package var added: Int
        package var changed: Int
        package var unchanged: Int
    }
    /// The paths behind `FileChanges`, sorted.
    package struct FilePaths: Hashable, Sendable, Codable {
        package var removed: [String]
        package var added: [String]
        package var changed: [String]
        package var unchanged: Int
        package var counts: FileChanges {
            FileChanges(removed: removed.count, added: added.count, changed: changed.count, unchanged: unchanged)
        }
    }
    package struct PathChanges: Hashable, Sendable, Codable {
        package var removed: [String]
        package var added: [String]
    }
    package init(from a: ForeignInventory, to b: ForeignInventory, findings: FindingChanges? = nil) {
        format = "ashlar/comparison/v1"
        from = Self.side(a)
        to = Self.side(b)
        self.findings = findings
        packages = Self.packages(a.installed, b.installed)
        files = Self.paths(a.files, b.files).counts
        measures = []
        surface = [:]
        measures.append(Measure(name: "packages", title: "Packages", from: a.installed.count, to: b.installed.count, isBytes: false))
        measures.append(Measure(name: "files", title: "Files", from: a.files.count, to: b.files.count, isBytes: false))
        measures.append(Measure(name: "size", title: "Size unpacked", from: a.size, to: b.size, isBytes: true))
        if let packedA = a.packedSize, let packedB = b.packedSize {
            measures.append(Measure(name: "packedSize", title: "Size to pull", from: packedA, to: packedB, isBytes: true))
        }
        for kind in Self.kinds {
            let (left, right) = (kind.paths(a), kind.paths(b))
            measures.append(Measure(name: kind.name, title: kind.title, from: left.count, to: right.count, isBytes: false))
            let (leftSet, rightSet) = (Set(left), Set(right))
            surface[kind.name] = PathChanges(
                removed: left.filter { !rightSet.contains($0) }, added: right.filter { !leftSet.contains($0) })
        }
    }

    package subscript(measure name: String) -> Measure? { measures.first { $0.name == name } }

    /// The parts of an attack surface that are counted, in the order in which they are shown.
    private static let kinds: [(name: String, title: String, paths: @Sendable (ForeignInventory) -> [String])] = [
        ("binaries", "Programs", { $0.surface.binaries }),
        ("shells", "Shells", { $0.surface.shells }),
        ("packageManagers", "Package managers", { $0.surface.packageManagers }),
        ("tools", "Compilers, debuggers, fetchers", { $0.surface.tools }),
        ("setuid", "Setuid files", { $0.surface.setuid }),
        ("setgid", "Setgid files", { $0.surface.setgid }),
        ("capabilities", "Files with capabilities", { $0.surface.capabilities }),
        ("worldWritable", "Writable by everybody", { $0.surface.worldWritable }),
        ("ports", "Ports exposed by default", { $0.surface.ports }),
        ("logins", "Accounts with a login shell", { $0.surface.users.filter(\.canLogIn).map(\.name) }),
        ("root", "Runs as root", { $0.surface.runsAsRoot ? [$0.subject.user ?? ""] : [] }),
        ("secrets", "Secrets", { $0.secrets.map(\.path) }),
    ]

    private static func side(_ one: ForeignInventory) -> Side {
        Side(
            reference: one.subject.reference, digest: (one.subject.index ?? one.subject.manifest)?.description,
            platform: one.subject.platform, distribution: one.distribution.map { $0.name ?? $0.identifier }, unread: one.unread.count)
    }

    private struct Key: Hashable {
        var ecosystem: PackageType
        var name: String
    }

    private static func packages(_ a: [ForeignPackage], _ b: [ForeignPackage]) -> PackageChanges {
        func versions(_ packages: [ForeignPackage]) -> [Key: [String]] {
            Dictionary(grouping: packages) { Key(ecosystem: $0.ecosystem, name: $0.name) }.mapValues { Set($0.map(\.version)).sorted() }
        }
        let (left, right) = (versions(a), versions(b))
        var changes = PackageChanges(removed: [], added: [], changed: [], unchanged: 0)
        let keys = Set(left.keys).union(right.keys).sorted { ($0.ecosystem.rawValue, $0.name) < ($1.ecosystem.rawValue, $1.name) }
        for key in keys {
            func entries(_ versions: [String]) -> [PackageEntry] {
                versions.map { PackageEntry(ecosystem: key.ecosystem, name: key.name, version: $0) }
            }
            switch (left[key], right[key]) {
            case (let old?, nil): changes.removed += entries(old)
            case (nil, let new?): changes.added += entries(new)
            case (let old?, let new?) where old == new: changes.unchanged += 1
            case (let old?, let new?):
                changes.changed.append(VersionChange(ecosystem: key.ecosystem, name: key.name, from: old, to: new))
            case (nil, nil): continue
            }
        }
        return changes
    }

    /// Which files go, come and change: in kind, content, target or mode.
    package static func paths(_ a: [ForeignFile], _ b: [ForeignFile]) -> FilePaths {
        let left = Dictionary(a.map { ($0.path, $0) }) { first, _ in first }
        var changes = FilePaths(removed: [], added: [], changed: [], unchanged: 0)
        for file in b {
            guard let old = left[file.path] else {
                changes.added.append(file.path)
                continue
            }
            let isSame = old.kind == file.kind && old.digest == file.digest && old.target == file.target && old.mode == file.mode
            if isSame { changes.unchanged += 1 } else { changes.changed.append(file.path) }
        }
        changes.removed = Set(left.keys).subtracting(b.map(\.path)).sorted()
        changes.added.sort()
        changes.changed.sort()
        return changes
    }
}
