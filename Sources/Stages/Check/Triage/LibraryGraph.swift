// SPDX-License-Identifier: Apache-2.0
import Artifacts
import ELF
import OCI

/// Which libraries of an image something loads, and through what.
///
/// The roots are every program, not only the entrypoint, since a program may start another; and every library outside the
/// directories in which programs find libraries by name: such a file is a module that some program opens by its path.
struct LibraryGraph {
    /// Path of a loaded file -> the file that needs it; roots have none.
    private var loader: [String: String?] = [:]

    init(_ context: HardeningContext) {
        var search = LibrarySearch(context)
        var pending: [FileEntry] = []
        for entry in context.entries {
            guard let facts = entry.facts?.elf, facts.machine == context.image.platform.debian else { continue }
            guard facts.kind == "executable" || facts.kind == "library" && !search.isInSearchedDirectory(entry) else { continue }
            loader[entry.path] = .some(nil)
            pending.append(entry)
        }
        while let entry = pending.popLast() {
            guard let facts = entry.facts?.elf else { continue }
            var names = facts.needed
            if let interpreter = facts.interpreter { names.append(interpreter) }
            for name in names {
                guard let library = search.library(name, for: entry, facts), loader[library.path] == nil else { continue }
                loader[library.path] = .some(entry.path)
                pending.append(library)
            }
        }
    }

    /// From a root to the file, as `usr/bin/curl -> usr/lib/…/libcurl.so.4`; nil when nothing loads it.
    func route(to path: String) -> String? {
        guard loader[path] != nil else { return nil }
        var route = [path]
        var current = path
        while let before = loader[current] ?? nil, route.count < 64 {
            route.insert(before, at: 0)
            current = before
        }
        return route.joined(separator: " -> ")
    }

    var count: Int { loader.count }
}
