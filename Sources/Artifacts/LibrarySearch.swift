// SPDX-License-Identifier: Apache-2.0
// ld.so(8): how the dynamic linker searches.
package import ELF
package import OCI

/// The directories of the dynamic linker. What the built-in ones hold is remembered by name.
package struct LibrarySearch {
    private let tree: TreeIndex
    private let platform: Platform
    private let preferred: [String]
    private let builtIn: [String]
    private var known: [String: FileEntry?] = [:]

    /// - Parameters:
    ///   - declared: Further directories in which programs of this image find libraries by name.
    ///   - preferred: Those of LD_LIBRARY_PATH, which are asked before the built-in ones.
    package init(_ tree: TreeIndex, platform: Platform, declared: [String] = [], preferred: [String] = []) {
        self.tree = tree
        self.platform = platform
        // glibc of Debian has these compiled in; there is no ld.so.cache.
        let directories = ["/lib/\(platform.triplet)", "/usr/lib/\(platform.triplet)", "/lib", "/usr/lib"] + declared
        var seen: Set<String> = []
        builtIn = directories.compactMap { tree.directory($0) }.filter { seen.insert($0).inserted }
        self.preferred = preferred
    }

    package mutating func finds(_ name: String, for entry: FileEntry, _ facts: ELFFacts) -> Bool { library(name, for: entry, facts) != nil }

    /// The file that the linker would load under this name for a program or library.
    package mutating func library(_ name: String, for entry: FileEntry, _ facts: ELFFacts) -> FileEntry? {
        if name.utf8.contains(0x2F) { return name.hasPrefix("/") ? library(name) : nil }
        for directory in facts.runPath + preferred {
            if let found = library(expand(directory, for: entry), name) { return found }
        }
        if let answer = known[name] { return answer }
        // The directories are resolved already, so what is not listed in them is not there.
        var answer: FileEntry?
        for directory in builtIn where answer == nil {
            let path = directory.isEmpty ? name : directory + "/" + name
            if tree.entry(path) != nil { answer = library(path) }
        }
        known[name] = .some(answer)
        return answer
    }

    /// Whether a file lies where programs find it by its name alone.
    package func isInSearchedDirectory(_ entry: FileEntry) -> Bool { builtIn.contains(Self.directory(of: entry)) }

    // A relative directory would be searched from wherever the program was started: it counts for nothing.
    private func library(_ directory: String, _ name: String) -> FileEntry? {
        directory.hasPrefix("/") ? library(directory + "/" + name) : nil
    }

    // The linker passes over files of another machine.
    private func library(_ path: String) -> FileEntry? {
        guard let entry = tree.file(path), entry.facts?.elf?.machine == platform.debian else { return nil }
        return entry
    }

    private func expand(_ directory: String, for entry: FileEntry) -> String {
        guard directory.utf8.contains(0x24) else { return directory }
        let values = [("ORIGIN", "/" + Self.directory(of: entry)), ("LIB", "lib/" + platform.triplet)]
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

    private static func directory(of entry: FileEntry) -> String {
        entry.path.lastIndex(of: "/").map { String(entry.path[..<$0]) } ?? ""
    }
}
