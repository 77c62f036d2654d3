// SPDX-License-Identifier: Apache-2.0
package import Artifacts
import Base
import ELF
import OCI

/// Holds the evidence of statements against one platform of an image: its packages, its paths and the bytes of its files.
package struct StatementProver {
    private let context: HardeningContext
    private let read: (String) -> [UInt8]?
    private var graph: LibraryGraph?
    // What names a library is asked once for each library.
    private var mentions: [String: String?] = [:]

    /// - Parameter contents: gives the bytes of any file by its path; nil for one that cannot be read, and then nothing is proved
    ///   that would have needed it.
    package init(_ image: PlatformImage, _ recipe: Recipe, reading contents: @escaping (String) -> [UInt8]?) {
        context = HardeningContext(image, recipe, reading: contents)
        read = contents
    }

    /// One proof for each piece of evidence, in its order; empty when the package is not on this platform.
    package mutating func prove(_ statement: TriageStatement) -> [TriageProof] {
        guard context.image.packages.contains(where: { statement.package.covers($0.locked) }) else { return [] }
        var proofs: [TriageProof] = []
        for evidence in statement.evidence { proofs.append(prove(evidence)) }
        return proofs
    }

    private mutating func prove(_ evidence: TriageEvidence) -> TriageProof {
        switch evidence {
        case .packageAbsent(let name): packageAbsent(evidence, name)
        case .pathAbsent(let pattern): pathAbsent(evidence, pattern)
        case .libraryUnreachable(let library): unreachable(evidence, library)
        case .symbolAbsent(let files, let symbol): symbolAbsent(evidence, files, symbol)
        case .onlyArchitectures(let names):
            names.contains(context.image.platform.debian)
                ? refuted(evidence, "the image is for \(context.image.platform.debian)")
                : proved(evidence, "the image is for \(context.image.platform.debian)")
        case .review, .reference:
            TriageProof(
                platform: context.image.platform.description, evidence: evidence.description, outcome: .stated, detail: "a person's word")
        }
    }

    // MARK: - What is not there

    private func packageAbsent(_ evidence: TriageEvidence, _ name: String) -> TriageProof {
        if let package = context.image.packages.first(where: { $0.locked.name == name }) {
            return refuted(evidence, "\(name) \(package.locked.version)\(package.isPartial ? ", in part" : "")")
        }
        // A helper or a recipe's line may bring what a package would have brought, but under no package's name.
        if let entry = context.entries.first(where: { $0.owner == name }) { return refuted(evidence, "its path \(entry.path)") }
        // Whoever was built with a copy of a source has what is in it, under another name.
        for package in context.image.packages {
            if let copy = package.copies.first(where: { $0.name == name }) {
                return refuted(evidence, "\(package.locked.name) was built with a copy of \(name) \(copy.version)")
            }
        }
        return proved(
            evidence, "\(context.image.packages.count) packages, what they are built with, and who owns each path were looked through")
    }

    private func pathAbsent(_ evidence: TriageEvidence, _ text: String) -> TriageProof {
        guard let pattern = PathPattern(text) else { return refuted(evidence, "text that is no pattern") }
        let found = context.entries.filter { pattern.matches($0.path) }
        if let first = found.first {
            return refuted(evidence, found.count == 1 ? first.path : "\(first.path) and \(found.count - 1) more")
        }
        return proved(evidence, "\(context.entries.count) paths were looked through")
    }

    // MARK: - What nothing loads

    private mutating func unreachable(_ evidence: TriageEvidence, _ library: String) -> TriageProof {
        let files = context.entries.filter { entry in
            (entry.kind == .file || entry.kind == .hardlink)
                && (entry.facts?.elf?.soname == library || entry.name == library)
        }
        // A link of that name leads to a file of another.
        let own = files.compactMap { context.tree.file($0.path) }
        let linked = context.entries.filter { $0.kind == .symlink && $0.name == library }.compactMap { context.tree.file($0.path) }
        let meant = own + linked.filter { link in !own.contains { $0.path == link.path } }
        guard !meant.isEmpty else {
            return refuted(evidence, "no such library in the image; what is not there is said with path-absent or package-absent")
        }
        if graph == nil { graph = LibraryGraph(context) }
        guard let graph else { return refuted(evidence, "no graph") }
        for file in meant {
            if let route = graph.route(to: file.path) { return refuted(evidence, route) }
        }
        let stem = Self.stem(library)
        if mentions[stem] == nil { mentions[stem] = .some(mention(of: stem, except: Set(meant.map(\.path)))) }
        if let place = mentions[stem] ?? nil { return refuted(evidence, place) }
        return proved(
            evidence,
            "\(graph.count) programs, modules and libraries were followed by what they need, and no other file has the text \(stem)",
            assuming: [
                "no program puts the name of the library together while it runs, as ctypes.util.find_library does",
                "what users of the image add or mount does not load it",
            ])
    }

    // `libexpat.so.1` is opened by this name, or as `libexpat.so`, or with another number.
    private static func stem(_ library: String) -> String {
        library.firstRange(of: ".so").map { String(library[..<$0.upperBound]) } ?? library
    }

    /// A file that has the text in it: a program might open the library by this name while it runs.
    private func mention(of text: String, except excluded: Set<String>) -> String? {
        let wanted = Array(text.utf8)
        for entry in context.entries where entry.kind == .file && !excluded.contains(entry.path) && !Self.isRecord(entry.path) {
            guard entry.size >= wanted.count else { continue }
            guard let bytes = read(entry.path) else { return "\(entry.path) could not be read, and might open it" }
            if Self.contains(bytes, wanted) { return "\(entry.path) has the text \(text), and might open it" }
        }
        return nil
    }

    // Lists of what packages hold, and licences; nothing loads a library because of them.
    private static func isRecord(_ path: String) -> Bool { path.hasPrefix("var/lib/dpkg/") || path.hasPrefix("usr/share/doc/") }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            var rest = bytes[...]
            while let index = rest.firstIndex(of: first), bytes.count - index >= wanted.count {
                if bytes[index..<(index + wanted.count)].elementsEqual(wanted) { return true }
                rest = bytes[(index + 1)...]
            }
            return false
        }
    }

    // MARK: - Symbols

    private func symbolAbsent(_ evidence: TriageEvidence, _ files: String, _ symbol: String) -> TriageProof {
        guard let pattern = PathPattern(files) else { return refuted(evidence, "text that is no pattern") }
        let meant = context.entries.filter { $0.kind == .file && $0.facts?.elf != nil && pattern.matches($0.path) }
        guard !meant.isEmpty else { return refuted(evidence, "no program or library whose path matches \(files)") }
        for entry in meant {
            guard let bytes = read(entry.path) else { return refuted(evidence, "\(entry.path), which could not be read") }
            do {
                guard let found = try ELFReader.dynamicSymbols([symbol], in: bytes) else {
                    return refuted(evidence, "\(entry.path) has no dynamic symbol table, which tells nothing")
                }
                if !found.isEmpty { return refuted(evidence, "\(entry.path) has the symbol \(symbol)") }
            } catch {
                return refuted(evidence, "\(entry.path), whose symbol table could not be read: \(error.diagnosis.summary)")
            }
        }
        return proved(
            evidence, "the dynamic symbol tables of \(meant.map(\.path).joined(separator: ", ")) were read",
            assuming: ["the code is not there under another name, or as a function that the file keeps to itself"])
    }

    // MARK: - Outcomes

    private func proved(_ evidence: TriageEvidence, _ detail: String, assuming assumptions: [String] = []) -> TriageProof {
        TriageProof(
            platform: context.image.platform.description, evidence: evidence.description, outcome: .proved, detail: detail,
            assumptions: assumptions)
    }

    private func refuted(_ evidence: TriageEvidence, _ detail: String) -> TriageProof {
        TriageProof(
            platform: context.image.platform.description, evidence: evidence.description, outcome: .refuted, detail: detail)
    }
}
