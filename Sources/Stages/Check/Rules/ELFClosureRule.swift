// SPDX-License-Identifier: Apache-2.0
// ld.so(8): how the dynamic linker searches.
import Artifacts
import Base
import ELF
import OCI

struct ELFClosureRule: HardeningRule {
    let id = "elf-closure"
    let title = "Every program and library finds its interpreter and all libraries it needs, for the right processor."
    let why = "A missing library is an image that breaks when the code path is reached, which may be months later."
    let remedy = "add the package of the library, drop the file, or declare its directory in `library-directories`"

    func check(_ context: HardeningContext) -> [Breach] {
        var search = LibrarySearch(context)
        return context.entries.flatMap { entry -> [Breach] in
            guard let facts = entry.facts?.elf, facts.kind == "executable" || facts.kind == "library" else { return [] }
            guard facts.machine == context.image.platform.debian else {
                return [
                    Breach(
                        entry.path, "is for \(facts.machine), the image for \(context.image.platform.debian)",
                        remedy: "take the file from a package of this architecture, or drop it")
                ]
            }
            var breaches: [Breach] = []
            if let interpreter = facts.interpreter, context.tree.file(interpreter) == nil {
                breaches.append(
                    Breach(
                        entry.path, "needs the interpreter \(interpreter), which is not in the image",
                        remedy: "add libc6 and the usr-merge step, or drop the file"))
            }
            for name in facts.needed where !search.finds(name, for: entry, facts) {
                breaches.append(Breach(entry.path, "needs \(name), which is in no directory that is searched"))
            }
            return breaches
        }
    }
}

/// The directories of the dynamic linker. What the built-in ones hold is remembered by name.
private struct LibrarySearch {
    private let context: HardeningContext
    private let machine: String
    private let builtIn: [String]
    private var known: [String: Bool] = [:]

    init(_ context: HardeningContext) {
        self.context = context
        machine = context.image.platform.debian
        let triplet = context.image.platform.triplet
        // glibc of Debian has these compiled in; there is no ld.so.cache.
        let directories = ["/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib", "/usr/lib"] + Self.declared(context)
        var seen: Set<String> = []
        builtIn = directories.compactMap { context.tree.directory($0) }.filter { seen.insert($0).inserted }
    }

    mutating func finds(_ name: String, for entry: FileEntry, _ facts: ELFFacts) -> Bool {
        if name.utf8.contains(0x2F) { return name.hasPrefix("/") && isLibrary(name) }
        if facts.runPath.contains(where: { isLibrary(expand($0, for: entry), name) }) { return true }
        if let answer = known[name] { return answer }
        // The directories are resolved already, so what is not listed in them is not there.
        let answer = builtIn.contains { directory in
            let path = directory.isEmpty ? name : directory + "/" + name
            return context.tree.entry(path) != nil && isLibrary(path)
        }
        known[name] = answer
        return answer
    }

    // A relative directory would be searched from wherever the program was started: it counts for nothing.
    private func isLibrary(_ directory: String, _ name: String) -> Bool {
        directory.hasPrefix("/") && isLibrary(directory + "/" + name)
    }

    // The linker passes over files of another machine.
    private func isLibrary(_ path: String) -> Bool { context.tree.file(path)?.facts?.elf?.machine == machine }

    private func expand(_ directory: String, for entry: FileEntry) -> String {
        guard directory.utf8.contains(0x24) else { return directory }
        let values = [("ORIGIN", "/" + entry.directory), ("LIB", "lib/" + context.image.platform.triplet)]
        var result = directory
        for (name, value) in values {
            result = Self.replace("${\(name)}", in: result, by: value)
            result = Self.replace("$\(name)", in: result, by: value)
        }
        return result
    }

    private static func replace(_ word: String, in text: String, by value: String) -> String {
        guard let range = text.firstRange(of: word) else { return text }
        return text[..<range.lowerBound] + value + replace(word, in: String(text[range.upperBound...]), by: value)
    }

    // Declared directories may be patterns, because some are named after the architecture.
    private static func declared(_ context: HardeningContext) -> [String] {
        context.recipe.libraryDirectories.flatMap { text -> [String] in
            guard text.contains("*") || text.contains("{"), let pattern = PathPattern(text) else { return [text] }
            return context.entries.filter { $0.kind == .directory && pattern.matches($0.path) }.map(\.path)
        }
    }
}
