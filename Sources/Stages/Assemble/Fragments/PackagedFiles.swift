// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base
import Debian

/// What the packages of one platform hold, by path: who owns it, and its bytes for the steps that derive others from them.
final class PackagedFiles: StepInputs {
    private let source: FragmentSource
    private let fragments: [LoadedFragment]
    private var places: [String: (fragment: Int, entry: Int)] = [:]
    private var inflated: [Int: [UInt8]] = [:]
    /// Paths that a package loses because another that Replaces it holds them too (Policy 7.6.1): package -> paths.
    private(set) var lost: [String: Set<String>] = [:]

    /// Throws when two packages hold one path and neither replaces the other.
    init(_ fragments: [LoadedFragment], _ source: FragmentSource) throws(AssembleError) {
        self.source = source
        self.fragments = fragments
        places.reserveCapacity(fragments.reduce(0) { $0 + $1.manifest.entries.count })
        for (number, fragment) in fragments.enumerated() {
            for (index, entry) in fragment.manifest.entries.enumerated() {
                guard let other = places.updateValue((number, index), forKey: entry.path) else { continue }
                let earlier = fragments[other.fragment]
                let isDirectory = entry.kind == .directory
                if isDirectory || earlier.manifest.entries[other.entry].kind == .directory {
                    // Directories are shared; a link or file beside one is judged when the root is put together.
                    if isDirectory { places[entry.path] = other }
                } else if fragment.package.name == earlier.package.name {
                    // A higher layer that takes more of a package registers all of it anew.
                } else if Self.replaces(fragment, earlier) {
                    lost[earlier.package.name, default: []].insert(entry.path)
                } else if Self.replaces(earlier, fragment) {
                    lost[fragment.package.name, default: []].insert(entry.path)
                    places[entry.path] = other
                } else {
                    throw .duplicatePath(path: entry.path, first: earlier.package.name, second: fragment.package.name)
                }
            }
        }
    }

    var packages: [Fragment] { fragments.map(\.manifest) }

    func entry(at path: String) -> FileEntry? {
        places[path].map { fragments[$0.fragment].manifest.entries[$0.entry] }
    }

    func files(below directory: String) -> [String] {
        places.keys.filter { ImagePath.isBelow($0, directory) && entry(at: $0)?.kind != .directory }.sorted(by: ImagePath.precedes)
    }

    func bytes(of path: String) throws -> [UInt8]? {
        // Enough for every chain of links in a package; a loop ends here.
        var path = path
        for _ in 0..<8 {
            guard let place = places[path] else { return nil }
            let manifest = fragments[place.fragment].manifest
            let entry = manifest.entries[place.entry]
            switch entry.kind {
            case .directory: return nil
            case .hardlink: path = entry.target ?? ""
            case .symlink:
                guard let target = entry.target.flatMap({ ImagePath.resolve($0, from: path) }) else { return nil }
                path = MergedUsr.place(target) ?? target
            case .file:
                let tar = try inflate(place.fragment)
                let start = manifest.bodies[place.entry]
                return Array(tar[start..<start + entry.size])
            }
        }
        return nil
    }

    private func inflate(_ fragment: Int) throws -> [UInt8] {
        if let known = inflated[fragment] { return known }
        let tar = try source.bytes(of: fragments[fragment]).tar
        inflated[fragment] = tar
        return tar
    }

    // Collisions are few: the field is read when one is seen.
    private static func replaces(_ own: LoadedFragment, _ other: LoadedFragment) -> Bool {
        guard let control = try? Deb822.onlyParagraph(Array(own.manifest.control.utf8), of: own.package.name),
            let groups = try? RelationGroup.parse(control["Replaces"] ?? ""), let version = try? DebianVersion(other.package.version)
        else { return false }
        return groups.flatMap(\.alternatives).contains { relation in
            relation.name == other.package.name && relation.constraint?.holds(for: version) ?? true
        }
    }
}
