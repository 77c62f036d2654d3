// SPDX-License-Identifier: Apache-2.0

/// The files of a catalog folder, however they are kept: this module reads no disk.
///
/// ```
/// images/<name>/image.yaml  <stream>.yaml  <stream>.lock.json  <stream>-<variant>.lock.json  overview.md
/// profiles/<name>.yaml
/// suites/<suite>.yaml
/// scripts.yaml
/// vex/<name>.yaml  images/<name>/vex/<name>.yaml
/// vex-sources.yaml
/// gate.yaml
/// slo.yaml
/// ```
package struct CatalogFiles: Sendable {
    /// What stands before a path in errors: `catalog`.
    package let root: String
    /// Paths from the catalog folder, sorted.
    package let paths: [String]
    private let known: Set<String>
    private let open: @Sendable (String) throws -> [UInt8]

    /// `read` is asked only for one of `paths`; what it throws is passed on.
    package init(root: String = "catalog", paths: some Sequence<String>, read: @escaping @Sendable (String) throws -> [UInt8]) {
        self.root = root
        known = Set(paths)
        self.paths = known.sorted()
        open = read
    }

    /// Files in memory.
    package init(root: String = "catalog", _ contents: [String: [UInt8]]) {
        self.init(root: root, paths: contents.keys) { contents[$0] ?? [] }
    }

    package func contains(_ path: String) -> Bool { known.contains(path) }

    /// The bytes of a file; nil when there is none.
    package func read(_ path: String) throws -> [UInt8]? { known.contains(path) ? try open(path) : nil }

    /// How a path is shown: `catalog/images/python/3.13.yaml`.
    package func shown(_ path: String) -> String { root.isEmpty ? path : "\(root)/\(path)" }

    /// Names of the files directly in a folder that end so, without the ending, sorted: `profiles/`, `.yaml` -> `base`, `tls`.
    func names(in folder: String, ending: String) -> [String] {
        paths.compactMap { path in
            guard path.hasPrefix(folder), path.hasSuffix(ending), path.utf8.count > folder.utf8.count + ending.utf8.count else {
                return nil
            }
            let name = path.dropFirst(folder.count).dropLast(ending.count)
            return name.contains("/") ? nil : String(name)
        }
    }

    /// Names of the folders directly in a folder, sorted.
    func folders(in folder: String) -> [String] {
        var names: [String] = []
        for path in paths where path.hasPrefix(folder) {
            let parts = path.dropFirst(folder.count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let name = String(parts[0])
            if names.last != name { names.append(name) }
        }
        return names
    }
}
