// SPDX-License-Identifier: Apache-2.0
import Artifacts
import Base

/// The files that packages brought, for steps that derive others from them.
final class PackagedInputs: StepInputs {
    private let source: FragmentSource
    private let fragments: [LoadedFragment]
    private var places: [String: (fragment: Int, entry: Int)] = [:]
    private var sortedPaths: [String] = []
    private var inflated: [Int: [UInt8]] = [:]

    init(_ fragments: [LoadedFragment], _ source: FragmentSource) {
        self.source = source
        self.fragments = fragments
        for (number, fragment) in fragments.enumerated() {
            for (index, entry) in fragment.manifest.entries.enumerated() where entry.kind != .directory {
                places[entry.path] = (number, index)
            }
        }
        sortedPaths = places.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The package that holds a path.
    func owner(of path: String) -> String? { places[path].map { fragments[$0.fragment].manifest.package } }

    func files(below directory: String) -> [String] {
        let prefix = directory + "/"
        return sortedPaths.filter { $0.hasPrefix(prefix) }
    }

    func bytes(of path: String) throws -> [UInt8]? {
        guard let place = places[path] else { return nil }
        let manifest = fragments[place.fragment].manifest
        let entry = manifest.entries[place.entry]
        if entry.kind == .symlink || entry.kind == .hardlink { return try follow(entry) }
        if inflated[place.fragment] == nil { inflated[place.fragment] = try source.bytes(of: fragments[place.fragment]).tar }
        guard let tar = inflated[place.fragment], manifest.bodies[place.entry] >= 0 else { return nil }
        let start = manifest.bodies[place.entry]
        return Array(tar[start..<start + entry.size])
    }

    // One step is enough for what the steps read: a name beside the file it links to.
    private func follow(_ entry: FileEntry) throws -> [UInt8]? {
        guard let target = entry.target else { return nil }
        let resolved =
            entry.kind == .hardlink || target.hasPrefix("/")
            ? String(target.drop { $0 == "/" }) : (Layout.parents(of: entry.path).first.map { $0 + "/" } ?? "") + target
        guard let place = places[resolved], fragments[place.fragment].manifest.entries[place.entry].kind == .file else { return nil }
        return try bytes(of: resolved)
    }
}
