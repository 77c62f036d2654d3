// SPDX-License-Identifier: Apache-2.0
import Archive
import Artifacts
import Base
import Debian
import ELF
import OCI

/// Turns one .deb into one fragment. Pure: bytes in, bytes out.
struct FragmentBuilder {
    /// Uncompressed data.tar of one package; the largest in Debian's main are below this.
    static let dataLimit = 2 << 30

    let parcel: Parcel
    let platform: Platform
    let compressor: MemberCompressor

    /// Every path of the package as it would lie in the image, in the archive's order. Directories end in a slash.
    static func listing(of tar: [UInt8], package: String) throws -> [String] {
        try tar.withUnsafeBytes { bytes in
            var paths: [String] = []
            try forEachEntry(bytes, package) { entry, path in
                paths.append(entry.kind == .directory ? path + "/" : path)
            }
            return paths
        }
    }

    /// Builds the fragment of the kept paths.
    func build(deb: DebFile, tar: [UInt8], kept: Set<String>) throws -> (manifest: Fragment, bytes: LoadedFragment.Bytes) {
        let name = parcel.package.name
        let sources = try tar.withUnsafeBytes { try collect($0, kept: kept) }
        var writer = TarWriter(reserving: tar.count + 8192)
        var entries: [FileEntry] = []
        var bodies: [Int] = []
        let status = statusEntries(deb, kept: kept, newest: sources.newest)
        var pending = (sources.entries + status).sorted { $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8) }
        FragmentBuilder.leadHardLinks(&pending)
        try tar.withUnsafeBytes { bytes in
            for item in pending {
                var entry = item.entry
                var body = -1
                if entry.kind == .file {
                    let content = item.generated.map { $0 } ?? []
                    let source = item.range.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
                    body = try content.withUnsafeBytes { generated in
                        let payload = source ?? generated
                        entry.digest = Self.digest(payload)
                        entry.facts = try Self.facts(payload, path: entry.path, hasCapabilities: item.hasCapabilities)
                        return try write(entry, payload, to: &writer)
                    }
                } else if entry.kind != .directory {
                    _ = try write(entry, UnsafeRawBufferPointer(start: nil, count: 0), to: &writer)
                }
                entries.append(entry)
                bodies.append(body)
            }
        }
        let copyrightPath = "usr/share/doc/\(name)/copyright"
        let copyright = entries.firstIndex { $0.path == copyrightPath && $0.kind == .file }.map { index in
            String(decoding: writer.bytes[bodies[index]..<bodies[index] + min(entries[index].size, 1 << 20)], as: UTF8.self)
        }
        let manifest = Fragment(
            package: name, entries: entries, bodies: bodies, newest: sources.newest, control: deb.controlText, copyright: copyright,
            scripts: deb.scripts.filter { $0.name != "triggers" }.sorted { $0.name < $1.name }.map {
                .init(kind: $0.name, hash: ScriptNormaliser.normalisedHash($0.bytes, package: name, triplet: platform.triplet))
            },
            triggers: deb.scripts.first { $0.name == "triggers" }?.text, dropped: sources.dropped.sorted(),
            replaces: Self.replaces(deb.control), tarSize: writer.bytes.count)
        return (manifest, .init(tar: writer.bytes, member: try compressor.member(writer.bytes)))
    }

    private struct Pending {
        var entry: FileEntry
        var range: Range<Int>?
        var generated: [UInt8]?
        var hasCapabilities = false
    }

    private func collect(_ tar: UnsafeRawBufferPointer, kept: Set<String>) throws -> (entries: [Pending], dropped: [String], newest: Int) {
        let name = parcel.package.name
        var entries: [Pending] = []
        var dropped: [String] = []
        var newest = 0
        var bodies: [String: (range: Range<Int>, size: Int)] = [:]
        try Self.forEachEntry(tar, name) { entry, path in
            newest = max(newest, entry.modified)
            if entry.kind == .file { bodies[path] = (entry.body, entry.body.count) }
            guard kept.contains(path) else {
                if entry.kind != .directory { dropped.append(path) }
                return
            }
            let kind: FileEntry.Kind =
                switch entry.kind {
                case .file: .file
                case .directory: .directory
                case .symlink: .symlink
                case .hardlink: .hardlink
                default: throw AssembleError.specialFile(package: name, path: path, kind: "\(entry.kind)")
                }
            var target = entry.target
            if kind == .hardlink {
                guard let link = entry.target, let placed = MergedUsr.place(link) else {
                    throw AssembleError.unsafePath(package: name, path: path, reason: "its hard link leaves the package")
                }
                target = placed
            }
            var item = Pending(
                entry: FileEntry(
                    path: path, kind: kind, mode: entry.mode & 0o7777, uid: entry.uid, gid: entry.gid,
                    size: kind == .file ? entry.body.count : 0, modified: entry.modified, target: kind == .file ? nil : target, owner: name))
            item.range = kind == .file ? entry.body : nil
            item.hasCapabilities = entry.extendedAttributes["security.capability"] != nil
            if kind == .hardlink, let target {
                guard let body = bodies[target] else {
                    throw AssembleError.unsafePath(package: name, path: path, reason: "its hard link to \(target) has no file before it")
                }
                item.range = body.range
                item.entry.size = body.size
            }
            entries.append(item)
        }
        return (entries, dropped, newest)
    }

    // The first kept name of a set of hard links becomes the file; the others link to it.
    private static func leadHardLinks(_ items: inout [Pending]) {
        var leaders: [Range<Int>: String] = [:]
        for index in items.indices {
            guard let range = items[index].range, !range.isEmpty else {
                if items[index].entry.kind == .hardlink { items[index].entry.kind = .file; items[index].entry.target = nil }
                continue
            }
            if let leader = leaders[range] {
                items[index].entry.kind = .hardlink
                items[index].entry.target = leader
                items[index].entry.size = 0
            } else {
                leaders[range] = items[index].entry.path
                items[index].entry.kind = .file
                items[index].entry.target = nil
            }
        }
    }

    // /var/lib/dpkg/status.d as scanners of minimal images read it: the control paragraph, and the digests of what is there.
    private func statusEntries(_ deb: DebFile, kept: Set<String>, newest: Int) -> [Pending] {
        let name = parcel.package.name
        let sums = deb.md5sums.compactMap { sum -> String? in
            guard let placed = MergedUsr.place(sum.path), kept.contains(placed) else { return nil }
            return "\(sum.md5)  \(placed)\n"
        }
        let directory = "var/lib/dpkg/status.d/"
        let control = deb.controlText.hasSuffix("\n") ? deb.controlText : deb.controlText + "\n"
        return [(directory + name, control), (directory + name + ".md5sums", sums.joined())].map { path, text in
            let bytes = Array(text.utf8)
            return Pending(
                entry: FileEntry(path: path, kind: .file, mode: 0o644, size: bytes.count, modified: newest, owner: name), range: nil,
                generated: bytes)
        }
    }

    private func write(_ entry: FileEntry, _ body: UnsafeRawBufferPointer, to writer: inout TarWriter) throws -> Int {
        try writer.append(entry, body: body)
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = DigestHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    static func facts(_ bytes: UnsafeRawBufferPointer, path: String, hasCapabilities: Bool) throws -> FileFacts? {
        var facts = FileFacts(hasCapabilities: hasCapabilities)
        // A file that only begins like an ELF file is data; what matters is what the dynamic linker would accept.
        facts.elf = (try? ELFReader.facts(of: bytes)) ?? nil
        if facts.elf == nil { facts.interpreter = Shebang.interpreter(of: bytes) }
        facts.secrets = SecretScanner.scan(bytes, path: path)
        let isEmpty = facts.elf == nil && facts.interpreter == nil && facts.secrets.isEmpty && !hasCapabilities
        return isEmpty ? nil : facts
    }

    static func replaces(_ control: Deb822Paragraph) -> [String] {
        guard let field = control["Replaces"] else { return [] }
        return ((try? RelationGroup.parse(field)) ?? []).flatMap { $0.alternatives.map(\.name) }
    }

    static func forEachEntry(
        _ tar: UnsafeRawBufferPointer, _ package: String, _ body: (TarEntry, String) throws -> Void
    ) throws {
        var reader = TarReader(tar)
        do {
            while let entry = try reader.next() {
                if entry.path.isEmpty { continue }
                guard let path = MergedUsr.place(entry.path) else { continue }
                try body(entry, path)
            }
        } catch let error as ArchiveError {
            throw AssembleError.malformedPackage(package: package, reason: error.diagnosis.summary)
        }
    }
}

/// The interpreter line of a script.
enum Shebang {
    /// `/usr/bin/python3`; for `/usr/bin/env perl` the name `perl`. Nil when the file is no script.
    static func interpreter(of bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count > 2, bytes[0] == 0x23, bytes[1] == 0x21 else { return nil }
        let line = bytes.dropFirst(2).prefix(256).prefix { $0 != 0x0A && $0 != 0 }
        let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = words.first else { return nil }
        if first.hasSuffix("/env"), let program = words.dropFirst().first(where: { !$0.hasPrefix("-") }) { return String(program) }
        return String(first)
    }
}
