// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Debian
package import OCI

/// What a new lock changes, package by package, as a reviewer wants to read it.
package struct LockDiff: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case added(LockedPackage)
        case removed(LockedPackage)
        case upgraded(from: LockedPackage, to: LockedPackage)
        case downgraded(from: LockedPackage, to: LockedPackage)
        /// The same version with other bytes: worth a question.
        case replaced(from: LockedPackage, to: LockedPackage)
        /// The same file from another archive or path, in another layer, or asked for now and not before (or the other way round).
        case moved(from: LockedPackage, to: LockedPackage)
        /// The same file at the same place, of which something else is said: `size`, `source`. Nobody but an editor writes that.
        case edited(from: LockedPackage, to: LockedPackage, fields: [String])
    }

    /// What is compared. Who needs a package, and whom it needs, changes with other packages, which is noise to a reviewer.
    package enum Detail: Sendable { case packages, relations }

    package struct PlatformChanges: Hashable, Sendable {
        package var platform: Platform
        /// Sorted by name.
        package var changes: [Change]
    }

    package var image: String
    /// Platforms with changes, in their usual order.
    package var platforms: [PlatformChanges]
    package var isEmpty: Bool { platforms.isEmpty }

    /// Compares two locks of one image; without an old one everything is added.
    package init(from old: Lock?, to new: Lock, detail: Detail = .packages) {
        image = new.variant.map { "\(new.image):\(new.stream)-\($0)" } ?? "\(new.image):\(new.stream)"
        let all = Set((old?.platforms ?? []).map(\.platform) + new.platforms.map(\.platform)).sorted()
        platforms = all.compactMap { platform in
            let before = old?.platforms.first { $0.platform == platform }?.packages ?? []
            let after = new.platforms.first { $0.platform == platform }?.packages ?? []
            let changes = Self.changes(before, after, detail)
            return changes.isEmpty ? nil : PlatformChanges(platform: platform, changes: changes)
        }
    }

    private static func changes(_ before: [LockedPackage], _ after: [LockedPackage], _ detail: Detail) -> [Change] {
        let old = Dictionary(before.map { ($0.name, $0) }) { first, _ in first }
        let new = Dictionary(after.map { ($0.name, $0) }) { first, _ in first }
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            switch (old[name], new[name]) {
            case (nil, let added?): return .added(added)
            case (let removed?, nil): return .removed(removed)
            case (let from?, let to?): return change(from, to, detail)
            case (nil, nil): return nil
            }
        }
    }

    private static func change(_ from: LockedPackage, _ to: LockedPackage, _ detail: Detail) -> Change? {
        if from.version != to.version {
            guard let old = try? DebianVersion(from.version), let new = try? DebianVersion(to.version) else {
                return .upgraded(from: from, to: to)
            }
            return new < old ? .downgraded(from: from, to: to) : .upgraded(from: from, to: to)
        }
        if from.sha256 != to.sha256 { return .replaced(from: from, to: to) }
        let isSamePlace = from.archive == to.archive && from.layer == to.layer && from.path == to.path
        // Who else needs it is noise; whether the recipe asks for it is not.
        guard isSamePlace, from.neededBy.isEmpty == to.neededBy.isEmpty else { return .moved(from: from, to: to) }
        let fields = editedFields(from, to, detail)
        return fields.isEmpty ? nil : .edited(from: from, to: to, fields: fields)
    }

    private static func editedFields(_ from: LockedPackage, _ to: LockedPackage, _ detail: Detail) -> [String] {
        let file = [
            ("architecture", from.architecture == to.architecture), ("size", from.size == to.size), ("source", from.source == to.source),
            ("sourceVersion", from.sourceVersion == to.sourceVersion),
        ]
        let relations = [("neededBy", from.neededBy == to.neededBy), ("dependsOn", from.dependsOn == to.dependsOn)]
        return (file + (detail == .relations ? relations : [])).filter { !$0.1 }.map(\.0)
    }

    /// Text for a pull request. Platforms with the same changes share one paragraph.
    ///
    ///     python:3.13: 1 added, 2 upgraded
    ///     linux/amd64, linux/arm64
    ///       + libfoo1 1.2-3, needed by python3.13
    ///       ^ openssl 3.5.1-1 -> 3.5.4-1~deb13u1, trixie-security
    package var text: String {
        guard !isEmpty else { return "\(image): no package changes\n" }
        var lines: [String] = []
        var groups: [(platforms: [Platform], lines: [String])] = []
        for platform in platforms {
            let rendered = platform.changes.map(Self.line)
            if let same = groups.firstIndex(where: { $0.lines == rendered }) {
                groups[same].platforms.append(platform.platform)
            } else {
                groups.append(([platform.platform], rendered))
            }
        }
        lines.append("\(image): \(counts)")
        for group in groups {
            lines.append(group.platforms.map(\.description).joined(separator: ", "))
            lines += group.lines
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // Each package once, however many platforms it changes on.
    private var counts: String {
        var names: [[String: Bool]] = Array(repeating: [:], count: Self.words.count)
        for platform in platforms { for change in platform.changes { names[Self.place(change).kind][Self.place(change).name] = true } }
        return zip(Self.words, names).filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0)" }.joined(separator: ", ")
    }

    private static let words = ["added", "removed", "upgraded", "downgraded", "replaced", "moved", "edited"]
    private static func place(_ change: Change) -> (kind: Int, name: String) {
        switch change {
        case .added(let package): (0, package.name)
        case .removed(let package): (1, package.name)
        case .upgraded(_, let to): (2, to.name)
        case .downgraded(_, let to): (3, to.name)
        case .replaced(_, let to): (4, to.name)
        case .moved(_, let to): (5, to.name)
        case .edited(_, let to, _): (6, to.name)
        }
    }

    private static func line(_ change: Change) -> String {
        switch change {
        case .added(let package):
            "  + \(package.name) \(package.version), "
                + (package.neededBy.isEmpty ? "asked for" : "needed by \(shortened(package.neededBy))")
        case .removed(let package): "  - \(package.name) \(package.version)"
        case .upgraded(let from, let to): "  ^ \(to.name) \(from.version) -> \(to.version), \(to.archive)"
        case .downgraded(let from, let to): "  v \(to.name) \(from.version) -> \(to.version), \(to.archive): a lower version"
        case .replaced(_, let to): "  ! \(to.name) \(to.version), \(to.archive): the same version with other bytes"
        case .moved(let from, let to): "  ~ \(to.name) \(to.version): \(movement(from, to))"
        case .edited(_, let to, let fields): "  ! \(to.name) \(to.version): the same file with another \(fields.joined(separator: ", "))"
        }
    }

    private static func movement(_ from: LockedPackage, _ to: LockedPackage) -> String {
        if from.archive != to.archive { return "from \(from.archive) to \(to.archive)" }
        if from.layer != to.layer { return "from layer \(from.layer) to \(to.layer)" }
        if from.path != to.path { return "at another path" }
        return to.neededBy.isEmpty ? "now asked for" : "now needed by \(shortened(to.neededBy))"
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}
