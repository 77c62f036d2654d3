// SPDX-License-Identifier: Apache-2.0
// ld.so(8): how the dynamic linker searches.
import Artifacts
import Base
import ELF
import OCI

/// The directories of the dynamic linker. What the built-in ones hold is remembered by name.
struct LibrarySearch {
    private let context: HardeningContext
    private let machine: String
    private let builtIn: [String]
    private var known: [String: FileEntry?] = [:]

    init(_ context: HardeningContext) {
        self.context = context
        machine = context.image.platform.debian
        let triplet = context.image.platform.triplet
        // glibc of Debian has these compiled in; there is no ld.so.cache.
        let directories = ["/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib", "/usr/lib"] + Self.declared(context)
        var seen: Set<String> = []
        builtIn = directories.compactMap { context.tree.directory($0) }.filter { seen.insert($0).inserted }
    }

    mutating func finds(_ name: String, for entry: FileEntry, _ facts: ELFFacts) -> Bool { library(name, for: entry, facts) != nil }

    /// The file that the linker would load under this name for a program or library.
    mutating func library(_ name: String, for entry: FileEntry, _ facts: ELFFacts) -> FileEntry? {
        if name.utf8.contains(0x2F) { return name.hasPrefix("/") ? library(name) : nil }
        for directory in facts.runPath {
            if let found = library(expand(directory, for: entry), name) { return found }
        }
        if let answer = known[name] { return answer }
        // The directories are resolved already, so what is not listed in them is not there.
        var answer: FileEntry?
        for directory in builtIn where answer == nil {
            let path = directory.isEmpty ? name : directory + "/" + name
            if context.tree.entry(path) != nil { answer = library(path) }
        }
        known[name] = .some(answer)
        return answer
    }

    /// Whether a file lies where programs find it by its name alone.
    func isInSearchedDirectory(_ entry: FileEntry) -> Bool { builtIn.contains(String(entry.directory)) }

    // A relative directory would be searched from wherever the program was started: it counts for nothing.
    private func library(_ directory: String, _ name: String) -> FileEntry? {
        directory.hasPrefix("/") ? library(directory + "/" + name) : nil
    }

    // The linker passes over files of another machine.
    private func library(_ path: String) -> FileEntry? {
        guard let entry = context.tree.file(path), entry.facts?.elf?.machine == machine else { return nil }
        return entry
    }

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
